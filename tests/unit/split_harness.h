/* split_harness.h - what the tests of splitting share: seeded random numbers,
 * text in front of a guard page, and a caller of the splitter that feeds it as
 * a worker does. */
#ifndef MILLRACE_SPLIT_HARNESS_H
#define MILLRACE_SPLIT_HARNESS_H

#include "limits.h"
#include "split/splitter.h"
#include "json/json.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLACK_BYTES 64

static inline uint64_t test_seed(void)
{
    const char *seed = getenv("MILLRACE_TEST_SEED");
    return seed ? strtoull(seed, NULL, 10) : 20230105;
}

static inline uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline size_t random_below(uint64_t *state, size_t bound)
{
    return (random_next(state) >> 11) % bound;
}

/* Memory whose last byte is followed by a page that faults. */
struct guarded {
    char *begin;
    size_t size;
    size_t mapped;
};

static inline struct guarded guarded_new(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t body = (size + page - 1) / page * page;
    char *map = mmap(NULL, body + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(map != MAP_FAILED);
    cr_assert(mprotect(map + body, page, PROT_NONE) == 0);
    return (struct guarded){map, body, body + page};
}

static inline void guarded_free(struct guarded g)
{
    munmap(g.begin, g.mapped);
}

/* A copy of `text` whose 64 bytes of slack, full of what would be seams, end
 * where the guard page begins. */
static inline struct view guarded_copy(struct guarded g, struct view text)
{
    char *to = g.begin + g.size - SLACK_BYTES - text.size;
    memcpy(to, text.data, text.size);
    for (size_t i = 0; i < SLACK_BYTES; i++)
        to[text.size + i] = "}{\"a"[i % 4];
    return view_of(to, text.size);
}

/* Text that grows. */
struct text {
    char *data;
    size_t size;
    size_t capacity;
};

static inline void text_add(struct text *t, const void *data, size_t size)
{
    if (size > (size_t)1 << 30)
        abort();
    while (t->size + size + SLACK_BYTES > t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 4096;
        t->data = realloc(t->data, t->capacity);
        cr_assert(t->data != NULL);
    }
    memcpy(t->data + t->size, data, size);
    t->size += size;
    memset(t->data + t->size, 'x', SLACK_BYTES);
}

static inline void text_add_string(struct text *t, const char *string)
{
    text_add(t, string, strlen(string));
}

static inline void text_add_run(struct text *t, char byte, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_add(t, &byte, 1);
}

static inline struct view text_view(const struct text *t)
{
    return view_of(t->data ? t->data : "", t->size);
}

/* Pieces of a whole run, at offsets in it, with parts of one joined. */
struct pieces {
    struct piece *at;
    size_t count;
    size_t capacity;
};

static inline void pieces_add(struct pieces *p, struct piece piece)
{
    struct piece *last = p->count > 0 ? &p->at[p->count - 1] : NULL;
    cr_assert_eq(piece.begin, last ? last->begin + last->size : 0, "a gap or an overlap");
    cr_assert_gt(piece.size, 0);
    cr_assert_eq(piece.reason != NULL, piece.kind == PIECE_DAMAGED);
    if (piece.continues) {
        cr_assert(last != NULL && last->kind == PIECE_DAMAGED);
        cr_assert_str_eq(piece.reason, last->reason);
    }
    if (last != NULL &&
        (piece.continues || (piece.kind == PIECE_SEPARATOR && last->kind == PIECE_SEPARATOR))) {
        last->size += piece.size;
        return;
    }
    if (p->count == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 64;
        p->at = realloc(p->at, p->capacity * sizeof(p->at[0]));
        cr_assert(p->at != NULL);
    }
    p->at[p->count++] = piece;
}

/* How a run is fed. The next feed brings `step` more bytes, or, where that is
 * 0, a random number of them up to `random_max`. */
struct feeding {
    size_t first; /* the first feed's bytes; 0: like the others */
    size_t step;
    size_t random_max;
    uint64_t seed;
    bool takes_documents; /* sound ones are read by the caller first */
};

#define FEED_WHOLE ((struct feeding){.step = SIZE_MAX})

static inline size_t feed_size(struct feeding *f, bool is_first)
{
    if (is_first && f->first > 0)
        return f->first;
    return f->step > 0 ? f->step : 1 + random_below(&f->seed, f->random_max);
}

/* The next piece, for a caller that may have read the document there. */
static inline enum rc next_piece(struct splitter *s, struct view text, bool takes_documents,
                                 struct piece *ret)
{
    if (takes_documents && splitter_is_at_document(s)) {
        size_t at = splitter_consumed(s), looked;
        size_t size = json_document_end(view_from(text, at), &looked);
        if (size > 0 && splitter_take_document(s, at + size, ret))
            return RC_OK;
    }
    return splitter_next(s, ret);
}

/* Splits a run; every feed lies right in front of a guard page, and what the
 * splitter holds back stays within its bound. */
static inline struct pieces split_run(struct splitter *s, enum text_form form, struct view run,
                                      struct feeding f, size_t record_bytes_max)
{
    struct pieces all = {0};
    struct guarded g = guarded_new(run.size + SLACK_BYTES);
    size_t consumed = 0;
    size_t fed = 0;
    splitter_begin(s, form);
    for (bool is_first = true; is_first || fed < run.size; is_first = false) {
        size_t more = feed_size(&f, is_first);
        fed = more < run.size - fed ? fed + more : run.size;
        struct view text = guarded_copy(g, view_slice(run, consumed, fed));
        splitter_feed(s, text, fed == run.size);
        size_t begin = consumed;
        struct piece piece;
        while (next_piece(s, text, f.takes_documents, &piece) == RC_OK) {
            piece.begin += begin;
            pieces_add(&all, piece);
            cr_assert_eq(begin + splitter_consumed(s), piece.begin + piece.size);
        }
        consumed = begin + splitter_consumed(s);
        cr_assert_leq(fed - consumed, record_bytes_max + SPLITTER_AHEAD_BYTES);
    }
    cr_assert_eq(consumed, run.size, "%zu of %zu bytes in pieces", consumed, run.size);
    guarded_free(g);
    return all;
}

static inline bool pieces_equal(const struct pieces *a, const struct pieces *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct piece *x = &a->at[i], *y = &b->at[i];
        if (x->begin != y->begin || x->size != y->size || x->kind != y->kind ||
            (x->reason && strcmp(x->reason, y->reason) != 0))
            return false;
    }
    return true;
}

/* "D6 S1 X12": kinds and sizes, for tables. */
static inline void pieces_print(const struct pieces *p, char *ret, size_t size)
{
    size_t used = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < p->count && used < size; i++)
        used += (size_t)snprintf(ret + used, size - used, "%s%c%zu", i ? " " : "",
                                 "DLSX"[p->at[i].kind], p -> at[i].size);
}

#endif
