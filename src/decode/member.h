/* member.h - one interface over the codecs of codec.h.
 *
 * One decoder per layer; it keeps its memory from object to object. */
#ifndef MILLRACE_MEMBER_H
#define MILLRACE_MEMBER_H

#include "decode/gzip.h"
#include "decode/sniff.h"
#include "decode/zstd_frame.h"
#include "limits.h"

struct member_decoder {
    enum layer_kind kind; /* LAYER_GZIP, LAYER_ZLIB or LAYER_ZSTD */
    struct gzip_decoder gzip;
    struct zstd_decoder zstd;
    char *scratch; /* where trials decode to */
};

void member_done(struct member_decoder *m);

/* Whether a member may begin at the start of `in`; *ret_size is what its
 * header takes before the stream's input begins. */
enum header_rc member_header(enum layer_kind kind, struct view in, size_t *ret_size);

/* A member of known header that lies in `in` and decodes to at most
 * `capacity`: MEMBER_DONE. Larger: MEMBER_FULL. Otherwise MEMBER_BAD, also
 * where `in` only ends too early. */
enum member_rc member_decode_whole(struct member_decoder *m, struct view in, char *out,
                                   size_t capacity, struct member_step *ret);

/* Streaming, in steps (gzip.h). */
bool member_stream_begin(struct member_decoder *m);
enum member_rc member_stream_step(struct member_decoder *m, struct view in, char *out,
                                  size_t capacity, struct member_step *ret);

/* What decoding to nowhere found. */
struct member_trial {
    enum member_rc rc;   /* MEMBER_FULL: the bound was reached */
    uint64_t cost_bytes; /* what was decoded, and looked at in vain */
    size_t consumed;     /* header included */
    bool is_nested;      /* decodes to another compressed layer */
    bool is_log;         /* that, or JSON, or text without what no log text holds */
    const char *reason;  /* with MEMBER_BAD */
};

/* Tries the member at the start of `in`, to at most decoded_bytes_max. Ends a
 * stream that was begun. */
struct member_trial member_try(struct member_decoder *m, struct view in,
                               uint64_t decoded_bytes_max);

#endif
