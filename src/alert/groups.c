#include "alert/groups.h"

#include "alert/fingerprint.h"
#include "alert/group_table.h"
#include "alert/partial_codec.h"
#include "alert/pending.h"
#include "alert/rules.h"
#include "util/hash.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* What one more alert may add, large growths of rare tables aside: a group, its
 * sample, keys and values. */
enum { ALERT_BYTES_MAX = 32 * 1024 };

struct groups {
    const struct rules *rules; /* may be NULL */
    struct rules_scratch *rules_scratch;
    struct fingerprinter *fingerprinter;
    struct alert_maker *maker;
    struct counts counts;
    struct group_table table;
    struct pending_table pending;
    size_t bytes_max;
    struct alert alert;
    char text[FINGERPRINT_TEXT_BYTES];
};

void groups_free(struct groups *g)
{
    if (g == NULL)
        return;
    rules_scratch_free(g->rules_scratch);
    fingerprinter_free(g->fingerprinter);
    alert_maker_free(g->maker);
    counts_done(&g->counts);
    group_table_done(&g->table);
    pending_table_done(&g->pending);
    free(g);
}

struct groups *groups_new(enum cpu cpu, const struct rules *rules, size_t bytes_max)
{
    struct groups *g = calloc(1, sizeof(*g));
    if (g == NULL)
        return NULL;
    g->rules = rules;
    g->bytes_max = bytes_max;
    counts_init(&g->counts, rules != NULL ? hash64(rules_text(rules)) : 0);
    g->fingerprinter = fingerprinter_new(cpu);
    g->maker = alert_maker_new();
    if (rules != NULL)
        g->rules_scratch = rules_scratch_new(rules);
    if (g->fingerprinter == NULL || g->maker == NULL ||
        (rules != NULL && g->rules_scratch == NULL)) {
        groups_free(g);
        return NULL;
    }
    return g;
}

static bool is_full(const struct groups *g)
{
    if (g->table.count + g->pending.count == 0)
        return false;
    size_t bytes = g->table.bytes + g->pending.bytes + counts_bytes(&g->counts);
    return bytes + ALERT_BYTES_MAX > g->bytes_max;
}

static bool add_alert(struct groups *g, struct event *e, enum level_class level,
                      const struct rules_verdict *verdict)
{
    struct fingerprint f;
    if (!fingerprint_event(g->fingerprinter, e, level, verdict->group, &f) ||
        !alert_make(g->maker, e, &f, verdict, &g->alert))
        return false;
    fingerprint_text(f.value, g->text);
    event_set_text(e, COL_FINGERPRINT, view_of(g->text, sizeof(g->text)));

    const struct alert *a = &g->alert;
    enum failure cause = event_failure(e);
    if (cause != FAILURE_NONE && a->has_request)
        return pending_table_offer(&g->pending, a->request_hash, cause, a);
    return group_table_add(&g->table, a) && counts_add_alert(&g->counts, a, cause);
}

static enum level_class class_of_name(struct view level)
{
    static const struct {
        struct view name;
        enum level_class level;
    } names[] = {
        {VIEW("TRACE"), CLASS_TRACE}, {VIEW("DEBUG"), CLASS_DEBUG}, {VIEW("INFO"), CLASS_INFO},
        {VIEW("WARN"), CLASS_WARN},   {VIEW("ERROR"), CLASS_ERROR}, {VIEW("FATAL"), CLASS_FATAL},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (view_equals(level, names[i].name))
            return names[i].level;
    }
    return CLASS_OTHER;
}

/* What the rules say: asked of every row where they set levels, else only of
 * alerts. False when out of memory. */
static bool decide(struct groups *g, const struct event *e, enum level_class *level,
                   struct rules_verdict *ret, bool *ret_is_alert)
{
    *ret = (struct rules_verdict){0};
    *ret_is_alert = event_is_alert(e, *level);
    if (g->rules == NULL || (!*ret_is_alert && !rules_set_levels(g->rules)))
        return true;
    if (!rules_apply(g->rules, g->rules_scratch, e, ret))
        return false;
    if (!view_is_null(ret->level))
        *level = class_of_name(ret->level);
    *ret_is_alert = !ret->is_ignored && event_is_alert(e, *level);
    return true;
}

bool groups_name(struct groups *g, struct event *e)
{
    struct rules_verdict verdict;
    enum level_class level = level_class_of(e->severity, event_has(e, COL_LEVEL));
    struct fingerprint f;
    bool is_alert;
    if (!decide(g, e, &level, &verdict, &is_alert))
        return false;
    if (!is_alert)
        return true;
    if (!fingerprint_event(g->fingerprinter, e, level, verdict.group, &f))
        return false;
    fingerprint_text(f.value, g->text);
    event_set_text(e, COL_FINGERPRINT, view_of(g->text, sizeof(g->text)));
    return true;
}

bool groups_explain(struct groups *g, const struct event *e, struct fingerprint *ret,
                    bool *ret_is_alert)
{
    struct rules_verdict verdict;
    enum level_class level = level_class_of(e->severity, event_has(e, COL_LEVEL));
    return decide(g, e, &level, &verdict, ret_is_alert) &&
           fingerprint_event(g->fingerprinter, e, level, verdict.group, ret);
}

enum rc groups_add(struct groups *g, struct event *e)
{
    enum level_class level = level_class_of(e->severity, event_has(e, COL_LEVEL));
    if (g->rules == NULL && !event_is_alert(e, level))
        return counts_add(&g->counts, e, level) ? RC_OK : RC_NO_MEMORY;
    struct rules_verdict verdict;
    bool is_alert;
    if (!decide(g, e, &level, &verdict, &is_alert))
        return RC_NO_MEMORY;
    if (is_alert && is_full(g))
        return RC_FULL;
    if (!counts_add(&g->counts, e, level) || (is_alert && !add_alert(g, e, level, &verdict)))
        return RC_NO_MEMORY;
    return RC_OK;
}

bool groups_count_event(struct groups *g, const struct event *e)
{
    enum level_class level = level_class_of(e->severity, event_has(e, COL_LEVEL));
    assert(g->rules == NULL && level != CLASS_ERROR && level != CLASS_FATAL);
    return counts_add_event(&g->counts, e, level);
}

bool groups_count_rows(struct groups *g, struct view account_id, struct view log_group,
                       uint64_t events)
{
    return counts_add_rows(&g->counts, account_id, log_group, events);
}

bool groups_counted_request(const struct groups *g, struct view request_id)
{
    return counts_has_request(&g->counts, request_id);
}

static enum rc write_pending(const struct groups *g, struct wire_writer *w, struct buf *bytes,
                             struct err *err)
{
    struct pending *sorted = malloc((g->pending.count + 1) * sizeof(*sorted));
    if (sorted == NULL)
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", w->path);
    pending_table_sort(&g->pending, sorted);
    enum rc rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < g->pending.count; i++) {
        buf_clear(bytes);
        codec_put_pending(bytes, &sorted[i]);
        rc = wire_write(w, bytes, err);
    }
    free(sorted);
    return rc;
}

static enum rc write_groups(const struct groups *g, struct wire_writer *w, struct buf *bytes,
                            struct err *err)
{
    struct buf body = {0};
    struct group **sorted = malloc((g->table.count + 1) * sizeof(struct group *));
    if (sorted == NULL)
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", w->path);
    group_table_sort(&g->table, sorted);
    enum rc rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < g->table.count; i++) {
        buf_clear(&body);
        buf_clear(bytes);
        codec_put_group(&body, sorted[i]);
        codec_put_group_record(bytes, sorted[i]->fingerprint, &body, NULL);
        rc = wire_write(w, bytes, err);
    }
    free(sorted);
    buf_done(&body);
    return rc;
}

static enum rc write_partial(const struct groups *g, struct wire_writer *w, struct buf *bytes,
                             struct err *err)
{
    codec_put_header(bytes, false);
    codec_put_counts(bytes, &g->counts);
    TRY(wire_write(w, bytes, err));
    TRY(write_pending(g, w, bytes, err));
    buf_clear(bytes);
    codec_put_end(bytes);
    TRY(wire_write(w, bytes, err));
    TRY(write_groups(g, w, bytes, err));
    buf_clear(bytes);
    codec_put_end(bytes);
    TRY(wire_write(w, bytes, err));
    return wire_writer_finish(w, err);
}

static enum rc write_to(const struct groups *g, int fd, const char *path, struct err *err)
{
    struct wire_writer w;
    struct buf bytes = {0};
    TRY(wire_writer_init(&w, fd, path, err));
    enum rc rc = write_partial(g, &w, &bytes, err);
    buf_done(&bytes);
    wire_writer_done(&w);
    return rc;
}

static enum rc create(const struct groups *g, const char *path, int *ret_fd, struct err *err)
{
    *ret_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*ret_fd < 0)
        return err_errno(err, "%s", path);
    enum rc rc = write_to(g, *ret_fd, path, err);
    if (rc == RC_OK)
        return RC_OK;
    close(*ret_fd);
    unlink(path);
    return rc;
}

static void forget(struct groups *g)
{
    counts_clear(&g->counts);
    group_table_clear(&g->table);
    pending_table_clear(&g->pending);
}

enum rc groups_spill(struct groups *g, const char *path, struct err *err)
{
    int fd;
    TRY(create(g, path, &fd, err));
    if (close(fd) != 0) {
        enum rc rc = err_errno(err, "%s", path);
        unlink(path);
        return rc;
    }
    forget(g);
    return RC_OK;
}

enum rc groups_finish(struct groups *g, const char *path, struct sync_queue *q, struct err *err)
{
    int fd;
    TRY(create(g, path, &fd, err));
    enum rc rc = sync_queue_add(q, fd, err);
    if (rc != RC_OK) {
        unlink(path);
        return rc;
    }
    forget(g);
    return RC_OK;
}
