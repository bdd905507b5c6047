#include "parquet/bloom_set.h"

#if defined(__x86_64__)

#include <immintrin.h>

__attribute__((target("avx2"))) size_t bloom_set_avx2(char *bits, size_t bytes,
                                                      const uint64_t *hashes, size_t count)
{
    const __m256i salts = _mm256_loadu_si256((const __m256i *)(const void *)bloom_salts);
    const __m256i one = _mm256_set1_epi32(1);
    size_t added = 0;
    for (size_t i = 0; i < count; i++) {
        __m256i *at = (__m256i *)(void *)(bits + bloom_block_of(bytes, hashes[i]));
        __m256i salted = _mm256_mullo_epi32(_mm256_set1_epi32((int)(uint32_t)hashes[i]), salts);
        __m256i mask = _mm256_sllv_epi32(one, _mm256_srli_epi32(salted, 27));
        __m256i block = _mm256_loadu_si256(at);
        added += !_mm256_testc_si256(block, mask);
        _mm256_storeu_si256(at, _mm256_or_si256(block, mask));
    }
    return added;
}

#endif
