#include "json/string_map_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,bmi,bmi2")))

/* The bytes of common escapes, each at its low six bits; other places hold a
 * byte that looks elsewhere. */
static const char common_at[64] = {
    [0] = '/', ['"' & 63] = '"', ['\\' & 63] = '\\', ['n' & 63] = 'n', ['t' & 63] = 't',
};

TARGET_AVX512 void string_map_avx512(const char *text, size_t count, uint64_t *escaped,
                                     struct string_block *ret)
{
    const __m512i common = _mm512_loadu_si512(common_at);
    uint64_t carry = *escaped;
    for (size_t block = 0; block < count; block++) {
        const char *at = text + block * STRING_BLOCK_BYTES;
        __m512i bytes = _mm512_loadu_si512(at);
        struct string_masks m = {
            .quotes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')),
            .backslashes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\')),
            /* As signed bytes those that are not ASCII are below the space too. */
            .others = _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(' ')),
            .common_escapes = _mm512_cmpeq_epi8_mask(_mm512_permutexvar_epi8(bytes, common), bytes),
        };
        ret[block] = string_block_of(m, &carry);
    }
    *escaped = carry;
}

#endif
