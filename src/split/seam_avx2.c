#include "split/seam_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define SEAM_TARGET __attribute__((target("avx2,bmi,bmi2")))

SEAM_TARGET static inline uint64_t mask_of(__m256i low, __m256i high)
{
    uint64_t low_bits = (uint32_t)_mm256_movemask_epi8(low);
    uint64_t high_bits = (uint32_t)_mm256_movemask_epi8(high);
    return high_bits << 32 | low_bits;
}

/* Maps the low nibble of each JSON white-space byte to that byte and every other
 * nibble to a byte that differs from all it is looked up by: one shuffle and
 * one comparison find all four. */
SEAM_TARGET static inline struct seam_masks masks_of(const char *block)
{
    const __m256i space_table = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0));
    const __m256i close = _mm256_set1_epi8('}');
    const __m256i open = _mm256_set1_epi8('{');
    __m256i low = _mm256_loadu_si256((const __m256i *)block);
    __m256i high = _mm256_loadu_si256((const __m256i *)(block + 32));
    return (struct seam_masks){
        .close = mask_of(_mm256_cmpeq_epi8(low, close), _mm256_cmpeq_epi8(high, close)),
        .open = mask_of(_mm256_cmpeq_epi8(low, open), _mm256_cmpeq_epi8(high, open)),
        .space = mask_of(_mm256_cmpeq_epi8(low, _mm256_shuffle_epi8(space_table, low)),
                         _mm256_cmpeq_epi8(high, _mm256_shuffle_epi8(space_table, high))),
    };
}

/* Whether a turn may hold a candidate; reads the byte before it too. */
SEAM_TARGET static inline bool turn_may_hold(const char *turn)
{
    __m256i any = _mm256_setzero_si256();
    for (unsigned i = 0; i < SEAM_TURN_BYTES; i += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(turn + i));
        __m256i before = _mm256_loadu_si256((const __m256i *)(turn + i - 1));
        __m256i open = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('{'));
        __m256i close = _mm256_cmpeq_epi8(before, _mm256_set1_epi8('}'));
        __m256i space = _mm256_cmpeq_epi8(_mm256_min_epu8(before, _mm256_set1_epi8(' ')), before);
        any = _mm256_or_si256(any, _mm256_and_si256(open, _mm256_or_si256(close, space)));
    }
    return !_mm256_testz_si256(any, any);
}

#include "split/seam_loop.h"

SEAM_TARGET size_t seam_scan_avx2(struct view text, size_t *at, struct seam_state *state,
                                  uint32_t *ret, size_t max)
{
    return scan_text(text, at, state, ret, max);
}

#endif
