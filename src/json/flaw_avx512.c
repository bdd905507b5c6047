#include "json/flaw_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define FLAW_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2")))

/* 64 bytes; spaces, which are no flaws, past the end of the text. */
struct block {
    __m512i bytes;
};

FLAW_TARGET static inline struct block block_load(struct view text, size_t at)
{
    size_t left = text.size - at;
    if (left >= FLAW_BLOCK_BYTES)
        return (struct block){_mm512_loadu_si512(text.data + at)};
    uint64_t in = _bzhi_u64(UINT64_MAX, (unsigned)left);
    return (struct block){_mm512_mask_loadu_epi8(_mm512_set1_epi8(' '), in, text.data + at)};
}

FLAW_TARGET static inline uint64_t equal(struct block b, unsigned char byte)
{
    return _mm512_cmpeq_epi8_mask(b.bytes, _mm512_set1_epi8((char)byte));
}

FLAW_TARGET static inline uint64_t from(struct block b, unsigned char least)
{
    return _mm512_cmpge_epu8_mask(b.bytes, _mm512_set1_epi8((char)least));
}

FLAW_TARGET static inline bool is_ascii(struct block b)
{
    return _mm512_movepi8_mask(b.bytes) == 0;
}

#include "json/flaw_loop.h"

FLAW_TARGET size_t flaw_avx512(struct view text, size_t at, struct flaw_strings *strings)
{
    return find_flaw(text, at, strings);
}

#endif
