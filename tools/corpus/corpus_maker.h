/* corpus_maker.h - the state of a thread that makes objects; internal to the
 * generator's files. */
#ifndef MILLRACE_CORPUS_MAKER_H
#define MILLRACE_CORPUS_MAKER_H

#include "corpus_object.h"
#include "util/buf.h"

#include <libdeflate.h>
#include <stdio.h>

/* An event id is its time in milliseconds times 2^144 plus a sequence within
 * the stream: 56 decimal digits today. Kept as limbs of 14 digits, lowest
 * first, because that is what is printed. */
#define ID_LIMBS 4
#define ID_LIMB UINT64_C(100000000000000)
struct event_id {
    uint64_t limbs[ID_LIMBS];
};

struct maker {
    const struct world *world;
    const struct cast *cast;
    struct counts *counts;
    struct libdeflate_compressor *compressor;
    uint64_t id_factor[ID_LIMBS]; /* 2^144 */

    /* The object being made. */
    char shape;
    struct scene scene;
    struct random random; /* for what is not in messages */
    const char *region;
    int64_t key_ms;
    struct buf text;   /* decoded bytes not yet framed */
    struct buf record; /* G and H: one record before it is wrapped */
    struct buf packed; /* a compressed record */
    struct buf stored; /* bytes for the file */
    uint64_t decoded_bytes;
    FILE *file;
    bool is_raw;       /* F and I: messages without JSON around them */
    bool has_newlines; /* E: records end in a newline */
    bool is_gzip;      /* E, F, H: the whole is compressed */

    /* The record being made. */
    const struct function *function;
    unsigned function_index;
    struct buf *to; /* where events go */
    unsigned events;
    int64_t record_ms;
    struct event_id record_id; /* of record_ms */
    uint64_t sequence;
    bool is_first_event;
};

/* corpus_invocation.c: one invocation's events, appended to m->to. */
bool invocation_write(struct maker *m);

/* corpus_event.c: one event, counted. */
bool event_write(struct maker *m, const struct line *line);
void event_id_start(struct maker *m, int64_t ms);

/* corpus_record.c: the next record (F: some lines; I: some entries; H and G:
 * an envelope), plain, appended to m->text; its size is counted. */
bool record_write(struct maker *m);
/* Chooses the function that logs next. */
void record_choose_function(struct maker *m);
/* `YYYY/MM/DD/[$LATEST]<32 hex>` of that function; gives its size. */
size_t stream_name_write(struct maker *m, char to[64], int64_t ms);

/* corpus_frame.c: gzip of `in` appended to `out`; zlib; base64. */
bool frame_gzip(struct maker *m, struct view in, struct buf *out);
bool frame_zlib(struct maker *m, struct view in, struct buf *out);
bool frame_base64(struct view in, struct buf *out);

#endif
