/* test_partial.c - partials: the same bytes in any order, and nothing but a
 * verdict from damaged ones. */
#include "alert/partial.h"

#include "alert/fingerprint.h"
#include "alert/groups.h"
#include "alert/hours.h"
#include "alert_corpus.h"
#include "util/buf.h"
#include "util/hash.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/millrace-partial-XXXXXX";

static void setup(void)
{
    strcpy(folder, "/tmp/millrace-partial-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static size_t files_in_folder(bool remove)
{
    DIR *d = opendir(folder);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        count++;
        if (remove)
            unlinkat(dirfd(d), entry->d_name, 0);
    }
    closedir(d);
    return count;
}

static void teardown(void)
{
    files_in_folder(true);
    rmdir(folder);
}

TestSuite(partial, .init = setup, .fini = teardown, .timeout = 120);

enum { PATHS_MAX = 6000 };
struct paths {
    char text[PATHS_MAX][64];
    const char *list[PATHS_MAX];
    size_t count;
    unsigned made;
};
static struct paths paths;

static const char *new_path(void)
{
    cr_assert_lt(paths.count, PATHS_MAX);
    char *to = paths.text[paths.count];
    snprintf(to, sizeof(paths.text[0]), "%s/%u", folder, paths.made++);
    paths.list[paths.count++] = to;
    return to;
}

static struct buf read_all(const char *path)
{
    struct buf out = {0};
    int fd = open(path, O_RDONLY);
    ssize_t got = 0;
    do {
        out.size += (size_t)got;
        buf_reserve(&out, 65536);
    } while ((got = read(fd, out.data + out.size, 65536)) > 0);
    close(fd);
    return out;
}

static void write_all(const char *path, struct view bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t put = write(fd, bytes.data, bytes.size);
    close(fd);
    cr_assert_eq(put, (ssize_t)bytes.size);
}

static void spill(struct groups *g)
{
    struct err err;
    enum rc rc = groups_spill(g, new_path(), &err);
    cr_assert_eq(rc, RC_OK, "%s", rc == RC_OK ? "" : err.text);
}

/* Counts the events in a table of that size, spilled as often as it asks. */
static void count_events(struct event *events, size_t count, size_t bytes_max)
{
    struct groups *g = groups_new(CPU_SCALAR, NULL, bytes_max);
    for (size_t i = 0; i < count; i++) {
        struct event e = events[i];
        enum rc rc = groups_add(g, &e);
        if (rc == RC_FULL) {
            spill(g);
            rc = groups_add(g, &e);
        }
        if (rc != RC_OK)
            cr_assert_fail("event %zu: %d", i, rc);
    }
    spill(g);
    groups_free(g);
}

/* By one thread or by several: what comes of it is the same. */
static void merge(const char *const *list, size_t count, const char *to)
{
    struct err err;
    struct partial_inputs in = {list, count};
    unsigned threads = 1 + (unsigned)count % 5;
    enum rc rc = partial_merge_shared(&in, to, threads, NULL, &err);
    cr_assert_eq(rc, RC_OK, "%s", rc == RC_OK ? "" : err.text);
}

/* Merges everything, in random handfuls, down to one file. */
static const char *merge_randomly(uint64_t *state)
{
    while (paths.count > 1) {
        const char *taken[PATHS_MAX];
        size_t wanted = 2 + random_next(state) % 100, count = 0;
        char to[64];
        while (count < wanted && paths.count > 0) {
            size_t at = random_next(state) % paths.count;
            taken[count++] = paths.list[at];
            paths.list[at] = paths.list[--paths.count];
        }
        snprintf(to, sizeof(to), "%s/merged-%u", folder, paths.made++);
        merge(taken, count, to);
        for (size_t i = 0; i < count; i++)
            unlink(taken[i]);
        /* The text of a path that is gone serves for the new one. */
        char *text = (char *)taken[0];
        strcpy(text, to);
        paths.list[paths.count++] = text;
    }
    return paths.list[0];
}

static void reset_paths(void)
{
    for (size_t i = 0; i < paths.count; i++)
        unlink(paths.list[i]);
    paths.count = 0;
}

/* All events at once, through one partial. */
static struct buf merged_whole(const struct corpus *c)
{
    char to[64];
    reset_paths();
    count_events(c->events, c->count, (size_t)1 << 30);
    cr_assert_eq(paths.count, 1);
    snprintf(to, sizeof(to), "%s/whole", folder);
    merge(paths.list, 1, to);
    reset_paths();
    return read_all(to);
}

Test(partial, is_the_same_bytes_in_any_order_batches_and_steps)
{
    static const size_t sizes[] = {1, 200 * 1024, 400 * 1024, 1024 * 1024};
    uint64_t seed = random_seed();
    for (unsigned round = 0; round < 8; round++) {
        struct corpus c = corpus_make(round < 4 ? 1500 : 4000, seed + round);
        struct buf expected = merged_whole(&c);
        corpus_shuffle(&c);
        for (size_t at = 0; at < c.count;) {
            size_t batch = 1 + corpus_random(&c, 500);
            batch = batch < c.count - at ? batch : c.count - at;
            count_events(c.events + at, batch, sizes[round % 4]);
            at += batch;
        }
        size_t inputs = paths.count;
        struct buf got = read_all(merge_randomly(&c.state));
        bool same = view_equals(buf_view(&expected), buf_view(&got));
        buf_done(&expected);
        buf_done(&got);
        reset_paths();
        corpus_done(&c);
        if (!same)
            cr_assert_fail("seed %lu round %u, %zu inputs", (unsigned long)seed, round, inputs);
    }
}

Test(partial, merging_a_merged_one_alone_changes_nothing)
{
    struct corpus c = corpus_make(2000, random_seed());
    struct buf expected = merged_whole(&c);
    char from[64], to[64];
    const char *list[] = {from};
    snprintf(from, sizeof(from), "%s/whole", folder);
    snprintf(to, sizeof(to), "%s/again", folder);
    merge(list, 1, to);
    struct buf got = read_all(to);
    cr_expect(view_equals(buf_view(&expected), buf_view(&got)));
    buf_done(&expected);
    buf_done(&got);
    corpus_done(&c);
}

Test(partial, many_inputs_leave_no_other_file_behind)
{
    struct corpus c = corpus_make(1200, random_seed());
    struct buf expected = merged_whole(&c);
    for (size_t i = 0; i < c.count; i++)
        count_events(&c.events[i], 1, 1 << 20);
    size_t before = files_in_folder(false);
    char to[64];
    snprintf(to, sizeof(to), "%s/all", folder);
    merge(paths.list, paths.count, to);
    cr_expect_eq(files_in_folder(false), before + 1);
    struct buf got = read_all(to);
    cr_expect(view_equals(buf_view(&expected), buf_view(&got)));
    struct stat info;
    stat(to, &info);
    cr_expect_eq(info.st_mode & 0777, 0600);
    buf_done(&expected);
    buf_done(&got);
    corpus_done(&c);
    reset_paths();
}

/* Failures of so many functions that what they count into does not fit in
 * memory at the last merge. */
static void make_failures(struct corpus *c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct event *e = &c->events[i];
        *e = event_of(KIND_CRASH, SEVERITY_ERROR);
        e->failure = FAILURE_CRASH;
        event_set_text(e, COL_LOG_GROUP, corpus_text(c, "/aws/lambda/f%zu", i % (count / 2)));
        event_set_text(e, COL_REQUEST_ID, corpus_text(c, "r%zu", i));
        event_set_text(e, COL_TITLE, corpus_text(c, "exited %zu", i));
        event_set_text(e, COL_STACK, corpus_text(c, "%7000zu", i));
        event_set_integer(e, COL_EVENT_INDEX, (int64_t)i);
    }
}

Test(partial, more_failing_functions_than_fit_in_memory)
{
    enum { FAILURES = 4400 };
    struct corpus c = corpus_make(FAILURES, 1);
    char to[64];
    make_failures(&c, FAILURES);
    struct buf expected = merged_whole(&c);
    count_events(c.events + 1000, FAILURES - 1000, GROUPS_BYTES_MAX);
    count_events(c.events, 1000, GROUPS_BYTES_MAX);
    snprintf(to, sizeof(to), "%s/all", folder);
    merge(paths.list, paths.count, to);
    struct buf got = read_all(to);
    cr_expect(view_equals(buf_view(&expected), buf_view(&got)));
    struct report *r = NULL;
    struct err err;
    cr_assert_eq(report_open(to, 10000, &r, &err), RC_OK);
    cr_expect_eq(report_summary(r)->alerts, FAILURES);
    cr_expect_eq(report_group_count(r), FAILURES / 2);
    cr_expect_eq(report_ranks(r)[0].count, 2);
    cr_expect_eq(report_ranks(r)[FAILURES / 2 - 1].count, 2);
    report_close(r);
    buf_done(&expected);
    buf_done(&got);
    corpus_done(&c);
    reset_paths();
}

static struct report *open_report(const char *path, size_t groups_max)
{
    struct report *r = NULL;
    struct err err;
    enum rc rc = report_open(path, groups_max, &r, &err);
    cr_assert_eq(rc, RC_OK, "%s", rc == RC_OK ? "" : err.text);
    return r;
}

Test(partial, of_nothing_is_an_empty_report)
{
    char to[64];
    snprintf(to, sizeof(to), "%s/none", folder);
    merge(NULL, 0, to);
    struct report *r = open_report(to, 10);
    cr_expect_eq(report_group_count(r), 0);
    cr_expect_eq(report_summary(r)->events, 0);
    cr_expect_not(report_summary(r)->has_time);
    cr_expect_gt(report_summary(r)->rules_hash_min, report_summary(r)->rules_hash_max);
    report_close(r);
}

/* One problem as a list of its alerts tells it. */
struct naive_group {
    uint64_t fingerprint, count;
    int64_t first_ms, last_ms;
    bool has_time;
};

static bool is_earlier(const struct event *a, const struct event *b)
{
    bool has_a = event_has(a, COL_TIMESTAMP), has_b = event_has(b, COL_TIMESTAMP);
    if (has_a != has_b)
        return has_a;
    static const enum column order[] = {COL_TIMESTAMP, COL_SOURCE_OFFSET, COL_RECORD_INDEX,
                                        COL_EVENT_INDEX};
    for (size_t i = has_a ? 0 : 1; i < 4; i++) {
        int64_t left = a->cell[order[i]].integer, right = b->cell[order[i]].integer;
        if (left != right)
            return left < right;
    }
    return false;
}

/* Whether another line tells of the same failure before this one. */
static bool is_told_before(const struct corpus *c, size_t at)
{
    const struct event *e = &c->events[at];
    if (e->failure == FAILURE_NONE || !event_has(e, COL_REQUEST_ID))
        return false;
    for (size_t i = 0; i < c->count; i++) {
        const struct event *o = &c->events[i];
        if (o->failure == e->failure && event_has(o, COL_REQUEST_ID) &&
            view_equals(o->cell[COL_REQUEST_ID].text, e->cell[COL_REQUEST_ID].text) &&
            is_earlier(o, e))
            return true;
    }
    return false;
}

static size_t count_naively(const struct corpus *c, struct naive_group *ret, uint64_t *ret_alerts)
{
    struct fingerprinter *maker = fingerprinter_new(CPU_SCALAR);
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct event *e = &c->events[i];
        struct fingerprint f;
        enum level_class level = level_class_of(e->severity, true);
        if (!event_is_alert(e, level) || is_told_before(c, i))
            continue;
        ++*ret_alerts;
        fingerprint_event(maker, e, level, VIEW_NULL, &f);
        size_t at = 0;
        while (at < count && ret[at].fingerprint != f.value)
            at++;
        if (at == count)
            ret[count++] = (struct naive_group){.fingerprint = f.value};
        ret[at].count++;
        int64_t ms = e->cell[COL_TIMESTAMP].integer;
        if (!event_has(e, COL_TIMESTAMP) || !time_is_plausible(ms))
            continue;
        ret[at].first_ms = !ret[at].has_time || ms < ret[at].first_ms ? ms : ret[at].first_ms;
        ret[at].last_ms = !ret[at].has_time || ms > ret[at].last_ms ? ms : ret[at].last_ms;
        ret[at].has_time = true;
    }
    fingerprinter_free(maker);
    return count;
}

static int by_rank(const void *a, const void *b)
{
    const struct naive_group *left = a, *right = b;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return left->fingerprint < right->fingerprint ? -1 : 1;
}

static struct naive_group naive[8000];

static void check_group(const struct group *g, const struct naive_group *expected, size_t rank)
{
    uint64_t hours = 0, accounts = g->accounts.other;
    for (size_t i = 0; i < g->hours.count; i++)
        hours += g->hours.at[i].count;
    for (size_t i = 0; i < g->accounts.count; i++)
        accounts += g->accounts.entries[i].count;
    bool ok = g->fingerprint == expected->fingerprint && g->count == expected->count &&
              g->has_time == expected->has_time && g->first_ms == expected->first_ms &&
              g->last_ms == expected->last_ms && hours <= g->count && accounts <= g->count &&
              g->samples_count >= 1 && (uint64_t)g->samples_count <= g->count;
    for (unsigned i = 1; i < g->samples_count; i++)
        ok = ok && g->samples[i - 1].hash < g->samples[i].hash;
    if (!ok)
        cr_assert_fail("rank %zu: fingerprint %016lx count %lu", rank,
                       (unsigned long)g->fingerprint, (unsigned long)g->count);
}

Test(partial, report_agrees_with_a_naive_count)
{
    struct corpus c = corpus_make(5000, random_seed());
    struct buf whole = merged_whole(&c);
    char path[64];
    uint64_t alerts = 0, events = 0, of_accounts = 0, of_days = 0, of_log_groups = 0;
    size_t count = count_naively(&c, naive, &alerts);
    qsort(naive, count, sizeof(naive[0]), by_rank);

    snprintf(path, sizeof(path), "%s/whole", folder);
    struct report *r = open_report(path, count);
    const struct summary *s = report_summary(r);
    cr_assert_eq(report_group_count(r), count);
    cr_expect_eq(report_other_groups(r), 0);
    cr_expect_eq(s->events, c.count);
    cr_expect_eq(s->alerts, alerts);
    for (size_t i = 0; i < s->accounts_count; i++) {
        events += s->accounts[i].events;
        of_accounts += s->accounts[i].alerts;
    }
    cr_expect_eq(events, c.count);
    cr_expect_eq(of_accounts, alerts);
    for (size_t i = 0; i < s->log_groups_count; i++)
        of_log_groups += s->log_groups[i].alerts;
    cr_expect_eq(of_log_groups, alerts);
    /* 400 functions and "(none)": only so many rows and that of the others. */
    cr_expect_eq(s->log_groups_count, MAP_KEYS_MAX + 1);
    cr_expect(view_equals(s->log_groups[0].key, VIEW("(none)")) ||
              view_equals(s->log_groups[0].key, VIEW("(other)")));
    events = s->without_time;
    for (size_t i = 0; i < s->days_count; i++) {
        events += s->days[i].events;
        of_days += s->days[i].alerts;
    }
    cr_expect_eq(events, c.count);
    cr_expect(of_days > 0 && of_days < alerts);
    for (size_t i = 0; i < count; i++) {
        const struct group *g;
        struct err err;
        cr_assert_eq(report_ranks(r)[i].count, naive[i].count);
        if (report_group(r, i, &g, &err) != RC_OK)
            cr_assert_fail("%s", err.text);
        check_group(g, &naive[i], i);
    }
    report_close(r);
    buf_done(&whole);
    corpus_done(&c);
}

Test(partial, report_keeps_the_first_ranks_and_sums_the_others)
{
    struct corpus c = corpus_make(3000, random_seed());
    struct buf whole = merged_whole(&c);
    char path[64];
    snprintf(path, sizeof(path), "%s/whole", folder);
    struct report *all = open_report(path, 100000), *few = open_report(path, 7);
    struct report *none = open_report(path, 0);
    uint64_t rest = 0;
    for (size_t i = 7; i < report_group_count(all); i++)
        rest += report_ranks(all)[i].count;
    cr_expect_eq(report_group_count(few), 7);
    cr_expect_eq(report_other_groups(few), report_group_count(all) - 7);
    cr_expect_eq(report_other_alerts(few), rest);
    cr_expect_arr_eq(report_ranks(few), report_ranks(all), 7 * sizeof(struct group_rank));
    cr_expect_eq(report_group_count(none), 0);
    cr_expect_eq(report_other_alerts(none), report_summary(none)->alerts);
    report_close(all);
    report_close(few);
    report_close(none);
    buf_done(&whole);
    corpus_done(&c);
}

/* Either verdict is right as long as nothing else happens; with the checksum
 * made right again the reader itself has to notice. */
static void try_damaged(struct view bytes, bool has_checksum, unsigned round)
{
    char from[64], to[64];
    const char *list[] = {from};
    struct buf copy = {0};
    struct report *r;
    const struct group *g;
    snprintf(from, sizeof(from), "%s/damaged", folder);
    snprintf(to, sizeof(to), "%s/of-damaged", folder);
    buf_append_view(&copy, bytes);
    if (has_checksum && copy.size >= 8) {
        uint64_t hash = hash64(view_of(copy.data, copy.size - 8));
        for (unsigned i = 0; i < 8; i++)
            copy.data[copy.size - 8 + i] = (char)(hash >> 8 * i);
    }
    write_all(from, buf_view(&copy));
    buf_done(&copy);
    struct err err;
    enum rc rc = partial_merge(list, 1, to, NULL, &err);
    bool named = rc == RC_OK || strstr(err.text, "damaged") != NULL;
    if ((rc != RC_BAD_INPUT && (rc != RC_OK || !has_checksum)) || !named)
        cr_assert_fail("round %u: merge gives %d", round, rc);
    if (rc != RC_OK && access(to, F_OK) == 0)
        cr_assert_fail("round %u: a failed merge leaves its file", round);
    rc = report_open(from, 10, &r, &err);
    if (rc == RC_OK) {
        for (size_t i = 0; i < report_group_count(r); i++) {
            if (report_group(r, i, &g, &err) != RC_OK)
                break;
        }
        report_close(r);
    } else if (rc != RC_BAD_INPUT) {
        cr_assert_fail("round %u: report gives %d", round, rc);
    }
}

Test(partial, damage_is_a_verdict_that_names_the_file)
{
    uint64_t seed = random_seed();
    struct corpus c = corpus_make(60, seed);
    struct buf whole = merged_whole(&c);
    for (unsigned round = 0; round < 1500; round++) {
        size_t size = whole.size;
        char saved[4];
        size_t at = corpus_random(&c, size - sizeof(saved));
        memcpy(saved, whole.data + at, sizeof(saved));
        unsigned damaged = 1 + (unsigned)corpus_random(&c, 4);
        for (unsigned i = 0; i < damaged; i++)
            whole.data[at + i] = (char)(corpus_random(&c, 3) ? corpus_random(&c, 256) : 0xff);
        bool is_cut = corpus_random(&c, 5) == 0;
        bool changed = is_cut || memcmp(saved, whole.data + at, sizeof(saved)) != 0;
        if (changed)
            try_damaged(view_of(whole.data, is_cut ? corpus_random(&c, size) : size),
                        corpus_random(&c, 4) > 0 && !is_cut, round);
        memcpy(whole.data + at, saved, sizeof(saved));
    }
    buf_done(&whole);
    corpus_done(&c);
}

Test(partial, a_damaged_one_of_many_is_named_by_whichever_thread_meets_it)
{
    enum { INPUTS = 40, THREADS = 4 };
    struct corpus c = corpus_make(INPUTS, random_seed());
    char to[64];
    struct err err;
    for (size_t i = 0; i < c.count; i++)
        count_events(&c.events[i], 1, 1 << 20);
    struct partial_inputs in = {paths.list, paths.count};
    size_t before = files_in_folder(false), at = corpus_random(&c, paths.count);
    snprintf(to, sizeof(to), "%s/all", folder);
    struct buf sound = read_all(paths.list[at]);
    sound.data[sound.size / 2] ^= 0x40;
    write_all(paths.list[at], buf_view(&sound));
    cr_expect_eq(partial_merge_shared(&in, to, THREADS, NULL, &err), RC_BAD_INPUT);
    cr_expect_not_null(strstr(err.text, paths.list[at]), "%s", err.text);
    cr_expect_eq(files_in_folder(false), before);
    cr_assert_eq(unlink(paths.list[at]), 0);
    cr_expect_eq(partial_merge_shared(&in, to, THREADS, NULL, &err), RC_IO);
    cr_expect_not_null(strstr(err.text, paths.list[at]), "%s", err.text);
    buf_done(&sound);
    corpus_done(&c);
    reset_paths();
}

Test(partial, of_another_kind_is_refused)
{
    char path[64];
    const char *list[] = {path, path};
    struct report *r;
    struct err err;
    snprintf(path, sizeof(path), "%s/x", folder);
    write_all(path, VIEW("millrace partial 3\n..............."));
    cr_expect_eq(partial_merge(list, 1, "/tmp/millrace-never", NULL, &err), RC_UNSUPPORTED);
    cr_expect_not_null(strstr(err.text, path));
    cr_expect_not_null(strstr(err.text, "another version"));
    write_all(path, VIEW("something else altogether, long enough"));
    cr_expect_eq(partial_merge(list, 1, "/tmp/millrace-never", NULL, &err), RC_BAD_INPUT);
    write_all(path, VIEW(""));
    cr_expect_eq(report_open(path, 1, &r, &err), RC_BAD_INPUT);
    /* A spilled one has not decided its failures yet. */
    struct groups *g = groups_new(CPU_SCALAR, NULL, 1 << 20);
    cr_assert_eq(groups_spill(g, path, &err), RC_OK);
    groups_free(g);
    cr_expect_eq(report_open(path, 1, &r, &err), RC_BAD_INPUT);
    list[0] = "/nonexistent/partial";
    cr_expect_eq(partial_merge(list, 1, "/tmp/millrace-never", NULL, &err), RC_IO);
    list[0] = path;
    cr_expect_eq(partial_merge(list, 1, "/nonexistent/to", NULL, &err), RC_IO);
    cr_expect_eq(access("/tmp/millrace-never", F_OK), -1);
}
