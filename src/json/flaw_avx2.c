#include "json/flaw_block.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define FLAW_TARGET __attribute__((target("avx2,bmi,bmi2")))

/* 64 bytes; spaces, which are no flaws, past the end of the text. */
struct block {
    __m256i low, high;
};

FLAW_TARGET static inline struct block block_load(struct view text, size_t at)
{
    char padded[FLAW_BLOCK_BYTES];
    const char *bytes = text.data + at;
    if (text.size - at < FLAW_BLOCK_BYTES) {
        memset(padded, ' ', sizeof(padded));
        memcpy(padded, bytes, text.size - at);
        bytes = padded;
    }
    return (struct block){_mm256_loadu_si256((const __m256i *)bytes),
                          _mm256_loadu_si256((const __m256i *)(bytes + 32))};
}

FLAW_TARGET static inline uint64_t mask_of(__m256i low, __m256i high)
{
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32 |
           (uint32_t)_mm256_movemask_epi8(low);
}

FLAW_TARGET static inline uint64_t equal(struct block b, unsigned char byte)
{
    __m256i all = _mm256_set1_epi8((char)byte);
    return mask_of(_mm256_cmpeq_epi8(b.low, all), _mm256_cmpeq_epi8(b.high, all));
}

/* A byte is compared without its sign through the larger of two. */
FLAW_TARGET static inline uint64_t from(struct block b, unsigned char least)
{
    __m256i all = _mm256_set1_epi8((char)least);
    return mask_of(_mm256_cmpeq_epi8(_mm256_max_epu8(b.low, all), b.low),
                   _mm256_cmpeq_epi8(_mm256_max_epu8(b.high, all), b.high));
}

FLAW_TARGET static inline bool is_ascii(struct block b)
{
    return mask_of(b.low, b.high) == 0;
}

#include "json/flaw_loop.h"

FLAW_TARGET size_t flaw_avx2(struct view text, size_t at, struct flaw_strings *strings)
{
    return find_flaw(text, at, strings);
}

#endif
