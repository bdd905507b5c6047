#include "json/string_ends.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX512                                                                              \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt")))

/* The numbers of a block's bytes. */
static const uint8_t numbers[STRING_BLOCK_BYTES] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

/* Sixteen numbers of bytes, as positions. */
TARGET_AVX512 static inline void store(uint32_t *to, __m128i bytes, uint32_t base)
{
    _mm512_storeu_si512(
        to, _mm512_add_epi32(_mm512_cvtepu8_epi32(bytes), _mm512_set1_epi32((int)base)));
}

TARGET_AVX512 size_t string_ends_avx512(const struct string_block *blocks, size_t count,
                                        uint32_t base, uint32_t *ret, uint64_t *ret_doubts)
{
    const __m512i all = _mm512_loadu_si512(numbers);
    size_t written = 0;
    uint64_t doubts = 0;
    for (size_t block = 0; block < count; block++, base += STRING_BLOCK_BYTES) {
        uint64_t ends = blocks[block].ends;
        size_t left = (size_t)_mm_popcnt_u64(ends);
        uint32_t *to = ret + written;
        __m512i bytes = _mm512_maskz_compress_epi8(ends, all);
        doubts |= blocks[block].doubts;
        store(to, _mm512_castsi512_si128(bytes), base);
        if (left > 16) {
            store(to + 16, _mm512_extracti32x4_epi32(bytes, 1), base);
            if (left > 32) {
                store(to + 32, _mm512_extracti32x4_epi32(bytes, 2), base);
                store(to + 48, _mm512_extracti32x4_epi32(bytes, 3), base);
            }
        }
        written += left;
    }
    *ret_doubts = doubts;
    return written;
}

#endif
