#include "alert/partial_merge.h"

#include "alert/partial_codec.h"
#include "alert/group_table.h"
#include "alert/spool.h"

#include <stdlib.h>

struct source {
    struct wire_reader reader;
    bool is_merged;
    bool has_pending, has_group; /* whether the next of each is here */
    bool had_pending, had_group; /* whether one came before */
    struct pending pending;
    uint64_t fingerprint;
    unsigned parts;
};

struct merge {
    struct source *sources;
    size_t count;
    struct source *winner_sources; /* groups that failures were counted into */
    size_t winner_count;
    struct wire_writer writer;
    struct counts counts;
    struct group_table winners;
    struct spool *spool; /* NULL but for the last merge */
    struct codec_scratch scratch;
    struct buf bytes, plain, resolved;
    struct err *err;
};

static enum rc sources_open(struct source **ret, size_t *ret_count,
                            const struct merge_input *inputs, size_t count, struct err *err)
{
    *ret = calloc(count + 1, sizeof(**ret));
    if (*ret == NULL)
        return err_set(err, RC_NO_MEMORY, "merge: out of memory");
    for (; *ret_count < count; ++*ret_count) {
        const struct merge_input *in = &inputs[*ret_count];
        TRY(wire_reader_init(&(*ret)[*ret_count].reader, in->fd, in->name, err));
    }
    return RC_OK;
}

static void sources_close(struct source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++)
        wire_reader_done(&sources[i].reader);
    free(sources);
}

static enum rc write_bytes(struct merge *m)
{
    enum rc rc = wire_write(&m->writer, &m->bytes, m->err);
    buf_clear(&m->bytes);
    return rc;
}

static enum rc read_counts(struct merge *m, struct source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct source *s = &sources[i];
        s->is_merged = codec_read_header(&s->reader);
        codec_read_counts(&s->reader, &m->scratch, &m->counts);
        if (wire_failed(&s->reader))
            return s->reader.rc;
    }
    return RC_OK;
}

/* The counts that a merged input holds for its readers: made anew here. */
static enum rc skip_resolved_counts(struct merge *m, struct source *s)
{
    struct counts unused;
    if (!s->is_merged)
        return RC_OK;
    counts_init_empty(&unused);
    codec_read_counts(&s->reader, &m->scratch, &unused);
    counts_done(&unused);
    return s->reader.rc;
}

static enum rc next_pending(struct source *s)
{
    struct pending before = s->pending;
    s->has_pending = codec_read_pending(&s->reader, &s->pending);
    if (s->has_pending && s->had_pending &&
        pending_compare_key(before.request, before.cause, s->pending.request, s->pending.cause) >=
            0)
        wire_fail(&s->reader, "failures are out of order");
    s->had_pending = s->has_pending;
    return s->reader.rc;
}

/* The source whose next failure is smallest by key, and of those with the same
 * key the one whose failure came first; NULL at the end. */
static struct source *first_pending(const struct merge *m)
{
    struct source *best = NULL;
    for (size_t i = 0; i < m->count; i++) {
        struct source *s = &m->sources[i];
        if (!s->has_pending)
            continue;
        int order = best == NULL ? -1
                                 : pending_compare_key(s->pending.request, s->pending.cause,
                                                       best->pending.request, best->pending.cause);
        if (order < 0 || (order == 0 && pending_is_before(s->pending.blob, best->pending.blob)))
            best = s;
    }
    return best;
}

static enum rc write_winners(struct merge *m, struct wire_writer *w)
{
    struct buf body = {0};
    struct counts none;
    struct group **sorted = malloc((m->winners.count + 1) * sizeof(struct group *));
    if (sorted == NULL)
        return err_set(m->err, RC_NO_MEMORY, "%s: out of memory", w->path);
    group_table_sort(&m->winners, sorted);
    counts_init_empty(&none);
    codec_put_header(&m->bytes, false);
    codec_put_counts(&m->bytes, &none);
    codec_put_end(&m->bytes);
    enum rc rc = wire_write(w, &m->bytes, m->err);
    for (size_t i = 0; rc == RC_OK && i < m->winners.count; i++) {
        buf_clear(&m->bytes);
        buf_clear(&body);
        codec_put_group(&body, sorted[i]);
        codec_put_group_record(&m->bytes, sorted[i]->fingerprint, &body, NULL);
        rc = wire_write(w, &m->bytes, m->err);
    }
    free(sorted);
    buf_done(&body);
    buf_clear(&m->bytes);
    codec_put_end(&m->bytes);
    if (rc == RC_OK)
        rc = wire_write(w, &m->bytes, m->err);
    buf_clear(&m->bytes);
    return rc == RC_OK ? wire_writer_finish(w, m->err) : rc;
}

static enum rc spill_winners(struct merge *m)
{
    struct merge_input file;
    struct wire_writer w;
    if (m->winners.count == 0)
        return RC_OK;
    TRY(spool_make_file(m->spool, &file, m->err));
    enum rc rc = wire_writer_init(&w, file.fd, file.name, m->err);
    if (rc == RC_OK) {
        rc = write_winners(m, &w);
        wire_writer_done(&w);
    }
    group_table_clear(&m->winners);
    enum rc added = spool_add(m->spool, file, m->err);
    return rc != RC_OK ? rc : added;
}

static enum rc count_winner(struct merge *m, const struct pending *p)
{
    struct wire_reader inner;
    struct alert a;
    wire_reader_over(&inner, p->blob, m->writer.path, m->err);
    codec_read_alert(&inner, &a);
    if (!group_table_add(&m->winners, &a) ||
        !counts_add_alert(&m->counts, &a, p->cause))
        return err_set(m->err, RC_NO_MEMORY, "%s: out of memory", m->writer.path);
    return m->winners.bytes > GROUPS_BYTES_MAX ? spill_winners(m) : RC_OK;
}

static enum rc merge_pending(struct merge *m)
{
    for (size_t i = 0; i < m->count; i++)
        TRY(next_pending(&m->sources[i]));
    for (struct source *best; (best = first_pending(m)) != NULL;) {
        struct pending key = best->pending;
        codec_put_pending(&m->bytes, &key);
        TRY(write_bytes(m));
        if (m->spool != NULL)
            TRY(count_winner(m, &key));
        for (size_t i = 0; i < m->count; i++) {
            struct source *s = &m->sources[i];
            if (s->has_pending && pending_compare_key(s->pending.request, s->pending.cause,
                                                      key.request, key.cause) == 0)
                TRY(next_pending(s));
        }
    }
    codec_put_end(&m->bytes);
    for (size_t i = 0; i < m->count; i++)
        TRY(skip_resolved_counts(m, &m->sources[i]));
    if (m->spool != NULL)
        codec_put_counts(&m->bytes, &m->counts);
    return write_bytes(m);
}

static enum rc next_group(struct source *s)
{
    uint64_t before = s->fingerprint;
    s->has_group = codec_read_group_record(&s->reader, &s->fingerprint, &s->parts);
    if (s->has_group && s->had_group && s->fingerprint <= before)
        wire_fail(&s->reader, "groups are out of order");
    s->had_group = s->has_group;
    return s->reader.rc;
}

static enum rc start_groups(struct source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++)
        TRY(next_group(&sources[i]));
    return RC_OK;
}

static void lower_fingerprint(const struct source *sources, size_t count, bool *any, uint64_t *low)
{
    for (size_t i = 0; i < count; i++) {
        if (sources[i].has_group && (!*any || sources[i].fingerprint < *low)) {
            *low = sources[i].fingerprint;
            *any = true;
        }
    }
}

/* Adds the plain part of the group at hand and goes over the resolved one. */
static enum rc read_group(struct merge *m, struct source *s, struct group *into)
{
    struct wire_reader *r = &s->reader;
    if (s->parts & CODEC_PLAIN) {
        uint64_t size = codec_read_size(r), begin = wire_offset(r);
        codec_read_group(r, &m->scratch, into);
        if (!wire_failed(r) && wire_offset(r) - begin != size)
            wire_fail(r, "a group has another size");
    }
    if (s->parts & CODEC_RESOLVED)
        wire_skip(r, codec_read_size(r));
    if (wire_failed(r))
        return r->rc;
    return next_group(s);
}

static enum rc read_groups(struct merge *m, struct source *sources, size_t count,
                           struct group *into, bool *ret_found)
{
    for (size_t i = 0; i < count; i++) {
        struct source *s = &sources[i];
        if (!s->has_group || s->fingerprint != into->fingerprint)
            continue;
        *ret_found |= (s->parts & CODEC_PLAIN) != 0;
        TRY(read_group(m, s, into));
    }
    return RC_OK;
}

static enum rc merge_group(struct merge *m, struct group *g)
{
    bool is_plain = false, is_resolved = false;
    TRY(read_groups(m, m->sources, m->count, g, &is_plain));
    buf_clear(&m->plain);
    if (is_plain)
        codec_put_group(&m->plain, g);
    TRY(read_groups(m, m->winner_sources, m->winner_count, g, &is_resolved));
    buf_clear(&m->resolved);
    if (is_resolved)
        codec_put_group(&m->resolved, g);
    if (!is_plain && !is_resolved)
        return RC_OK;
    codec_put_group_record(&m->bytes, g->fingerprint, is_plain ? &m->plain : NULL,
                           is_resolved ? &m->resolved : NULL);
    return write_bytes(m);
}

static enum rc merge_groups(struct merge *m)
{
    TRY(start_groups(m->sources, m->count));
    TRY(start_groups(m->winner_sources, m->winner_count));
    for (;;) {
        struct group g;
        uint64_t fingerprint = 0;
        bool any = false;
        lower_fingerprint(m->sources, m->count, &any, &fingerprint);
        lower_fingerprint(m->winner_sources, m->winner_count, &any, &fingerprint);
        if (!any)
            break;
        /* The rule is known once a part was read. */
        group_init(&g, fingerprint, (enum alert_rule)0);
        enum rc rc = merge_group(m, &g);
        group_done(&g);
        TRY(rc);
    }
    codec_put_end(&m->bytes);
    return write_bytes(m);
}

static enum rc open_winners(struct merge *m)
{
    struct merge_input files[SPOOL_FILES_MAX];
    if (m->spool == NULL)
        return RC_OK;
    TRY(spill_winners(m));
    TRY(sources_open(&m->winner_sources, &m->winner_count, files, spool_list(m->spool, files),
                     m->err));
    TRY(read_counts(m, m->winner_sources, m->winner_count));
    for (size_t i = 0; i < m->winner_count; i++)
        TRY(next_pending(&m->winner_sources[i]));
    return RC_OK;
}

static enum rc merge_all(struct merge *m)
{
    TRY(read_counts(m, m->sources, m->count));
    codec_put_header(&m->bytes, m->spool != NULL);
    codec_put_counts(&m->bytes, &m->counts);
    TRY(write_bytes(m));
    TRY(merge_pending(m));
    TRY(open_winners(m));
    TRY(merge_groups(m));
    for (size_t i = 0; i < m->count; i++)
        TRY(wire_reader_finish(&m->sources[i].reader));
    return wire_writer_finish(&m->writer, m->err);
}

enum rc merge_files(const struct merge_input *inputs, size_t count, struct merge_input to,
                    struct spool *winners, struct err *err)
{
    struct merge m = {.spool = winners, .err = err};
    counts_init_empty(&m.counts);
    enum rc rc = sources_open(&m.sources, &m.count, inputs, count, err);
    if (rc == RC_OK)
        rc = wire_writer_init(&m.writer, to.fd, to.name, err);
    if (rc == RC_OK) {
        rc = merge_all(&m);
        wire_writer_done(&m.writer);
    }
    sources_close(m.sources, m.count);
    sources_close(m.winner_sources, m.winner_count);
    counts_done(&m.counts);
    group_table_done(&m.winners);
    codec_scratch_done(&m.scratch);
    buf_done(&m.bytes);
    buf_done(&m.plain);
    buf_done(&m.resolved);
    return rc;
}
