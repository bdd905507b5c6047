#include "json/escape_bits.h"
#include "json/escapes.h"

#if defined(__aarch64__)

#include "util/neon_mask.h"

/* 64 bytes of the text, or a mask over them. */
struct block {
    uint8x16x4_t bytes;
};

static inline struct block block_load(const char *from)
{
    struct block b;
    for (unsigned i = 0; i < 4; i++)
        b.bytes.val[i] = vld1q_u8((const uint8_t *)from + 16 * i);
    return b;
}

static inline struct block equal_to(struct block b, char byte)
{
    struct block match;
    for (unsigned i = 0; i < 4; i++)
        match.bytes.val[i] = vceqq_u8(b.bytes.val[i], vdupq_n_u8((uint8_t)byte));
    return match;
}

static inline bool is_any(struct block match)
{
    return vmaxvq_u8(vorrq_u8(vorrq_u8(match.bytes.val[0], match.bytes.val[1]),
                              vorrq_u8(match.bytes.val[2], match.bytes.val[3]))) != 0;
}

static inline struct block are_hex_digits(struct block b)
{
    struct block match;
    for (unsigned i = 0; i < 4; i++) {
        uint8x16_t lower = vorrq_u8(b.bytes.val[i], vdupq_n_u8(0x20));
        match.bytes.val[i] =
            vorrq_u8(vcltq_u8(vsubq_u8(b.bytes.val[i], vdupq_n_u8('0')), vdupq_n_u8(10)),
                     vcltq_u8(vsubq_u8(lower, vdupq_n_u8('a')), vdupq_n_u8(6)));
    }
    return match;
}

/* The bytes that may stand behind a backslash alone. Bits 3 to 6 of c * 3 tell
 * them apart; place 0, where the byte 0 looks, holds one that looks elsewhere. */
static inline struct block are_known(struct block b)
{
    const uint8x16_t known = {'"', '/', '\\', 0, 'b', 0, 'f', 0, 0, 'n', 'r', 't', '"', 0, 0, 0};
    struct block match;
    for (unsigned i = 0; i < 4; i++) {
        uint8x16_t bytes = b.bytes.val[i];
        uint8x16_t triple = vaddq_u8(vaddq_u8(bytes, bytes), bytes);
        uint8x16_t place = vandq_u8(vshrq_n_u8(triple, 3), vdupq_n_u8(15));
        match.bytes.val[i] = vceqq_u8(vqtbl1q_u8(known, place), bytes);
    }
    return match;
}

struct carries {
    uint64_t escape;
    uint64_t unit;
};

/* The bytes of a block that break an escape, as bits. */
static inline uint64_t faults_of(struct block b, struct carries *c)
{
    struct block is_backslash = equal_to(b, '\\');
    if ((c->escape | c->unit) == 0 && !is_any(is_backslash))
        return 0;
    uint64_t backslashes = neon_mask_of(is_backslash.bytes);
    struct escape_bits bits = escape_bits_of(backslashes, &c->escape);
    uint64_t faults = bits.escaped & ~neon_mask_of(are_known(b).bytes);
    if (__builtin_expect((faults | c->unit) != 0, 0)) {
        uint64_t units = faults & neon_mask_of(equal_to(b, 'u').bytes);
        faults ^= units;
        faults |= escape_digits_of(units, &c->unit) & ~neon_mask_of(are_hex_digits(b).bytes);
    }
    return faults;
}

bool escapes_neon(struct view text)
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
