#include "commit/duplicates.h"

#include "commit/atomic_file.h"
#include "commit/event_keys.h"
#include "commit/known_keys.h"
#include "limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MARKS_FILE "duplicates"

enum { WORD_BITS = 64, READ_KEYS_MIN = 16, READ_KEYS_MAX = 4096, PATH_BYTES = 128 };

/* A hash as one number, and a range of them, both ends in it. */
typedef unsigned __int128 wide;

struct range {
    wide first, last;
    uint64_t number; /* of those that the whole is cut into; halves keep it */
};

static wide wide_of(const struct event_key *key)
{
    return (wide)key->hash.high << 64 | key->hash.low;
}

/* What the threads share. */
struct search {
    const struct duplicates_options *options;
    const struct marked_rows *rows;
    _Atomic uint64_t *marks; /* mapped; NULL where there are no keys */
    size_t marks_words;
    uint64_t keys;   /* of all batches */
    uint64_t ranges; /* how many the whole is cut into */
    atomic_uint_fast64_t next_range;
    atomic_bool is_failed;
    /* New keys are written range after range: each thread waits for its turn. */
    struct file_writer *new_keys;
    pthread_mutex_t mutex;
    pthread_cond_t turn_passed;
    uint64_t turn; /* number of the range to be written */
};

/* One thread's memory: keys[0 … count) of the range at hand. */
struct searcher {
    struct search *search;
    struct event_key *keys;
    size_t count;
    struct key_sorter *sorter;
    enum rc rc;
    struct err err;
};

/* ---- One range ---- */

static void mark(const struct search *s, size_t result, uint64_t row)
{
    uint64_t bit = s->rows[result].begin + row;
    atomic_fetch_or_explicit(&s->marks[bit / WORD_BITS], UINT64_C(1) << bit % WORD_BITS,
                             memory_order_relaxed);
}

/* Keeps the first of equal keys and marks the others. While keys are gathered
 * `batch` is the index of their result, which orders as batches do. A row marked
 * here is no first, whatever else the range holds; to be marked again, where a
 * range is halved, changes nothing. */
static void keep_firsts(struct searcher *t)
{
    key_sort(t->sorter, t->keys, t->count);
    size_t kept = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (kept > 0 && wide_of(&t->keys[i]) == wide_of(&t->keys[kept - 1]))
            mark(t->search, t->keys[i].batch, t->keys[i].number);
        else
            t->keys[kept++] = t->keys[i];
    }
    t->count = kept;
}

/* The key file of one batch, and one run in it. */
struct key_run {
    int file;
    size_t result;
    uint64_t begin, end; /* keys */
};

static enum rc damaged(const struct search *s, size_t result, struct err *err)
{
    return err_set(err, RC_FAILED,
                   "attempt/%s/" EVENT_KEYS_FILE
                   " in the work folder is damaged; remove the work folder and run again",
                   s->options->results->at[result].attempt);
}

static enum rc read_keys(const struct search *s, const struct key_run *run, uint64_t at,
                         struct event_key *to, size_t count, struct err *err)
{
    char *bytes = (char *)to;
    size_t size = count * sizeof(*to);
    uint64_t offset = at * sizeof(*to);
    while (size > 0) {
        ssize_t got = pread(run->file, bytes, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno_at(err, run->file, ".", "cannot read");
        if (got == 0)
            return damaged(s, run->result, err);
        bytes += got;
        size -= (size_t)got;
        offset += (uint64_t)got;
    }
    return RC_OK;
}

/* The first key of the run that is not below `first`. */
static enum rc find_begin(const struct search *s, const struct key_run *run, wide first,
                          uint64_t *ret, struct err *err)
{
    uint64_t low = run->begin, high = run->end;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct event_key key;
        TRY(read_keys(s, run, middle, &key, 1, err));
        if (wide_of(&key) < first)
            low = middle + 1;
        else
            high = middle;
    }
    *ret = low;
    return RC_OK;
}

/* Room for `count` more keys. RC_FULL where the range is too much. */
static enum rc make_room(struct searcher *t, size_t count)
{
    size_t max = t->search->options->keys_max;
    if (max - t->count >= count)
        return RC_OK;
    keep_firsts(t);
    /* At least half is free then, so that sorting pays. */
    return t->count <= max / 2 && max - t->count >= count ? RC_OK : RC_FULL;
}

/* Takes over what lies in the range; *ret_done once a key lies behind it. */
static enum rc take_keys(struct searcher *t, const struct key_run *run, size_t got, wide last,
                         bool *ret_done, struct err *err)
{
    const struct search *s = t->search;
    const struct batch_result *result = &s->options->results->at[run->result];
    for (size_t i = 0; i < got; i++) {
        struct event_key *key = &t->keys[t->count];
        if (wide_of(key) > last) {
            *ret_done = true;
            return RC_OK;
        }
        if (key->batch != result->batch || key->number >= s->rows[run->result].rows)
            return damaged(s, run->result, err);
        key->batch = (uint32_t)run->result;
        t->count++;
    }
    return RC_OK;
}

static enum rc gather_run(struct searcher *t, const struct key_run *run, const struct range *range,
                          struct err *err)
{
    struct search *s = t->search;
    uint64_t at;
    TRY(find_begin(s, run, range->first, &at, err));
    size_t expected = (size_t)((run->end - run->begin) / s->ranges) + READ_KEYS_MIN;
    bool is_done = false;
    while (at < run->end && !is_done) {
        size_t some = expected < READ_KEYS_MAX ? expected : READ_KEYS_MAX;
        if (some > s->options->keys_max / 4)
            some = s->options->keys_max / 4;
        if (some > run->end - at)
            some = (size_t)(run->end - at);
        TRY(make_room(t, some));
        TRY(read_keys(s, run, at, &t->keys[t->count], some, err));
        TRY(take_keys(t, run, some, range->last, &is_done, err));
        at += some;
    }
    return RC_OK;
}

static enum rc gather_file(struct searcher *t, size_t result, const struct range *range,
                           struct err *err)
{
    const struct search *s = t->search;
    const struct batch_result *r = &s->options->results->at[result];
    char path[PATH_BYTES];
    if (r->keys == 0)
        return RC_OK;
    snprintf(path, sizeof(path), "attempt/%s/" EVENT_KEYS_FILE, r->attempt);
    struct key_run run = {.result = result};
    run.file = openat(s->options->work, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (run.file < 0)
        return err_errno_at(err, s->options->work, path, "cannot open it");
    enum rc rc = RC_OK;
    for (uint64_t at = 0; at < r->keys && rc == RC_OK; at += EVENT_KEYS_RUN) {
        run.begin = at;
        run.end = r->keys - at < EVENT_KEYS_RUN ? r->keys : at + EVENT_KEYS_RUN;
        rc = gather_run(t, &run, range, err);
    }
    close(run.file);
    return rc;
}

/* Marks the first rows, too, of keys that an earlier generation has. */
static enum rc drop_known(struct searcher *t, uint64_t generation, struct err *err)
{
    struct known_keys known;
    TRY(known_keys_open(t->search->options->held, generation, &known, err));
    size_t kept = 0;
    enum rc rc = RC_OK;
    for (size_t i = 0; i < t->count && rc == RC_OK; i++) {
        bool is_known = false;
        rc = known_keys_ask(&known, t->keys[i].hash, &is_known, err);
        if (is_known)
            mark(t->search, t->keys[i].batch, t->keys[i].number);
        else
            t->keys[kept++] = t->keys[i];
    }
    t->count = kept;
    known_keys_close(&known);
    return rc;
}

static enum rc write_new(struct searcher *t, struct err *err)
{
    for (size_t i = 0; i < t->count; i++) {
        unsigned char bytes[KNOWN_KEY_BYTES];
        known_key_write(t->keys[i].hash, bytes);
        TRY(file_writer_write(t->search->new_keys, view_of(bytes, sizeof(bytes)), err));
    }
    return RC_OK;
}

/* False when another thread failed. */
static bool wait_for_turn(struct search *s, uint64_t number)
{
    pthread_mutex_lock(&s->mutex);
    while (s->turn != number && !atomic_load(&s->is_failed))
        pthread_cond_wait(&s->turn_passed, &s->mutex);
    pthread_mutex_unlock(&s->mutex);
    return !atomic_load(&s->is_failed);
}

static void pass_turn(struct search *s)
{
    pthread_mutex_lock(&s->mutex);
    s->turn++;
    pthread_cond_broadcast(&s->turn_passed);
    pthread_mutex_unlock(&s->mutex);
}

static enum rc search_range(struct searcher *t, const struct range *range, struct err *err)
{
    const struct duplicates_options *options = t->search->options;
    t->count = 0;
    for (size_t i = 0; i < options->results->count; i++)
        TRY(gather_file(t, i, range, err));
    keep_firsts(t);
    for (uint64_t i = 1; i <= options->held_generations && t->count > 0; i++)
        TRY(drop_known(t, i, err));
    /* Nobody reads what is written when another thread has failed. */
    return wait_for_turn(t->search, range->number) ? write_new(t, err) : RC_OK;
}

/* A range that is too full is halved. What is left undone waits on a stack: a
 * range of one hash is never too full, so it is no deeper than a hash has bits. */
static enum rc search_range_halving(struct searcher *t, struct range range, struct err *err)
{
    enum { DEPTH_MAX = 130 };
    struct range stack[DEPTH_MAX];
    size_t depth = 0;
    stack[depth++] = range;
    while (depth > 0) {
        range = stack[--depth];
        enum rc rc = search_range(t, &range, err);
        if (rc == RC_FULL) {
            wide middle = range.first + (range.last - range.first) / 2;
            assert(range.first < range.last && depth + 2 <= DEPTH_MAX);
            stack[depth++] = (struct range){middle + 1, range.last, range.number};
            stack[depth++] = (struct range){range.first, middle, range.number};
        } else if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

/* ---- Threads ---- */

static struct range range_at(const struct search *s, uint64_t index)
{
    wide step = ~(wide)0 / s->ranges;
    bool is_last = index + 1 == s->ranges;
    return (struct range){step * index, is_last ? ~(wide)0 : step * (index + 1) - 1, index};
}

static enum rc search_ranges(struct searcher *t, struct err *err)
{
    struct search *s = t->search;
    t->keys = malloc(s->options->keys_max * sizeof(*t->keys));
    t->sorter = key_sorter_new(s->options->keys_max);
    if (t->keys == NULL || t->sorter == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to look for duplicates; try a smaller -j");
    uint64_t index;
    while ((index = atomic_fetch_add(&s->next_range, 1)) < s->ranges &&
           !atomic_load(&s->is_failed)) {
        TRY(search_range_halving(t, range_at(s, index), err));
        pass_turn(s);
    }
    return RC_OK;
}

static void *searcher_main(void *context)
{
    struct searcher *t = context;
    t->rc = search_ranges(t, &t->err);
    if (t->rc != RC_OK) {
        atomic_store(&t->search->is_failed, true);
        pass_turn(t->search);
    }
    free(t->keys);
    key_sorter_free(t->sorter);
    return NULL;
}

/* One searcher runs on the calling thread; where no other can be started it
 * does all the work. */
static enum rc search_all(struct search *s, struct err *err)
{
    size_t count = s->options->threads < s->ranges ? s->options->threads : (size_t)s->ranges;
    struct searcher *t = calloc(count, sizeof(*t));
    pthread_t *threads = calloc(count, sizeof(*threads));
    enum rc rc = RC_OK;
    if (t == NULL || threads == NULL) {
        rc = err_set(err, RC_NO_MEMORY, "no memory to look for duplicates");
    } else {
        size_t started = 1;
        for (size_t i = 0; i < count; i++)
            t[i].search = s;
        while (started < count &&
               pthread_create(&threads[started], NULL, searcher_main, &t[started]) == 0)
            started++;
        searcher_main(&t[0]);
        for (size_t i = 1; i < started; i++)
            pthread_join(threads[i], NULL);
        for (size_t i = 0; i < started && rc == RC_OK; i++) {
            rc = t[i].rc;
            if (rc != RC_OK && err != NULL)
                *err = t[i].err;
        }
    }
    free(t);
    free(threads);
    return rc;
}

/* ---- The marks ---- */

/* Space is taken first: a full disk met through the mapping would be SIGBUS. */
static enum rc map_marks(struct search *s, int file, struct err *err)
{
    size_t bytes = s->marks_words * sizeof(*s->marks);
    int failed = posix_fallocate(file, 0, (off_t)bytes);
    if (failed != 0) {
        errno = failed;
        return err_errno_at(err, file, ".", "cannot write it");
    }
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == MAP_FAILED)
        return err_errno_at(err, file, ".", "cannot map it");
    s->marks = at;
    return RC_OK;
}

static void count_marks(const struct search *s, struct marked_rows *rows)
{
    for (size_t i = 0; i < s->options->results->count; i++) {
        uint64_t begin = rows[i].begin / WORD_BITS;
        uint64_t end = begin + (rows[i].rows + WORD_BITS - 1) / WORD_BITS;
        for (uint64_t word = begin; word < end; word++)
            rows[i].count += (unsigned)__builtin_popcountll(
                atomic_load_explicit(&s->marks[word], memory_order_relaxed));
    }
}

static enum rc find_in(struct search *s, int file, struct marked_rows *rows, struct err *err)
{
    TRY(map_marks(s, file, err));
    enum rc rc = search_all(s, err);
    if (rc == RC_OK)
        count_marks(s, rows);
    munmap((void *)s->marks, s->marks_words * sizeof(*s->marks));
    return rc;
}

static enum rc mark_and_write(struct search *s, struct marked_rows *rows, struct err *err)
{
    if (s->keys == 0)
        return RC_OK;
    if (s->marks_words == 0)
        return err_set(err, RC_FAILED, "keys without rows in the work folder; please report it");
    int file = openat(s->options->work, MARKS_FILE,
                      O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return err_errno_at(err, s->options->work, MARKS_FILE, "cannot make it");
    pthread_mutex_init(&s->mutex, NULL);
    pthread_cond_init(&s->turn_passed, NULL);
    enum rc rc = find_in(s, file, rows, err);
    pthread_cond_destroy(&s->turn_passed);
    pthread_mutex_destroy(&s->mutex);
    close(file);
    return rc;
}

enum rc duplicates_find(const struct duplicates_options *options, struct marked_rows *ret,
                        struct new_keys *ret_keys, struct err *err)
{
    const struct results *results = options->results;
    struct search s = {.options = options, .rows = ret};
    assert(options->keys_max >= 4 * READ_KEYS_MIN && results->count <= UINT32_MAX);
    for (size_t i = 0; i < results->count; i++) {
        uint64_t rows = results->at[i].ledger.events.rows;
        ret[i] = (struct marked_rows){.rows = rows, .begin = s.marks_words * WORD_BITS};
        s.marks_words += (rows + WORD_BITS - 1) / WORD_BITS;
        s.keys += results->at[i].keys;
    }
    /* Half full on average: chance makes some fuller. */
    s.ranges = s.keys / (options->keys_max / 2) + 1;
    if (s.ranges < options->threads && s.keys > EVENT_KEYS_RUN)
        s.ranges = options->threads;
    TRY(tree_remove(options->work, NEW_KEYS_FILE, err));
    TRY(file_writer_open(options->work, NEW_KEYS_FILE, &s.new_keys, err));
    enum rc rc = mark_and_write(&s, ret, err);
    if (rc == RC_OK)
        return file_writer_close(s.new_keys, &ret_keys->bytes, &ret_keys->checksum, err);
    file_writer_abandon(s.new_keys);
    return rc;
}

/* ---- Reading back ---- */

enum rc duplicates_open(int work, const struct marked_rows *rows, struct duplicates_reader *ret,
                        struct err *err)
{
    assert(rows->begin % 8 == 0);
    int file = openat(work, MARKS_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return err_errno_at(err, work, MARKS_FILE, "cannot open it");
    *ret = (struct duplicates_reader){
        .is_open = true, .file = file, .rows = *rows, .window_begin = UINT64_MAX};
    return RC_OK;
}

static enum rc read_window(struct duplicates_reader *r, uint64_t begin, struct err *err)
{
    uint64_t bytes = (r->rows.rows - begin + 7) / 8;
    if (bytes > sizeof(r->window))
        bytes = sizeof(r->window);
    uint64_t offset = (r->rows.begin + begin) / 8;
    for (uint64_t have = 0; have < bytes;) {
        ssize_t got = pread(r->file, r->window + have, bytes - have, (off_t)(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno_at(err, r->file, ".", "cannot read it");
        if (got == 0)
            return err_set(err, RC_FAILED, MARKS_FILE " in the work folder is cut; run again");
        have += (uint64_t)got;
    }
    r->window_begin = begin;
    return RC_OK;
}

enum rc duplicates_ask(struct duplicates_reader *r, uint64_t row, bool *ret_is_marked,
                       struct err *err)
{
    assert(r->is_open);
    if (row >= r->rows.rows)
        return err_set(err, RC_FAILED,
                       "an object has changed since it was read first; run again with --force");
    uint64_t bits = sizeof(r->window) * 8;
    uint64_t begin = row - row % bits;
    if (r->window_begin != begin)
        TRY(read_window(r, begin, err));
    uint64_t bit = row - begin;
    *ret_is_marked = (r->window[bit / 8] >> bit % 8 & 1) != 0;
    return RC_OK;
}

void duplicates_close(struct duplicates_reader *r)
{
    if (r->is_open)
        close(r->file);
    r->is_open = false;
}
