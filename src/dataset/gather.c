#include "dataset/rows.h"

#include "dataset/partition.h"
#include "dataset/schema.h"
#include "parquet/file_sink.h"
#include "parquet/page_index.h"
#include "parquet/reader.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    /* Row groups of one file: with 33 columns each takes some 6 KiB of footer
     * and indexes, which every reader loads at once. */
    GATHER_FILES_MAX = 512,
    /* A file gives up less than this when it becomes part of another one: its
     * schema, its magic and its tail. */
    FILE_OVERHEAD_BYTES = 4096,
    /* What parsing one file's footer may take. */
    PARSED_BYTES_MAX = 16 * 1024 * 1024,
};

/* A file that is read: mapped, its footer parsed. */
struct part {
    struct view bytes;
    struct reader reader;
    size_t data_end; /* pages and Bloom filters end here, indexes begin */
    size_t column_index_bytes;
};

/* The files that become one, and where its sections go. */
struct group {
    const int *from;
    const struct dataset_file *files;
    const size_t *members; /* indexes into from and files */
    size_t count;
    uint64_t data_bytes, column_index_bytes;
};

struct gatherer {
    struct file_sink *sink;
    struct arena arena;
    struct buf column_indexes, offset_indexes, groups, footer;
    struct leaf leaves[COLUMN_COUNT];
    int to;
    dataset_file_fn *on_file;
    void *context;
};

static enum rc map_descriptor(int fd, int folder, const struct dataset_file *file,
                              struct view *ret_bytes, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_errno_at(err, folder, file->path, "cannot look at it");
    if ((uint64_t)st.st_size != file->bytes || st.st_size == 0)
        return err_set_at(err, RC_MISMATCH, folder, file->path,
                          "has not the size it was committed with");
    void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return err_errno_at(err, folder, file->path, "cannot map it");
    *ret_bytes = view_of(data, (size_t)st.st_size);
    return RC_OK;
}

static enum rc map_file(int folder, const struct dataset_file *file, struct view *ret_bytes,
                        struct err *err)
{
    int fd = openat(folder, file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return err_set_at(err, RC_MISMATCH, folder, file->path, "is gone");
    if (fd < 0)
        return err_errno_at(err, folder, file->path, "cannot open it");
    enum rc rc = map_descriptor(fd, folder, file, ret_bytes, err);
    close(fd);
    return rc;
}

static void part_close(struct part *p)
{
    munmap((void *)p->bytes.data, p->bytes.size);
}

static bool has_schema(const struct footer *f, const struct leaf leaves[COLUMN_COUNT])
{
    if (f->leaves_count != COLUMN_COUNT)
        return false;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const struct leaf *a = &f->leaves[i];
        const struct leaf *b = &leaves[i];
        if (!view_equals(a->name, b->name) || a->type != b->type || a->is_text != b->is_text ||
            a->is_time != b->is_time || a->is_optional != b->is_optional)
            return false;
    }
    return true;
}

static bool ends_before(int64_t offset, int64_t length, size_t end)
{
    return length == 0 || (uint64_t)offset + (uint64_t)length <= end;
}

static size_t smaller(size_t end, struct span span)
{
    return span.length != 0 && (size_t)span.offset < end ? (size_t)span.offset : end;
}

/* Finds the border between data and indexes; false where they are mixed. */
static bool measure(struct part *p)
{
    const struct footer *f = &p->reader.footer;
    p->data_end = p->reader.footer_begin;
    p->column_index_bytes = 0;
    for (size_t g = 0; g < f->groups_count; g++) {
        for (size_t i = 0; i < f->groups[g].chunks_count; i++) {
            const struct chunk *c = &f->groups[g].chunks[i];
            p->data_end = smaller(smaller(p->data_end, c->column_index), c->offset_index);
            p->column_index_bytes += (size_t)c->column_index.length;
        }
    }
    for (size_t g = 0; g < f->groups_count; g++) {
        for (size_t i = 0; i < f->groups[g].chunks_count; i++) {
            const struct chunk *c = &f->groups[g].chunks[i];
            if (!ends_before(chunk_begin(c), c->compressed_bytes, p->data_end) ||
                !ends_before(c->bloom.offset, c->bloom.length, p->data_end) ||
                c->offset_index.length == 0)
                return false;
        }
    }
    return true;
}

static enum rc parse_part(struct gatherer *g, int folder, const struct dataset_file *file,
                          struct part *p, struct err *err)
{
    struct err why = {{0}};
    arena_reset(&g->arena);
    enum rc rc = reader_open(&p->reader, p->bytes, &g->arena, &why);
    if (rc == RC_NO_MEMORY)
        return err_set_at(err, rc, folder, file->path, "no memory to read its footer");
    if (rc != RC_OK)
        return err_set_at(err, RC_MISMATCH, folder, file->path, why.text);
    if (!has_schema(&p->reader.footer, g->leaves) || !measure(p))
        return err_set_at(err, RC_MISMATCH, folder, file->path, "is not a file of this dataset");
    return RC_OK;
}

static enum rc part_open(struct gatherer *g, int folder, const struct dataset_file *file,
                         struct part *p, struct err *err)
{
    TRY(map_file(folder, file, &p->bytes, err));
    enum rc rc = parse_part(g, folder, file, p, err);
    if (rc != RC_OK)
        part_close(p);
    return rc;
}

/* Sizes of the sections, so that every offset is known while data is copied. */
static enum rc measure_group(struct gatherer *g, struct group *group, struct err *err)
{
    size_t row_groups = 0;
    for (size_t i = 0; i < group->count; i++) {
        struct part p;
        size_t member = group->members[i];
        TRY(part_open(g, group->from[member], &group->files[member], &p, err));
        group->data_bytes += p.data_end - PARQUET_MAGIC_BYTES;
        group->column_index_bytes += p.column_index_bytes;
        row_groups += p.reader.footer.groups_count;
        part_close(&p);
    }
    if (row_groups > ROW_GROUPS_MAX)
        return err_set(err, RC_TOO_BIG, "%zu row groups for one file", row_groups);
    return RC_OK;
}

/* Moves the chunk by `shift` bytes; its indexes go to the end of the file. */
static enum rc move_chunk(struct gatherer *g, const struct group *group, const struct part *p,
                          struct chunk *c, int64_t shift, struct err *err)
{
    struct page_location *pages;
    size_t count;
    TRY(offset_index_parse(reader_span(&p->reader, c->offset_index), &g->arena, &pages, &count,
                           err));
    for (size_t i = 0; i < count; i++)
        pages[i].offset += shift;
    c->data_offset += shift;
    c->dictionary_offset += c->dictionary_offset != 0 ? shift : 0;
    c->bloom.offset += c->bloom.length != 0 ? shift : 0;

    struct view column_index = reader_span(&p->reader, c->column_index);
    int64_t begin = PARQUET_MAGIC_BYTES + (int64_t)group->data_bytes;
    c->column_index.offset = begin + (int64_t)g->column_indexes.size;
    buf_append_view(&g->column_indexes, column_index);
    begin += (int64_t)group->column_index_bytes;
    size_t before = g->offset_indexes.size;
    offset_index_append(&g->offset_indexes, pages, count);
    c->offset_index.offset = begin + (int64_t)before;
    c->offset_index.length = (int32_t)(g->offset_indexes.size - before);
    return RC_OK;
}

/* Copies the data and takes over the row groups, which get new ordinals. */
static enum rc append_part(struct gatherer *g, const struct group *group, struct part *p,
                           struct footer *footer, struct err *err)
{
    int64_t shift = (int64_t)file_sink_offset(g->sink) - PARQUET_MAGIC_BYTES;
    TRY(file_sink_write(g->sink, view_slice(p->bytes, PARQUET_MAGIC_BYTES, p->data_end), err));
    for (size_t i = 0; i < p->reader.footer.groups_count; i++) {
        struct row_group *rows = &p->reader.footer.groups[i];
        for (size_t c = 0; c < rows->chunks_count; c++)
            TRY(move_chunk(g, group, p, &rows->chunks[c], shift, err));
        rows->file_offset += shift;
        rows->ordinal = (int16_t)footer->groups_count++;
        footer->rows += rows->rows;
        footer_append_group(&g->groups, rows);
    }
    return RC_OK;
}

/* The bytes that are copied must be those that were committed. */
static enum rc check_bytes(int folder, const struct dataset_file *file, struct view bytes,
                           struct err *err)
{
    struct hash128 hash = hash128(bytes);
    if (hash.high != file->checksum.high || hash.low != file->checksum.low)
        return err_set_at(err, RC_MISMATCH, folder, file->path,
                          "is not what its batch committed: its checksum differs");
    return RC_OK;
}

static enum rc append_parts(struct gatherer *g, const struct group *group, struct footer *footer,
                            struct err *err)
{
    for (size_t i = 0; i < group->count; i++) {
        struct part p;
        size_t member = group->members[i];
        TRY(part_open(g, group->from[member], &group->files[member], &p, err));
        enum rc rc = check_bytes(group->from[member], &group->files[member], p.bytes, err);
        if (rc == RC_OK)
            rc = append_part(g, group, &p, footer, err);
        part_close(&p);
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

/* What the first file says about its writer goes for the new one. */
static enum rc write_footer(struct gatherer *g, const struct group *group, struct footer *footer,
                            struct err *err)
{
    struct part first;
    size_t member = group->members[0];
    TRY(part_open(g, group->from[member], &group->files[member], &first, err));
    footer->version = first.reader.footer.version;
    footer->created_by = first.reader.footer.created_by;
    footer->key_values_count = first.reader.footer.key_values_count;
    memcpy(footer->key_values, first.reader.footer.key_values, sizeof(footer->key_values));
    footer->orders_count = first.reader.footer.orders_count;
    footer->leaves = g->leaves;
    footer->leaves_count = COLUMN_COUNT;
    footer_append(&g->footer, footer, buf_view(&g->groups));
    part_close(&first);
    uint32_t size = (uint32_t)g->footer.size;
    buf_append(&g->footer, &size, sizeof(size));
    buf_append_view(&g->footer, VIEW(PARQUET_MAGIC));
    if (buf_failed(&g->footer) || buf_failed(&g->groups) || buf_failed(&g->column_indexes) ||
        buf_failed(&g->offset_indexes))
        return err_set(err, RC_NO_MEMORY, "no memory for the footer of a gathered file");
    return file_sink_write(g->sink, buf_view(&g->footer), err);
}

static enum rc write_group(struct gatherer *g, struct group *group, struct dataset_file *file,
                           struct err *err)
{
    struct footer footer = {0};
    buf_clear(&g->column_indexes);
    buf_clear(&g->offset_indexes);
    buf_clear(&g->groups);
    buf_clear(&g->footer);
    TRY(file_sink_write(g->sink, VIEW(PARQUET_MAGIC), err));
    TRY(append_parts(g, group, &footer, err));
    TRY(file_sink_write(g->sink, buf_view(&g->column_indexes), err));
    TRY(file_sink_write(g->sink, buf_view(&g->offset_indexes), err));
    TRY(write_footer(g, group, &footer, err));
    file->rows = (uint64_t)footer.rows;
    file->bytes = file_sink_offset(g->sink);
    return file_sink_end(g->sink, &file->checksum, err);
}

static void add_times(struct dataset_file *file, const struct dataset_file *from)
{
    if (!from->has_time)
        return;
    if (!file->has_time || from->first_ms < file->first_ms)
        file->first_ms = from->first_ms;
    if (!file->has_time || from->last_ms > file->last_ms)
        file->last_ms = from->last_ms;
    file->has_time = true;
}

static enum rc copy_group(struct gatherer *g, struct group *group, struct err *err)
{
    struct dataset_file file = {.path = group->files[group->members[0]].path};
    for (size_t i = 0; i < group->count; i++)
        add_times(&file, &group->files[group->members[i]]);
    TRY(measure_group(g, group, err));
    TRY(partition_make(g->to, file.path, err));
    TRY(file_sink_begin(g->sink, g->to, file.path, err));
    enum rc rc = write_group(g, group, &file, err);
    if (rc != RC_OK) {
        file_sink_abandon(g->sink);
        return rc;
    }
    return g->on_file(g->context, &file, err);
}

static enum rc copy_bytes(struct gatherer *g, const struct dataset_file *file, struct view bytes,
                          struct err *err)
{
    TRY(file_sink_begin(g->sink, g->to, file->path, err));
    struct hash128 checksum;
    enum rc rc = file_sink_write(g->sink, bytes, err);
    if (rc == RC_OK)
        rc = file_sink_end(g->sink, &checksum, err);
    if (rc != RC_OK)
        file_sink_abandon(g->sink);
    return rc;
}

/* Whether both names are links of one file: the work of a merge that was
 * killed, or `to` is where the file already is. Zero, or the errno of what failed. */
static int is_same_file(int from, int to, const char *path, bool *ret)
{
    struct stat a, b;
    if (fstatat(from, path, &a, AT_SYMLINK_NOFOLLOW) != 0 ||
        fstatat(to, path, &b, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    *ret = a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    return 0;
}

/* Zero, or the errno of what failed. */
static int make_link(int from, int to, const char *path)
{
    bool is_same;
    if (linkat(from, path, to, path, 0) == 0)
        return 0;
    if (errno != EEXIST)
        return errno;
    int failed = is_same_file(from, to, path, &is_same);
    if (failed != 0 || is_same)
        return failed;
    if (unlinkat(to, path, 0) != 0 || linkat(from, path, to, path, 0) != 0)
        return errno;
    return 0;
}

static enum rc link_bytes(struct gatherer *g, int from, const struct dataset_file *file,
                          struct view bytes, struct err *err)
{
    TRY(check_bytes(from, file, bytes, err));
    TRY(partition_make(g->to, file->path, err));
    int failed = make_link(from, g->to, file->path);
    if (failed == 0)
        return RC_OK;
    if (failed == EXDEV || failed == EPERM || failed == EMLINK || failed == EOPNOTSUPP)
        return copy_bytes(g, file, bytes, err);
    errno = failed;
    return err_errno_at(err, g->to, file->path, "cannot link it");
}

/* A file that stays as it is: one more name for it, or a copy where the
 * filesystem allows no link. */
static enum rc link_file(struct gatherer *g, int from, const struct dataset_file *file,
                         struct err *err)
{
    struct view bytes = VIEW_NULL;
    TRY(map_file(from, file, &bytes, err));
    enum rc rc = link_bytes(g, from, file, bytes, err);
    munmap((void *)bytes.data, bytes.size);
    return rc == RC_OK ? g->on_file(g->context, file, err) : rc;
}

static enum rc emit(struct gatherer *g, struct group *group, struct err *err)
{
    if (group->count == 1)
        return link_file(g, group->from[group->members[0]], &group->files[group->members[0]], err);
    return copy_group(g, group, err);
}

/* `members` has room for all. */
static enum rc gather_all(struct gatherer *g, const struct dataset_parts *parts, size_t *members,
                          struct err *err)
{
    const int *from = parts->from;
    const struct dataset_file *files = parts->files;
    size_t count = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < parts->count; i++) {
        if (files[i].bytes >= DATASET_FILE_BYTES) {
            TRY(link_file(g, from[i], &files[i], err));
            continue;
        }
        members[count++] = i;
        bytes += files[i].bytes > FILE_OVERHEAD_BYTES ? files[i].bytes - FILE_OVERHEAD_BYTES : 0;
        if (bytes < DATASET_FILE_BYTES && count < GATHER_FILES_MAX)
            continue;
        struct group group = {.from = from, .files = files, .members = members, .count = count};
        TRY(emit(g, &group, err));
        count = 0;
        bytes = 0;
    }
    if (count > 0) {
        struct group group = {.from = from, .files = files, .members = members, .count = count};
        TRY(emit(g, &group, err));
    }
    return RC_OK;
}

enum rc dataset_gather(const struct dataset_parts *parts, dataset_file_fn *on_file, void *context,
                       struct err *err)
{
    if (parts->count == 0)
        return RC_OK;
    struct gatherer g = {
        .sink = file_sink_new(), .to = parts->to, .on_file = on_file, .context = context};
    arena_init(&g.arena, PARSED_BYTES_MAX);
    schema_leaves(g.leaves);
    size_t *members = malloc(parts->count * sizeof(*members));
    enum rc rc = RC_NO_MEMORY;
    if (g.sink != NULL && members != NULL) {
        file_sink_sync_by(g.sink, parts->sync);
        rc = gather_all(&g, parts, members, err);
    } else {
        err_set(err, rc, "no memory to gather %zu files", parts->count);
    }
    free(members);
    file_sink_free(g.sink);
    arena_done(&g.arena);
    buf_done(&g.column_indexes);
    buf_done(&g.offset_indexes);
    buf_done(&g.groups);
    buf_done(&g.footer);
    return rc;
}
