#include "split/quotes.h"

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#define BLOCK_BYTES 64

/* A block of 64 bytes, bit i for byte i. */
struct quote_masks {
    uint64_t quote;
    uint64_t backslash;
};

#if defined(__x86_64__)

/* SSE2 is part of every x86-64, so this needs no variants. */
static inline struct quote_masks masks_of(const char *block)
{
    struct quote_masks m = {0, 0};
    for (unsigned i = 0; i < BLOCK_BYTES; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(block + i));
        __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
        __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
        m.quote |= (uint64_t)(uint32_t)_mm_movemask_epi8(quote) << i;
        m.backslash |= (uint64_t)(uint32_t)_mm_movemask_epi8(backslash) << i;
    }
    return m;
}

#else

static inline struct quote_masks masks_of(const char *block)
{
    struct quote_masks m = {0, 0};
    for (unsigned i = 0; i < BLOCK_BYTES; i++) {
        m.quote |= (uint64_t)(block[i] == '"') << i;
        m.backslash |= (uint64_t)(block[i] == '\\') << i;
    }
    return m;
}

#endif

/* The bytes of a block that a backslash escapes. Subtracting the starts of
 * backslash runs from a pattern of alternating bits tells odd places in a run
 * from even ones (Geoff Langdale and Daniel Lemire, "Parsing Gigabytes of JSON
 * per Second", 2019, in simdjson's later form). */
static inline uint64_t escaped_of(uint64_t backslash, bool *is_escaped)
{
    const uint64_t odd = UINT64_C(0xAAAAAAAAAAAAAAAA);
    uint64_t first = *is_escaped;
    uint64_t potential = backslash & ~first;
    uint64_t escape = ((((potential << 1) | odd) - potential) ^ odd) & backslash;
    *is_escaped = escape >> 63 != 0;
    return escape << 1 | first;
}

void quotes_scan(struct view text, size_t begin, size_t end, struct quote_state *state)
{
    struct quote_state s = *state;
    for (; end - begin >= BLOCK_BYTES; begin += BLOCK_BYTES) {
        struct quote_masks m = masks_of(text.data + begin);
        m.quote &= ~escaped_of(m.backslash, &s.is_escaped);
        s.is_in_string ^= __builtin_parityll(m.quote) != 0;
    }
    for (; begin < end; begin++) {
        char byte = text.data[begin];
        s.is_in_string ^= byte == '"' && !s.is_escaped;
        s.is_escaped = byte == '\\' && !s.is_escaped;
    }
    *state = s;
}
