#include "decode/gzip.h"

#include <stdlib.h>

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

/* RFC 1952, section 2.3.1. */
enum {
    FLAG_HEADER_CRC = 1 << 1,
    FLAG_EXTRA = 1 << 2,
    FLAG_NAME = 1 << 3,
    FLAG_COMMENT = 1 << 4,
    FLAGS_RESERVED = 0xe0,
    HEADER_BYTES = 10,
    FLAGS_AT = 3,
};

/* ISA-L counts in 32 bits. */
#define STREAM_BYTES_MAX ((size_t)1 << 30)

static unsigned byte_at(struct view v, size_t at)
{
    return (unsigned char)v.data[at];
}

/* Moves *at past a field that ends in a zero byte. */
static enum header_rc skip_string(struct view in, size_t *at)
{
    size_t end = in.size - *at < GZIP_FIELD_BYTES_MAX ? in.size : *at + GZIP_FIELD_BYTES_MAX;
    size_t zero = view_find_byte(view_slice(in, 0, end), '\0', *at);
    if (zero == end)
        return end == in.size ? HEADER_SHORT : HEADER_BAD;
    *at = zero + 1;
    return HEADER_OK;
}

static enum header_rc skip_extra(struct view in, size_t *at)
{
    if (in.size - *at < 2)
        return HEADER_SHORT;
    size_t size = byte_at(in, *at) | byte_at(in, *at + 1) << 8;
    if (size > GZIP_FIELD_BYTES_MAX)
        return HEADER_BAD;
    if (in.size - *at - 2 < size)
        return HEADER_SHORT;
    *at += 2 + size;
    return HEADER_OK;
}

/* The low half of the CRC-32 of all header bytes before it. */
static enum header_rc skip_header_crc(struct view in, size_t *at)
{
    if (in.size - *at < 2)
        return HEADER_SHORT;
    unsigned stored = byte_at(in, *at) | byte_at(in, *at + 1) << 8;
    if ((libdeflate_crc32(0, in.data, *at) & 0xffff) != stored)
        return HEADER_BAD;
    *at += 2;
    return HEADER_OK;
}

static enum header_rc skip_fields(struct view in, unsigned flags, size_t *at)
{
    enum header_rc rc = HEADER_OK;
    if ((flags & FLAG_EXTRA) != 0)
        rc = skip_extra(in, at);
    if (rc == HEADER_OK && (flags & FLAG_NAME) != 0)
        rc = skip_string(in, at);
    if (rc == HEADER_OK && (flags & FLAG_COMMENT) != 0)
        rc = skip_string(in, at);
    if (rc == HEADER_OK && (flags & FLAG_HEADER_CRC) != 0)
        rc = skip_header_crc(in, at);
    return rc;
}

enum header_rc gzip_header(struct view in, size_t *ret_size)
{
    struct view magic = GZIP_MAGIC;
    size_t common = in.size < magic.size ? in.size : magic.size;
    if (memcmp(in.data, magic.data, common) != 0)
        return HEADER_BAD;
    if (in.size > FLAGS_AT && (byte_at(in, FLAGS_AT) & FLAGS_RESERVED) != 0)
        return HEADER_BAD;
    if (in.size < HEADER_BYTES)
        return HEADER_SHORT;
    size_t at = HEADER_BYTES;
    enum header_rc rc = skip_fields(in, byte_at(in, FLAGS_AT), &at);
    if (rc == HEADER_OK)
        *ret_size = at;
    return rc;
}

enum header_rc zlib_header(struct view in, size_t *ret_size)
{
    enum { DEFLATE_32K = 0x78, PRESET_DICTIONARY = 0x20 };
    if (in.size > 0 && byte_at(in, 0) != DEFLATE_32K)
        return HEADER_BAD;
    if (in.size < 2)
        return HEADER_SHORT;
    unsigned flags = byte_at(in, 1);
    if ((DEFLATE_32K * 256 + flags) % 31 != 0 || (flags & PRESET_DICTIONARY) != 0)
        return HEADER_BAD;
    *ret_size = 2;
    return HEADER_OK;
}

/* RFC 1951, sections 3.2.3 to 3.2.7. */
enum {
    BLOCK_STORED,
    BLOCK_FIXED,
    BLOCK_DYNAMIC,
    BLOCK_RESERVED,
    STORED_BYTES = 5,
    DYNAMIC_BYTES = 11, /* 17 bits, 19 lengths of 3, and what peek() looks at behind */
    CODES_BEYOND_MAX = 29,
};

/* Up to 8 bits. */
static unsigned peek(struct view in, size_t bit, unsigned count)
{
    unsigned two = byte_at(in, bit / 8) | byte_at(in, bit / 8 + 1) << 8;
    return two >> bit % 8 & ((1u << count) - 1);
}

/* The code for the lengths of the codes must not be oversubscribed. */
static bool dynamic_may_begin(struct view in)
{
    if (peek(in, 3, 5) > CODES_BEYOND_MAX || peek(in, 8, 5) > CODES_BEYOND_MAX)
        return false;
    unsigned used = 0, lengths = peek(in, 13, 4) + 4;
    for (unsigned i = 0; i < lengths; i++) {
        unsigned length = peek(in, 17 + (size_t)3 * i, 3);
        used += length > 0 ? 128u >> length : 0;
    }
    return used <= 128;
}

bool deflate_may_begin(struct view in)
{
    switch (in.size > 0 ? byte_at(in, 0) >> 1 & 3 : BLOCK_FIXED) {
    case BLOCK_STORED: {
        if (in.size < STORED_BYTES)
            return true;
        unsigned size = byte_at(in, 1) | byte_at(in, 2) << 8;
        unsigned complement = byte_at(in, 3) | byte_at(in, 4) << 8;
        return (size ^ complement) == 0xffff;
    }
    case BLOCK_DYNAMIC:
        return in.size < DYNAMIC_BYTES || dynamic_may_begin(in);
    case BLOCK_RESERVED:
        return false;
    default:
        return true;
    }
}

void gzip_done(struct gzip_decoder *g)
{
    libdeflate_free_decompressor(g->whole);
    free(g->stream);
    *g = (struct gzip_decoder){0};
}

enum member_rc gzip_decode_whole(struct gzip_decoder *g, bool is_zlib, struct view in, char *out,
                                 size_t capacity, struct member_step *ret)
{
    *ret = (struct member_step){0};
    if (g->whole == NULL)
        g->whole = libdeflate_alloc_decompressor();
    if (g->whole == NULL)
        return MEMBER_NO_MEMORY;

    enum libdeflate_result result =
        is_zlib ? libdeflate_zlib_decompress_ex(g->whole, in.data, in.size, out, capacity,
                                                &ret->consumed, &ret->produced)
                : libdeflate_gzip_decompress_ex(g->whole, in.data, in.size, out, capacity,
                                                &ret->consumed, &ret->produced);
    switch (result) {
    case LIBDEFLATE_SUCCESS:
        return MEMBER_DONE;
    case LIBDEFLATE_INSUFFICIENT_SPACE:
        return MEMBER_FULL;
    case LIBDEFLATE_BAD_DATA:
    case LIBDEFLATE_SHORT_OUTPUT:
        break;
    }
    ret->reason = is_zlib ? "zlib: invalid deflate data" : "gzip: invalid deflate data";
    return MEMBER_BAD;
}

bool gzip_stream_begin(struct gzip_decoder *g, bool is_zlib)
{
    if (g->stream == NULL)
        g->stream = malloc(sizeof(*g->stream));
    if (g->stream == NULL)
        return false;
    /* isal_inflate_init() leaves tables as they are, and damaged codes can reach
     * entries that no block filled: zeroed, the text before a failure depends on
     * the input alone. */
    memset(g->stream, 0, sizeof(*g->stream));
    isal_inflate_init(g->stream);
    g->stream->crc_flag = is_zlib ? ISAL_ZLIB_NO_HDR_VER : ISAL_GZIP_NO_HDR_VER;
    g->is_zlib = is_zlib;
    g->stream_error = ISAL_DECOMP_OK;
    g->held_bytes = 0;
    return true;
}

static const char *stream_reason(const struct gzip_decoder *g)
{
    if (g->stream_error == ISAL_INCORRECT_CHECKSUM)
        return g->is_zlib ? "zlib: checksum mismatch" : "gzip: checksum mismatch";
    return g->is_zlib ? "zlib: invalid deflate data" : "gzip: invalid deflate data";
}

/* When ISA-L fails, what it decoded before may still lie in its own buffer:
 * without this the text before a failure would depend on the steps' sizes. */
static void give_rest(struct inflate_state *s, char *out, size_t capacity, struct member_step *ret)
{
    size_t rest = (size_t)(s->tmp_out_valid - s->tmp_out_processed);
    if (rest > capacity - ret->produced)
        rest = capacity - ret->produced;
    memcpy(out + ret->produced, s->tmp_out_buffer + s->tmp_out_processed, rest);
    s->tmp_out_processed += (int32_t)rest;
    ret->produced += rest;
}

/* ISA-L loads whole registers into its bit buffer, past the end of the member
 * too. Bytes that lie there unread count as not consumed: the next step's input
 * begins with them, and they are passed over. */
static void inflate_some(struct gzip_decoder *g, struct view in, char *out, size_t capacity,
                         struct member_step *ret)
{
    struct inflate_state *s = g->stream;
    size_t begin = ret->consumed + g->held_bytes;
    size_t input = in.size - begin;
    size_t room = capacity - ret->produced;
    input = input < STREAM_BYTES_MAX ? input : STREAM_BYTES_MAX;
    room = room < STREAM_BYTES_MAX ? room : STREAM_BYTES_MAX;
    s->next_in = (uint8_t *)(uintptr_t)(in.data + begin);
    s->avail_in = (uint32_t)input;
    s->next_out = (uint8_t *)out + ret->produced;
    s->avail_out = (uint32_t)room;
    int rc = isal_inflate(s);
    g->held_bytes = s->read_in_length > 0 ? (size_t)s->read_in_length / 8 : 0;
    /* Not by avail_in: where a distance is invalid near the input's end, ISA-L
     * leaves that eight short of what next_in says. */
    ret->consumed = (size_t)((const char *)s->next_in - in.data) - g->held_bytes;
    ret->produced += room - s->avail_out;
    if (rc < 0)
        g->stream_error = rc;
}

enum member_rc gzip_stream_step(struct gzip_decoder *g, struct view in, char *out, size_t capacity,
                                struct member_step *ret)
{
    *ret = (struct member_step){0};
    for (;;) {
        if (g->stream_error == ISAL_DECOMP_OK)
            inflate_some(g, in, out, capacity, ret);
        if (g->stream_error != ISAL_DECOMP_OK) {
            give_rest(g->stream, out, capacity, ret);
            if (g->stream->tmp_out_valid > g->stream->tmp_out_processed)
                return MEMBER_FULL;
            ret->reason = stream_reason(g);
            return MEMBER_BAD;
        }
        if (g->stream->block_state == ISAL_BLOCK_FINISH)
            return MEMBER_DONE;
        if (ret->produced == capacity)
            return MEMBER_FULL;
        if (ret->consumed + g->held_bytes == in.size)
            return MEMBER_SHORT;
    }
}
