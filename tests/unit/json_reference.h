/* json_reference.h - what the tests of the JSON module compare it with: RFC 8259
 * once more, by recursive descent and one byte at a time, and random documents,
 * sound and damaged. */
#ifndef MILLRACE_TESTS_JSON_REFERENCE_H
#define MILLRACE_TESTS_JSON_REFERENCE_H

#include "limits.h"
#include "util/view.h"

#include <stdlib.h>

#define DOCUMENT_BYTES_MAX 4096
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline unsigned long random_seed(void)
{
    const char *text = getenv("MILLRACE_TEST_SEED");
    return text ? strtoul(text, NULL, 10) : 20230105;
}

static inline uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 0x2545f4914f6cdd1du >> 16;
}

/* Each function of the reference takes where its part begins and gives where it ends, or NOT_SOUND.
 */

#define NOT_SOUND SIZE_MAX

struct reference {
    struct view text;
    bool checks_bytes; /* in strings: UTF-8 and control characters */
};

static inline int reference_byte(const struct reference *r, size_t at)
{
    return at < r->text.size ? (unsigned char)r->text.data[at] : -1;
}

static inline size_t reference_space(const struct reference *r, size_t at)
{
    for (int b = reference_byte(r, at); b == ' ' || b == '\t' || b == '\n' || b == '\r';)
        b = reference_byte(r, ++at);
    return at;
}

static inline bool reference_is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

static inline size_t reference_digits(const struct reference *r, size_t at)
{
    if (!reference_is_digit(reference_byte(r, at)))
        return NOT_SOUND;
    while (reference_is_digit(reference_byte(r, at)))
        at++;
    return at;
}

static inline size_t reference_number(const struct reference *r, size_t at)
{
    if (reference_byte(r, at) == '-')
        at++;
    at = reference_byte(r, at) == '0' ? at + 1 : reference_digits(r, at);
    if (at != NOT_SOUND && reference_byte(r, at) == '.')
        at = reference_digits(r, at + 1);
    if (at != NOT_SOUND && (reference_byte(r, at) == 'e' || reference_byte(r, at) == 'E')) {
        at++;
        if (reference_byte(r, at) == '+' || reference_byte(r, at) == '-')
            at++;
        at = reference_digits(r, at);
    }
    return at;
}

/* By decoding, and asking whether the code point is one that this many bytes
 * are for. */
static inline size_t reference_utf8(const struct reference *r, size_t at)
{
    int first = reference_byte(r, at);
    unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc0 || first >= 0xf8)
        return NOT_SOUND;
    uint32_t code = (uint32_t)first & (0x3fu >> more);
    for (unsigned i = 1; i <= more; i++) {
        int byte = reference_byte(r, at + i);
        if (byte < 0x80 || byte > 0xbf)
            return NOT_SOUND;
        code = code * 64 + (uint32_t)(byte - 0x80);
    }
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return NOT_SOUND;
    return at + more + 1;
}

static inline size_t reference_escape(const struct reference *r, size_t at)
{
    int byte = reference_byte(r, at + 1);
    if (byte > 0 && strchr("\"\\/bfnrt", byte))
        return at + 2;
    if (byte != 'u')
        return NOT_SOUND;
    for (size_t i = at + 2; i < at + 6; i++) {
        int digit = reference_byte(r, i);
        if (digit <= 0 || !strchr("0123456789abcdefABCDEF", digit))
            return NOT_SOUND;
    }
    return at + 6;
}

static inline size_t reference_string(const struct reference *r, size_t at)
{
    if (reference_byte(r, at) != '"')
        return NOT_SOUND;
    at++;
    while (at != NOT_SOUND) {
        int byte = reference_byte(r, at);
        if (byte == '"')
            return at + 1;
        if (byte < 0 || (r->checks_bytes && byte < 0x20))
            return NOT_SOUND;
        if (byte == '\\')
            at = reference_escape(r, at);
        else if (r->checks_bytes && byte >= 0x80)
            at = reference_utf8(r, at);
        else
            at++;
    }
    return NOT_SOUND;
}

static inline size_t reference_value(const struct reference *r, size_t at, unsigned depth);

static inline size_t reference_container(const struct reference *r, size_t at, unsigned depth)
{
    bool is_object = reference_byte(r, at) == '{';
    int close = is_object ? '}' : ']';
    if (depth == JSON_DEPTH_MAX)
        return NOT_SOUND;
    at = reference_space(r, at + 1);
    if (reference_byte(r, at) == close)
        return at + 1;
    for (;;) {
        if (is_object) {
            at = reference_string(r, reference_space(r, at));
            if (at == NOT_SOUND)
                return NOT_SOUND;
            at = reference_space(r, at);
            if (reference_byte(r, at) != ':')
                return NOT_SOUND;
            at++;
        }
        at = reference_value(r, reference_space(r, at), depth + 1);
        if (at == NOT_SOUND)
            return NOT_SOUND;
        at = reference_space(r, at);
        if (reference_byte(r, at) == close)
            return at + 1;
        if (reference_byte(r, at) != ',')
            return NOT_SOUND;
        at++;
    }
}

static inline size_t reference_value(const struct reference *r, size_t at, unsigned depth)
{
    static const char *const literals[] = {"true", "false", "null"};
    for (size_t i = 0; i < COUNT(literals); i++) {
        size_t size = strlen(literals[i]);
        if (r->text.size - at >= size && memcmp(r->text.data + at, literals[i], size) == 0)
            return at + size;
    }
    switch (reference_byte(r, at)) {
    case '{':
    case '[':
        return reference_container(r, at, depth);
    case '"':
        return reference_string(r, at);
    default:
        return reference_number(r, at);
    }
}

static inline bool reference_is_sound(struct view text)
{
    struct reference r = {.text = text, .checks_bytes = true};
    size_t end = reference_value(&r, reference_space(&r, 0), 0);
    return end != NOT_SOUND && reference_space(&r, end) == text.size;
}

/* Without the white space between tokens. */
static inline struct view reference_compact(struct view text, char *to)
{
    size_t size = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (in_string || !strchr(" \t\r\n", byte))
            to[size++] = byte;
        if (in_string && byte == '\\')
            to[size++] = text.data[++i];
        else if (byte == '"')
            in_string = !in_string;
    }
    return view_of(to, size);
}

/* A random sound document, with white space, escapes and UTF-8 in it. */
struct maker {
    uint64_t state;
    char *to;
    size_t size;
    size_t size_max;
};

static inline bool make_chance(struct maker *m, unsigned one_in)
{
    return random_next(&m->state) % one_in == 0;
}

static inline void make_text(struct maker *m, const char *text)
{
    size_t size = strlen(text);
    memcpy(m->to + m->size, text, size);
    m->size += size;
}

static const char *make_choice(struct maker *m, const char *const *choices, size_t count)
{
    return choices[random_next(&m->state) % count];
}

static inline void make_space(struct maker *m)
{
    static const char *const spaces[] = {" ", "\n", "\t", "\r", "  ", "\r\n    "};
    if (make_chance(m, 5))
        make_text(m, make_choice(m, spaces, COUNT(spaces)));
}

static inline void make_string(struct maker *m)
{
    static const char *const pieces[] = {
        "a",        "b",
        "level",    "\\\"",
        "\\\\",     "\\n",
        "\\u00e9",  "\\ud83d\\ude00",
        "\xc3\xa9", "\xf0\x9f\x98\x80",
        "{",        "}",
        "[",        "]",
        ":",        ",",
        "\\/",      "1",
        " ",        "a longer run of words to fill a block with text",
    };
    make_text(m, "\"");
    for (uint64_t n = random_next(&m->state) % 5; n > 0; n--)
        make_text(m, make_choice(m, pieces, COUNT(pieces)));
    make_text(m, "\"");
}

static inline void make_value(struct maker *m, unsigned depth)
{
    static const char *const scalars[] = {"true", "false", "null",    "0",  "-1", "1672920000000",
                                          "0.25", "1e9",   "-2.5E-3", "{}", "[]"};
    bool is_full = m->size > m->size_max || depth > 6;
    uint64_t kind = random_next(&m->state) % 8;
    if (is_full || kind < 2) {
        make_text(m, make_choice(m, scalars, COUNT(scalars)));
        return;
    }
    if (kind < 5) {
        make_string(m);
        return;
    }
    bool is_object = kind > 5;
    make_text(m, is_object ? "{" : "[");
    uint64_t members = random_next(&m->state) % 5;
    for (uint64_t i = 0; i < members; i++) {
        make_space(m);
        if (i > 0)
            make_text(m, ",");
        make_space(m);
        if (is_object) {
            make_string(m);
            make_space(m);
            make_text(m, ":");
            make_space(m);
        }
        make_value(m, depth + 1);
    }
    make_space(m);
    make_text(m, is_object ? "}" : "]");
}

static inline struct view make_document(uint64_t seed, char *to)
{
    struct maker m = {.state = seed * 0x9e3779b97f4a7c15u + 1, .to = to, .size_max = 300};
    make_space(&m);
    make_value(&m, 0);
    make_space(&m);
    return view_of(to, m.size);
}

/* One to three small damages: bytes replaced, left out, put in, cut off. */
static inline struct view damage(uint64_t *state, char *text, size_t size)
{
    static const char bytes[] = "{}[],:\"\\ \n\t01.-+eEtfnu\x00\x01\x0c\x1a\x7f\x80\xc3\xff/a";
    for (uint64_t n = 1 + random_next(state) % 3; n > 0 && size > 0; n--) {
        size_t at = random_next(state) % size;
        char byte = bytes[random_next(state) % (sizeof(bytes) - 1)];
        switch (random_next(state) % 8) {
        case 0:
            memmove(text + at, text + at + 1, size - at - 1);
            size--;
            break;
        case 1:
        case 2:
            memmove(text + at + 1, text + at, size - at);
            text[at] = byte;
            size++;
            break;
        case 3:
            text[at] = text[random_next(state) % size];
            break;
        case 4:
            if (random_next(state) % 4 == 0)
                size = at;
            break;
        default:
            text[at] = byte;
            break;
        }
    }
    return view_of(text, size);
}

#endif
