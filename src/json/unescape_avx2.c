#include "json/unescape.h"
#include "json/unescape_block.h"
#include "json/unescape_scalar.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

/* 64 bytes of the input. */
struct block {
    __m256i half[2];
};

TARGET_AVX2 static inline struct block block_load(const char *from)
{
    return (struct block){{_mm256_loadu_si256((const __m256i *)from),
                           _mm256_loadu_si256((const __m256i *)(from + 32))}};
}

TARGET_AVX2 static inline uint64_t mask_of(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

/* The bytes whose bits are set in `bits`, as bytes of all ones. */
TARGET_AVX2 static inline __m256i bytes_of_bits(uint32_t bits)
{
    const __m256i byte_of = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2,
                                             2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bit_of = _mm256_set1_epi64x((long long)0x8040201008040201u);
    __m256i spread = _mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), byte_of);
    return _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit_of), bit_of);
}

/* Puts what they stand for in place of the escaped bytes of `*bytes`; returns
 * bytes that are not zero where the escape is `u` or unknown. */
TARGET_AVX2 static inline __m256i translate(__m256i *bytes, uint32_t escaped)
{
    /* Bits 3 to 6 of c * 3 tell the eight bytes of short escapes apart. Each is
     * changed by exclusive or with what tells it from its text. Place 0, where
     * the byte 0 looks, holds one that looks elsewhere. */
    const __m256i known = _mm256_broadcastsi128_si256(
        _mm_setr_epi8('"', '/', '\\', 0, 'b', 0, 'f', 0, 0, 'n', 'r', 't', '"', 0, 0, 0));
    const __m256i changes =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 0, 0, 'b' ^ '\b', 0, 'f' ^ '\f', 0, 0,
                                                  'n' ^ '\n', 'r' ^ '\r', 't' ^ '\t', 0, 0, 0, 0));
    __m256i triple = _mm256_add_epi8(_mm256_add_epi8(*bytes, *bytes), *bytes);
    __m256i place = _mm256_and_si256(_mm256_srli_epi16(triple, 3), _mm256_set1_epi8(15));
    __m256i is_known = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(known, place), *bytes);

    __m256i is_escaped = bytes_of_bits(escaped);
    __m256i change = _mm256_and_si256(_mm256_shuffle_epi8(changes, place), is_escaped);
    *bytes = _mm256_xor_si256(*bytes, change);
    return _mm256_andnot_si256(is_known, is_escaped);
}

/* Stores the bytes whose bits are set in `keep`, 8 bytes at a time: the next
 * store overwrites what is too much. Returns the end. */
TARGET_AVX2 static inline char *store_kept(char *to, __m128i bytes, unsigned keep)
{
    const __m128i second_half = _mm_set_epi64x(0x0808080808080808, 0);
    unsigned keep_low = keep & 0xff;
    unsigned keep_high = keep >> 8 & 0xff;
    __m128i order = _mm_add_epi8(second_half, _mm_set_epi64x((long long)kept_order[keep_high],
                                                             (long long)kept_order[keep_low]));
    __m128i kept = _mm_shuffle_epi8(bytes, order);
    _mm_storel_epi64((__m128i *)to, kept);
    to += _mm_popcnt_u32(keep_low);
    _mm_storeu_si64(to, _mm_unpackhi_epi64(kept, kept));
    return to + _mm_popcnt_u32(keep_high);
}

TARGET_AVX2 static inline char *block_store(char *to, const struct block *b, uint64_t keep)
{
    to = store_kept(to, _mm256_castsi256_si128(b->half[0]), (unsigned)keep & 0xffff);
    to = store_kept(to, _mm256_extracti128_si256(b->half[0], 1), (unsigned)(keep >> 16) & 0xffff);
    to = store_kept(to, _mm256_castsi256_si128(b->half[1]), (unsigned)(keep >> 32) & 0xffff);
    return store_kept(to, _mm256_extracti128_si256(b->half[1], 1), (unsigned)(keep >> 48));
}

/* What comes behind the end reads as 0, which is no escape. */
TARGET_AVX2 static inline struct block block_load_short(struct view inside, size_t at)
{
    char bytes[ESCAPE_BLOCK_BYTES] = {0};
    memcpy(bytes, inside.data + at, inside.size - at);
    return block_load(bytes);
}

TARGET_AVX2 size_t unescape_avx2(char *to, struct view inside)
{
    const __m256i backslash = _mm256_set1_epi8('\\');
    uint64_t carry = 0;
    size_t size = 0;
    size_t at = 0;
    while (at < inside.size) {
        struct unescape_block next = unescape_block_at(inside, at);
        struct block b =
            next.is_short ? block_load_short(inside, at) : block_load(inside.data + next.begin);
        __m256i low = _mm256_cmpeq_epi8(b.half[0], backslash);
        __m256i high = _mm256_cmpeq_epi8(b.half[1], backslash);
        carry <<= at - next.begin;
        struct escape_bits bits = escape_bits_of(mask_of(low, high) & next.fresh, &carry);

        __m256i stop_low = translate(&b.half[0], (uint32_t)bits.escaped);
        __m256i stop_high = translate(&b.half[1], (uint32_t)(bits.escaped >> 32));
        __m256i any = _mm256_or_si256(stop_low, stop_high);
        uint64_t keep = next.fresh & ~bits.starts;
        if (__builtin_expect(_mm256_testz_si256(any, any), 1)) {
            size = (size_t)(block_store(to + size, &b, keep) - to);
            at = next.begin + ESCAPE_BLOCK_BYTES;
            continue;
        }
        /* The escape may have begun in the block before. */
        unsigned stop = (unsigned)_tzcnt_u64(mask_of(stop_low, stop_high));
        size = (size_t)(block_store(to + size, &b, _bzhi_u64(keep, stop)) - to);
        at = next.begin + stop - 1;
        if (!unescape_units(to, &size, inside, &at))
            return UNESCAPE_INVALID;
        carry = 0;
    }
    return carry == 0 ? size : UNESCAPE_INVALID;
}

#endif
