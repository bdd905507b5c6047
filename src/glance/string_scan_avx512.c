#include "glance/string_scan.h"
#include "json/escape_bits.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,bmi,bmi2")))

/* The bytes of common escapes, each at its low six bits; other places hold a
 * byte that looks elsewhere. */
static const char common_at[64] = {
    [0] = '/', ['"' & 63] = '"', ['\\' & 63] = '\\', ['n' & 63] = 'n', ['t' & 63] = 't',
};

TARGET_AVX512 bool string_scan_avx512(struct view text, size_t at, struct string_scan *ret)
{
    const __m512i common = _mm512_loadu_si512(common_at);
    uint64_t carry = 0, rare = 0, high = 0;
    for (; at < text.size; at += ESCAPE_BLOCK_BYTES) {
        size_t left = text.size - at;
        uint64_t in =
            left < ESCAPE_BLOCK_BYTES ? _bzhi_u64(UINT64_MAX, (unsigned)left) : UINT64_MAX;
        __m512i bytes = _mm512_maskz_loadu_epi8(in, text.data + at);
        uint64_t quotes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"'));
        uint64_t backslashes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
        uint64_t escaped = 0;
        if ((backslashes | carry) != 0)
            escaped = escape_bits_of(backslashes, &carry).escaped;
        uint64_t ends = quotes & ~escaped;
        uint64_t inside = in & (_blsmsk_u64(ends) ^ _blsi_u64(ends));
        if ((_mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(' ')) & inside) != 0)
            return false;
        uint64_t is_common = _mm512_cmpeq_epi8_mask(_mm512_permutexvar_epi8(bytes, common), bytes);
        rare |= escaped & inside & ~is_common;
        high |= _mm512_movepi8_mask(bytes) & inside;
        if (ends != 0) {
            *ret = (struct string_scan){
                .end = at + _tzcnt_u64(ends), .is_ascii = high == 0, .has_rare = rare != 0};
            return true;
        }
    }
    return false;
}

#endif
