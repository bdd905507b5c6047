#include "parquet/pack.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define PACK_TARGET __attribute__((target("avx2,bmi,bmi2")))

#include "parquet/pack_loop.h"

/* Two ids side by side in each of four words. Not by PEXT, which takes hundreds of cycles
 * on processors that have no AVX-512 (Zen 2 and before). */
PACK_TARGET static inline __m256i pairs_of(const uint32_t *ids, __m128i width)
{
    __m256i two = _mm256_loadu_si256((const __m256i *)ids);
    __m256i first = _mm256_and_si256(two, _mm256_set1_epi64x(UINT32_MAX));
    return _mm256_or_si256(first, _mm256_sll_epi64(_mm256_srli_epi64(two, 32), width));
}

/* Up to 8 bits: the words, each at its place, make one. */
PACK_TARGET static void pack_narrow(const uint32_t *ids, size_t groups, unsigned width, char *to)
{
    const __m128i by = _mm_cvtsi32_si128((int)width);
    const __m256i places = _mm256_setr_epi64x(0, 2 * width, 4 * width, 6 * width);
    for (size_t i = 0; i < groups; i++, ids += PACK_GROUP, to += width) {
        __m256i four = _mm256_sllv_epi64(pairs_of(ids, by), places);
        __m128i two = _mm_or_si128(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
        __m128i one = _mm_or_si128(two, _mm_unpackhi_epi64(two, two));
        _mm_storel_epi64((__m128i *)to, one);
    }
}

/* Up to 16 bits: two of the words make one. */
PACK_TARGET static void pack_wide(const uint32_t *ids, size_t groups, unsigned width, char *to)
{
    const __m128i by = _mm_cvtsi32_si128((int)width);
    const __m256i places = _mm256_setr_epi64x(0, 2 * width, 0, 2 * width);
    unsigned half = 4 * width; /* 36 to 64 bits */
    for (size_t i = 0; i < groups; i++, ids += PACK_GROUP, to += width) {
        __m256i four = _mm256_sllv_epi64(pairs_of(ids, by), places);
        __m256i both = _mm256_or_si256(four, _mm256_unpackhi_epi64(four, four));
        uint64_t low = (uint64_t)_mm256_extract_epi64(both, 0);
        uint64_t high = (uint64_t)_mm256_extract_epi64(both, 2);
        pack_halves(low, high, half, to);
    }
}

PACK_TARGET void pack_groups_avx2(const uint32_t *ids, size_t groups, unsigned width, char *to)
{
    if (width <= 8)
        pack_narrow(ids, groups, width, to);
    else if (width <= 16)
        pack_wide(ids, groups, width, to);
    else
        pack_groups_scalar(ids, groups, width, to);
}

PACK_TARGET static inline unsigned same_as(const uint32_t *ids, __m256i first)
{
    __m256i same = _mm256_cmpeq_epi32(_mm256_loadu_si256((const __m256i *)ids), first);
    return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(same));
}

PACK_TARGET size_t pack_find_avx2(const uint32_t *ids, size_t groups)
{
    size_t i = 0;
    while (i < groups &&
           same_as(ids + i * PACK_GROUP, _mm256_set1_epi32((int)ids[i * PACK_GROUP])) != 0xff)
        i++;
    return i;
}

PACK_TARGET size_t pack_run_avx2(const uint32_t *ids, size_t count)
{
    const __m256i first = _mm256_set1_epi32((int)ids[0]);
    size_t i = 0;
    for (; count - i >= PACK_GROUP; i += PACK_GROUP) {
        unsigned same = same_as(ids + i, first);
        if (same != 0xff)
            return i + (unsigned)__builtin_ctz(~same);
    }
    while (i < count && ids[i] == ids[0])
        i++;
    return i;
}

#endif
