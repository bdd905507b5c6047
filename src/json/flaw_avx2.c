#include "json/flaw_block.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2")))

/* 64 bytes; spaces, which are no flaws, past the end of the text. */
struct block {
    __m256i low, high;
};

TARGET_AVX2 static inline struct block block_load(struct view text, size_t at)
{
    char padded[FLAW_BLOCK_BYTES];
    const char *bytes = text.data + at;
    if (text.size - at < FLAW_BLOCK_BYTES) {
        memset(padded, ' ', sizeof(padded));
        memcpy(padded, bytes, text.size - at);
        bytes = padded;
    }
    return (struct block){_mm256_loadu_si256((const __m256i *)bytes),
                          _mm256_loadu_si256((const __m256i *)(bytes + 32))};
}

TARGET_AVX2 static inline uint64_t mask_of(__m256i low, __m256i high)
{
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32 |
           (uint32_t)_mm256_movemask_epi8(low);
}

TARGET_AVX2 static inline uint64_t equal(struct block b, unsigned char byte)
{
    __m256i all = _mm256_set1_epi8((char)byte);
    return mask_of(_mm256_cmpeq_epi8(b.low, all), _mm256_cmpeq_epi8(b.high, all));
}

/* A byte is compared without its sign through the larger of two. */
TARGET_AVX2 static inline uint64_t from(struct block b, unsigned char least)
{
    __m256i all = _mm256_set1_epi8((char)least);
    return mask_of(_mm256_cmpeq_epi8(_mm256_max_epu8(b.low, all), b.low),
                   _mm256_cmpeq_epi8(_mm256_max_epu8(b.high, all), b.high));
}

TARGET_AVX2 static inline struct flaw_bytes bytes_of(struct block b)
{
    return (struct flaw_bytes){
        .quotes = equal(b, '"'),
        .backslashes = equal(b, '\\'),
        .controls = ~from(b, ' '),
    };
}

TARGET_AVX2 static inline struct flaw_sequences sequences_of(struct block b)
{
    return (struct flaw_sequences){
        .from_80 = mask_of(b.low, b.high),
        .from_90 = from(b, 0x90),
        .from_a0 = from(b, 0xa0),
        .from_c0 = from(b, 0xc0),
        .from_c2 = from(b, 0xc2),
        .from_e0 = from(b, 0xe0),
        .from_f0 = from(b, 0xf0),
        .from_f5 = from(b, 0xf5),
        .e0 = equal(b, 0xe0),
        .ed = equal(b, 0xed),
        .f0 = equal(b, 0xf0),
        .f4 = equal(b, 0xf4),
    };
}

TARGET_AVX2 size_t flaw_avx2(struct view text, size_t at, struct flaw_strings *strings)
{
    struct flaw_carry carry = {0};
    size_t begin = at;
    while (at < text.size || carry.wanted != 0) {
        struct block bytes = block_load(text, at);
        struct flaw_carry before = carry;
        struct flaw_block b = {0};
        if (strings != NULL && !flaw_block_strings(bytes_of(bytes), strings, &carry, &b)) {
            if (flaw_block_walk(text, &at, &before, strings))
                return at;
            carry = (struct flaw_carry){0};
            begin = at;
            continue;
        }
        if (mask_of(bytes.low, bytes.high) != 0 || carry.wanted != 0)
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
