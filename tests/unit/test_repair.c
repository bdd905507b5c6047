#include "json/repair.h"

#include "split_harness.h"

#include "json/flaw.h"
#include "json/json.h"

#include <inttypes.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define R "\xef\xbf\xbd"

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

static bool repair_text(enum cpu cpu, struct view text, bool is_json, struct buf *out,
                        size_t *ret_changed)
{
    return is_json ? repair_json(cpu, text, out, ret_changed)
                   : repair_utf8(cpu, text, out, ret_changed);
}

static void check(const struct example *e, bool is_json)
{
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        struct buf out = {0};
        size_t changed = 99;
        if (flaw_kernel(cpu) == NULL)
            continue;
        buf_append(&out, "kept", 4);
        cr_assert(repair_text(cpu, e->text, is_json, &out, &changed));
        cr_assert(changed == e->changed, "%s, `%s`: %zu", cpu_name(cpu), e->text.data, changed);
        cr_assert(memcmp(out.data, "kept", 4) == 0);
        cr_assert(view_equals(view_from(buf_view(&out), 4), e->repaired), "%s, `%s`: `%.*s`",
                  cpu_name(cpu), e->text.data, (int)out.size, out.data);
        buf_done(&out);
    }
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
    cr_assert(repair_json(CPU_SCALAR, damaged, &out, &changed));
    cr_assert(changed == 4);
    cr_assert(json_parse(p, buf_view(&out), &root, &err) == RC_OK, "%s", err.text);
    cr_assert(view_equals(root.raw, VIEW("{\"a\":\"x" R R "y" R "\",\"b\":[\"" R "\"]}")));
    buf_done(&out);
    json_parser_free(p);
}

/* Every kernel against the reference; `text` ends at a page that faults. */
static void check_random(struct view text, bool is_json, uint64_t seed, unsigned round)
{
    struct buf expected = {0};
    size_t changes = reference_repair(text, is_json, &expected);
    bool is_valid = true;
    for (size_t at = 0; at < text.size && is_valid; at += sequence_at(text, at))
        is_valid = sequence_at(text, at) > 0;
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        struct buf out = {0};
        size_t changed;
        if (flaw_kernel(cpu) == NULL)
            continue;
        cr_assert(repair_text(cpu, text, is_json, &out, &changed));
        cr_assert(view_equals(buf_view(&out), buf_view(&expected)) && changed == changes,
                  "%s, seed %" PRIu64 " round %u", cpu_name(cpu), seed, round);
        cr_assert(utf8_is_valid(cpu, buf_view(&out)) && utf8_is_valid(cpu, text) == is_valid,
                  "%s, seed %" PRIu64 " round %u", cpu_name(cpu), seed, round);
        buf_done(&out);
    }
    buf_done(&expected);
}

Test(repair, agrees_with_a_plain_reference_on_random_bytes)
{
    static const unsigned char bytes[] = {
        '"',  '"',  '\\', '\\', 'a',  'n',  '\n', 0x01, 0x1f, ' ',  0x7f, 0x80, 0x8f,
        0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
        0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff, '{',  0x80, 0x80, 0xbf, 0xa0,
    };
    uint64_t seed = test_seed(), state = seed;
    struct guarded g = guarded_new(40);
    for (unsigned round = 0; round < 100000; round++) {
        size_t size = random_below(&state, 40);
        char *text = g.begin + g.size - size;
        for (size_t i = 0; i < size; i++)
            text[i] = (char)bytes[random_below(&state, sizeof(bytes))];
        check_random(view_of(text, size), round % 2, seed, round);
    }
    guarded_free(g);
}

/* Each first byte with each kind of second and third one, at every place about the border of
 * two blocks. */
Test(repair, agrees_with_a_plain_reference_where_sequences_lie_across_blocks)
{
    static const unsigned char firsts[] = {0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec,
                                           0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
    static const unsigned char seconds[] = {'a', '"', 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2};
    char text[100];
    for (size_t at = 60; at < 68; at++) {
        for (size_t i = 0; i < COUNT(firsts) * COUNT(seconds) * 2; i++) {
            size_t end = at;
            memset(text, 'a', sizeof(text));
            text[0] = '"';
            text[end++] = (char)firsts[i / 2 / COUNT(seconds)];
            text[end++] = (char)seconds[i / 2 % COUNT(seconds)];
            text[end++] = i % 2 ? 'a' : '\x80';
            text[end++] = '\x80';
            check_random(view_of(text, sizeof(text)), false, at, (unsigned)i);
            check_random(view_of(text, sizeof(text)), true, at, (unsigned)i);
            check_random(view_of(text, end - 1), true, at, (unsigned)i);
        }
    }
}

/* Texts of many blocks, sound but for a few bytes: sequences, escapes, strings and flaws
 * lie across the borders. */
Test(repair, agrees_with_a_plain_reference_on_long_texts)
{
    enum { BYTES_MAX = 700 };
    static const char *const pieces[] = {
        "a",
        "plain words, and more of them ",
        "\\\\",
        "\\\"",
        "\\n",
        "\xc3\xa9",
        "\xe3\x81\x82",
        "\xed\x9f\xbf",
        "\xf0\x9f\x98\x80",
        "\xf4\x8f\xbf\xbf",
        "\"",
        "\",\"",
        "{\"a\":",
        "\xef\xbf\xbd",
    };
    uint64_t seed = test_seed(), state = seed;
    struct guarded g = guarded_new(BYTES_MAX);
    for (unsigned round = 0; round < 15000; round++) {
        char text[BYTES_MAX + 32];
        size_t wanted = random_below(&state, BYTES_MAX + 1), size = 0;
        /* One piece alone now and then: blocks full of it. */
        size_t one = random_below(&state, 3 * COUNT(pieces));
        while (size < wanted) {
            size_t i = one < COUNT(pieces) && random_below(&state, 50) != 0
                           ? one
                           : random_below(&state, COUNT(pieces));
            memcpy(text + size, pieces[i], strlen(pieces[i]));
            size += strlen(pieces[i]);
        }
        size = wanted; /* cuts what stands there */
        for (size_t flaws = random_below(&state, 4); flaws > 0 && size > 0; flaws--)
            text[random_below(&state, size)] = (char)random_next(&state);
        memcpy(g.begin + g.size - size, text, size);
        check_random(view_of(g.begin + g.size - size, size), round % 2, seed, round);
    }
    guarded_free(g);
}
