#include "json/repair.h"

#include "util/text.h"
#include "json/json_shim.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define REPLACEMENT_BYTES 3

bool utf8_is_valid(struct view text)
{
    return stage1_utf8_is_valid(text.data, text.size);
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

/* What the replacement at `at` takes the place of; 0 where `text` is fine, and
 * then *ret_length is how far. */
static size_t bad_bytes(struct view text, size_t at, bool in_string, size_t *ret_length)
{
    unsigned char byte = (unsigned char)text.data[at];
    *ret_length = 1;
    if (byte < 0x80)
        return in_string && byte < 0x20 ? 1 : 0;
    *ret_length = utf8_length(text, at);
    return *ret_length == 0 ? invalid_length(text, at) : 0;
}

/* `is_json`: keep track of strings, and replace control characters in them. */
static bool repair(struct view text, bool is_json, struct buf *out, size_t *ret_changed)
{
    bool in_string = false;
    size_t changed = 0;
    size_t copied = 0;
    size_t at = 0;
    while (at < text.size) {
        size_t length;
        size_t bad = bad_bytes(text, at, in_string, &length);
        if (bad > 0) {
            buf_append(out, text.data + copied, at - copied);
            buf_append(out, REPLACEMENT, REPLACEMENT_BYTES);
            changed++;
            at += bad;
            copied = at;
            continue;
        }
        char byte = text.data[at];
        at += length;
        if (!is_json)
            continue;
        if (byte == '"')
            in_string = !in_string;
        /* An escaped quote or backslash does nothing; other escaped bytes may
         * still need repair. */
        else if (byte == '\\' && in_string && at < text.size &&
                 (text.data[at] == '"' || text.data[at] == '\\'))
            at++;
    }
    *ret_changed = changed;
    return buf_append(out, text.data + copied, text.size - copied);
}

bool repair_json(struct view text, struct buf *out, size_t *ret_changed)
{
    return repair(text, true, out, ret_changed);
}

bool repair_utf8(struct view text, struct buf *out, size_t *ret_changed)
{
    if (!utf8_is_valid(text))
        return repair(text, false, out, ret_changed);
    *ret_changed = 0;
    return buf_append_view(out, text);
}
