#include "json/escape_bits.h"
#include "json/escapes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2")))

/* 64 bytes of the text. */
struct block {
    __m256i low, high;
};

TARGET_AVX2 static inline struct block block_load(const char *from)
{
    return (struct block){_mm256_loadu_si256((const __m256i *)from),
                          _mm256_loadu_si256((const __m256i *)(from + 32))};
}

TARGET_AVX2 static inline uint64_t mask_of(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

TARGET_AVX2 static inline uint64_t equal_to(struct block b, char byte)
{
    __m256i all = _mm256_set1_epi8(byte);
    return mask_of(_mm256_cmpeq_epi8(b.low, all), _mm256_cmpeq_epi8(b.high, all));
}

/* Bytes from `first` on, `count` of them; a byte is compared without its sign
 * through the larger of two. */
TARGET_AVX2 static inline __m256i in_range(__m256i bytes, char first, char count)
{
    __m256i offset = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));
    __m256i last = _mm256_set1_epi8((char)(count - 1));
    return _mm256_cmpeq_epi8(_mm256_max_epu8(offset, last), last);
}

TARGET_AVX2 static inline __m256i are_hex_digits(__m256i bytes)
{
    __m256i lower = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
    return _mm256_or_si256(in_range(bytes, '0', 10), in_range(lower, 'a', 6));
}

/* The bytes that may stand behind a backslash alone. Bits 3 to 6 of c * 3 tell
 * them apart; place 0, where the byte 0 looks, holds one that looks elsewhere. */
TARGET_AVX2 static inline __m256i are_known(__m256i bytes)
{
    const __m256i known = _mm256_broadcastsi128_si256(
        _mm_setr_epi8('"', '/', '\\', 0, 'b', 0, 'f', 0, 0, 'n', 'r', 't', '"', 0, 0, 0));
    __m256i triple = _mm256_add_epi8(_mm256_add_epi8(bytes, bytes), bytes);
    __m256i place = _mm256_and_si256(_mm256_srli_epi16(triple, 3), _mm256_set1_epi8(15));
    return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(known, place), bytes);
}

struct carries {
    uint64_t escape;
    uint64_t unit;
};

/* The bytes of a block that break an escape, as bits. */
TARGET_AVX2 static inline uint64_t faults_of(struct block b, struct carries *c)
{
    uint64_t backslashes = equal_to(b, '\\');
    struct escape_bits bits = escape_bits_of(backslashes, &c->escape);
    uint64_t faults = bits.escaped & ~mask_of(are_known(b.low), are_known(b.high));
    if (__builtin_expect((faults | c->unit) != 0, 0)) {
        uint64_t units = faults & equal_to(b, 'u');
        faults ^= units;
        faults |= escape_digits_of(units, &c->unit) &
                  ~mask_of(are_hex_digits(b.low), are_hex_digits(b.high));
    }
    return faults;
}

TARGET_AVX2 bool escapes_avx2(struct view text)
{
    struct carries carries = {0, 0};
    uint64_t faults = 0;
    size_t at = 0;
    for (; text.size - at >= ESCAPE_BLOCK_BYTES; at += ESCAPE_BLOCK_BYTES)
        faults |= faults_of(block_load(text.data + at), &carries);
    /* At least one byte behind the end, read as 0, which no escape has. */
    char last[ESCAPE_BLOCK_BYTES] = {0};
    memcpy(last, text.data + at, text.size - at);
    faults |= faults_of(block_load(last), &carries);
    return faults == 0;
}

#endif
