#include "glance/mold.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2")))

/* Bytes are compared without their sign through the smaller of two. */
TARGET_AVX2 static inline __m256i at_most(__m256i bytes, __m256i most)
{
    return _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, most), bytes);
}

TARGET_AVX2 static inline __m256i load(const void *from)
{
    return _mm256_loadu_si256(from);
}

/* Which of the 32 bytes from `offset` on fit. */
TARGET_AVX2 static inline __m256i fits(const struct mold *mold, const char *at, size_t offset)
{
    __m256i bytes = load(at + offset);
    __m256i above = _mm256_sub_epi8(bytes, load(mold->base + offset));
    __m256i small = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
    __m256i letter = _mm256_sub_epi8(small, load(mold->letter + offset));
    return _mm256_or_si256(at_most(above, load(mold->span + offset)),
                           at_most(letter, _mm256_set1_epi8(5)));
}

/* The last 32 bytes overlap the first. */
TARGET_AVX2 bool mold_avx2(const struct mold *mold, const char *at)
{
    __m256i both = _mm256_and_si256(fits(mold, at, 0), fits(mold, at, mold->size - 32));
    return _mm256_movemask_epi8(both) == -1;
}

#endif
