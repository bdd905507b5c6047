#include "commit/atomic_file.h"
#include "commit/manifest.h"
#include "commit/verify.h"
#include "dataset/rows.h"
#include "unit_folder.h"
#include "util/tasks.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdatomic.h>

/* A finished run of two objects and three rows, whose checksums always hold:
 * what it says of itself is what the tests change. */
struct bed {
    struct unit_folder folder;
    int fd;
    struct ledger ledger;
    struct dataset_file dataset;
    char path[PARTITION_PATH_BYTES]; /* its */
    const char *objects, *quarantine;
    struct buf problems;
};

static const char head_line[] = "{\"version\":1,\"plan\":\"00\",\"program\":\"x\"}\n";
static const char first_object[] = "{\"name\":\"b/1\",\"size\":60}\n";
static const char span_line[] =
    "{\"object\":\"b/2\",\"offset\":1,\"length\":15,\"layer\":\"stored\","
    "\"reason\":\"not valid JSON\",\"excerpt\":\"{\"}\n";

static enum rc keep(void *context, const struct dataset_file *file, struct err *err)
{
    (void)err;
    struct bed *b = context;
    strcpy(b->path, file->path);
    b->dataset = *file;
    b->dataset.path = b->path;
    return RC_OK;
}

static void write_rows(struct bed *b)
{
    struct err err = {{0}};
    struct rows_options options = {1 << 20, PROFILE_DEFAULT, "millrace version 1 (build test)",
                                   "beef"};
    struct rows *rows = rows_new(&options);
    cr_assert_not_null(rows);
    for (int i = 0; i < 3; i++) {
        struct event e = {0};
        event_set_integer(&e, COL_TIMESTAMP, 1672920000000 + i);
        event_set_text(&e, COL_MESSAGE, VIEW("hello"));
        cr_assert_eq(rows_add(rows, &e, VIEW("dt=2023-01-05")), RC_OK);
    }
    cr_assert_eq(rows_flush(rows, b->fd, 0, 0, keep, b, &err), RC_OK, "%s", err.text);
    rows_free(rows);
}

static void bed_init(struct bed *b)
{
    *b = (struct bed){.folder = unit_folder_make()};
    b->fd = open(b->folder.path, O_RDONLY | O_DIRECTORY);
    cr_assert_geq(b->fd, 0);
    write_rows(b);
    struct ledger *l = &b->ledger;
    ledger_init(l);
    l->objects.total = 2;
    l->objects.clean = l->objects.damaged = 1;
    l->stored_bytes.total = 100;
    l->stored_bytes.parsed = 85;
    l->stored_bytes.quarantined = 15;
    l->events.total = l->events.rows = 3;
    l->dataset.files = 1;
    l->dataset.rows = 3;
    l->dataset.bytes = b->dataset.bytes;
    cr_assert(tally_add(&l->quarantine_reasons, VIEW("not valid JSON"), 1));
}

static void write_text(struct bed *b, const char *name, const char *text)
{
    struct err err = {{0}};
    cr_assert_eq(file_write(b->fd, name, view_of_string(text), &err), RC_OK, "%s", err.text);
}

static void collect(void *context, struct view file, const char *what)
{
    struct buf *to = context;
    buf_append_view(to, file);
    buf_printf(to, ": %s\n", what);
}

/* Writes the rest of the tree and gives verify's lines. */
static const char *problems(struct bed *b)
{
    struct err err = {{0}};
    struct buf text = {0};
    struct manifest m = {0};
    ledger_append_json(&b->ledger, &text);
    buf_append(&text, "\n", 2);
    write_text(b, "ledger.json", text.data);
    buf_done(&text);
    char objects[512];
    snprintf(objects, sizeof(objects), "%s%s", head_line, b->objects);
    write_text(b, "objects.ndjson", objects);
    write_text(b, "quarantine.ndjson", b->quarantine);
    cr_assert_eq(manifest_add_dataset(&m, &b->dataset, &err), RC_OK);
    cr_assert_eq(manifest_add_file(&m, b->fd, "ledger.json", &err), RC_OK);
    cr_assert_eq(manifest_add_file(&m, b->fd, "objects.ndjson", &err), RC_OK);
    cr_assert_eq(manifest_add_file(&m, b->fd, "quarantine.ndjson", &err), RC_OK);
    cr_assert_eq(manifest_write(&m, b->fd, NULL, &err), RC_OK, "%s", err.text);
    manifest_done(&m);

    struct verify v = {
        .out = b->folder.path, .threads = 2, .on_problem = collect, .context = &b->problems};
    struct verify_summary summary = {0};
    ledger_init(&summary.ledger);
    cr_assert_eq(verify_out(&v, &summary, &err), RC_OK, "%s", err.text);
    ledger_done(&summary.ledger);
    buf_append_byte(&b->problems, '\0');
    return b->problems.data;
}

static void bed_done(struct bed *b)
{
    ledger_done(&b->ledger);
    buf_done(&b->problems);
    close(b->fd);
    unit_folder_remove(&b->folder);
}

#define OBJECTS "{\"name\":\"b/1\",\"size\":60}\n{\"name\":\"b/2\",\"size\":40}\n"

/* `change` is what makes the tree wrong, `expected` are the lines that tell. */
#define EXPECT_PROBLEMS(change, expected)                                                          \
    do {                                                                                           \
        struct bed b;                                                                              \
        bed_init(&b);                                                                              \
        b.objects = OBJECTS;                                                                       \
        b.quarantine = span_line;                                                                  \
        change;                                                                                    \
        cr_expect_str_eq(problems(&b), expected, "%s", b.problems.data);                           \
        bed_done(&b);                                                                              \
    } while (0)

Test(verify, says_nothing_of_a_tree_that_fits)
{
    EXPECT_PROBLEMS((void)0, "");
}

Test(verify, finds_sums_of_the_ledger_that_do_not_hold)
{
    EXPECT_PROBLEMS(b.ledger.stored_bytes.parsed++,
                    "ledger.json: the account of stored_bytes does not add up\n");
    EXPECT_PROBLEMS(b.ledger.objects.clean++,
                    "ledger.json: objects.total is 2, clean and damaged together are 3\n");
    EXPECT_PROBLEMS((b.ledger.events.rows++, b.ledger.events.total++),
                    "ledger.json: events.rows is 4, dataset.rows is 3\n");
}

Test(verify, finds_counts_that_differ_between_files)
{
    EXPECT_PROBLEMS(b.objects = first_object,
                    "ledger.json: objects.total is 2, objects.ndjson lists 1\n"
                    "ledger.json: stored_bytes.total is 100, the objects of objects.ndjson hold "
                    "60\n");
    EXPECT_PROBLEMS(b.quarantine = "",
                    "ledger.json: the sum of quarantine is 1, quarantine.ndjson lists 0\n");
    EXPECT_PROBLEMS(b.ledger.dataset.files++,
                    "ledger.json: dataset.files is 2, the manifest lists 1\n");
    EXPECT_PROBLEMS((b.ledger.dataset.rows = 4, b.ledger.events.rows = b.ledger.events.total = 4),
                    "ledger.json: dataset.rows is 4, the files of the manifest hold 3\n");
}

Test(verify, finds_lines_of_another_form)
{
    EXPECT_PROBLEMS(b.objects = "{\"name\":\"b/1\"}\n",
                    "objects.ndjson: line 2: has another form\n");
    EXPECT_PROBLEMS(b.quarantine = "{\"object\":\"b/2\"}\n[]\n{}",
                    "quarantine.ndjson: line 1: has another form\n"
                    "quarantine.ndjson: line 2: is not a JSON object\n"
                    "quarantine.ndjson: line 3: breaks off\n");
}

Test(verify, finds_a_dataset_file_that_is_not_what_the_manifest_says)
{
    EXPECT_PROBLEMS((b.dataset.rows++, b.ledger.dataset.rows++, b.ledger.events.rows++,
                     b.ledger.events.total++),
                    "events/dt=2023-01-05/part-000000-0000.parquet: holds 3 rows, the manifest "
                    "says 4\n");
}

Test(verify, a_page_that_is_damaged_is_named)
{
    struct bed b;
    bed_init(&b);
    b.objects = OBJECTS;
    b.quarantine = span_line;
    int fd = openat(b.fd, b.dataset.path, O_WRONLY);
    cr_assert_eq(pwrite(fd, "\xff\xff\xff\xff", 4, 40), 4);
    close(fd);
    static const char expected[] = "events/dt=2023-01-05/part-000000-0000.parquet: its checksum is "
                                   "not that of the manifest: page at 4: page ";
    const char *got = problems(&b);
    cr_expect_eq(strncmp(got, expected, sizeof(expected) - 1), 0, "%s", got);
    bed_done(&b);
}

Test(verify, parts_are_disjoint_and_everything)
{
    for (int i = 0; i < 1000; i++) {
        char name[32];
        unsigned taken = 0;
        snprintf(name, sizeof(name), "object-%d", i);
        for (uint32_t part = 1; part <= 7; part++)
            taken += verify_part_takes(&(struct verify_part){part, 7}, view_of_string(name));
        cr_assert_eq(taken, 1);
        cr_assert(verify_part_takes(&(struct verify_part){0, 0}, view_of_string(name)));
    }
}

/* ---- Tasks ---- */

struct marks {
    atomic_int at[1000];
    size_t fails_at;
};

static enum rc mark(void *context, size_t index, unsigned thread, struct err *err)
{
    struct marks *m = context;
    cr_assert_lt(thread, 4);
    atomic_fetch_add(&m->at[index], 1);
    return index == m->fails_at ? err_set(err, RC_IO, "index %zu", index) : RC_OK;
}

Test(tasks, every_index_once)
{
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct marks m = {.fails_at = SIZE_MAX};
        cr_assert_eq(tasks_run(1000, threads, mark, &m, NULL), RC_OK);
        for (size_t i = 0; i < 1000; i++)
            cr_assert_eq(atomic_load(&m.at[i]), 1);
    }
    cr_assert_eq(tasks_run(0, 4, mark, NULL, NULL), RC_OK);
}

Test(tasks, a_failure_ends_the_rest)
{
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct marks m = {.fails_at = 10};
        struct err err = {{0}};
        cr_assert_eq(tasks_run(1000, threads, mark, &m, &err), RC_IO);
        cr_expect_str_eq(err.text, "index 10");
        cr_expect(threads > 1 || atomic_load(&m.at[11]) == 0);
    }
}
