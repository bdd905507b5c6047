#include "glance/mold.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2")))

TARGET_AVX512 bool mold_avx512(const struct mold *mold, const char *at)
{
    uint64_t in = _bzhi_u64(UINT64_MAX, (unsigned)mold->size);
    __m512i bytes = _mm512_maskz_loadu_epi8(in, at);
    __m512i above = _mm512_sub_epi8(bytes, _mm512_loadu_si512(mold->base));
    __m512i small = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    __m512i letter = _mm512_sub_epi8(small, _mm512_loadu_si512(mold->letter));
    uint64_t fits = _mm512_cmple_epu8_mask(above, _mm512_loadu_si512(mold->span)) |
                    _mm512_cmple_epu8_mask(letter, _mm512_set1_epi8(5));
    return (in & ~fits) == 0;
}

#endif
