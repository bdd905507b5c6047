#include "json/string_map_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

TARGET_AVX2 static inline uint64_t mask_of(__m256i low, __m256i high)
{
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32 |
           (uint32_t)_mm256_movemask_epi8(low);
}

TARGET_AVX2 static inline uint64_t equal(__m256i low, __m256i high, char byte)
{
    __m256i wanted = _mm256_set1_epi8(byte);
    return mask_of(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted));
}

/* As signed bytes those that are not ASCII are below the space too. */
TARGET_AVX2 static inline uint64_t others(__m256i low, __m256i high)
{
    __m256i space = _mm256_set1_epi8(' ');
    return mask_of(_mm256_cmpgt_epi8(space, low), _mm256_cmpgt_epi8(space, high));
}

TARGET_AVX2 static inline struct string_masks masks_of(const char *at, uint64_t carry)
{
    __m256i low = _mm256_loadu_si256((const __m256i *)at);
    __m256i high = _mm256_loadu_si256((const __m256i *)(at + 32));
    struct string_masks m = {
        .quotes = equal(low, high, '"'),
        .backslashes = equal(low, high, '\\'),
        .others = others(low, high),
        .common_escapes = UINT64_MAX,
    };
    if ((m.backslashes | carry) != 0)
        m.common_escapes = m.quotes | m.backslashes | equal(low, high, 'n') | equal(low, high, 't');
    return m;
}

TARGET_AVX2 size_t string_map_avx2(const char *text, size_t count, struct string_map *map)
{
    uint64_t carry = map->escaped, doubts = 0;
    size_t written = 0;
    for (size_t block = 0; block < count; block++) {
        size_t base = block * STRING_BLOCK_BYTES;
        struct string_bits bits = string_bits_of(masks_of(text + base, carry), &carry);
        written += string_ends_write(bits.ends, base, map->ends + written);
        map->blocks[block] = bits.doubts;
        doubts |= bits.doubts;
    }
    map->escaped = carry;
    map->doubts = doubts;
    return written;
}

#endif
