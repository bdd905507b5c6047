#include "json/repair.h"

#include "json/flaw.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define REPLACEMENT_BYTES 3

enum {
    /* Flaws come in bunches: this much behind one is looked at byte by byte before a kernel
     * is asked again, so that bytes that were never text cost no more than without it. */
    BUNCH_BYTES = 16,
};

bool utf8_is_valid(enum cpu cpu, struct view text)
{
    return flaw_kernel(cpu)(text, 0, NULL) == text.size;
}

/* Whether `second` may follow `first` in UTF-8 (Unicode 15, table 3-7). */
static bool may_follow(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return second >= 0x80 && second <= 0xbf;
    }
}

/* Length of the maximal subpart of an ill-formed sequence at `at`: as many
 * bytes as could begin a sound one, at least 1. */
static size_t invalid_length(struct view text, size_t at)
{
    unsigned char first = (unsigned char)text.data[at];
    size_t left = text.size - at;
    if (first < 0xc2 || first > 0xf4 || left < 2 ||
        !may_follow(first, (unsigned char)text.data[at + 1]))
        return 1;
    /* The sequence is not sound, so that its last byte is missing or wrong:
     * with two bytes the second one would have been. */
    if (first >= 0xf0 && left >= 3 && ((unsigned char)text.data[at + 2] & 0xc0) == 0x80)
        return 3;
    return 2;
}

/* What the replacement at a flaw takes the place of. */
static size_t flaw_length(struct view text, size_t at)
{
    return (unsigned char)text.data[at] < 0x80 ? 1 : invalid_length(text, at);
}

/* `strings` is NULL for text that is not JSON. */
static bool repair(flaw_fn *find, struct view text, struct flaw_strings *strings, struct buf *out,
                   size_t *ret_changed)
{
    size_t changed = 0;
    size_t copied = 0;
    size_t at = find(text, 0, strings);
    while (at < text.size) {
        buf_append(out, text.data + copied, at - copied);
        buf_append(out, REPLACEMENT, REPLACEMENT_BYTES);
        changed++;
        at += flaw_length(text, at);
        copied = at;
        if (!flaw_walk(text, &at, at + BUNCH_BYTES, strings))
            at = find(text, at, strings);
    }
    *ret_changed = changed;
    return buf_append(out, text.data + copied, text.size - copied);
}

bool repair_json(enum cpu cpu, struct view text, struct buf *out, size_t *ret_changed)
{
    struct flaw_strings strings = {0};
    return repair(flaw_kernel(cpu), text, &strings, out, ret_changed);
}

bool repair_utf8(enum cpu cpu, struct view text, struct buf *out, size_t *ret_changed)
{
    return repair(flaw_kernel(cpu), text, NULL, out, ret_changed);
}
