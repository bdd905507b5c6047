#include "glance/marks_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,bmi,bmi2")))

#define AND_OF_THREE 0x80 /* as a truth table */

/* A table of 64 classes: 64 bytes are looked up by their low six bits in one step,
 * where their low seven would take three. Words of three bytes that differ from a
 * wanted one only above those bits are named too; hardly any text has one. */
TARGET_AVX512 static inline __m512i load(const uint8_t whole[static 128])
{
    return _mm512_or_si512(_mm512_loadu_si512(whole), _mm512_loadu_si512(whole + 64));
}

/* Looks up the bytes whose bit is set; the others read as 0. */
TARGET_AVX512 static inline __m512i look_up(__m512i table, const char *bytes, uint64_t in)
{
    return _mm512_permutexvar_epi8(_mm512_maskz_loadu_epi8(in, bytes), table);
}

/* All tables in registers. */
struct tables {
    __m512i first, second, third;
    __m512i classes;
};

/* The marks of the block of `left` bytes, which may be 64 and more, none too. */
TARGET_AVX512 static inline uint64_t marks_of(const struct tables *t, const char *block,
                                              size_t left)
{
    /* A count of 64 and more keeps all bits. */
    unsigned count = left < 128 ? (unsigned)left : 128;
    unsigned less = count - (count > 0), least = less - (less > 0);
    __m512i common = _mm512_ternarylogic_epi32(
        look_up(t->first, block, _bzhi_u64(UINT64_MAX, count)),
        look_up(t->second, block + 1, _bzhi_u64(UINT64_MAX, less)),
        look_up(t->third, block + 2, _bzhi_u64(UINT64_MAX, least)), AND_OF_THREE);
    return _mm512_test_epi8_mask(common, t->classes);
}

static inline size_t left_from(struct view text, size_t at)
{
    return text.size > at ? text.size - at : 0;
}

TARGET_AVX512 size_t marks_avx512(const struct mark_tables *tables, struct view text,
                                  uint8_t wanted, uint32_t *ret)
{
    enum { BLOCK = MARKS_BLOCK_BYTES, AT_ONCE = 3 };
    const struct tables t = {load(tables->whole[0]), load(tables->whole[1]), load(tables->whole[2]),
                             _mm512_set1_epi8((char)wanted)};
    size_t count = 0, at = 0;
    /* Most texts have no more than three blocks, and no marks: no jump depends on
     * how many blocks there are. */
    do {
        uint64_t one = marks_of(&t, text.data + at, left_from(text, at));
        uint64_t two = marks_of(&t, text.data + at + BLOCK, left_from(text, at + BLOCK));
        uint64_t three = marks_of(&t, text.data + at + 2 * BLOCK, left_from(text, at + 2 * BLOCK));
        if ((one | two | three) != 0) {
            count = marks_write(one, at, ret, count);
            if (count <= MARKS_MAX)
                count = marks_write(two, at + BLOCK, ret, count);
            if (count <= MARKS_MAX)
                count = marks_write(three, at + 2 * BLOCK, ret, count);
        }
        at += AT_ONCE * BLOCK;
    } while (at + 1 < text.size && count <= MARKS_MAX);
    return count;
}

#endif
