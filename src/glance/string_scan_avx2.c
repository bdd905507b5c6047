#include "glance/string_scan.h"
#include "json/escape_bits.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2")))

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

/* Bytes below the space. */
TARGET_AVX2 static inline uint64_t controls(__m256i low, __m256i high)
{
    __m256i last = _mm256_set1_epi8(' ' - 1);
    return mask_of(_mm256_cmpeq_epi8(_mm256_min_epu8(low, last), low),
                   _mm256_cmpeq_epi8(_mm256_min_epu8(high, last), high));
}

TARGET_AVX2 bool string_scan_avx2(struct view text, size_t at, struct string_scan *ret)
{
    uint64_t carry = 0, rare = 0, high_bits = 0;
    char rest[ESCAPE_BLOCK_BYTES];
    for (; at < text.size; at += ESCAPE_BLOCK_BYTES) {
        const char *block = text.data + at;
        size_t left = text.size - at;
        uint64_t in = UINT64_MAX;
        if (left < ESCAPE_BLOCK_BYTES) {
            in = lowest_bits(UINT64_MAX, (unsigned)left);
            memset(rest, 0, sizeof(rest));
            block = memcpy(rest, block, left);
        }
        __m256i low = _mm256_loadu_si256((const __m256i *)block);
        __m256i high = _mm256_loadu_si256((const __m256i *)(block + 32));
        uint64_t quotes = equal(low, high, '"'), backslashes = equal(low, high, '\\');
        uint64_t escaped = 0;
        if ((backslashes | carry) != 0)
            escaped = escape_bits_of(backslashes, &carry).escaped;
        uint64_t ends = quotes & ~escaped;
        uint64_t inside = in & (_blsmsk_u64(ends) ^ _blsi_u64(ends));
        if ((controls(low, high) & inside) != 0)
            return false;
        if (escaped != 0)
            rare |= escaped & inside &
                    ~(quotes | backslashes | equal(low, high, 'n') | equal(low, high, 't'));
        high_bits |= mask_of(low, high) & inside;
        if (ends != 0) {
            *ret = (struct string_scan){
                .end = at + _tzcnt_u64(ends), .is_ascii = high_bits == 0, .has_rare = rare != 0};
            return true;
        }
    }
    return false;
}

#endif
