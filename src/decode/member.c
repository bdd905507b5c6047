#include "decode/member.h"

#include <assert.h>
#include <stdlib.h>

/* Fits the second-level cache beside ISA-L's own 87 KiB. */
#define SCRATCH_BYTES (128 * 1024)

/* What building the tables of a deflate block costs beside decoding, in bytes
 * that could be decoded meanwhile. */
#define TRIAL_BYTES 4096
/* And what looking at a header costs. */
#define GLANCE_BYTES 64

void member_done(struct member_decoder *m)
{
    gzip_done(&m->gzip);
    zstd_done(&m->zstd);
    free(m->scratch);
    m->scratch = NULL;
}

enum header_rc member_header(enum layer_kind kind, struct view in, size_t *ret_size)
{
    switch (kind) {
    case LAYER_GZIP:
        return gzip_header(in, ret_size);
    case LAYER_ZLIB:
        return zlib_header(in, ret_size);
    case LAYER_ZSTD:
        return zstd_header(in, ret_size);
    case LAYER_TEXT:
    case LAYER_BASE64:
    case LAYER_REFUSED:
        break;
    }
    assert(false);
    return HEADER_BAD;
}

enum member_rc member_decode_whole(struct member_decoder *m, struct view in, char *out,
                                   size_t capacity, struct member_step *ret)
{
    return m->kind == LAYER_ZSTD
               ? zstd_decode_whole(&m->zstd, in, out, capacity, ret)
               : gzip_decode_whole(&m->gzip, m->kind == LAYER_ZLIB, in, out, capacity, ret);
}

bool member_stream_begin(struct member_decoder *m)
{
    return m->kind == LAYER_ZSTD ? zstd_stream_begin(&m->zstd)
                                 : gzip_stream_begin(&m->gzip, m->kind == LAYER_ZLIB);
}

enum member_rc member_stream_step(struct member_decoder *m, struct view in, char *out,
                                  size_t capacity, struct member_step *ret)
{
    return m->kind == LAYER_ZSTD ? zstd_stream_step(&m->zstd, in, out, capacity, ret)
                                 : gzip_stream_step(&m->gzip, in, out, capacity, ret);
}

static void note_begin(struct member_trial *trial, struct view text)
{
    trial->is_nested = sniff_layer(text).kind != LAYER_TEXT;
    trial->is_log =
        trial->is_nested || sniff_is_documents(text) || (text.size > 0 && !sniff_is_binary(text));
}

/* Runs the stream to its end or the bound. */
static void run_trial(struct member_decoder *m, struct view in, uint64_t decoded_bytes_max,
                      struct member_trial *trial)
{
    uint64_t decoded = 0;
    do {
        struct member_step step;
        trial->rc =
            member_stream_step(m, view_from(in, trial->consumed), m->scratch, SCRATCH_BYTES, &step);
        if (decoded == 0)
            note_begin(trial, view_of(m->scratch, step.produced));
        decoded += step.produced;
        trial->consumed += step.consumed;
        trial->reason = step.reason;
    } while (trial->rc == MEMBER_FULL && decoded <= decoded_bytes_max);
    trial->cost_bytes += decoded;
}

struct member_trial member_try(struct member_decoder *m, struct view in, uint64_t decoded_bytes_max)
{
    struct member_trial trial = {.rc = MEMBER_BAD, .cost_bytes = TRIAL_BYTES};
    switch (member_header(m->kind, in, &trial.consumed)) {
    case HEADER_OK:
        break;
    case HEADER_SHORT:
        trial.rc = MEMBER_SHORT;
        trial.cost_bytes += in.size < GZIP_FIELD_BYTES_MAX ? in.size : GZIP_FIELD_BYTES_MAX;
        return trial;
    case HEADER_BAD:
        trial.reason = "not a header";
        return trial;
    }
    /* Heads in a row, as hostile input has them, are mostly told by this alone. */
    if (m->kind != LAYER_ZSTD && !deflate_may_begin(view_from(in, trial.consumed))) {
        trial.cost_bytes = GLANCE_BYTES + trial.consumed;
        trial.reason =
            m->kind == LAYER_ZLIB ? "zlib: invalid deflate data" : "gzip: invalid deflate data";
        return trial;
    }
    trial.cost_bytes += trial.consumed;
    if (m->scratch == NULL)
        m->scratch = malloc(SCRATCH_BYTES);
    if (m->scratch == NULL || !member_stream_begin(m))
        trial.rc = MEMBER_NO_MEMORY;
    else
        run_trial(m, in, decoded_bytes_max, &trial);
    return trial;
}
