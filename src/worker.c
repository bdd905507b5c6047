#include "worker.h"

#include "alert/groups.h"
#include "alert/partial.h"
#include "commit/atomic_file.h"
#include "commit/commits.h"
#include "commit/event_keys.h"
#include "dataset/partitioner.h"
#include "event_filter.h"
#include "limits.h"
#include "util/text.h"

#include <assert.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SEVERITIES = SEVERITY_FATAL + 1 };

/* What the progress line adds up. */
struct told {
    uint64_t stored, decoded, events, quarantined;
};

struct worker {
    const struct worker_shared *shared;
    struct fanout_worker *fanout;
    struct fanout_progress *progress;
    struct object_sink sink;
    struct object_reader *reader;
    struct source source;
    struct groups *groups;
    struct rows *rows; /* NULL with --no-dataset, as is the next */
    struct partitioner *partitioner;
    struct key_writer *keys; /* NULL without --dedupe */

    struct sync_queue *sync;
    struct commits commits; /* of earlier batches */

    /* The batch at hand. */
    struct batch_result result;
    int attempt; /* its open folder, or -1 */
    uint32_t flushes, spills;
    struct file_writer *quarantine; /* opened with the first line */
    struct buf line;
    const struct object *object;
    char key_day[11];    /* of the object's key, or "" */
    struct buf left_out; /* a byte per object of the batch: whether it has changed */
    struct duplicates_reader duplicates; /* open where the batch is read again */
    uint64_t severity_rows[SEVERITIES]; /* rows by known level, folded into the ledger at the end */
    struct told told;                   /* to the progress line, of this attempt */

    /* How often each object of the batch shrank while it was read. */
    uint8_t shrunk[BATCH_OBJECTS_MAX];
    bool must_restart; /* one has just done so */
};

/* ---- Rows ---- */

static enum rc spill(struct worker *w, struct err *err)
{
    char path[PATH_MAX];
    int used = snprintf(path, sizeof(path), "%s/attempt/%s/spill-%06" PRIu32, w->shared->work_path,
                        w->result.attempt, w->spills++);
    if (used < 0 || used >= (int)sizeof(path))
        return err_set(err, RC_FAILED, "%s: the path is too long", w->shared->work_path);
    return groups_spill(w->groups, path, err);
}

static enum rc on_file(void *context, const struct dataset_file *file, struct err *err)
{
    struct worker *w = context;
    w->result.ledger.dataset.files++;
    w->result.ledger.dataset.rows += file->rows;
    w->result.ledger.dataset.bytes += file->bytes;
    if (!batch_result_add_file(&w->result, file))
        return err_set(err, RC_NO_MEMORY, "no memory for the list of files");
    return RC_OK;
}

static enum rc flush(struct worker *w, struct err *err)
{
    if (w->rows == NULL || rows_is_empty(w->rows))
        return RC_OK;
    return rows_flush(w->rows, w->attempt, w->result.batch, w->flushes++, on_file, w, err);
}

static enum rc group(struct worker *w, struct event *e, struct err *err)
{
    enum rc rc = groups_add(w->groups, e);
    if (rc == RC_FULL) {
        TRY(spill(w, err));
        rc = groups_add(w->groups, e);
    }
    return rc == RC_OK ? RC_OK : err_set(err, RC_NO_MEMORY, "no memory for alert groups");
}

static enum rc stage(struct worker *w, const struct event *e, struct err *err)
{
    if (w->rows == NULL)
        return RC_OK;
    struct view folder = partitioner_folder(w->partitioner, e, w->key_day);
    if (view_is_null(folder))
        return err_set(err, RC_NO_MEMORY, "no memory for rows");
    enum rc rc = rows_add(w->rows, e, folder);
    if (rc == RC_FULL) {
        TRY(flush(w, err));
        rc = rows_add(w->rows, e, folder);
    }
    return rc == RC_OK ? RC_OK : err_set(err, RC_NO_MEMORY, "no memory for rows");
}

/* Rows per level: known ones by number, words of one's own by name. */
static bool count_level(struct worker *w, const struct event *e)
{
    if (e->severity != SEVERITY_NONE) {
        w->severity_rows[e->severity]++;
        return true;
    }
    struct view level = event_text(e, COL_LEVEL);
    return view_is_null(level) || tally_add(&w->result.ledger.levels, level, 1);
}

/* Writes down the key of what becomes a row, or finds that it is marked. */
static enum rc dedupe(struct worker *w, const struct event *e, bool *ret_is_duplicate,
                      struct err *err)
{
    const struct ledger *ledger = &w->result.ledger;
    uint64_t number = ledger->events.rows + ledger->events.duplicates;
    if (w->duplicates.is_open)
        return duplicates_ask(&w->duplicates, number, ret_is_duplicate, err);
    size_t object = (size_t)(w->object - w->shared->plan->objects->objects);
    struct event_key key = {
        .object = w->shared->name_ranks[object], .batch = w->result.batch, .number = number};
    if (event_key_hash(e, &w->line, &key.hash))
        return key_writer_add(w->keys, &key, err);
    return buf_failed(&w->line) ? err_set(err, RC_NO_MEMORY, "no memory for a key") : RC_OK;
}

static enum rc on_event(void *context, struct event *e, struct err *err)
{
    struct worker *w = context;
    struct ledger *ledger = &w->result.ledger;
    if (!event_filter_keeps(w->shared->options, e)) {
        ledger->events.filtered++;
        return RC_OK;
    }
    bool is_duplicate = false;
    if (w->keys != NULL)
        TRY(dedupe(w, e, &is_duplicate, err));
    if (is_duplicate) {
        ledger->events.duplicates++;
        return RC_OK;
    }
    TRY(group(w, e, err));
    TRY(stage(w, e, err));
    ledger->events.rows++;
    ledger->kinds[e->kind]++;
    return count_level(w, e) ? RC_OK : err_set(err, RC_NO_MEMORY, "no memory for the ledger");
}

/* Whether nothing but the options of a plain report has a say in what is counted:
 * no filter, no rule, no row to write. */
static bool counts_plainly(const struct worker *w)
{
    return event_filter_is_open(w->shared->options) && w->shared->rules == NULL &&
           w->rows == NULL && w->keys == NULL;
}

static enum rc on_counted(void *context, const struct event *e, struct err *err)
{
    struct worker *w = context;
    if (!groups_count_event(w->groups, e) || !count_level(w, e))
        return err_set(err, RC_NO_MEMORY, "no memory for counts");
    w->result.ledger.kinds[e->kind]++;
    return RC_OK;
}

static enum rc on_counted_record(void *context, const struct event_context *of, uint64_t count,
                                 struct err *err)
{
    struct worker *w = context;
    w->result.ledger.events.rows += count;
    return groups_count_rows(w->groups, of->account_id, of->log_group, count)
               ? RC_OK
               : err_set(err, RC_NO_MEMORY, "no memory for counts");
}

/* ---- Damage ---- */

static enum rc on_damage(void *context, const struct quarantine_span *span, struct err *err)
{
    struct worker *w = context;
    if (w->quarantine == NULL)
        TRY(file_writer_open(w->attempt, "quarantine.ndjson", &w->quarantine, err));
    buf_clear(&w->line);
    quarantine_append(&w->line, span);
    if (buf_failed(&w->line))
        return err_set(err, RC_NO_MEMORY, "no memory for a quarantine line");
    w->told.quarantined++;
    atomic_fetch_add_explicit(&w->progress->quarantined, 1, memory_order_relaxed);
    return file_writer_write(w->quarantine, buf_view(&w->line), err);
}

static bool request_is_counted(void *context, struct view request_id)
{
    const struct worker *w = context;
    return groups_counted_request(w->groups, request_id);
}

static bool is_stopping(void *context)
{
    const struct worker *w = context;
    return fanout_is_stopping(w->fanout) || w->source.is_cut;
}

/* ---- One batch ---- */

/* Progress is told per object: what this one added. */
static void tell(struct worker *w, uint64_t stored_bytes)
{
    const struct ledger *l = &w->result.ledger;
    struct fanout_progress *p = w->progress;
    atomic_fetch_add_explicit(&p->stored_bytes, stored_bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&p->decoded_bytes, l->decoded_bytes.total - w->told.decoded,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&p->events, l->events.total - w->told.events, memory_order_relaxed);
    w->told.stored += stored_bytes;
    w->told.decoded = l->decoded_bytes.total;
    w->told.events = l->events.total;
}

static void take_back_told(struct worker *w)
{
    struct fanout_progress *p = w->progress;
    atomic_fetch_sub_explicit(&p->stored_bytes, w->told.stored, memory_order_relaxed);
    atomic_fetch_sub_explicit(&p->decoded_bytes, w->told.decoded, memory_order_relaxed);
    atomic_fetch_sub_explicit(&p->events, w->told.events, memory_order_relaxed);
    atomic_fetch_sub_explicit(&p->quarantined, w->told.quarantined, memory_order_relaxed);
}

/* What the plan lists of an object and is no longer there, from `begin` on. */
static enum rc count_missing(struct worker *w, uint64_t begin, struct err *err)
{
    uint64_t bytes = w->object->size - begin;
    struct quarantine_span span = {
        .object = w->object->name,
        .offset = begin,
        .length = bytes,
        .layer = VIEW("stored"),
        .reason = VIEW("missing: the file shrank after it was listed"),
        .excerpt = VIEW(""),
    };
    struct ledger *ledger = &w->result.ledger;
    ledger->stored_bytes.total += bytes;
    ledger->stored_bytes.quarantined += bytes;
    if (!tally_add(&ledger->quarantine_reasons, span.reason, 1))
        return err_set(err, RC_NO_MEMORY, "no memory for the ledger");
    return on_damage(w, &span, err);
}

static void count_object(struct worker *w, bool is_damaged)
{
    w->result.ledger.objects.total++;
    w->result.ledger.objects.clean += !is_damaged;
    w->result.ledger.objects.damaged += is_damaged;
}

/* A shorter file is read as far as it goes. Of slices each would see another end:
 * this one meets none of its neighbours, so that merge has the object read whole. */
static enum rc read_short_object(struct worker *w, const struct batch *b, struct err *err)
{
    w->result.is_damaged = true;
    if (b->cut != CUT_NONE) {
        w->result.chain = (struct batch_chain){.begin = UINT64_MAX};
        return RC_OK;
    }
    struct view bytes = w->source.bytes;
    struct object_input in = {
        .name = w->object->name, .bytes = bytes, .range = {0, bytes.size, false}};
    struct object_chain chain;
    bool is_damaged;
    if (bytes.size > 0)
        TRY(object_read(w->reader, &in, &w->result.ledger, &chain, &is_damaged, err));
    count_object(w, true);
    return count_missing(w, bytes.size, err);
}

static enum rc read_open_object(struct worker *w, const struct batch *b, struct err *err)
{
    bool is_slice = b->cut != CUT_NONE;
    if (w->source.bytes.size < w->object->size)
        return read_short_object(w, b, err);
    struct object_input in = {.name = w->object->name,
                              .bytes = w->source.bytes,
                              .is_slice = is_slice,
                              .range = {0, w->object->size, false}};
    if (is_slice)
        in.range = (struct unwrap_range){b->begin, b->end, b->cut == CUT_MEMBERS};
    struct object_chain chain;
    bool is_damaged;
    TRY(object_read(w->reader, &in, &w->result.ledger, &chain, &is_damaged, err));
    w->result.is_damaged |= is_damaged;
    if (is_slice) {
        /* Whether the object as a whole is clean shows when all its slices are known. */
        w->result.chain =
            (struct batch_chain){chain.begin, chain.end, chain.begins_clean, chain.ends_clean};
        return RC_OK;
    }
    count_object(w, is_damaged);
    return RC_OK;
}

/* What was read of a file that shrank meanwhile is not in it: the batch begins
 * anew, and finds the shorter file. */
static enum rc check_source(struct worker *w, uint32_t i, enum rc rc, struct err *err)
{
    if (rc != RC_OK && rc != RC_STOPPED)
        return rc;
    switch (source_check(&w->source)) {
    case SOURCE_SOUND:
        return rc;
    case SOURCE_SHRANK:
        w->shrunk[i]++;
        w->must_restart = true;
        return RC_STOPPED;
    case SOURCE_UNREADABLE:
        break;
    }
    return err_set(err, RC_IO, "%.*s: cannot read it: its disk gives an error",
                   (int)w->object->name.size, w->object->name.data);
}

/* Notes every object of the batch that is not what the plan says: the batch
 * begins anew without them. */
static enum rc note_changed(struct worker *w, const struct batch *b, struct err *err)
{
    const struct discovery *d = w->shared->plan->objects;
    buf_clear(&w->left_out);
    for (uint32_t i = 0; i < b->object_count; i++) {
        struct changed_object c;
        bool has_changed;
        TRY(changed_look(d, &d->objects[b->object_begin + i], &c, &has_changed, err));
        if (!buf_append_byte(&w->left_out, has_changed) ||
            (has_changed && !changed_add(w->shared->changed, &c)))
            return err_set(err, RC_NO_MEMORY, "no memory for the list of changed objects");
    }
    w->must_restart = true;
    return RC_STOPPED;
}

/* The whole object, or this slice of it, counts as damage: the user is told in
 * quarantine.ndjson. Slices do not meet then, so that merge reads it again whole. */
static enum rc leave_out(struct worker *w, const struct batch *b, struct err *err)
{
    struct ledger *ledger = &w->result.ledger;
    bool is_slice = b->cut != CUT_NONE;
    uint64_t begin = is_slice ? b->begin : 0, end = is_slice ? b->end : w->object->size;
    struct quarantine_span span = {.object = w->object->name,
                                   .offset = begin,
                                   .length = end - begin,
                                   .layer = VIEW("stored"),
                                   .reason = VIEW("changed since the plan was made"),
                                   .excerpt = VIEW("")};
    ledger->stored_bytes.total += end - begin;
    ledger->stored_bytes.quarantined += end - begin;
    w->result.is_damaged = true;
    if (!is_slice)
        count_object(w, true);
    if (!tally_add(&ledger->quarantine_reasons, span.reason, 1))
        return err_set(err, RC_NO_MEMORY, "no memory for the ledger");
    return on_damage(w, &span, err);
}

static enum rc read_input(struct worker *w, const struct batch *b, uint32_t i, struct err *err)
{
    TRY(fanout_input(w->fanout, b, i, &w->source, err));
    if (w->shrunk[i] >= SHRINKS_MAX)
        w->source.bytes.size = 0;
    enum rc rc = check_source(w, i, read_open_object(w, b, err), err);
    source_close(&w->source);
    return rc;
}

static enum rc read_object(struct worker *w, const struct batch *b, uint32_t i, struct err *err)
{
    w->object = &w->shared->plan->objects->objects[b->object_begin + i];
    object_day(w->object, w->key_day);
    bool is_left_out = i < w->left_out.size && w->left_out.data[i] != 0;
    struct changed_object c;
    bool has_changed = false;
    enum rc rc;
    if (is_left_out) {
        /* Inputs are asked for in order; whether this one can be had is no matter. */
        if (fanout_input(w->fanout, b, i, &w->source, NULL) == RC_OK)
            source_close(&w->source);
        rc = leave_out(w, b, err);
    } else {
        rc = read_input(w, b, i, err);
        /* Whatever came of it: of an object that was written to it means nothing. */
        if ((rc != RC_STOPPED || w->must_restart) && w->shared->changed != NULL) {
            enum rc looked = changed_look(w->shared->plan->objects, w->object, &c, &has_changed,
                                          rc == RC_OK ? err : NULL);
            rc = rc == RC_OK ? looked : rc;
        }
        if (has_changed)
            return note_changed(w, b, err);
    }
    TRY(rc);
    tell(w, b->cut == CUT_NONE ? w->object->size : b->bytes);
    return RC_OK;
}

static enum rc read_objects(struct worker *w, const struct batch *b, struct err *err)
{
    for (uint32_t i = 0; i < b->object_count; i++) {
        if (fanout_is_stopping(w->fanout))
            return RC_STOPPED;
        TRY(read_object(w, b, i, err));
    }
    return RC_OK;
}

static enum rc fold_levels(struct worker *w, struct err *err)
{
    static const struct {
        enum severity severity;
        const char *name;
    } known[] = {{SEVERITY_TRACE, "TRACE"}, {SEVERITY_DEBUG, "DEBUG"}, {SEVERITY_INFO, "INFO"},
                 {SEVERITY_WARN, "WARN"},   {SEVERITY_ERROR, "ERROR"}, {SEVERITY_FATAL, "FATAL"}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        uint64_t rows = w->severity_rows[known[i].severity];
        if (rows > 0 && !tally_add(&w->result.ledger.levels, view_of_string(known[i].name), rows))
            return err_set(err, RC_NO_MEMORY, "no memory for the ledger");
    }
    return RC_OK;
}

/* All spills of the batch become one partial. */
static enum rc merge_spills(struct worker *w, const char *to, struct err *err)
{
    TRY(spill(w, err));
    char **paths = calloc(w->spills, sizeof(*paths));
    enum rc rc = RC_OK;
    if (paths == NULL)
        rc = err_set(err, RC_NO_MEMORY, "no memory for alert groups");
    for (uint32_t i = 0; i < w->spills && rc == RC_OK; i++) {
        if (asprintf(&paths[i], "%s/attempt/%s/spill-%06" PRIu32, w->shared->work_path,
                     w->result.attempt, i) < 0)
            rc = err_set(err, RC_NO_MEMORY, "no memory for alert groups");
    }
    if (rc == RC_OK)
        rc = partial_merge((const char *const *)paths, w->spills, to, w->sync, err);
    for (uint32_t i = 0; paths != NULL && i < w->spills; i++) {
        if (rc == RC_OK)
            unlink(paths[i]);
        free(paths[i]);
    }
    free(paths);
    return rc;
}

static enum rc write_partial(struct worker *w, struct err *err)
{
    char to[PATH_MAX];
    int used =
        snprintf(to, sizeof(to), "%s/attempt/%s/partial", w->shared->work_path, w->result.attempt);
    if (used < 0 || used >= (int)sizeof(to))
        return err_set(err, RC_FAILED, "%s: the path is too long", w->shared->work_path);
    return w->spills == 0 ? groups_finish(w->groups, to, w->sync, err) : merge_spills(w, to, err);
}

/* A batch that is read again holds the rows it held the first time. */
static enum rc check_rows(const struct worker *w, struct err *err)
{
    uint64_t rows = w->result.ledger.events.rows + w->result.ledger.events.duplicates;
    if (!w->duplicates.is_open || rows == w->duplicates.rows.rows)
        return RC_OK;
    return err_set(err, RC_FAILED,
                   "batch %" PRIu32 ": its objects have changed since they were read first; run "
                   "again with --force",
                   w->result.batch);
}

static enum rc finish_batch(struct worker *w, struct err *err)
{
    TRY(flush(w, err));
    TRY(write_partial(w, err));
    if (w->quarantine != NULL) {
        struct file_writer *quarantine = w->quarantine;
        w->quarantine = NULL;
        file_writer_sync_by(quarantine, w->sync);
        TRY(file_writer_close(quarantine, &w->result.quarantine.bytes,
                              &w->result.quarantine.checksum, err));
    }
    if (w->keys != NULL && !w->duplicates.is_open)
        TRY(key_writer_end(w->keys, &w->result.keys, &w->result.keys_checksum, err));
    TRY(fold_levels(w, err));
    TRY(check_rows(w, err));
    const char *what;
    if (!ledger_holds(&w->result.ledger, &what))
        return err_set(err, RC_FAILED,
                       "batch %" PRIu32 ": the account of %s does not add up; please report it",
                       w->result.batch, what);
    return commits_add(&w->commits, &w->result, err);
}

static enum rc open_attempt(struct worker *w, const struct batch *b, struct err *err)
{
    const struct worker_shared *shared = w->shared;
    char path[64];
    TRY(journal_attempt(shared->work, &w->result, err));
    snprintf(path, sizeof(path), "attempt/%s", w->result.attempt);
    TRY(folder_open_made(shared->work, path, &w->attempt, err));
    w->result.ledger.has_dedupe = shared->options->dedupe;
    if (w->partitioner != NULL)
        partitioner_begin(w->partitioner);
    if (w->keys != NULL)
        key_writer_begin(w->keys, w->attempt, w->sync);
    if ((b->revision & REVISION_DEDUPED) == 0)
        return RC_OK;
    return duplicates_open(shared->work, &shared->marked[b - shared->plan->batches], &w->duplicates,
                           err);
}

/* A batch with an object that has changed is read to its end, as any, and given
 * up, unless it may do without. */
static enum rc commit_or_drop(struct worker *w, struct err *err)
{
    char path[64];
    bool has_left_out = memchr(buf_view(&w->left_out).data, 1, w->left_out.size) != NULL;
    if (!has_left_out || w->shared->options->allows_changed)
        return finish_batch(w, err);
    snprintf(path, sizeof(path), "attempt/%s", w->result.attempt);
    return tree_remove(w->shared->work, path, err);
}

static enum rc batch_try(struct worker *w, const struct batch *b, struct err *err)
{
    batch_result_init(&w->result);
    w->told = (struct told){0};
    w->must_restart = false;
    w->result.batch = b->number;
    w->result.revision = b->revision;
    w->flushes = w->spills = 0;
    memset(w->severity_rows, 0, sizeof(w->severity_rows));
    enum rc rc = open_attempt(w, b, err);
    if (rc == RC_OK)
        rc = read_objects(w, b, err);
    if (rc == RC_OK)
        rc = commit_or_drop(w, err);
    file_writer_abandon(w->quarantine);
    w->quarantine = NULL;
    duplicates_close(&w->duplicates);
    if (w->attempt >= 0)
        close(w->attempt);
    w->attempt = -1;
    batch_result_done(&w->result);
    return rc;
}

/* ---- The worker ---- */

static enum rc worker_init(struct worker *w, struct err *err)
{
    const struct worker_shared *shared = w->shared;
    w->attempt = -1;
    w->sink = (struct object_sink){.context = w,
                                   .on_event = on_event,
                                   .on_damage = on_damage,
                                   .request_is_counted = request_is_counted,
                                   .is_stopping = is_stopping};
    w->reader = object_reader_new(shared->object_options, shared->slot, &w->sink);
    w->groups = groups_new(shared->object_options->cpu, shared->rules, GROUPS_BYTES_MAX);
    struct rows_options rows = {.bytes_max = ROWS_BYTES_MAX,
                                .profile = shared->options->profile,
                                .created_by = shared->created_by,
                                .plan_hash = shared->plan->hash,
                                .sync = w->sync,
                                .cpu = shared->object_options->cpu};
    if (!shared->options->no_dataset) {
        w->rows = rows_new(&rows);
        w->partitioner = partitioner_new(&shared->options->partition_by, PARTITIONS_MAX);
    }
    if (shared->options->dedupe)
        w->keys = key_writer_new();
    if (counts_plainly(w)) {
        w->sink.on_counted = on_counted;
        w->sink.on_counted_record = on_counted_record;
    }
    bool is_whole = w->reader != NULL && w->groups != NULL &&
                    ((w->rows != NULL && w->partitioner != NULL) || shared->options->no_dataset) &&
                    (w->keys != NULL || !shared->options->dedupe);
    return is_whole ? RC_OK
                    : err_set(err, RC_NO_MEMORY, "no memory for a worker; try a smaller -j");
}

static void tools_free(struct worker *w)
{
    object_reader_free(w->reader);
    groups_free(w->groups);
    rows_free(w->rows);
    partitioner_free(w->partitioner);
    key_writer_free(w->keys);
    w->reader = NULL;
    w->groups = NULL;
    w->rows = NULL;
    w->partitioner = NULL;
    w->keys = NULL;
}

static void worker_done(struct worker *w)
{
    tools_free(w);
    source_done(&w->source);
    commits_done(&w->commits);
    buf_done(&w->line);
    buf_done(&w->left_out);
}

/* Each object can begin the batch anew SHRINKS_MAX times. What the abandoned
 * attempt has staged and grouped goes with the tools that hold it; its folder, as
 * any that is not committed, with the work folder. */
static enum rc batch_run(struct worker *w, const struct batch *b, struct err *err)
{
    memset(w->shrunk, 0, sizeof(w->shrunk));
    buf_clear(&w->left_out);
    for (;;) {
        enum rc rc = batch_try(w, b, err);
        if (!w->must_restart)
            return rc;
        take_back_told(w);
        tools_free(w);
        TRY(worker_init(w, err));
    }
}

static enum rc take_batches(struct worker *w, struct err *err)
{
    uint32_t batch;
    enum rc rc;
    while ((rc = fanout_take(w->fanout, &batch, err)) == RC_OK)
        TRY(batch_run(w, &w->shared->plan->batches[batch], err));
    return rc == RC_END ? RC_OK : rc;
}

enum rc worker_run(void *context, struct fanout_worker *f, struct err *err)
{
    struct worker w = {.shared = context,
                       .fanout = f,
                       .progress = fanout_progress(f),
                       .attempt = -1,
                       .sync = fanout_sync(f)};
    commits_init(&w.commits, w.shared->work, w.sync);
    enum rc rc = worker_init(&w, err);
    if (rc == RC_OK)
        rc = take_batches(&w, err);
    /* Whatever ended it: batches that are written are not lost. */
    enum rc commits_rc = commits_finish(&w.commits, rc == RC_OK ? err : NULL);
    worker_done(&w);
    return rc == RC_OK ? commits_rc : rc;
}
