/* decode_members.h - compressed bytes for tests, made by other libraries than
 * the ones under test where there is one (zlib writes, libdeflate and ISA-L
 * read). */
#ifndef MILLRACE_TEST_DECODE_MEMBERS_H
#define MILLRACE_TEST_DECODE_MEMBERS_H

#include "util/buf.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

/* xorshift64*: the same numbers everywhere. */
static inline uint64_t test_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717ULL;
}

static inline uint64_t test_seed(void)
{
    const char *text = getenv("MILLRACE_TEST_SEED");
    return text ? strtoull(text, NULL, 0) | 1 : 0x9e3779b97f4a7c15ULL;
}

/* deflate with a wrapper: window_bits 31 is gzip, 15 zlib. */
static inline void put_deflate(struct buf *out, struct view text, int window_bits, int level)
{
    z_stream z = {0};
    cr_assert(deflateInit2(&z, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t bound = deflateBound(&z, text.size) + 64;
    cr_assert(buf_reserve(out, bound));
    z.next_in = (Bytef *)(uintptr_t)text.data;
    z.avail_in = (uInt)text.size;
    z.next_out = (Bytef *)out->data + out->size;
    z.avail_out = (uInt)bound;
    cr_assert(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out->size += bound - z.avail_out;
    deflateEnd(&z);
}

static inline void put_gzip(struct buf *out, struct view text)
{
    put_deflate(out, text, 31, 6);
}

static inline void put_zlib(struct buf *out, struct view text)
{
    put_deflate(out, text, 15, 6);
}

static inline void put_zstd(struct buf *out, struct view text, bool checksum)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, checksum);
    size_t bound = ZSTD_compressBound(text.size);
    cr_assert(buf_reserve(out, bound));
    size_t size = ZSTD_compress2(c, out->data + out->size, bound, text.data, text.size);
    cr_assert(!ZSTD_isError(size));
    out->size += size;
    ZSTD_freeCCtx(c);
}

/* The encoding, by the letter of RFC 4648. */
static inline void put_base64(struct buf *out, struct view bytes)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t n = bytes.size - i < 3 ? bytes.size - i : 3;
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < n ? (unsigned char)bytes.data[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            buf_append_byte(out, j <= n ? alphabet[bits >> (18 - 6 * j) & 63] : '=');
    }
}

/* Text like the program's input: documents back to back. */
static inline void put_documents(struct buf *out, size_t bytes, uint64_t *random)
{
    size_t end = out->size + bytes;
    while (out->size < end)
        buf_printf(out, "{\"id\":%llu,\"message\":\"%llx line\"}",
                   (unsigned long long)(test_random(random) >> 40),
                   (unsigned long long)test_random(random));
    out->size = end;
}

#endif
