/* zstd_frame.h - zstd frames and skippable frames (RFC 8878). */
#ifndef MILLRACE_ZSTD_FRAME_H
#define MILLRACE_ZSTD_FRAME_H

#include "decode/codec.h"

/* Frames that need a larger window are refused: RFC 8878, section 3.1.1.1.2
 * asks decoders for 8 MiB, and memory per worker is bounded. */
#define ZSTD_WINDOW_LOG_MAX 23

struct ZSTD_DCtx_s;

/* Whether `in` starts with a frame's magic number. *ret_size is 0: the steps
 * below read the header themselves. */
enum header_rc zstd_header(struct view in, size_t *ret_size);

/* Whether it is that of a skippable frame, which holds no text. */
bool zstd_is_skippable(struct view in);

/* The size of the frame at the start of `in` by its block headers alone, or 0
 * where they are not sound or `in` ends inside it. */
size_t zstd_frame_size(struct view in);

/* Zero-initialised is valid; memory is taken when first needed and kept. */
struct zstd_decoder {
    struct ZSTD_DCtx_s *context;
};

void zstd_done(struct zstd_decoder *z);

/* As for gzip (gzip.h). */
enum member_rc zstd_decode_whole(struct zstd_decoder *z, struct view in, char *out, size_t capacity,
                                 struct member_step *ret);
bool zstd_stream_begin(struct zstd_decoder *z);
enum member_rc zstd_stream_step(struct zstd_decoder *z, struct view in, char *out, size_t capacity,
                                struct member_step *ret);

#endif
