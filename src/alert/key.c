#include "alert/key.h"

#include "util/hash.h"

#include <assert.h>

struct view text_cut(struct view text, size_t bytes_max)
{
    if (text.size <= bytes_max)
        return text;
    size_t end = bytes_max;
    /* At most three steps back lead to a first byte in valid UTF-8. */
    for (unsigned step = 0; step < 3 && end > 0; step++) {
        if (((unsigned char)text.data[end] & 0xc0) != 0x80)
            break;
        end--;
    }
    return view_slice(text, 0, end);
}

struct view key_bounded(struct view key, size_t bytes_max, char *scratch)
{
    enum { HASH_DIGITS = 16 };
    assert(bytes_max >= 2 * HASH_DIGITS);
    if (key.size <= bytes_max)
        return key;
    struct view kept = text_cut(key, bytes_max - HASH_DIGITS - 1);
    uint64_t hash = hash64(key);
    memcpy(scratch, kept.data, kept.size);
    scratch[kept.size] = '~';
    for (size_t i = 0; i < HASH_DIGITS; i++)
        scratch[kept.size + 1 + i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
    return view_of(scratch, kept.size + 1 + HASH_DIGITS);
}
