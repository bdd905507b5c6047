/* inputs.h - the objects to measure, in memory, in each form a stage reads.
 *
 * Loaded once: as stored, as decoded text, and as the records in it. Objects
 * that do not fit the bound are left out, evenly over the sources, so that what
 * is measured is a fair sample. Read-only afterwards: shared by all threads. */
#ifndef MILLRACE_INPUTS_H
#define MILLRACE_INPUTS_H

#include "bench/bench.h"
#include "object.h"
#include "plan/discover.h"
#include "split/splitter.h"

/* Text between two borders: what a splitter gets in one run. */
struct input_run {
    struct view text; /* INPUT_SLACK_BYTES follow */
    enum text_form form;
};

/* A record as the parser gets it, or a line of text. */
struct input_document {
    struct view text;
    bool is_json;
};

struct input_object {
    const struct object *object; /* of `found` */
    struct view stored;          /* INPUT_SLACK_BYTES follow */
    size_t runs_begin, runs_end;
    size_t documents_begin, documents_end;
    uint64_t text_bytes;
};

struct inputs {
    struct discovery found;
    struct input_object *objects; /* in the order of `found` */
    size_t objects_count, objects_capacity;
    struct input_run *runs;
    size_t runs_count, runs_capacity;
    struct input_document *documents;
    size_t documents_count, documents_capacity;
    struct buf stored, text, records; /* what the views show */
    uint64_t stored_bytes, text_bytes;
    size_t left_out;
    uint64_t member_bytes_max; /* room for any gzip member, decoded */
};

/* RC_USAGE where nothing fits `text_bytes_max` bytes of text, or the sources
 * are no sources. */
NODISCARD enum rc inputs_load(struct inputs *in, const struct options *o,
                              const struct object_options *object_options,
                              const struct bench_hooks *hooks, struct err *err);
void inputs_done(struct inputs *in);

/* The objects of thread `number` of `threads`: an even share of the text, in
 * whole objects. */
void inputs_share(const struct inputs *in, unsigned number, unsigned threads, size_t *ret_begin,
                  size_t *ret_end);

/* hand_over.c: the objects' files, handed to so many workers by the fan-out of a
 * run, each of their pages touched. RC_USAGE where io_uring is refused. */
struct hand_over_options {
    const struct inputs *inputs;
    unsigned threads;
    bool is_uring, is_unpinned;
};
NODISCARD enum rc hand_over_measure(const struct hand_over_options *o, struct meter *ret,
                                    struct err *err);

/* libdeflate's own loop over the gzip members of `stored`, and over those inside
 * them: the decoded bytes of the innermost. `scratch` has room for the largest
 * member at each depth. 0 where it is no gzip, or damaged. */
struct libdeflate_decompressor;
struct inflate_loop {
    struct libdeflate_decompressor *decompressor;
    struct buf scratch[LAYERS_MAX];
};
bool inflate_loop_init(struct inflate_loop *l, uint64_t member_bytes_max);
void inflate_loop_done(struct inflate_loop *l);
uint64_t inflate_loop_run(struct inflate_loop *l, struct view stored, unsigned depth);

#endif
