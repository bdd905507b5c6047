#include "decode/base64.h"

#include <assert.h>
/* What a byte is: one of the 64 characters with its value, or these. */
enum { FOREIGN = 0, SPACE = 1, LINE_END = 2, PADDING = 3, CHARACTER = 0x40, VALUE = 0x3f };

static const uint8_t classes[256] = {
    ['\t'] = SPACE,         [' '] = SPACE,          ['\n'] = LINE_END,      ['\r'] = LINE_END,
    ['='] = PADDING,        ['A'] = CHARACTER | 0,  ['B'] = CHARACTER | 1,  ['C'] = CHARACTER | 2,
    ['D'] = CHARACTER | 3,  ['E'] = CHARACTER | 4,  ['F'] = CHARACTER | 5,  ['G'] = CHARACTER | 6,
    ['H'] = CHARACTER | 7,  ['I'] = CHARACTER | 8,  ['J'] = CHARACTER | 9,  ['K'] = CHARACTER | 10,
    ['L'] = CHARACTER | 11, ['M'] = CHARACTER | 12, ['N'] = CHARACTER | 13, ['O'] = CHARACTER | 14,
    ['P'] = CHARACTER | 15, ['Q'] = CHARACTER | 16, ['R'] = CHARACTER | 17, ['S'] = CHARACTER | 18,
    ['T'] = CHARACTER | 19, ['U'] = CHARACTER | 20, ['V'] = CHARACTER | 21, ['W'] = CHARACTER | 22,
    ['X'] = CHARACTER | 23, ['Y'] = CHARACTER | 24, ['Z'] = CHARACTER | 25, ['a'] = CHARACTER | 26,
    ['b'] = CHARACTER | 27, ['c'] = CHARACTER | 28, ['d'] = CHARACTER | 29, ['e'] = CHARACTER | 30,
    ['f'] = CHARACTER | 31, ['g'] = CHARACTER | 32, ['h'] = CHARACTER | 33, ['i'] = CHARACTER | 34,
    ['j'] = CHARACTER | 35, ['k'] = CHARACTER | 36, ['l'] = CHARACTER | 37, ['m'] = CHARACTER | 38,
    ['n'] = CHARACTER | 39, ['o'] = CHARACTER | 40, ['p'] = CHARACTER | 41, ['q'] = CHARACTER | 42,
    ['r'] = CHARACTER | 43, ['s'] = CHARACTER | 44, ['t'] = CHARACTER | 45, ['u'] = CHARACTER | 46,
    ['v'] = CHARACTER | 47, ['w'] = CHARACTER | 48, ['x'] = CHARACTER | 49, ['y'] = CHARACTER | 50,
    ['z'] = CHARACTER | 51, ['0'] = CHARACTER | 52, ['1'] = CHARACTER | 53, ['2'] = CHARACTER | 54,
    ['3'] = CHARACTER | 55, ['4'] = CHARACTER | 56, ['5'] = CHARACTER | 57, ['6'] = CHARACTER | 58,
    ['7'] = CHARACTER | 59, ['8'] = CHARACTER | 60, ['9'] = CHARACTER | 61, ['+'] = CHARACTER | 62,
    ['/'] = CHARACTER | 63,
};

static uint32_t class_at(struct view text, size_t at)
{
    return classes[(unsigned char)text.data[at]];
}

/* Four characters of one group at a time while nothing else comes. */
static void decode_groups(struct view text, char *out, size_t capacity, struct base64_step *step)
{
    while (text.size - step->consumed >= 4 && capacity - step->produced >= 3) {
        size_t at = step->consumed;
        uint32_t a = class_at(text, at), b = class_at(text, at + 1);
        uint32_t c = class_at(text, at + 2), d = class_at(text, at + 3);
        if ((a & b & c & d & CHARACTER) == 0)
            return;
        uint32_t bits = (a & VALUE) << 18 | (b & VALUE) << 12 | (c & VALUE) << 6 | (d & VALUE);
        out[step->produced] = (char)(bits >> 16);
        out[step->produced + 1] = (char)(bits >> 8);
        out[step->produced + 2] = (char)bits;
        step->consumed += 4;
        step->produced += 3;
    }
}

/* The whole bytes of the group at hand: one less than its characters. */
static size_t give_group(struct base64_decoder *d, char *out)
{
    assert(d->count <= 4);
    if (d->count < 2)
        return 0;
    size_t bytes = d->count - 1;
    uint32_t bits = d->bits << 6 * (4 - d->count);
    for (size_t i = 0; i < bytes; i++)
        out[i] = (char)(bits >> (16 - 8 * i));
    d->count = 0;
    d->padding = 0;
    d->bits = 0;
    return bytes;
}

/* One character. False when it does not belong here. */
static bool decode_character(struct base64_decoder *d, uint32_t class, char *out, size_t *produced)
{
    switch (class) {
    case FOREIGN:
        return false;
    case SPACE:
        d->is_ended = d->has_begun;
        return true;
    case LINE_END:
        return true;
    case PADDING:
        if (d->is_ended || d->count < 2)
            return false;
        d->padding++;
        d->is_ended = d->count + d->padding == 4;
        break;
    default: /* a character */
        if (d->is_ended || d->padding > 0)
            return false;
        d->has_begun = true;
        d->bits = d->bits << 6 | (class & VALUE);
        d->count++;
        break;
    }
    if (d->count + d->padding == 4)
        *produced += give_group(d, out + *produced);
    return true;
}

struct base64_step base64_decode_step(struct base64_decoder *d, struct view text, char *out,
                                      size_t capacity)
{
    struct base64_step step = {0};
    while (step.consumed < text.size && capacity - step.produced >= 3) {
        if (d->count == 0 && !d->is_ended) {
            size_t before = step.consumed;
            decode_groups(text, out, capacity, &step);
            d->has_begun |= step.consumed > before;
            if (step.consumed == text.size || capacity - step.produced < 3)
                break;
        }
        if (!decode_character(d, class_at(text, step.consumed), out, &step.produced)) {
            step.is_bad = true;
            break;
        }
        step.consumed++;
    }
    return step;
}

size_t base64_decode_end(struct base64_decoder *d, char out[2])
{
    char group[3];
    size_t bytes = give_group(d, group);
    memcpy(out, group, bytes);
    return bytes;
}

bool base64_decode(struct view text, struct buf *out)
{
    /* Groups give 3 bytes of 4 characters; a step wants room for one more. */
    if (!buf_reserve(out, text.size / 4 * 3 + 6))
        return false;
    struct base64_decoder d = {0};
    struct base64_step step =
        base64_decode_step(&d, text, out->data + out->size, text.size / 4 * 3 + 6);
    if (step.is_bad || d.count > 0)
        return false;
    out->size += step.produced;
    return true;
}

bool base64_is_text(struct view text)
{
    char out[3072];
    struct base64_decoder d = {0};
    while (text.size > 0) {
        struct base64_step step = base64_decode_step(&d, text, out, sizeof(out));
        if (step.is_bad)
            return false;
        text = view_from(text, step.consumed);
    }
    return d.has_begun;
}
