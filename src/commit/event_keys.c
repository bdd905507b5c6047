#include "commit/event_keys.h"

#include "commit/atomic_file.h"
#include "limits.h"

#include <assert.h>
#include <stdlib.h>

static_assert(sizeof(struct event_key) == 32, "no padding reaches a file");

bool event_key_hash(const struct event *e, struct buf *scratch, struct hash128 *ret)
{
    static const enum column columns[] = {COL_ACCOUNT_ID, COL_LOG_GROUP, COL_LOG_STREAM,
                                          COL_EVENT_ID};
    enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };
    buf_clear(scratch);
    if (event_text(e, COL_EVENT_ID).size == 0)
        return false;
    /* The sizes first, so that no two lists of texts read the same. */
    uint64_t sizes[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        struct view text = event_text(e, columns[i]);
        sizes[i] = view_is_null(text) ? UINT64_MAX : text.size;
    }
    buf_append(scratch, sizes, sizeof(sizes));
    for (size_t i = 0; i < COLUMNS; i++)
        buf_append_view(scratch, event_text(e, columns[i]));
    if (buf_failed(scratch))
        return false;
    *ret = hash128(buf_view(scratch));
    return true;
}

/* ---- Sorting ---- */

/* Keys are hashes: spread by their leading bits over about as many buckets as
 * there are keys, each bucket is nearly sorted. One that is crowded (the same
 * key again and again) is left to qsort(). */
enum { KEYS_PER_BUCKET = 4, CROWD = 32, BUCKET_BITS_MAX = 20 };

struct key_sorter {
    struct event_key *scratch;
    uint32_t *ends;
    size_t keys_max;
    unsigned bits_max;
};

struct key_sorter *key_sorter_new(size_t keys_max)
{
    assert(keys_max > 0 && keys_max <= UINT32_MAX);
    struct key_sorter *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    s->keys_max = keys_max;
    while (s->bits_max < BUCKET_BITS_MAX && keys_max >> s->bits_max > KEYS_PER_BUCKET)
        s->bits_max++;
    s->scratch = malloc(keys_max * sizeof(*s->scratch));
    s->ends = malloc(sizeof(*s->ends) << s->bits_max);
    if (s->scratch == NULL || s->ends == NULL) {
        key_sorter_free(s);
        return NULL;
    }
    return s;
}

void key_sorter_free(struct key_sorter *s)
{
    if (s == NULL)
        return;
    free(s->scratch);
    free(s->ends);
    free(s);
}

static int compare(const struct event_key *a, const struct event_key *b)
{
    if (a->hash.high != b->hash.high)
        return a->hash.high < b->hash.high ? -1 : 1;
    if (a->hash.low != b->hash.low)
        return a->hash.low < b->hash.low ? -1 : 1;
    if (a->object != b->object)
        return a->object < b->object ? -1 : 1;
    if (a->batch != b->batch)
        return a->batch < b->batch ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static int by_key(const void *a, const void *b)
{
    return compare(a, b);
}

static void insertion_sort(struct event_key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct event_key key = keys[i];
        size_t at = i;
        for (; at > 0 && compare(&key, &keys[at - 1]) < 0; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

static void bucket_sort(struct event_key *keys, size_t count)
{
    if (count <= CROWD)
        insertion_sort(keys, count);
    else
        qsort(keys, count, sizeof(*keys), by_key);
}

/* How far to shift (high - least) to get a bucket's number. */
static unsigned bucket_shift(uint64_t span, unsigned bits)
{
    unsigned width = span == 0 ? 0 : 64 - (unsigned)__builtin_clzll(span);
    return width > bits ? width - bits : 0;
}

void key_sort(struct key_sorter *s, struct event_key *keys, size_t count)
{
    assert(count <= s->keys_max);
    unsigned bits = 0;
    while (bits < s->bits_max && count >> bits > KEYS_PER_BUCKET)
        bits++;
    if (bits == 0) {
        insertion_sort(keys, count);
        return;
    }
    uint64_t least = UINT64_MAX, most = 0;
    for (size_t i = 0; i < count; i++) {
        least = keys[i].hash.high < least ? keys[i].hash.high : least;
        most = keys[i].hash.high > most ? keys[i].hash.high : most;
    }
    unsigned shift = bucket_shift(most - least, bits);
    size_t buckets = (size_t)1 << bits;
    memset(s->ends, 0, buckets * sizeof(*s->ends));
    for (size_t i = 0; i < count; i++)
        s->ends[(keys[i].hash.high - least) >> shift]++;
    uint32_t begin = 0;
    for (size_t b = 0; b < buckets; b++) {
        uint32_t size = s->ends[b];
        s->ends[b] = begin;
        begin += size;
    }
    for (size_t i = 0; i < count; i++)
        s->scratch[s->ends[(keys[i].hash.high - least) >> shift]++] = keys[i];
    memcpy(keys, s->scratch, count * sizeof(*keys));
    for (size_t b = 0, at = 0; b < buckets; at = s->ends[b++])
        bucket_sort(&keys[at], s->ends[b] - at);
}

/* ---- Writing ---- */

struct key_writer {
    struct event_key *keys; /* the run at hand */
    size_t count;
    struct key_sorter *sorter;
    struct file_writer *file; /* opened with the first run */
    int folder;
    struct sync_queue *sync; /* or NULL */
    uint64_t written;
};

struct key_writer *key_writer_new(void)
{
    struct key_writer *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return NULL;
    w->keys = malloc(EVENT_KEYS_RUN * sizeof(*w->keys));
    w->sorter = key_sorter_new(EVENT_KEYS_RUN);
    if (w->keys == NULL || w->sorter == NULL) {
        key_writer_free(w);
        return NULL;
    }
    return w;
}

void key_writer_free(struct key_writer *w)
{
    if (w == NULL)
        return;
    file_writer_abandon(w->file);
    key_sorter_free(w->sorter);
    free(w->keys);
    free(w);
}

void key_writer_begin(struct key_writer *w, int folder, struct sync_queue *q)
{
    file_writer_abandon(w->file);
    w->file = NULL;
    w->folder = folder;
    w->sync = q;
    w->count = 0;
    w->written = 0;
}

static enum rc write_run(struct key_writer *w, struct err *err)
{
    if (w->file == NULL)
        TRY(file_writer_open(w->folder, EVENT_KEYS_FILE, &w->file, err));
    key_sort(w->sorter, w->keys, w->count);
    w->written += w->count;
    size_t bytes = w->count * sizeof(*w->keys);
    w->count = 0;
    return file_writer_write(w->file, view_of(w->keys, bytes), err);
}

enum rc key_writer_add(struct key_writer *w, const struct event_key *key, struct err *err)
{
    if (w->count == EVENT_KEYS_RUN)
        TRY(write_run(w, err));
    w->keys[w->count++] = *key;
    return RC_OK;
}

enum rc key_writer_end(struct key_writer *w, uint64_t *ret_keys, struct hash128 *ret_checksum,
                       struct err *err)
{
    *ret_keys = w->written + w->count;
    if (*ret_keys == 0)
        return RC_OK;
    if (w->count > 0)
        TRY(write_run(w, err));
    struct file_writer *file = w->file;
    w->file = NULL;
    file_writer_sync_by(file, w->sync);
    uint64_t bytes;
    return file_writer_close(file, &bytes, ret_checksum, err);
}
