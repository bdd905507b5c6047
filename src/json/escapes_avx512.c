#include "json/escape_bits.h"
#include "json/escapes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,bmi,bmi2")))

/* The bytes that may stand behind a backslash alone, each at its low six bits.
 * The quote shares its place with `b` and is compared besides. Place 0, where
 * the byte 0 looks, holds one that looks elsewhere. */
static const char known_at[64] = {
    [0] = '/',        ['b' & 63] = 'b', ['f' & 63] = 'f', ['n' & 63] = 'n',
    ['r' & 63] = 'r', ['t' & 63] = 't', ['/' & 63] = '/', ['\\' & 63] = '\\',
};

TARGET_AVX512 static inline uint64_t hex_digits_of(__m512i bytes)
{
    __m512i lower = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    __m512i digit = _mm512_sub_epi8(bytes, _mm512_set1_epi8('0'));
    __m512i letter = _mm512_sub_epi8(lower, _mm512_set1_epi8('a'));
    return _mm512_cmplt_epu8_mask(digit, _mm512_set1_epi8(10)) |
           _mm512_cmplt_epu8_mask(letter, _mm512_set1_epi8(6));
}

struct carries {
    uint64_t escape;
    uint64_t unit;
};

/* The bytes of a block that break an escape, as bits. */
TARGET_AVX512 static inline uint64_t faults_of(__m512i bytes, __m512i known, struct carries *c)
{
    uint64_t backslashes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
    struct escape_bits bits = escape_bits_of(backslashes, &c->escape);

    uint64_t is_known = _mm512_cmpeq_epi8_mask(_mm512_permutexvar_epi8(bytes, known), bytes) |
                        _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"'));
    uint64_t faults = bits.escaped & ~is_known;
    if (__builtin_expect((faults | c->unit) != 0, 0)) {
        uint64_t units = faults & _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('u'));
        faults ^= units;
        faults |= escape_digits_of(units, &c->unit) & ~hex_digits_of(bytes);
    }
    return faults;
}

TARGET_AVX512 bool escapes_avx512(struct view text)
{
    const __m512i known = _mm512_loadu_si512(known_at);
    struct carries carries = {0, 0};
    uint64_t faults = 0;
    size_t at = 0;
    for (; text.size - at >= ESCAPE_BLOCK_BYTES; at += ESCAPE_BLOCK_BYTES)
        faults |= faults_of(_mm512_loadu_si512(text.data + at), known, &carries);
    /* At least one byte behind the end, read as 0, which no escape has. */
    uint64_t in = _bzhi_u64(UINT64_MAX, (unsigned)(text.size - at));
    faults |= faults_of(_mm512_maskz_loadu_epi8(in, text.data + at), known, &carries);
    return faults == 0;
}

#endif
