/* portion.h - a few records and what the stages make of them.
 *
 * Each stage_*() is the work of one stage over a portion and nothing else: what
 * the clock, and a count of instructions, is taken around. What a stage needs
 * and another one would have made in a run is prepared between them. */
#ifndef MILLRACE_PORTION_H
#define MILLRACE_PORTION_H

#include "alert/groups.h"
#include "alert/mask.h"
#include "bench/bench_thread.h"
#include "dataset/partitioner.h"
#include "dataset/rows.h"
#include "glance/record.h"
#include "parquet/encode.h"
#include "util/arena.h"
#include "json/flaw.h"
#include "json/json_shim.h"
#include "json/unescape.h"

enum {
    PORTION_BYTES = 128 * 1024, /* with what is made of it, in the second-level cache */
    PORTION_RECORDS = 64,
};

struct portion_event {
    struct raw_event raw;
    struct event_context context;
    struct event event;
    struct view folder; /* of the dataset */
    bool is_row;        /* interpreted, and not to be ignored */
};

struct portion {
    struct bench_thread *thread;
    enum cpu cpu;

    /* What a worker owns. */
    struct stage1 *stage1;
    struct json_parser *parser;
    struct interpreter *interpreter;
    struct groups *groups;
    struct rows *rows;
    struct partitioner *partitioner;
    unescape_fn *unescape;
    flaw_fn *find_flaw;
    mask_map_fn *mask_map;
    struct pack_kernels pack;
    struct record_glancer record_glancer;
    struct glancer glancer;

    /* The records at hand. */
    const struct input_document *documents;
    size_t count;
    uint64_t bytes, json_bytes; /* of all; of those that are JSON */
    const struct input_object *object;
    struct json_parser *parsers[PORTION_RECORDS]; /* each holds one record, parsed */
    struct json_value roots[PORTION_RECORDS];
    struct buf strings; /* unescaped */
    struct portion_event *events;
    size_t events_count, events_capacity;
    size_t glanced_count; /* events seen by the last stage_glance() */
    struct view *insides; /* of message strings with escapes */
    size_t insides_count, insides_capacity;
    uint64_t insides_bytes;
    struct buf unescaped;
    struct arena kept;   /* texts of interpreted events */
    struct view *titles; /* of interpreted events, kept */
    size_t titles_count, titles_capacity;
    uint64_t titles_bytes;
    struct buf ids, packed;      /* of the events' levels */
    size_t next_group, next_row; /* of events: those before are counted, staged */
    size_t sum;
};

NODISCARD enum rc portion_init(struct portion *p, struct bench_thread *t);
void portion_done(struct portion *p);

/* The next records of documents [*at, end), which are of `object`. */
void portion_take(struct portion *p, const struct input_object *object, size_t *at);

/* The stages. RC_NO_MEMORY; stage_group() and stage_columns() give RC_FULL where
 * the groups are to be spilled, the rows flushed, before they are called again. */
STAGE_ALONE NODISCARD enum rc stage_tokens(struct portion *p);
STAGE_ALONE NODISCARD enum rc stage_parse(struct portion *p);
STAGE_ALONE NODISCARD enum rc stage_repair(struct portion *p);
STAGE_ALONE NODISCARD enum rc stage_mask(struct portion *p);
STAGE_ALONE NODISCARD enum rc stage_glance(struct portion *p);
STAGE_ALONE NODISCARD enum rc stage_events(struct portion *p);
STAGE_ALONE NODISCARD enum rc stage_unescape(struct portion *p);
STAGE_ALONE NODISCARD enum rc stage_interpret(struct portion *p);
STAGE_ALONE NODISCARD enum rc stage_pack(struct portion *p);
STAGE_ALONE NODISCARD enum rc stage_group(struct portion *p);
STAGE_ALONE NODISCARD enum rc stage_columns(struct portion *p);

/* The rows written below the pass's folder, which are then none. */
STAGE_ALONE NODISCARD enum rc stage_parquet(struct bench_thread *t, struct rows *rows,
                                            dataset_file_fn *on_each, void *context);

/* What a stage needs: parsed records, message strings, titles and levels, events whose texts stay,
 * fingerprints. Between stages, outside the clock. */
NODISCARD enum rc prepare_parsed(struct portion *p);
NODISCARD enum rc prepare_insides(struct portion *p);
NODISCARD enum rc prepare_kept(struct portion *p);
NODISCARD enum rc prepare_rows(struct portion *p);
NODISCARD enum rc prepare_fingerprints(struct portion *p);

/* flush.c: writes the rows, which stand for so many bytes of JSON, as a worker
 * does, and measures zstd and the disk alone with the same pages and files. */
NODISCARD enum rc flush_rows(struct bench_thread *t, struct rows *rows, uint64_t json_bytes);

#endif
