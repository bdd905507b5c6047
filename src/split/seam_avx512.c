#include "split/seam_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define SEAM_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2")))

/* Maps the low nibble of each JSON white-space byte to that byte and every other
 * nibble to a byte that differs from all it is looked up by: one shuffle and
 * one comparison find all four. */
SEAM_TARGET static inline struct seam_masks masks_of(const char *block)
{
    const __m512i space_table = _mm512_broadcast_i32x4(
        _mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0));
    __m512i bytes = _mm512_loadu_si512(block);
    return (struct seam_masks){
        .close = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('}')),
        .open = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('{')),
        .space = _mm512_cmpeq_epi8_mask(bytes, _mm512_shuffle_epi8(space_table, bytes)),
    };
}

/* Whether a turn may hold a candidate; reads the byte before it too. */
SEAM_TARGET static inline bool turn_may_hold(const char *turn)
{
    __mmask64 any = 0;
    for (unsigned i = 0; i < SEAM_TURN_BYTES; i += 64) {
        __m512i bytes = _mm512_loadu_si512(turn + i);
        __m512i before = _mm512_loadu_si512(turn + i - 1);
        __mmask64 open = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('{'));
        __mmask64 close = _mm512_mask_cmpeq_epi8_mask(open, before, _mm512_set1_epi8('}'));
        __mmask64 space = _mm512_mask_cmple_epu8_mask(open, before, _mm512_set1_epi8(' '));
        any = _kor_mask64(any, _kor_mask64(close, space));
    }
    return !_kortestz_mask64_u8(any, any);
}

#include "split/seam_loop.h"

SEAM_TARGET size_t seam_scan_avx512(struct view text, size_t *at, struct seam_state *state,
                                    uint32_t *ret, size_t max)
{
    return scan_text(text, at, state, ret, max);
}

#endif
