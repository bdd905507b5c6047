#include "glance/marks_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,bmi,bmi2")))

#define AND_OF_THREE 0x80 /* as a truth table */

/* A table of 128 classes: one instruction looks up 64 bytes by their low seven
 * bits. */
struct table {
    __m512i first_half, second_half;
};

TARGET_AVX512 static inline struct table load(const uint8_t whole[static 128])
{
    return (struct table){_mm512_loadu_si512(whole), _mm512_loadu_si512(whole + 64)};
}

/* Looks up the bytes whose bit is set; the others read as 0. */
TARGET_AVX512 static inline __m512i look_up(struct table t, const char *bytes, uint64_t in)
{
    return _mm512_permutex2var_epi8(t.first_half, _mm512_maskz_loadu_epi8(in, bytes),
                                    t.second_half);
}

TARGET_AVX512 size_t marks_avx512(const struct mark_tables *tables, struct view text,
                                  uint8_t wanted, uint32_t *ret)
{
    const struct table first = load(tables->whole[0]);
    const struct table second = load(tables->whole[1]);
    const struct table third = load(tables->whole[2]);
    const __m512i classes = _mm512_set1_epi8((char)wanted);
    size_t count = 0;
    for (size_t at = 0; at + 1 < text.size && count <= MARKS_MAX; at += MARKS_BLOCK_BYTES) {
        const char *block = text.data + at;
        /* Two at least; a count of 64 and more keeps all bits. */
        size_t rest = text.size - at;
        unsigned left = rest < 128 ? (unsigned)rest : 128;
        __m512i common = _mm512_ternarylogic_epi32(
            look_up(first, block, _bzhi_u64(UINT64_MAX, left)),
            look_up(second, block + 1, _bzhi_u64(UINT64_MAX, left - 1)),
            look_up(third, block + 2, _bzhi_u64(UINT64_MAX, left - 2)), AND_OF_THREE);
        count = marks_write(_mm512_test_epi8_mask(common, classes), at, ret, count);
    }
    return count;
}

#endif
