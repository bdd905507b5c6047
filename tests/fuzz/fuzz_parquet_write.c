/* Values made of the input are written as a Parquet file in both profiles and
 * read back: every check passes, and every value is the one that went in. */
#include "fuzz_folder.h"

#include "parquet/check.h"
#include "parquet/page_walker.h"
#include "parquet/writer.h"
#include "json/repair.h"

enum { LEAVES = 5, ROWS_MAX = 4096, FILE_BYTES_MAX = 4 << 20 };

static const struct leaf leaves[LEAVES] = {
    {VIEW("text"), PARQUET_BYTE_ARRAY, true, true, false},
    {VIEW("time"), PARQUET_INT64, true, false, true},
    {VIEW("real"), PARQUET_DOUBLE, true, false, false},
    {VIEW("small"), PARQUET_INT32, true, false, false},
    {VIEW("wide"), PARQUET_INT64, true, false, false},
};

struct values {
    size_t rows, present;
    uint64_t validity[ROWS_MAX / 64];
    int64_t numbers[ROWS_MAX];
    uint32_t positions[ROWS_MAX];
    struct buf texts; /* each with its size in front */
};

static int64_t number_of(enum parquet_type type, struct view bytes)
{
    int64_t number = 0;
    double real = 0;
    memcpy(&number, bytes.data, bytes.size < 8 ? bytes.size : 8);
    if (type == PARQUET_INT32)
        return (int32_t)number;
    if (type != PARQUET_DOUBLE)
        return number;
    /* No column holds a NaN: durations are read from decimal digits. */
    memcpy(&real, &number, sizeof(real));
    return real == real ? number : 0;
}

static void add_text(struct values *v, struct view bytes)
{
    static struct buf repaired;
    size_t changed;
    buf_clear(&repaired);
    FUZZ_HOLDS(repair_utf8(CPU_SCALAR, bytes, &repaired, &changed));
    uint32_t size = (uint32_t)repaired.size;
    v->positions[v->present] = (uint32_t)v->texts.size;
    buf_append(&v->texts, &size, sizeof(size));
    buf_append_view(&v->texts, buf_view(&repaired));
    FUZZ_HOLDS(buf_reserve(&v->texts, 64));
}

/* A byte says how many the next value takes; 255 is a null. */
static void make_values(struct values *v, enum parquet_type type, struct view in, size_t rows)
{
    memset(v->validity, 0, sizeof(v->validity));
    v->rows = rows;
    v->present = 0;
    buf_clear(&v->texts);
    for (size_t row = 0; row < rows; row++) {
        size_t size = fuzz_byte(&in);
        if (size == 255)
            continue;
        size = size < in.size ? size : in.size;
        v->validity[row / 64] |= UINT64_C(1) << row % 64;
        if (type == PARQUET_BYTE_ARRAY)
            add_text(v, view_of(in.data, size));
        else
            v->numbers[v->present] = number_of(type, view_of(in.data, size));
        v->present++;
        in = view_from(in, size);
    }
}

static void write_file(struct fuzz_folder *folder, struct values *values, unsigned how)
{
    static struct writer *w;
    static struct file_sink *sink;
    static const struct writer_schema schema = {.leaves = leaves,
                                                .leaves_count = LEAVES,
                                                .created_by = VIEW("millrace version 1 (build x)")};
    struct hash128 checksum;
    if (w == NULL) {
        w = writer_new(&schema);
        sink = file_sink_new();
    }
    FUZZ_HOLDS(file_sink_begin(sink, folder->fd, "file", NULL) == RC_OK);
    FUZZ_HOLDS(writer_begin(w, sink, values[0].rows, NULL) == RC_OK);
    for (size_t i = 0; i < LEAVES; i++) {
        bool is_text = leaves[i].type == PARQUET_BYTE_ARRAY;
        struct column_input in = {.type = leaves[i].type,
                                  .has_bloom = is_text && (how & 2),
                                  .is_modern = how & 1,
                                  .is_prefixed = how & 4,
                                  .rows = values[i].rows,
                                  .present = values[i].present,
                                  .validity = values[i].validity,
                                  .numbers = is_text ? NULL : values[i].numbers,
                                  .base = values[i].texts.data,
                                  .positions = is_text ? values[i].positions : NULL};
        FUZZ_HOLDS(buf_reserve(&values[i].texts, 64));
        in.base = values[i].texts.data;
        FUZZ_HOLDS(writer_add(w, &in, NULL) == RC_OK);
    }
    FUZZ_HOLDS(writer_end(w, NULL) == RC_OK && file_sink_end(sink, &checksum, NULL) == RC_OK);
}

static void compare_page(const struct values *v, enum parquet_type type,
                         const struct page_values *page, size_t *present)
{
    for (size_t i = 0; i < page->rows; i++) {
        size_t row = page->first_row + i;
        FUZZ_HOLDS(page->levels[i] == (v->validity[row / 64] >> row % 64 & 1));
    }
    for (size_t i = 0; i < page->present; i++, (*present)++) {
        if (type != PARQUET_BYTE_ARRAY) {
            FUZZ_HOLDS(page->numbers[i] == v->numbers[*present]);
            continue;
        }
        uint32_t size;
        const char *at = v->texts.data + v->positions[*present];
        memcpy(&size, at, sizeof(size));
        FUZZ_HOLDS(view_equals(page->texts[i], view_of(at + sizeof(size), size)));
    }
}

static void read_back(struct view file, const struct values *values)
{
    static struct page_walker *walker;
    struct arena arena;
    struct reader reader;
    struct check_summary summary;
    struct err err = {{0}};
    if (walker == NULL)
        walker = page_walker_new(FILE_BYTES_MAX);
    enum rc rc = check_file(file, FILE_BYTES_MAX, &summary, &err);
    if (rc != RC_OK)
        fprintf(stderr, "%s\n", err.text);
    FUZZ_HOLDS(rc == RC_OK && summary.rows == values[0].rows);
    arena_init(&arena, FILE_BYTES_MAX);
    FUZZ_HOLDS(reader_open(&reader, file, &arena, &err) == RC_OK);
    for (size_t i = 0; i < LEAVES; i++) {
        struct page_values page;
        size_t present = 0;
        FUZZ_HOLDS(page_walker_begin(walker, &reader, &reader.footer.groups[0].chunks[i], &err) ==
                   RC_OK);
        while ((rc = page_walker_next(walker, &page, &err)) == RC_OK)
            compare_page(&values[i], leaves[i].type, &page, &present);
        FUZZ_HOLDS(rc == RC_END && present == values[i].present && page_walker_has_crcs(walker));
    }
    arena_done(&arena);
}

static struct fuzz_folder folder;

static void remove_folder(void)
{
    static const char *const names[] = {"file", NULL};
    fuzz_folder_remove(&folder, names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct values values[LEAVES];
    static char file[FILE_BYTES_MAX];
    if (folder.path[0] == '\0') {
        folder = fuzz_folder_new();
        atexit(remove_folder);
    }
    struct view in = view_of(data, size < FUZZ_BYTES_MAX ? size : FUZZ_BYTES_MAX);
    unsigned how = fuzz_byte(&in);
    size_t rows = 1 + (fuzz_byte(&in) << 4 | how >> 4) % ROWS_MAX;
    for (size_t i = 0; i < LEAVES; i++)
        make_values(&values[i], leaves[i].type, view_from(in, in.size * i / LEAVES), rows);
    write_file(&folder, values, how);
    int fd = openat(folder.fd, "file", O_RDONLY | O_CLOEXEC);
    ssize_t got = read(fd, file, sizeof(file));
    close(fd);
    FUZZ_HOLDS(fd >= 0 && got > 0 && got < FILE_BYTES_MAX);
    read_back(view_of(file, (size_t)got), values);
    return 0;
}
