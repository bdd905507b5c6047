#include "json/flaw_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2")))

/* 64 bytes; spaces, which are no flaws, past the end of the text. */
TARGET_AVX512 static inline __m512i block_load(struct view text, size_t at)
{
    size_t left = text.size - at;
    if (left >= FLAW_BLOCK_BYTES)
        return _mm512_loadu_si512(text.data + at);
    uint64_t in = _bzhi_u64(UINT64_MAX, (unsigned)left);
    return _mm512_mask_loadu_epi8(_mm512_set1_epi8(' '), in, text.data + at);
}

TARGET_AVX512 static inline uint64_t equal(__m512i bytes, unsigned char byte)
{
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8((char)byte));
}

TARGET_AVX512 static inline uint64_t from(__m512i bytes, unsigned char least)
{
    return _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8((char)least));
}

TARGET_AVX512 static inline struct flaw_bytes bytes_of(__m512i bytes)
{
    return (struct flaw_bytes){
        .quotes = equal(bytes, '"'),
        .backslashes = equal(bytes, '\\'),
        .controls = ~from(bytes, ' '),
    };
}

TARGET_AVX512 static inline struct flaw_sequences sequences_of(__m512i bytes)
{
    return (struct flaw_sequences){
        .from_80 = from(bytes, 0x80),
        .from_90 = from(bytes, 0x90),
        .from_a0 = from(bytes, 0xa0),
        .from_c0 = from(bytes, 0xc0),
        .from_c2 = from(bytes, 0xc2),
        .from_e0 = from(bytes, 0xe0),
        .from_f0 = from(bytes, 0xf0),
        .from_f5 = from(bytes, 0xf5),
        .e0 = equal(bytes, 0xe0),
        .ed = equal(bytes, 0xed),
        .f0 = equal(bytes, 0xf0),
        .f4 = equal(bytes, 0xf4),
    };
}

TARGET_AVX512 size_t flaw_avx512(struct view text, size_t at, struct flaw_strings *strings)
{
    struct flaw_carry carry = {0};
    size_t begin = at;
    while (at < text.size || carry.wanted != 0) {
        __m512i bytes = block_load(text, at);
        struct flaw_carry before = carry;
        struct flaw_block b = {0};
        if (strings != NULL && !flaw_block_strings(bytes_of(bytes), strings, &carry, &b)) {
            if (flaw_block_walk(text, &at, &before, strings))
                return at;
            carry = (struct flaw_carry){0};
            begin = at;
            continue;
        }
        if (_mm512_movepi8_mask(bytes) != 0 || carry.wanted != 0)
            flaw_block_sequences(sequences_of(bytes), &carry, &b);
        if (b.flaws != 0)
            return flaw_block_place(text, begin, at, &b, strings);
        if (strings != NULL)
            strings->is_inside = b.inside >> 63;
        at += FLAW_BLOCK_BYTES;
    }
    return text.size;
}

#endif
