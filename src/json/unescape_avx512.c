#include "json/escape_bits.h"
#include "json/unescape.h"
#include "json/unescape_scalar.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX512                                                                              \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt")))

/* What an escaped byte stands for, by its low seven bits; 0 for `u` and for
 * bytes that no escape has. */
static const char text_of[128] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

/* Kept bytes are gathered in a register and stored whole: the instruction that
 * stores them itself is microcoded on some processors. */
TARGET_AVX512 static inline unsigned store_kept(char *to, __m512i bytes, uint64_t keep)
{
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi8(keep, bytes));
    return (unsigned)_mm_popcnt_u64(keep);
}

TARGET_AVX512 size_t unescape_avx512(char *to, struct view inside)
{
    const __m512i table_low = _mm512_loadu_si512(text_of);
    const __m512i table_high = _mm512_loadu_si512(text_of + 64);
    uint64_t carry = 0;
    size_t size = 0;
    size_t at = 0;
    while (at < inside.size) {
        size_t left = inside.size - at;
        /* Bytes behind the end read as 0, which is no escape. */
        uint64_t in =
            left < ESCAPE_BLOCK_BYTES ? _bzhi_u64(UINT64_MAX, (unsigned)left) : UINT64_MAX;
        __m512i bytes = _mm512_maskz_loadu_epi8(in, inside.data + at);
        uint64_t backslashes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
        struct escape_bits bits = escape_bits_of(backslashes, &carry);

        __m512i texts = _mm512_permutex2var_epi8(table_low, bytes, table_high);
        uint64_t unknown = _mm512_testn_epi8_mask(texts, texts) | _mm512_movepi8_mask(bytes);
        bytes = _mm512_mask_mov_epi8(bytes, bits.escaped, texts);
        uint64_t stops = bits.escaped & unknown;
        if (__builtin_expect(stops == 0, 1)) {
            size += store_kept(to + size, bytes, in & ~bits.starts);
            at += ESCAPE_BLOCK_BYTES;
            continue;
        }
        /* The escape may have begun in the block before. */
        unsigned stop = (unsigned)_tzcnt_u64(stops);
        size += store_kept(to + size, bytes, _bzhi_u64(~bits.starts, stop));
        at += stop - (size_t)1;
        if (!unescape_units(to, &size, inside, &at))
            return UNESCAPE_INVALID;
        carry = 0;
    }
    return carry == 0 ? size : UNESCAPE_INVALID;
}

#endif
