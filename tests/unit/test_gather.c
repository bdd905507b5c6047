#include "dataset/rows.h"

#include "commit/atomic_file.h"
#include "limits.h"
#include "parquet/check.h"
#include "parquet/reader.h"

#include "parquet_harness.h"

enum { FILES_MAX = 16 };

struct list {
    struct dataset_file files[FILES_MAX];
    char paths[FILES_MAX][PARTITION_PATH_BYTES];
    size_t count;
};

struct bed {
    struct unit_folder folder;
    int from, to;
    int froms[FILES_MAX];
    struct list staged, gathered;
};

static void bed_init(struct bed *b)
{
    *b = (struct bed){.folder = unit_folder_make()};
    mkdir(unit_path(&b->folder, "from"), 0700);
    b->from = open(unit_path(&b->folder, "from"), O_RDONLY | O_DIRECTORY);
    mkdir(unit_path(&b->folder, "to"), 0700);
    b->to = open(unit_path(&b->folder, "to"), O_RDONLY | O_DIRECTORY);
    cr_assert(b->from >= 0 && b->to >= 0);
    for (size_t i = 0; i < FILES_MAX; i++)
        b->froms[i] = b->from;
}

static void bed_done(struct bed *b)
{
    close(b->from);
    close(b->to);
    unit_folder_remove(&b->folder);
}

static enum rc keep(void *context, const struct dataset_file *file, struct err *err)
{
    (void)err;
    struct list *list = context;
    cr_assert_lt(list->count, FILES_MAX);
    strcpy(list->paths[list->count], file->path);
    list->files[list->count] = *file;
    list->files[list->count].path = list->paths[list->count];
    list->count++;
    return RC_OK;
}

/* Stages a file of `rows` rows; the same for the same arguments. */
static void stage(struct bed *b, uint32_t batch, size_t rows, size_t text_bytes)
{
    struct rows_options options = {ROWS_BYTES_MAX, PROFILE_DEFAULT,
                                   "millrace version 1 (build test)", "beef"};
    struct rows *r = rows_new(&options);
    struct randomness random = randomness_new(batch);
    char *text = malloc(text_bytes + 1);
    struct err err = {{0}};
    cr_assert(r != NULL && text != NULL);
    for (size_t i = 0; i < rows; i++) {
        struct event e = {0};
        char id[32];
        for (size_t at = 0; at < text_bytes; at++)
            text[at] = (char)(' ' + (random_next(&random) >> 58));
        event_set_text(&e, COL_MESSAGE, view_of(text, text_bytes));
        event_set_text(&e, COL_REQUEST_ID,
                       view_of(id, (size_t)snprintf(id, sizeof(id), "%u-%zu", batch, i)));
        event_set_text(&e, COL_LOG_GROUP, i % 2 ? VIEW("odd") : VIEW("even"));
        if (batch != 3)
            event_set_integer(&e, COL_TIMESTAMP, (int64_t)(batch * 1000 + i));
        cr_assert_eq(rows_add(r, &e, VIEW("dt=2023-01-05")), RC_OK);
    }
    cr_assert_eq(rows_flush(r, b->from, batch, 0, keep, &b->staged, &err), RC_OK, "%s", err.text);
    rows_free(r);
    free(text);
}

static enum rc gather(struct bed *b, struct err *err)
{
    b->gathered.count = 0;
    const struct dataset_parts parts = {b->froms, b->staged.files, b->staged.count, b->to, NULL};
    return dataset_gather(&parts, keep, &b->gathered, err);
}

static struct view read_result(const struct bed *b, const struct dataset_file *f)
{
    char path[256];
    snprintf(path, sizeof(path), "to/%s", f->path);
    return read_file(&b->folder, path);
}

static void expect_sound(const struct bed *b, const struct dataset_file *f, size_t groups)
{
    struct view file = read_result(b, f);
    struct check_summary summary;
    struct err err = {{0}};
    struct hash128 hash = hash128(file);
    cr_assert_eq(check_file(file, 1 << 28, &summary, &err), RC_OK, "%s", err.text);
    cr_expect_eq(summary.rows, f->rows);
    cr_expect_eq(summary.row_groups, groups);
    cr_expect_eq(file.size, f->bytes);
    cr_expect(hash.high == f->checksum.high && hash.low == f->checksum.low);
    free((void *)file.data);
}

static bool is_same_inode(int a, int b, const char *path)
{
    struct stat x, y;
    return fstatat(a, path, &x, 0) == 0 && fstatat(b, path, &y, 0) == 0 && x.st_ino == y.st_ino &&
           x.st_dev == y.st_dev;
}

Test(gather, small_files_become_the_row_groups_of_one)
{
    struct bed b;
    struct err err = {{0}};
    bed_init(&b);
    for (uint32_t batch = 1; batch <= 5; batch++)
        stage(&b, batch, batch * 10, 20);
    cr_assert_eq(gather(&b, &err), RC_OK, "%s", err.text);
    cr_assert_eq(b.gathered.count, 1);
    const struct dataset_file *f = &b.gathered.files[0];
    cr_expect_str_eq(f->path, "events/dt=2023-01-05/part-000001-0000.parquet");
    cr_expect_eq(f->rows, 150);
    cr_expect(f->has_time && f->first_ms == 1000 && f->last_ms == 5049);
    expect_sound(&b, f, 5);
    bed_done(&b);
}

Test(gather, pages_and_filters_are_copied_byte_by_byte_in_the_given_order)
{
    struct bed b;
    struct err err = {{0}};
    bed_init(&b);
    for (uint32_t batch = 1; batch <= 3; batch++)
        stage(&b, 10 - batch, 30, 50);
    cr_assert_eq(gather(&b, &err), RC_OK, "%s", err.text);
    struct view out = read_result(&b, &b.gathered.files[0]);
    struct arena arena;
    struct reader whole, part;
    arena_init(&arena, 64 << 20);
    cr_assert_eq(reader_open(&whole, out, &arena, &err), RC_OK);
    for (size_t i = 0; i < 3; i++) {
        char path[256];
        snprintf(path, sizeof(path), "from/%s", b.staged.files[i].path);
        struct view in = read_file(&b.folder, path);
        cr_assert_eq(reader_open(&part, in, &arena, &err), RC_OK);
        for (size_t c = 0; c < COLUMN_COUNT; c++) {
            const struct chunk *x = &part.footer.groups[0].chunks[c];
            const struct chunk *y = &whole.footer.groups[i].chunks[c];
            cr_assert_eq(x->compressed_bytes, y->compressed_bytes);
            cr_expect_eq(memcmp(in.data + chunk_begin(x), out.data + chunk_begin(y),
                                (size_t)x->compressed_bytes),
                         0);
            cr_assert_eq(x->bloom.length, y->bloom.length);
            cr_expect(view_equals(reader_span(&part, x->bloom), reader_span(&whole, y->bloom)));
            cr_expect(view_equals(reader_span(&part, x->column_index),
                                  reader_span(&whole, y->column_index)));
        }
        free((void *)in.data);
    }
    cr_expect(view_equals(whole.footer.created_by, VIEW("millrace version 1 (build test)")));
    cr_expect_eq(whole.footer.key_values_count, 2);
    arena_done(&arena);
    free((void *)out.data);
    bed_done(&b);
}

Test(gather, a_file_without_times_adds_none)
{
    struct bed b;
    struct err err = {{0}};
    bed_init(&b);
    stage(&b, 3, 5, 5);
    stage(&b, 2, 5, 5);
    cr_assert_eq(gather(&b, &err), RC_OK);
    cr_expect(b.gathered.files[0].has_time);
    cr_expect(b.gathered.files[0].first_ms == 2000 && b.gathered.files[0].last_ms == 2004);
    bed_done(&b);
}

Test(gather, a_lone_small_file_is_linked)
{
    struct bed b;
    struct err err = {{0}};
    bed_init(&b);
    stage(&b, 1, 10, 10);
    cr_assert_eq(gather(&b, &err), RC_OK);
    cr_assert_eq(b.gathered.count, 1);
    cr_expect(is_same_inode(b.from, b.to, b.staged.files[0].path));
    cr_expect_eq(b.gathered.files[0].rows, 10);
    bed_done(&b);
}

Test(gather, a_large_file_is_linked_and_the_small_ones_around_it_gathered)
{
    struct bed b;
    struct err err = {{0}};
    bed_init(&b);
    stage(&b, 1, 10, 10);
    stage(&b, 2, 10, 10);
    stage(&b, 3, 10, 10);
    /* Large by its size alone; a link asks for no more but the checksum. */
    cr_assert_eq(ftruncate(openat(b.from, b.staged.files[1].path, O_WRONLY), DATASET_FILE_BYTES),
                 0);
    cr_assert_eq(file_checksum(b.from, b.staged.files[1].path, &b.staged.files[1].bytes,
                               &b.staged.files[1].checksum, &err),
                 RC_OK);
    cr_assert_eq(gather(&b, &err), RC_OK, "%s", err.text);
    cr_assert_eq(b.gathered.count, 2);
    cr_expect_str_eq(b.gathered.files[0].path, b.staged.files[1].path);
    cr_expect(is_same_inode(b.from, b.to, b.staged.files[1].path));
    cr_expect_str_eq(b.gathered.files[1].path, b.staged.files[0].path);
    expect_sound(&b, &b.gathered.files[1], 2);
    bed_done(&b);
}

Test(gather, files_are_closed_once_they_are_large_enough)
{
    struct bed b;
    struct err err = {{0}};
    bed_init(&b);
    stage(&b, 1, 30000, 1000); /* 22 MB: the text has 6 bits a character */
    struct dataset_file one = b.staged.files[0];
    cr_assert(one.bytes > 20 << 20 && one.bytes < 30 << 20, "%" PRIu64, one.bytes);
    for (uint32_t i = 1; i < 5; i++) {
        struct dataset_file copy = one;
        char path[PARTITION_PATH_BYTES];
        partition_path(path, VIEW("dt=2023-01-05"), 1 + i, 0);
        copy.path = path;
        cr_assert_eq(linkat(b.from, one.path, b.from, path, 0), 0);
        cr_assert_eq(keep(&b.staged, &copy, &err), RC_OK);
    }
    cr_assert_eq(gather(&b, &err), RC_OK, "%s", err.text);
    cr_assert_eq(b.gathered.count, 2);
    cr_expect_geq(b.gathered.files[0].bytes, DATASET_FILE_BYTES);
    cr_expect_eq(b.gathered.files[0].rows, 90000);
    cr_expect_eq(b.gathered.files[1].rows, 60000);
    cr_expect_str_eq(b.gathered.files[1].path, b.staged.files[3].path);
    expect_sound(&b, &b.gathered.files[1], 2);
    bed_done(&b);
}

Test(gather, running_again_over_its_own_results_changes_nothing)
{
    struct bed b;
    struct err err = {{0}};
    bed_init(&b);
    stage(&b, 1, 10, 10);
    cr_assert_eq(gather(&b, &err), RC_OK);
    cr_assert_eq(gather(&b, &err), RC_OK, "%s", err.text);
    /* The result of a lone file is a link of the source: more files now. */
    stage(&b, 2, 10, 10);
    cr_assert_eq(gather(&b, &err), RC_OK, "%s", err.text);
    struct hash128 first = b.gathered.files[0].checksum;
    cr_assert_eq(gather(&b, &err), RC_OK, "%s", err.text);
    cr_expect(first.low == b.gathered.files[0].checksum.low &&
              first.high == b.gathered.files[0].checksum.high);
    expect_sound(&b, &b.gathered.files[0], 2);
    bed_done(&b);
}

Test(gather, another_file_in_the_way_is_replaced)
{
    struct bed b;
    struct err err = {{0}};
    bed_init(&b);
    stage(&b, 1, 10, 10);
    unit_file(&b.folder, "to/events/dt=2023-01-05/part-000001-0000.parquet", "left behind");
    cr_assert_eq(gather(&b, &err), RC_OK, "%s", err.text);
    expect_sound(&b, &b.gathered.files[0], 1);
    bed_done(&b);
}

Test(gather, across_filesystems_a_file_is_copied)
{
    struct bed b;
    struct err err = {{0}};
    struct stat here, there;
    char path[] = "/dev/shm/millrace-unit-XXXXXX";
    bed_init(&b);
    if (mkdtemp(path) == NULL || stat(path, &there) != 0 || fstat(b.from, &here) != 0 ||
        there.st_dev == here.st_dev) {
        bed_done(&b);
        cr_skip_test("no second filesystem");
    }
    int to = open(path, O_RDONLY | O_DIRECTORY);
    stage(&b, 1, 10, 10);
    const struct dataset_parts parts = {b.froms, b.staged.files, 1, to, NULL};
    enum rc rc = dataset_gather(&parts, keep, &b.gathered, &err);
    cr_expect_eq(rc, RC_OK, "%s", err.text);
    struct unit_folder other = {0};
    snprintf(other.path, sizeof(other.path), "%s", path);
    struct view file = read_file(&other, b.staged.files[0].path);
    struct hash128 hash = hash128(file);
    cr_expect(hash.low == b.staged.files[0].checksum.low &&
              hash.high == b.staged.files[0].checksum.high);
    free((void *)file.data);
    close(to);
    unit_folder_remove(&other);
    bed_done(&b);
}

static void damage(struct bed *b, const char *path, off_t at)
{
    int fd = openat(b->from, path, O_RDWR);
    char byte;
    cr_assert(fd >= 0 && pread(fd, &byte, 1, at) == 1);
    byte = (char)(byte ^ 4);
    cr_assert_eq(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

Test(gather, a_file_that_is_not_what_was_committed_stops_it)
{
    static const off_t places[] = {0, 3, 100, 1000};
    for (size_t i = 0; i < 4; i++) {
        struct bed b;
        struct err err = {{0}};
        bed_init(&b);
        stage(&b, 1, 10, 10);
        stage(&b, 2, 10, 10);
        damage(&b, b.staged.files[1].path, places[i]);
        enum rc rc = gather(&b, &err);
        cr_expect_eq(rc, RC_MISMATCH);
        cr_expect_not_null(strstr(err.text, b.staged.files[1].path), "%s", err.text);
        cr_expect_neq(faccessat(b.to, b.staged.files[0].path, F_OK, 0), 0, "no half file is left");
        bed_done(&b);
    }
}

Test(gather, sizes_and_names_are_checked)
{
    struct bed b;
    struct err err = {{0}};
    bed_init(&b);
    stage(&b, 1, 10, 10);
    stage(&b, 2, 10, 10);
    b.staged.files[0].bytes++;
    cr_expect_eq(gather(&b, &err), RC_MISMATCH);
    b.staged.files[0].bytes--;
    unlinkat(b.from, b.staged.files[1].path, 0);
    cr_expect_eq(gather(&b, &err), RC_MISMATCH);
    cr_expect_not_null(strstr(err.text, b.staged.files[1].path));
    bed_done(&b);
}

Test(gather, damage_in_the_metadata_does_no_harm)
{
    struct bed b;
    struct err err = {{0}};
    bed_init(&b);
    stage(&b, 1, 3, 3);
    stage(&b, 2, 3, 3);
    struct dataset_file *f = &b.staged.files[1];
    size_t accepted = 0;
    for (uint64_t at = f->bytes - 1500; at < f->bytes; at += 5) {
        damage(&b, f->path, (off_t)at);
        accepted += gather(&b, &err) == RC_OK;
        damage(&b, f->path, (off_t)at);
    }
    cr_expect_eq(accepted, 0);
    cr_expect_eq(gather(&b, &err), RC_OK);
    bed_done(&b);
}

Test(gather, no_files_are_no_work)
{
    struct bed b;
    struct err err = {{0}};
    bed_init(&b);
    cr_expect_eq(gather(&b, &err), RC_OK);
    cr_expect_eq(b.gathered.count, 0);
    bed_done(&b);
}
