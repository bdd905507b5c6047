#include "alert/mask_map_tables.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define MASK_TARGET __attribute__((target("avx2,bmi,bmi2")))

/* 32 bytes, looked up: the lower half of each, which is 0 in its place for what is not
 * ASCII, and its upper half as a bit. */
struct halves {
    __m256i low, row;
};

MASK_TARGET static inline struct halves halves_of(__m256i bytes)
{
    const __m256i bit = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, (char)128, 0, 0, 0, 0, 0, 0, 0, 0));
    __m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
    /* A shuffle takes no notice of bits 4 to 6, and gives 0 where bit 7 is set. */
    return (struct halves){bytes, _mm256_shuffle_epi8(bit, upper)};
}

MASK_TARGET static inline uint32_t has(struct halves h, unsigned class)
{
    const __m256i rows =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)mask_class_rows[class]));
    __m256i found = _mm256_and_si256(_mm256_shuffle_epi8(rows, h.low), h.row);
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(found, _mm256_setzero_si256()));
}

MASK_TARGET static inline uint64_t both(struct halves first, struct halves second, unsigned class)
{
    return has(first, class) | (uint64_t)has(second, class) << 32;
}

MASK_TARGET static inline struct mask_block block_of(const char *at)
{
    __m256i first = _mm256_loadu_si256((const __m256i *)at);
    __m256i second = _mm256_loadu_si256((const __m256i *)(at + 32));
    uint64_t others = (uint32_t)_mm256_movemask_epi8(first) |
                      (uint64_t)(uint32_t)_mm256_movemask_epi8(second) << 32;
    struct halves a = halves_of(first), b = halves_of(second);
    return (struct mask_block){
        .words = both(a, b, 0) | others,
        .digits = both(a, b, 1),
        .hex = both(a, b, 2),
        .joints = both(a, b, 3),
        .marks = both(a, b, 4),
        .gaps = both(a, b, 5),
    };
}

MASK_TARGET void mask_map_avx2(struct view text, struct mask_block *ret)
{
    size_t at = 0;
    for (; text.size - at >= MASK_BLOCK_BYTES; at += MASK_BLOCK_BYTES)
        *ret++ = block_of(text.data + at);
    /* The byte 0 is of no class. */
    char last[MASK_BLOCK_BYTES] = {0};
    if (at < text.size)
        memcpy(last, text.data + at, text.size - at);
    *ret = block_of(last);
}

#endif
