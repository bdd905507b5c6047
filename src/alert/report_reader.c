#include "alert/partial.h"

#include "alert/partial_codec.h"
#include "util/array.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct place {
    struct group_rank rank;
    uint64_t offset, size; /* of the group in the file */
};

struct report {
    char *path;
    int fd;
    struct wire_reader reader;
    struct codec_scratch scratch;
    struct counts counts;
    struct place *places; /* while the file is read: a heap, the last rank on top */
    struct group_rank *ranks;
    size_t count;
    size_t capacity;
    size_t groups_max;
    uint64_t other_groups, other_alerts;
    struct group group;
};

void report_close(struct report *r)
{
    if (r == NULL)
        return;
    if (r->fd >= 0)
        close(r->fd);
    wire_reader_done(&r->reader);
    codec_scratch_done(&r->scratch);
    counts_done(&r->counts);
    group_done(&r->group);
    free(r->places);
    free(r->ranks);
    free(r->path);
    free(r);
}

/* Whether `a` has the better rank. */
static bool is_ahead(const struct place *a, const struct place *b)
{
    if (a->rank.count != b->rank.count)
        return a->rank.count > b->rank.count;
    return a->rank.fingerprint < b->rank.fingerprint;
}

static void sift_up(struct place *heap, size_t at, struct place p)
{
    for (; at > 0 && is_ahead(&heap[(at - 1) / 2], &p); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = p;
}

static void sift_down(struct place *heap, size_t count, struct place p)
{
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_ahead(&heap[child], &heap[child + 1]))
            child++;
        if (is_ahead(&heap[child], &p))
            break;
        heap[at] = heap[child];
    }
    heap[at] = p;
}

static bool keep(struct report *r, struct place p)
{
    if (r->count < r->groups_max) {
        if (!ARRAY_HAS_ROOM(r->places, r->count, r->capacity, 256))
            return false;
        sift_up(r->places, r->count++, p);
        return true;
    }
    struct place dropped = p;
    if (r->count > 0 && is_ahead(&p, &r->places[0])) {
        dropped = r->places[0];
        sift_down(r->places, r->count, p);
    }
    r->other_groups++;
    r->other_alerts += dropped.rank.count;
    return true;
}

/* The last part of a record is the one to report. */
static void read_places(struct report *r)
{
    struct wire_reader *in = &r->reader;
    struct place p;
    unsigned parts;
    while (codec_read_group_record(in, &p.rank.fingerprint, &parts)) {
        if (parts == (CODEC_PLAIN | CODEC_RESOLVED))
            wire_skip(in, codec_read_size(in));
        p.size = codec_read_size(in);
        p.offset = wire_offset(in);
        p.rank.count = wire_number(in);
        uint64_t taken = wire_offset(in) - p.offset;
        if (taken > p.size)
            wire_fail(in, "a group has another size");
        else
            wire_skip(in, p.size - taken);
        if (!wire_failed(in) && !keep(r, p))
            wire_fail_memory(in);
    }
}

static int compare_places(const void *a, const void *b)
{
    return is_ahead(a, b) ? -1 : is_ahead(b, a);
}

static enum rc make_ranks(struct report *r, struct err *err)
{
    if (r->count > 0)
        qsort(r->places, r->count, sizeof(*r->places), compare_places);
    r->ranks = malloc((r->count + 1) * sizeof(*r->ranks));
    if (r->ranks == NULL || !counts_make_tables(&r->counts))
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", r->path);
    for (size_t i = 0; i < r->count; i++)
        r->ranks[i] = r->places[i].rank;
    return RC_OK;
}

static enum rc read_all(struct report *r, struct err *err)
{
    struct wire_reader *in = &r->reader;
    struct counts plain;
    struct pending pending;
    TRY(wire_reader_init(in, r->fd, r->path, err));
    if (!codec_read_header(in))
        wire_fail(in, "it was never merged");
    counts_init_empty(&plain);
    codec_read_counts(in, &r->scratch, &plain);
    counts_done(&plain);
    while (codec_read_pending(in, &pending))
        continue;
    codec_read_counts(in, &r->scratch, &r->counts);
    read_places(r);
    TRY(wire_reader_finish(in));
    return make_ranks(r, err);
}

enum rc report_open(const char *path, size_t groups_max, struct report **ret, struct err *err)
{
    struct report *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", path);
    r->groups_max = groups_max;
    counts_init_empty(&r->counts);
    r->path = strdup(path);
    r->fd = open(path, O_RDONLY | O_CLOEXEC);
    enum rc rc;
    if (r->path == NULL)
        rc = err_set(err, RC_NO_MEMORY, "%s: out of memory", path);
    else if (r->fd < 0)
        rc = err_errno(err, "%s", path);
    else
        rc = read_all(r, err);
    if (rc != RC_OK) {
        report_close(r);
        return rc;
    }
    *ret = r;
    return RC_OK;
}

const struct summary *report_summary(const struct report *r)
{
    return &r->counts.totals;
}

size_t report_group_count(const struct report *r)
{
    return r->count;
}

uint64_t report_other_groups(const struct report *r)
{
    return r->other_groups;
}

uint64_t report_other_alerts(const struct report *r)
{
    return r->other_alerts;
}

const struct group_rank *report_ranks(const struct report *r)
{
    return r->ranks;
}

enum rc report_group(struct report *r, size_t rank, const struct group **ret, struct err *err)
{
    assert(rank < r->count);
    group_done(&r->group);
    group_init(&r->group, r->places[rank].rank.fingerprint, (enum alert_rule)0);
    r->reader.err = err;
    wire_seek(&r->reader, r->places[rank].offset, r->places[rank].size);
    codec_read_group(&r->reader, &r->scratch, &r->group);
    if (wire_failed(&r->reader))
        return r->reader.rc;
    *ret = &r->group;
    return RC_OK;
}
