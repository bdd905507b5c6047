#include "commit/atomic_file.h"
#include "commit/journal.h"
#include "commit/manifest.h"
#include "commit/quarantine.h"
#include "unit_folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>

static struct ledger sample_ledger(void)
{
    struct ledger l;
    ledger_init(&l);
    l.objects.total = 3;
    l.objects.clean = 2;
    l.objects.damaged = 1;
    l.stored_bytes.total = 100;
    l.stored_bytes.parsed = 80;
    l.stored_bytes.padding = 5;
    l.stored_bytes.quarantined = 15;
    l.events.total = 7;
    l.events.rows = 6;
    l.events.ignored = 1;
    l.kinds[KIND_LOG] = 4;
    l.kinds[KIND_TEXT] = 2;
    cr_assert(tally_add(&l.levels, VIEW("INFO"), 5));
    cr_assert(tally_add(&l.levels, VIEW("A\"B"), 1));
    cr_assert(tally_add(&l.quarantine_reasons, VIEW("not valid JSON"), 2));
    return l;
}

static const char ledger_text[] =
    "{\"version\":1,\"objects\":{\"total\":3,\"clean\":2,\"damaged\":1},"
    "\"stored_bytes\":{\"total\":100,\"parsed\":80,\"padding\":5,\"skipped\":0,\"quarantined\":15},"
    "\"decoded_bytes\":{\"total\":0,\"records\":0,\"separators\":0,\"quarantined\":0},"
    "\"records\":{\"total\":0,\"data\":0,\"control\":0,\"unverified\":0,\"quarantined\":0},"
    "\"events\":{\"total\":7,\"rows\":6,\"ignored\":1,\"filtered\":0,\"duplicates\":null,"
    "\"quarantined\":0},\"levels\":{\"A\\\"B\":1,\"INFO\":5},\"kinds\":{\"log\":4,\"text\":2},"
    "\"dataset\":{\"files\":0,\"rows\":0,\"bytes\":0},\"repaired_records\":0,"
    "\"quarantine\":{\"not valid JSON\":2}}";

Test(ledger, prints_in_the_published_form_and_reads_back)
{
    struct ledger l = sample_ledger();
    struct buf text = {0};
    ledger_append_json(&l, &text);
    cr_expect(view_equals(buf_view(&text), view_of_string(ledger_text)), "%.*s", (int)text.size,
              text.data);

    struct ledger back;
    ledger_init(&back);
    struct json_parser *p = json_parser_new(CPU_SCALAR, text.size);
    struct json_value root;
    cr_assert_eq(json_parse(p, buf_view(&text), &root, NULL), RC_OK);
    cr_assert_eq(ledger_read_json(p, root, &back), RC_OK);
    struct buf again = {0};
    ledger_append_json(&back, &again);
    cr_expect(view_equals(buf_view(&text), buf_view(&again)));

    cr_assert(ledger_add(&back, &l));
    cr_expect_eq(back.events.total, 14);
    cr_expect_eq(back.kinds[KIND_LOG], 8);
    buf_done(&text);
    buf_done(&again);
    json_parser_free(p);
    ledger_done(&l);
    ledger_done(&back);
}

Test(ledger, sums_that_do_not_hold_are_named)
{
    struct ledger l = sample_ledger();
    const char *what = "";
    cr_expect(ledger_holds(&l, &what));
    l.events.rows--;
    cr_expect_not(ledger_holds(&l, &what));
    cr_expect_str_eq(what, "events");
    l.stored_bytes.total++;
    cr_expect_not(ledger_holds(&l, &what));
    cr_expect_str_eq(what, "stored_bytes");
    ledger_done(&l);
}

Test(quarantine, a_line_says_where_and_why)
{
    struct buf out = {0};
    struct quarantine_span span = {.object = VIEW("b/\xc3\xa9"),
                                   .offset = 5,
                                   .length = 7,
                                   .layer = VIEW("stored"),
                                   .reason = VIEW("not valid JSON"),
                                   .excerpt = VIEW("{\"a\xff")};
    quarantine_append(&out, &span);
    span.is_inner = true;
    span.inner_offset = 12;
    span.layer = VIEW("gzip");
    quarantine_append(&out, &span);
    cr_expect(view_equals(
                  buf_view(&out),
                  VIEW("{\"object\":\"b/\xc3\xa9\",\"offset\":5,\"length\":7,\"layer\":\"stored\","
                       "\"reason\":\"not valid JSON\",\"excerpt\":\"{\\\"a\xef\xbf\xbd\"}\n"
                       "{\"object\":\"b/\xc3\xa9\",\"offset\":5,\"length\":7,\"layer\":\"gzip\","
                       "\"inner_offset\":12,\"reason\":\"not valid JSON\",\"excerpt\":"
                       "\"{\\\"a\xef\xbf\xbd\"}\n")),
              "%.*s", (int)out.size, out.data);
    buf_done(&out);
}

static int open_folder(struct unit_folder *f)
{
    int fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    return fd;
}

Test(atomic_file, what_is_written_is_read_back_with_its_checksum)
{
    struct unit_folder f = unit_folder_make();
    int folder = open_folder(&f);
    struct err err;
    struct file_writer *w;
    struct buf big = {0};
    for (int i = 0; i < 200000; i++)
        buf_printf(&big, "%d\n", i);
    cr_assert_eq(file_writer_open(folder, "x", &w, &err), RC_OK);
    for (size_t at = 0; at < big.size; at += 1000)
        cr_assert_eq(file_writer_write(w,
                                       view_slice(buf_view(&big), at,
                                                  at + 1000 < big.size ? at + 1000 : big.size),
                                       &err),
                     RC_OK);
    uint64_t bytes, read_bytes;
    struct hash128 sum, read_sum, direct = hash128(buf_view(&big));
    cr_assert_eq(file_writer_close(w, &bytes, &sum, &err), RC_OK);
    cr_expect_eq(bytes, big.size);
    cr_expect(sum.high == direct.high && sum.low == direct.low);
    cr_assert_eq(file_checksum(folder, "x", &read_bytes, &read_sum, &err), RC_OK);
    cr_expect(read_bytes == bytes && read_sum.low == sum.low && read_sum.high == sum.high);
    struct buf back = {0};
    cr_assert_eq(file_read(folder, "x", 1 << 30, &back, &err), RC_OK);
    cr_expect(view_equals(buf_view(&big), buf_view(&back)));
    buf_clear(&back);
    cr_expect_eq(file_read(folder, "x", 1000, &back, &err), RC_TOO_BIG);
    cr_expect_eq(file_read(folder, "gone", 1000, &back, &err), RC_END);
    buf_done(&big);
    buf_done(&back);
    close(folder);
    unit_folder_remove(&f);
}

/* "Cannot be asked" is not "is not there": whole branches hang on it. */
Test(atomic_file, tells_what_is_missing_from_what_cannot_be_asked)
{
    static const struct {
        const char *path;
        enum rc rc;
        bool is_there;
    } cases[] = {
        {"file", RC_OK, true},    {"gone", RC_OK, false}, {"file/x", RC_OK, false},
        {"gone/x", RC_OK, false}, {"loop", RC_IO, false},
    };
    struct unit_folder f = unit_folder_make();
    int folder = open_folder(&f);
    struct err err;
    cr_assert_eq(file_write(folder, "file", VIEW("x"), &err), RC_OK);
    cr_assert_eq(symlinkat("loop", folder, "loop"), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool is_there = !cases[i].is_there;
        cr_expect_eq(path_exists(folder, cases[i].path, &is_there, &err), cases[i].rc, "%s",
                     cases[i].path);
        cr_expect_eq(is_there, cases[i].is_there, "%s", cases[i].path);
    }
    close(folder);
    unit_folder_remove(&f);
}

Test(atomic_file, an_existing_file_is_never_written_over)
{
    struct unit_folder f = unit_folder_make();
    int folder = open_folder(&f);
    unit_file(&f, "x", "old");
    struct err err;
    cr_expect_eq(file_write(folder, "x", VIEW("new"), &err), RC_IO);
    char text[256];
    snprintf(text, sizeof(text), "%s/x: cannot create it: File exists", f.path);
    cr_expect_str_eq(err.text, text);
    close(folder);
    unit_folder_remove(&f);
}

Test(atomic_file, removing_a_tree_does_not_follow_links)
{
    struct unit_folder f = unit_folder_make();
    int folder = open_folder(&f);
    unit_file(&f, "keep/precious", "x");
    unit_file(&f, "tree/a/b/c", "x");
    char target[4096];
    snprintf(target, sizeof(target), "%s", unit_path(&f, "keep"));
    cr_assert_eq(symlink(target, unit_path(&f, "tree/a/link")), 0);
    struct err err;
    cr_assert_eq(tree_remove(folder, "tree", &err), RC_OK);
    cr_expect_neq(access(unit_path(&f, "tree"), F_OK), 0);
    cr_expect_eq(access(unit_path(&f, "keep/precious"), F_OK), 0);
    cr_expect_eq(tree_remove(folder, "tree", &err), RC_OK);
    close(folder);
    unit_folder_remove(&f);
}

Test(atomic_file, many_trees_are_removed_by_several_threads)
{
    struct unit_folder f = unit_folder_make();
    int folder = open_folder(&f);
    struct err err;
    char name[64], target[4096];
    unit_file(&f, "keep/precious", "x");
    for (unsigned i = 0; i < 50; i++) {
        snprintf(name, sizeof(name), "many/%u/a/b", i);
        unit_file(&f, name, "x");
    }
    snprintf(target, sizeof(target), "%s", unit_path(&f, "keep"));
    cr_assert_eq(symlink(target, unit_path(&f, "many/link")), 0);
    cr_assert_eq(tree_remove_many(folder, "many", 3, &err), RC_OK);
    cr_expect_neq(access(unit_path(&f, "many"), F_OK), 0);
    cr_assert_eq(symlink(target, unit_path(&f, "many")), 0);
    cr_assert_eq(tree_remove_many(folder, "many", 3, &err), RC_OK);
    cr_expect_eq(access(unit_path(&f, "keep/precious"), F_OK), 0, "a link is not followed");
    cr_expect_eq(tree_remove_many(folder, "many", 3, &err), RC_OK, "not there is fine");
    close(folder);
    unit_folder_remove(&f);
}

static int open_work(struct unit_folder *f)
{
    struct err err;
    int folder = open_folder(f);
    cr_assert_eq(folder_make(folder, "attempt", &err), RC_OK);
    cr_assert_eq(folder_make(folder, "done", &err), RC_OK);
    return folder;
}

Test(journal, a_committed_batch_reads_back_whole)
{
    struct unit_folder f = unit_folder_make();
    int work = open_work(&f);
    struct err err;
    struct batch_result r = {.batch = 7, .is_damaged = true};
    r.ledger = sample_ledger();
    r.chain = (struct batch_chain){100, 250, true, false};
    struct dataset_file file = {
        .path = "events/dt=2023-01-05/log_group=\xc2\x85\xe2\x80\xae%0A/part-000007-0000.parquet",
        .rows = 12,
        .bytes = 3456,
        .checksum = {UINT64_MAX, 5},
        .has_time = true,
        .first_ms = -3,
        .last_ms = 1672920000123};
    cr_assert(batch_result_add_file(&r, &file));
    cr_assert_eq(journal_attempt(work, &r, &err), RC_OK);
    struct batch_result back;
    cr_expect_eq(journal_read(work, 7, 0, &back, &err), RC_END);
    cr_assert_eq(journal_prepare(work, &r, NULL, &err), RC_OK, "%s", err.text);
    cr_expect_eq(journal_read(work, 7, 0, &back, &err), RC_END);
    cr_assert_eq(journal_commit(work, &r, &err), RC_OK, "%s", err.text);
    cr_assert_eq(journal_read(work, 7, 0, &back, &err), RC_OK, "%s", err.text);
    cr_expect_str_eq(back.attempt, r.attempt);
    cr_expect(back.is_damaged);
    cr_expect_eq(back.chain.begin, 100);
    cr_expect_eq(back.chain.end, 250);
    cr_expect(back.chain.begins_clean && !back.chain.ends_clean);
    cr_assert_eq(back.files_count, 1);
    cr_expect_str_eq(back.files[0].path, file.path);
    struct dataset_file read = back.files[0];
    read.path = file.path;
    cr_expect_eq(memcmp(&read, &file, sizeof(file)), 0);
    cr_expect_eq(back.ledger.events.rows, 6);
    batch_result_done(&r);
    batch_result_done(&back);
    close(work);
    unit_folder_remove(&f);
}

Test(journal, the_first_committer_of_a_batch_wins)
{
    struct unit_folder f = unit_folder_make();
    int work = open_work(&f);
    struct err err;
    struct batch_result first, second, back;
    batch_result_init(&first);
    batch_result_init(&second);
    cr_assert_eq(journal_attempt(work, &first, &err), RC_OK);
    cr_assert_eq(journal_attempt(work, &second, &err), RC_OK);
    cr_expect_str_neq(first.attempt, second.attempt);
    cr_assert_eq(journal_prepare(work, &first, NULL, &err), RC_OK);
    cr_assert_eq(journal_prepare(work, &second, NULL, &err), RC_OK);
    cr_assert_eq(journal_commit(work, &first, &err), RC_OK);
    cr_assert_eq(journal_commit(work, &second, &err), RC_OK);
    cr_assert_eq(journal_read(work, 0, 0, &back, &err), RC_OK);
    cr_expect_str_eq(back.attempt, first.attempt);
    batch_result_done(&back);
    close(work);
    unit_folder_remove(&f);
}

Test(journal, a_damaged_commit_is_named)
{
    struct unit_folder f = unit_folder_make();
    int work = open_work(&f);
    static const char *const texts[] = {
        "", "{", "{}", "[]", "{\"version\":2}", "{\"version\":1,\"batch\":3,\"attempt\":\"x\"}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct err err;
        struct batch_result r;
        unit_file(&f, "done/000002.json", texts[i]);
        cr_expect_eq(journal_read(work, 2, 0, &r, &err), RC_FAILED, "%s", texts[i]);
        cr_expect(strstr(err.text, "done/000002.json") != NULL, "%s", err.text);
    }
    close(work);
    unit_folder_remove(&f);
}

Test(manifest, lists_files_by_path_and_seals_itself)
{
    struct unit_folder f = unit_folder_make();
    int folder = open_folder(&f);
    unit_file(&f, "ledger.json", "{}");
    struct err err;
    struct manifest m = {0};
    struct dataset_file file = {.path = "events/dt=2023-01-05/a.parquet",
                                .rows = 2,
                                .bytes = 10,
                                .has_time = true,
                                .first_ms = 0,
                                .last_ms = 1};
    cr_assert_eq(manifest_add_file(&m, folder, "ledger.json", &err), RC_OK);
    cr_assert_eq(manifest_add_dataset(&m, &file, &err), RC_OK);
    cr_assert_eq(manifest_write(&m, folder, NULL, &err), RC_OK);
    struct buf text = {0}, success = {0};
    cr_assert_eq(file_read(folder, "manifest.jsonl", 10000, &text, &err), RC_OK);
    cr_expect(view_starts_with(
                  buf_view(&text),
                  VIEW("{\"path\":\"events/dt=2023-01-05/a.parquet\",\"bytes\":10,\"checksum\":"
                       "\"00000000000000000000000000000000\",\"rows\":2,"
                       "\"first\":\"1970-01-01T00:00:00.000Z\","
                       "\"last\":\"1970-01-01T00:00:00.001Z\"}\n{\"path\":\"ledger.json\"")),
              "%.*s", (int)text.size, text.data);
    cr_assert_eq(file_read(folder, "_SUCCESS", 100, &success, &err), RC_OK);
    struct hash128 sum = hash128(buf_view(&text));
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "%016lx%016lx\n", sum.high, sum.low);
    cr_expect(view_equals(buf_view(&success), view_of_string(wanted)));
    buf_done(&text);
    buf_done(&success);
    manifest_done(&m);
    close(folder);
    unit_folder_remove(&f);
}
