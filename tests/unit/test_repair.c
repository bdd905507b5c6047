#include "json/repair.h"

#include "json/json.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define R "\xef\xbf\xbd"

static unsigned long random_seed(void)
{
    const char *text = getenv("MILLRACE_TEST_SEED");
    return text ? strtoul(text, NULL, 10) : 20230105;
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 0x2545f4914f6cdd1du >> 16;
}

/* The reference: whether `size` bytes are exactly one sound sequence, by
 * decoding, and the maximal subpart by trying what could complete it. */

static bool is_sequence(const unsigned char *p, size_t size)
{
    if (size == 1)
        return p[0] < 0x80;
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (size > 4 || (p[0] & (0xff00 >> (size + 1) & 0xff)) != marks[size])
        return false;
    uint32_t code = p[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if (p[i] < 0x80 || p[i] > 0xbf)
            return false;
        code = code << 6 | (p[i] & 0x3fu);
    }
    return code >= least[size] && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}

static bool can_be_completed(unsigned char *p, size_t have, size_t size)
{
    if (have == size)
        return is_sequence(p, size);
    for (unsigned byte = 0x80; byte <= 0xbf; byte += 0xf + (byte & 1 ? -14 : 0)) {
        p[have] = (unsigned char)byte;
        if (can_be_completed(p, have + 1, size))
            return true;
    }
    return false;
}

static size_t sequence_at(struct view v, size_t at)
{
    for (size_t size = 1; size <= 4 && size <= v.size - at; size++) {
        if (is_sequence((const unsigned char *)v.data + at, size))
            return size;
    }
    return 0;
}

static size_t subpart_at(struct view v, size_t at)
{
    for (size_t have = 3; have > 1; have--) {
        for (size_t size = have + 1; size <= 4; size++) {
            unsigned char trial[4];
            if (have > v.size - at)
                continue;
            memcpy(trial, v.data + at, have);
            if (can_be_completed(trial, have, size))
                return have;
        }
    }
    return 1;
}

static size_t reference_repair(struct view v, bool is_json, struct buf *out)
{
    size_t changed = 0;
    bool in_string = false, is_escaped = false;
    for (size_t at = 0; at < v.size;) {
        size_t size = sequence_at(v, at);
        char byte = v.data[at];
        bool is_control = is_json && in_string && (unsigned char)byte < 0x20;
        if (size == 0 || is_control) {
            buf_append(out, R, 3);
            changed++;
            at += is_control ? 1 : subpart_at(v, at);
            is_escaped = false;
            continue;
        }
        buf_append(out, v.data + at, size);
        at += size;
        if (byte == '"' && !is_escaped)
            in_string = !in_string;
        is_escaped = in_string && byte == '\\' && !is_escaped;
    }
    return changed;
}

struct example {
    struct view text, repaired;
    size_t changed;
};

static void check(const struct example *e, bool is_json)
{
    struct buf out = {0};
    size_t changed = 99;
    buf_append(&out, "kept", 4);
    bool ok = is_json ? repair_json(e->text, &out, &changed) : repair_utf8(e->text, &out, &changed);
    cr_assert(ok);
    cr_assert(changed == e->changed, "`%s`: %zu", e->text.data, changed);
    cr_assert(memcmp(out.data, "kept", 4) == 0);
    cr_assert(view_equals(view_from(buf_view(&out), 4), e->repaired), "`%s`: `%.*s`", e->text.data,
              (int)out.size, out.data);
    buf_done(&out);
}

/* The first five are the examples of Unicode 15, tables 3-8 to 3-11. */
static const struct example utf8_examples[] = {
    {VIEW("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"), VIEW(R R R R R R R R "A"), 8},
    {VIEW("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"), VIEW(R R R R R R R R "A"), 8},
    {VIEW("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42"), VIEW(R R R R R "A" R R "B"), 7},
    {VIEW("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), VIEW(R R R R "A"), 4},
    {VIEW("\xe1\x80"), VIEW(R), 1},
    {VIEW(""), VIEW(""), 0},
    {VIEW("plain\n\t\x01\0\x7f"), VIEW("plain\n\t\x01\0\x7f"), 0},
    {VIEW("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), VIEW("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 0},
    {VIEW("a\xff"
          "b"),
     VIEW("a" R "b"), 1},
    {VIEW("\xc3"), VIEW(R), 1},
    {VIEW("\xc3\xc3\xa9"), VIEW(R "\xc3\xa9"), 1},
    {VIEW("\xf0\x9f\x98"), VIEW(R), 1},
    {VIEW("\xf0\x9f\x98x"), VIEW(R "x"), 1},
    {VIEW("\xf0\x9f\xf0\x9f\x98\x80"), VIEW(R "\xf0\x9f\x98\x80"), 1},
};

static const struct example json_examples[] = {
    {VIEW("{\"a\":\"b\"}"), VIEW("{\"a\":\"b\"}"), 0},
    {VIEW("{\"a\":\"x\ny\"}\n"), VIEW("{\"a\":\"x" R "y\"}\n"), 1},
    {VIEW("{\n\t\"a\" : 1\r\n}"), VIEW("{\n\t\"a\" : 1\r\n}"), 0},
    {VIEW("[\"\0\x1f\x7f\"]"), VIEW("[\"" R R "\x7f\"]"), 2},
    {VIEW("[\"\\\"\n\",\n1]"), VIEW("[\"\\\"" R "\",\n1]"), 1},
    {VIEW("[\"\\\\\",\n\"\t\"]"), VIEW("[\"\\\\\",\n\"" R "\"]"), 1},
    {VIEW("[\"\\\n\"]"), VIEW("[\"\\" R "\"]"), 1},
    {VIEW("[\"a\xff\xe1\x80z\"]"), VIEW("[\"a" R R "z\"]"), 2},
    {VIEW("[\xff]"), VIEW("[" R "]"), 1},
    {VIEW("\\\"\n\""), VIEW("\\\"" R "\""), 1},
};

Test(repair, replaces_each_maximal_invalid_part_once)
{
    for (size_t i = 0; i < COUNT(utf8_examples); i++) {
        check(&utf8_examples[i], false);
        check(&utf8_examples[i], true);
    }
}

Test(repair, replaces_control_characters_inside_strings_alone)
{
    for (size_t i = 0; i < COUNT(json_examples); i++)
        check(&json_examples[i], true);
}

Test(repair, text_that_is_not_json_keeps_its_control_characters)
{
    static const struct example e = {VIEW("\"\n\x01\xff\""), VIEW("\"\n\x01" R "\""), 1};
    check(&e, false);
}

Test(repair, makes_a_document_with_bad_bytes_parseable)
{
    struct json_parser *p = json_parser_new(CPU_SCALAR, 1000);
    struct view damaged = VIEW("{\"a\":\"x\xff\xe2\x82y\n\",\"b\":[\"\x01\"]}");
    struct json_value root;
    struct err err;
    struct buf out = {0};
    size_t changed;
    cr_assert(json_parse(p, damaged, &root, &err) == RC_BAD_INPUT);
    cr_assert(repair_json(damaged, &out, &changed));
    cr_assert(changed == 4);
    cr_assert(json_parse(p, buf_view(&out), &root, &err) == RC_OK, "%s", err.text);
    cr_assert(view_equals(root.raw, VIEW("{\"a\":\"x" R R "y" R "\",\"b\":[\"" R "\"]}")));
    buf_done(&out);
    json_parser_free(p);
}

Test(repair, agrees_with_a_plain_reference_on_random_bytes)
{
    static const unsigned char bytes[] = {
        '"',  '"',  '\\', '\\', 'a',  'n',  '\n', 0x01, 0x1f, ' ',  0x7f, 0x80, 0x8f,
        0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
        0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff, '{',  0x80, 0x80, 0xbf, 0xa0,
    };
    unsigned long seed = random_seed();
    for (unsigned round = 0; round < 200000; round++) {
        uint64_t state = (seed + round) * 0x9e3779b97f4a7c15u + 1;
        char text[40];
        size_t size = random_next(&state) % sizeof(text);
        for (size_t i = 0; i < size; i++)
            text[i] = (char)bytes[random_next(&state) % sizeof(bytes)];
        struct view v = view_of(text, size);
        bool is_json = round % 2;
        struct buf out = {0}, expected = {0};
        size_t changed;
        size_t changes = reference_repair(v, is_json, &expected);
        cr_assert(is_json ? repair_json(v, &out, &changed) : repair_utf8(v, &out, &changed));
        cr_assert(view_equals(buf_view(&out), buf_view(&expected)), "seed %lu round %u", seed,
                  round);
        cr_assert(changed == changes, "seed %lu round %u", seed, round);
        cr_assert(utf8_is_valid(buf_view(&out)), "seed %lu round %u", seed, round);
        bool is_valid = true;
        for (size_t at = 0; at < size && is_valid; at += sequence_at(v, at))
            is_valid = sequence_at(v, at) > 0;
        cr_assert(utf8_is_valid(v) == is_valid, "seed %lu round %u", seed, round);
        buf_done(&out);
        buf_done(&expected);
    }
}
