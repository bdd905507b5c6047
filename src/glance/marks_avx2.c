#include "glance/marks_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2")))

struct halves {
    __m256i low, high;
};

TARGET_AVX2 static inline struct halves load(const struct mark_tables *t, unsigned place)
{
    __m128i low = _mm_loadu_si128((const __m128i *)t->low[place]);
    __m128i high = _mm_loadu_si128((const __m128i *)t->high[place]);
    return (struct halves){_mm256_broadcastsi128_si256(low), _mm256_broadcastsi128_si256(high)};
}

TARGET_AVX2 static inline __m256i look_up(struct halves t, const char *at)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i bytes = _mm256_loadu_si256((const __m256i *)at);
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble);
    return _mm256_and_si256(_mm256_shuffle_epi8(t.low, _mm256_and_si256(bytes, nibble)),
                            _mm256_shuffle_epi8(t.high, high));
}

TARGET_AVX2 static inline uint32_t marks_of(const struct halves t[static MARK_BYTES],
                                            const char *at, __m256i wanted)
{
    __m256i common = _mm256_and_si256(_mm256_and_si256(look_up(t[0], at), look_up(t[1], at + 1)),
                                      _mm256_and_si256(look_up(t[2], at + 2), wanted));
    __m256i is_none = _mm256_cmpeq_epi8(common, _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_epi8(is_none);
}

TARGET_AVX2 size_t marks_avx2(const struct mark_tables *tables, struct view text, uint8_t wanted,
                              uint32_t *ret)
{
    const struct halves t[MARK_BYTES] = {load(tables, 0), load(tables, 1), load(tables, 2)};
    const __m256i classes = _mm256_set1_epi8((char)wanted);
    char rest[MARKS_READ_BYTES];
    size_t count = 0;
    for (size_t at = 0; at + 1 < text.size && count <= MARKS_MAX; at += MARKS_BLOCK_BYTES) {
        const char *block = marks_block(text, at, rest);
        uint64_t low = marks_of(t, block, classes), high = marks_of(t, block + 32, classes);
        count = marks_write(high << 32 | low, at, ret, count);
    }
    return count;
}

#endif
