/* gzip.h - gzip members (RFC 1952) and zlib streams (RFC 1950).
 *
 * Small members are decoded whole by libdeflate, which needs all of the input
 * and room for all of the output. Anything else streams through ISA-L in
 * steps of any size. Both check CRC-32 and length (zlib: Adler-32).
 *
 * Log records in members of 9 KB, 100 KB, 1 MB and 4 MB, decoded whole: libdeflate
 * 1.14 takes 1.31, 1.02, 0.97 and 1.06 seconds a GB of text, ISA-L 2.30 takes 1.58,
 * 1.11, 1.04 and 1.13. ISA-L's CRC-32 in place of libdeflate's saves one part in a
 * hundred. So there is no size from which ISA-L would be the better one. */
#ifndef MILLRACE_GZIP_H
#define MILLRACE_GZIP_H

#include "decode/codec.h"

struct libdeflate_decompressor;
struct inflate_state;

/* A longer name, comment or extra field is taken as damage: file systems stop
 * at 4 KiB, and a search must not run through the whole input per candidate. */
#define GZIP_FIELD_BYTES_MAX 32768

#define GZIP_MAGIC VIEW("\x1f\x8b\x08")

/* Whether `in` starts with a plausible member header: deflate, no reserved
 * flag, fields that end, and a header checksum that matches where there is
 * one. *ret_size is its size. */
enum header_rc gzip_header(struct view in, size_t *ret_size);

/* Whether `in` starts with a zlib header of the usual 32 KiB window, without a
 * preset dictionary. */
enum header_rc zlib_header(struct view in, size_t *ret_size);

/* Whether a deflate stream can begin at the start of `in` (RFC 1951): as far as the header
 * of its first block tells, without decoding it. True where `in` ends inside. */
bool deflate_may_begin(struct view in);

/* Zero-initialised is valid; memory is taken when first needed and kept. */
struct gzip_decoder {
    struct libdeflate_decompressor *whole;
    struct inflate_state *stream;
    bool is_zlib;
    int stream_error;  /* ISA-L's, once it failed */
    size_t held_bytes; /* at the start of the next step's input, already in ISA-L */
};

void gzip_done(struct gzip_decoder *g);

/* Decodes the member at the start of `in` into `out`. MEMBER_FULL: it decodes
 * to more than `capacity`. MEMBER_BAD: damaged, or `in` ends inside it. */
enum member_rc gzip_decode_whole(struct gzip_decoder *g, bool is_zlib, struct view in, char *out,
                                 size_t capacity, struct member_step *ret);

/* Begins streaming a member; its header is not part of the steps' input. False
 * when out of memory. */
bool gzip_stream_begin(struct gzip_decoder *g, bool is_zlib);

/* Decodes until the output is full, the input used up, or the member ended or
 * failed. Up to 8 bytes of used up input may stay unconsumed: the next step's
 * input begins with what this one did not consume. Everything decoded before a failure is given
 * before MEMBER_BAD is. */
enum member_rc gzip_stream_step(struct gzip_decoder *g, struct view in, char *out, size_t capacity,
                                struct member_step *ret);

#endif
