#include "split/seam_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2")))

/* Maps the low nibble of each JSON white-space byte to that byte and every other
 * nibble to a byte that differs from all it is looked up by: one shuffle and
 * one comparison find all four. */
TARGET_AVX512 static inline struct seam_masks masks_of(const char *block)
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
TARGET_AVX512 static inline bool turn_may_hold(const char *turn)
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

/* Writes the candidates of the whole blocks in text[*at..end), until `max`. */
TARGET_AVX512 static inline void scan_blocks(struct view text, size_t *at, size_t end,
                                             uint64_t *carry, struct seam_found *found)
{
    for (; found->count < found->max && end - *at >= SEAM_BLOCK_BYTES; *at += SEAM_BLOCK_BYTES) {
        struct seam_masks m = masks_of(text.data + *at);
        seam_block_write(seam_block_follow(m, carry) & m.open, *at, found);
    }
}

TARGET_AVX512 size_t seam_scan_avx512(struct view text, size_t *at, struct seam_state *state,
                                      uint32_t *ret, size_t max)
{
    struct seam_found found = {.at = ret, .max = max};
    uint64_t carry = state->after_close;
    size_t i = *at;

    /* Turns look at the byte before them, so one block comes first. */
    if (text.size - i >= SEAM_BLOCK_BYTES)
        scan_blocks(text, &i, i + SEAM_BLOCK_BYTES, &carry, &found);
    while (found.count < max && text.size - i >= SEAM_TURN_BYTES) {
        seam_prefetch(text.data + i);
        if (__builtin_expect(!turn_may_hold(text.data + i), 1)) {
            i += SEAM_TURN_BYTES;
            continue;
        }
        carry = seam_carry_at(text, *at, i, state);
        scan_blocks(text, &i, i + SEAM_TURN_BYTES, &carry, &found);
    }
    carry = seam_carry_at(text, *at, i, state);
    scan_blocks(text, &i, text.size, &carry, &found);
    if (found.count < max && i < text.size) {
        struct seam_masks m = masks_of(text.data + i);
        uint64_t follow = seam_block_follow_last(&m, text.size - i, &carry);
        seam_block_write(follow & m.open, i, &found);
        i = text.size;
    }
    state->after_close = carry != 0;
    *at = i;
    return found.count;
}

#endif
