#include "alert/mask_map_tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define MASK_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,bmi,bmi2")))

MASK_TARGET static inline uint64_t has(__m512i classes, unsigned class)
{
    return _mm512_test_epi8_mask(classes, _mm512_set1_epi8((char)class));
}

/* A byte finds its classes by its low seven bits. */
MASK_TARGET void mask_map_avx512(struct view text, struct mask_block *ret)
{
    const __m512i low = _mm512_loadu_si512(mask_classes);
    const __m512i high = _mm512_loadu_si512(mask_classes + 64);
    for (size_t block = 0; block < MASK_BLOCKS(text.size); block++) {
        size_t left = text.size - block * MASK_BLOCK_BYTES;
        uint64_t in = left >= MASK_BLOCK_BYTES ? UINT64_MAX : _bzhi_u64(UINT64_MAX, (unsigned)left);
        __m512i bytes = _mm512_maskz_loadu_epi8(in, text.data + block * MASK_BLOCK_BYTES);
        uint64_t others = _mm512_movepi8_mask(bytes);
        __m512i classes = _mm512_maskz_permutex2var_epi8(~others, low, bytes, high);
        ret[block] = (struct mask_block){
            .words = has(classes, MASK_WORD) | others,
            .digits = has(classes, MASK_DIGIT),
            .hex = has(classes, MASK_HEX_DIGIT),
            .joints = has(classes, MASK_JOINT),
            .marks = has(classes, MASK_MARK),
            .gaps = has(classes, MASK_GAP),
        };
    }
}

#endif
