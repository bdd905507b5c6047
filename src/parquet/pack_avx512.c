#include "parquet/pack.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define PACK_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2")))

#include "parquet/pack_loop.h"

/* Eight ids of up to 8 bits: a byte of each, then the bits that are wanted of each. */
PACK_TARGET static void pack_narrow(const uint32_t *ids, size_t groups, unsigned width, char *to)
{
    uint64_t wanted = UINT64_C(0x0101010101010101) * ((1u << width) - 1);
    for (size_t i = 0; i < groups; i++, ids += PACK_GROUP, to += width) {
        __m128i bytes = _mm256_cvtepi32_epi8(_mm256_loadu_si256((const __m256i *)ids));
        uint64_t packed = _pext_u64((uint64_t)_mm_cvtsi128_si64(bytes), wanted);
        memcpy(to, &packed, sizeof(packed));
    }
}

/* Up to 16 bits: two bytes of each, in two halves. */
PACK_TARGET static void pack_wide(const uint32_t *ids, size_t groups, unsigned width, char *to)
{
    uint64_t wanted = UINT64_C(0x0001000100010001) * ((1u << width) - 1);
    unsigned half = 4 * width; /* 36 to 64 bits */
    for (size_t i = 0; i < groups; i++, ids += PACK_GROUP, to += width) {
        __m128i words = _mm256_cvtepi32_epi16(_mm256_loadu_si256((const __m256i *)ids));
        uint64_t low = _pext_u64((uint64_t)_mm_cvtsi128_si64(words), wanted);
        uint64_t high = _pext_u64((uint64_t)_mm_extract_epi64(words, 1), wanted);
        pack_halves(low, high, half, to);
    }
}

PACK_TARGET void pack_groups_avx512(const uint32_t *ids, size_t groups, unsigned width, char *to)
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
    return _mm256_cmpeq_epi32_mask(_mm256_loadu_si256((const __m256i *)ids), first);
}

PACK_TARGET size_t pack_find_avx512(const uint32_t *ids, size_t groups)
{
    size_t i = 0;
    while (i < groups &&
           same_as(ids + i * PACK_GROUP, _mm256_set1_epi32((int)ids[i * PACK_GROUP])) != 0xff)
        i++;
    return i;
}

PACK_TARGET size_t pack_run_avx512(const uint32_t *ids, size_t count)
{
    const __m512i first = _mm512_set1_epi32((int)ids[0]);
    size_t i = 0;
    for (; count - i >= 16; i += 16) {
        unsigned same = _mm512_cmpeq_epi32_mask(_mm512_loadu_si512(ids + i), first);
        if (same != 0xffff)
            return i + (unsigned)__builtin_ctz(~same);
    }
    __mmask16 in = (__mmask16)_bzhi_u32(0xffff, (unsigned)(count - i));
    unsigned same = _mm512_mask_cmpeq_epi32_mask(in, _mm512_maskz_loadu_epi32(in, ids + i), first);
    return i + (unsigned)__builtin_ctz(~same);
}

#endif
