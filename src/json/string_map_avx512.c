#include "json/string_map_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX512                                                                              \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt")))

/* The bytes of common escapes, each at its low six bits; other places hold a
 * byte that looks elsewhere. */
static const char common_at[64] = {
    [0] = '/', ['"' & 63] = '"', ['\\' & 63] = '\\', ['n' & 63] = 'n', ['t' & 63] = 't',
};

/* The numbers of a block's bytes. */
static const uint8_t numbers[STRING_BLOCK_BYTES] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

TARGET_AVX512 static inline struct string_masks masks_of(__m512i bytes, __m512i common)
{
    return (struct string_masks){
        .quotes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')),
        .backslashes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\')),
        /* As signed bytes those that are not ASCII are below the space too. */
        .others = _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(' ')),
        .common_escapes = _mm512_cmpeq_epi8_mask(_mm512_permutexvar_epi8(bytes, common), bytes),
    };
}

/* Sixteen numbers of bytes, as positions. */
TARGET_AVX512 static inline void store(uint32_t *to, __m128i bytes, __m512i base)
{
    _mm512_storeu_si512(to, _mm512_add_epi32(_mm512_cvtepu8_epi32(bytes), base));
}

/* What string_ends_write() does, sixteen at a time. */
TARGET_AVX512 static inline size_t write_ends(uint64_t ends, __m512i all, __m512i base,
                                              uint32_t *to)
{
    size_t count = (size_t)_mm_popcnt_u64(ends);
    __m512i bytes = _mm512_maskz_compress_epi8(ends, all);
    store(to, _mm512_castsi512_si128(bytes), base);
    if (count > 16) {
        store(to + 16, _mm512_extracti32x4_epi32(bytes, 1), base);
        store(to + 32, _mm512_extracti32x4_epi32(bytes, 2), base);
        store(to + 48, _mm512_extracti32x4_epi32(bytes, 3), base);
    }
    return count;
}

TARGET_AVX512 size_t string_map_avx512(const char *text, size_t count, struct string_map *map)
{
    const __m512i common = _mm512_loadu_si512(common_at), all = _mm512_loadu_si512(numbers);
    __m512i base = _mm512_setzero_si512();
    uint64_t carry = map->escaped, doubts = 0;
    uint64_t *blocks = map->blocks;
    uint32_t *to = map->ends;
    for (size_t block = 0; block < count; block++) {
        __m512i bytes = _mm512_loadu_si512(text + block * STRING_BLOCK_BYTES);
        struct string_bits bits = string_bits_of(masks_of(bytes, common), &carry);
        to += write_ends(bits.ends, all, base, to);
        base = _mm512_add_epi32(base, _mm512_set1_epi32(STRING_BLOCK_BYTES));
        blocks[block] = bits.doubts;
        doubts |= bits.doubts;
    }
    map->escaped = carry;
    map->doubts = doubts;
    return (size_t)(to - map->ends);
}

#endif
