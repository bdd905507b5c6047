#include "json/flaw.h"

#include "util/text.h"
#include "json/flaw_block.h"

CPU_DEFINE_KERNEL(flaw);

bool flaw_walk(struct view text, size_t *at, size_t end, struct flaw_strings *strings)
{
    end = end < text.size ? end : text.size;
    while (*at < end) {
        unsigned char byte = (unsigned char)text.data[*at];
        bool is_control = byte < ' ' && strings != NULL && strings->is_inside;
        size_t length = byte < 0x80 ? 1 : utf8_length(text, *at);
        if (is_control || length == 0)
            return true;
        *at += length;
        if (strings == NULL)
            continue;
        if (byte == '"')
            strings->is_inside = !strings->is_inside;
        /* An escaped quote or backslash does nothing; other escaped bytes may be flaws. */
        else if (byte == '\\' && strings->is_inside && *at < text.size &&
                 (text.data[*at] == '"' || text.data[*at] == '\\'))
            ++*at;
    }
    return false;
}

size_t flaw_scalar(struct view text, size_t at, struct flaw_strings *strings)
{
    return flaw_walk(text, &at, text.size, strings) ? at : text.size;
}

/* The sequence's first byte where one has begun that goes on to text[at] or is cut short
 * there, else `at`. */
static size_t sequence_before(struct view text, size_t begin, size_t at)
{
    for (size_t before = 1; before <= 3 && before <= at - begin; before++) {
        if ((unsigned char)text.data[at - before] >= 0xc0)
            return utf8_length(text, at - before) == 0 ? at - before : at;
    }
    return at;
}

size_t flaw_block_place(struct view text, size_t begin, size_t at, const struct flaw_block *b,
                        struct flaw_strings *strings)
{
    size_t place = sequence_before(text, begin, at + (size_t)__builtin_ctzll(b->flaws));
    /* No quote lies between a sequence that began before the block and the block. */
    if (strings != NULL && place > at)
        strings->is_inside = b->inside >> (place - at) & 1;
    return place;
}

bool flaw_block_walk(struct view text, size_t *at, const struct flaw_carry *carry,
                     struct flaw_strings *strings)
{
    size_t end = *at + FLAW_BLOCK_BYTES;
    if (carry->escape != 0)
        --*at;
    while (carry->wanted != 0 && (unsigned char)text.data[*at - 1] >= 0x80) {
        --*at;
        if ((unsigned char)text.data[*at] >= 0xc0)
            break;
    }
    return flaw_walk(text, at, end, strings);
}
