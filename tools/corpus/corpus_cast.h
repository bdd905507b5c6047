/* corpus_cast.h - every message each style of function can log, compiled.
 *
 * Bodies times line heads. What a correct reader makes of each line is decided
 * here once, so that counting a row is a handful of increments. */
#ifndef MILLRACE_CORPUS_CAST_H
#define MILLRACE_CORPUS_CAST_H

#include "corpus_body.h"
#include "corpus_template.h"

#define PROBLEM_NONE UINT32_MAX

struct line {
    struct template *template;
    enum row_kind kind;
    enum row_level level;
    uint32_t problem; /* index in cast.problems; PROBLEM_NONE: no alert, or a platform failure */
    uint32_t weight;
    bool is_ignored;
    bool has_event; /* knows where the filter's third field begins */
};

/* Lines drawn by weight. */
struct draw {
    uint16_t *table;
    uint32_t count;
};

/* Which lines may be drawn. */
enum pick {
    PICK_ALL,
    PICK_EXTRACTED, /* those the article's filter lets through */
    PICK_ONE_LINE,  /* for archives without envelopes, where a line is an event */
    PICK_COUNT
};

struct repertoire {
    struct line *lines;
    uint32_t count;
    struct draw draws[PICK_COUNT];
};

struct problem {
    const struct body *body;
    const char *suffix; /* to the body's name: the same words in another setting */
    enum row_kind kind;
    enum row_level level;
};

struct cast {
    struct repertoire traffic[STYLE_COUNT];
    struct repertoire trouble[STYLE_COUNT];
    const struct line *incident[STYLE_COUNT]; /* of trouble */
    struct line system[SYSTEM_LINE_COUNT];
    struct problem *problems;
    uint32_t problems_count;
};

/* Exits when out of memory: nothing was written yet. */
void cast_init(struct cast *c);
void cast_done(struct cast *c);

/* NULL where the style has nothing of the kind. */
const struct line *repertoire_draw(const struct repertoire *r, enum pick pick,
                                   struct random *random);

#endif
