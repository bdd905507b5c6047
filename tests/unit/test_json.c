#include "json_bed.h"

#include <stdio.h>

/* All kernels give the reference's verdict on `text`, and its compact form by
 * both ways. */
static void check_document(struct bed *bed, struct view text, const char *what)
{
    bool is_sound = reference_is_sound(text);
    text = bed_copy(bed, text);
    char compact_bytes[2 * DOCUMENT_BYTES_MAX];
    struct view compact = is_sound ? reference_compact(text, compact_bytes) : VIEW_NULL;
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        struct json_parser *p = bed->parsers[cpu];
        if (p == NULL)
            continue;
        struct json_value root;
        struct err err = {""};
        enum rc rc = json_parse(p, text, &root, &err);
        cr_assert(rc == (is_sound ? RC_OK : RC_BAD_INPUT), "%s: %s gives %d (%s) for `%.*s`", what,
                  cpu_name(cpu), (int)rc, err.text, (int)text.size, text.data);
        if (!is_sound) {
            cr_assert(strncmp(err.text, "JSON: ", 6) == 0, "%s: %s", what, err.text);
            continue;
        }
        struct buf out = {0};
        cr_assert(json_append_compact(p, root, &out));
        cr_assert(view_equals(buf_view(&out), compact), "%s: %s: `%.*s` is not `%.*s`", what,
                  cpu_name(cpu), (int)out.size, out.data, (int)compact.size, compact.data);
        buf_clear(&out);
        rebuild(p, root, &out);
        cr_assert(view_equals(buf_view(&out), compact), "%s: %s: `%.*s` is not `%.*s`", what,
                  cpu_name(cpu), (int)out.size, out.data, (int)compact.size, compact.data);
        buf_done(&out);
    }
}

static const char *const sound[] = {
    "{}",
    "[]",
    "[[]]",
    "{\"a\":{}}",
    "\"\"",
    "\"a\"",
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "0.5",
    "-0.5",
    "1e5",
    "1E5",
    "1e+5",
    "1e-5",
    "1.25e-05",
    "0e0",
    "0.0",
    "123456789",
    "12345678901234567890",
    "1234567.12345678e12345678",
    "true",
    "false",
    "null",
    " 1",
    "1 ",
    "\t\r\n true\t\r\n ",
    "[1,2,3]",
    "[ 1 , 2 , 3 ]",
    "[true,false,null]",
    "[\"a\",\"b\"]",
    "[[],[[]],{}]",
    "{\"a\":1}",
    "{ \"a\" : 1 , \"b\" : [ ] }",
    "{\"a\":1,\"a\":2}",
    "{\"\":\"\"}",
    "{\"a\":{\"b\":{\"c\":[1,{\"d\":null}]}}}",
    "\"\\\"\"",
    "\"\\\\\"",
    "\"\\/\"",
    "\"\\b\\f\\n\\r\\t\"",
    "\"\\u0000\\uFFFF\\uabCD\"",
    "\"\\ud83d\"",
    "\"\\\\\\\"\"",
    "\"\x7f\"",
    "\"'\"",
    "\"\xc2\x80\"",
    "\"\xe2\x82\xac\"",
    "\"\xf0\x9f\x98\x80\"",
    "\"\xf4\x8f\xbf\xbf\"",
    "\"\xef\xbf\xbf\"",
    "\"{}[],:\"",
    "[\"]\",\"[\"]",
    "{\"}\":\"{\"}",
    "[\"\\\"\",\"\\\\\"]",
    "[\"a\" , \"b\" ]",
};

static const char *const unsound[] = {
    "",
    " ",
    "\n\t",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "{]",
    "[}",
    "{}}",
    "[]]",
    "{}{}",
    "[][]",
    "{} 1",
    "1 1",
    "1,2",
    "1,",
    ",1",
    "{\"a\":]}",
    "{\"a\":{]},\"level\":\"INFO\"}",
    "{\"a\":[}],\"level\":\"INFO\"}",
    "{\"a\":1,}",
    "{,}",
    "{,\"a\":1}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\",1}",
    "{\"a\" 1}",
    "{\"a\"::1}",
    "{:1}",
    "{1:1}",
    "{a:1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\":1:\"b\":2}",
    "{{}:1}",
    "{[]:1}",
    "{true:1}",
    "{\"a\":1]",
    "[1 2]",
    "[1,]",
    "[,1]",
    "[,]",
    "[1,,2]",
    "[1:2]",
    "[\"a\":1]",
    "[1",
    "[1,",
    "[[1]",
    "[{]",
    "[\"a\"",
    "{\"a\":1",
    "{\"a\":",
    "{\"a\"",
    "{\"a",
    "[:]",
    "[1]]",
    "[1}",
    "\"a\"\"b\"",
    "[\"a\"\"b\"]",
    "[\"a\"b]",
    "[b\"a\"]",
    "\"abc\"def",
    "1\"def\"",
    "1\"d,ef\"",
    "[1\"d,ef\"]",
    "[\"a\"1]",
    "[1\"a\"]",
    "[true\"a\"]",
    "[\"a\"true]",
    "\"a\" \\\"",
    "\"a\"\\\"",
    "[\"a\"\\]",
    "[\\\"a\"]",
    "[\\]",
    "\\\"a\"",
    "\"a\\\"",
    "\"a",
    "a\"",
    "\"\\x\"",
    "\"\\\"\"\"",
    "\"\\u12\"",
    "\"\\u123\"",
    "\"\\u123g\"",
    "\"\\u 123\"",
    "\"\\U1234\"",
    "\"\\'\"",
    "\"\\0\"",
    "\"\\\n\"",
    "\"\\\x01\"",
    "\"\\\xee\"",
    "\"\\\xc3\xa9\"",
    "\"\x01\"",
    "\"\n\"",
    "\"\t\"",
    "\"\x1f\"",
    "tru",
    "truee",
    "true1",
    "true\"a\"",
    "TRUE",
    "True",
    "nul",
    "nulll",
    "fals",
    "falsee",
    "true false",
    "[true false]",
    "[tru]",
    "[truefalse]",
    "nan",
    "NaN",
    "Infinity",
    "-Infinity",
    "undefined",
    "+1",
    "-",
    "--1",
    "-a",
    "- 1",
    ".5",
    "-.5",
    "1.",
    "1.e5",
    "1e",
    "1e+",
    "1e5.5",
    "1.5.5",
    "01",
    "-01",
    "00",
    "0x10",
    "1_000",
    "1a",
    "1e5e5",
    "1-1",
    "[01]",
    "[1.]",
    "[1 .5]",
    "[-]",
    "[1e ]",
    "12345678a",
    "1234567812345678x",
    "[12345678.]",
    "'a'",
    "{'a':1}",
    "[1]//",
    "/**/1",
    "[1]#",
    "\xef\xbb\xbf{}",
    "{}\xef\xbb\xbf",
    "\xc2\xa0{}",
    "{}\xc2\xa0",
    "\x7f{}",
    "{}\x7f",
    "\f{}",
    "{\f}",
    "[1\f]",
    "[1,\v1]",
    "[\x1a]",
    "[1\x1a"
    "2]",
    "{\"a\"\x1a"
    "1}",
    "{\"a\":1\f\"b\":2}",
    "\x1a",
    "\"\x80\"",
    "\"\xc3\"",
    "\"\xc3(\"",
    "\"\xc0\x80\"",
    "\"\xc1\xbf\"",
    "\"\xe0\x80\x80\"",
    "\"\xe2\x82\"",
    "\"\xed\xa0\x80\"",
    "\"\xf0\x80\x80\x80\"",
    "\"\xf4\x90\x80\x80\"",
    "\"\xf5\x80\x80\x80\"",
    "\"\xff\"",
    "\"\xf0\x9f\x98\"",
    "[\xc3\xa9]",
    "\xc3\xa9",
    "{\"a\":\xc3\xa9}",
    "[1\xc3\xa9]",
    "\"\xc3",
    "\"\xe2\x82",
    "\"\xf0\x9f\x98",
    "[\"a\",\xff]",
    "[\"a\"\xff]",
};

/* What reads as sound only without looking at all of it: each stands as it is,
 * as an element, as a member's value, and in front of what a caller wants. */
Test(json, accepts_exactly_what_the_grammar_allows)
{
    struct bed bed = bed_new();
    static const char *const frames[][2] = {
        {"", ""},
        {"[", "]"},
        {"[0,", ",1]"},
        {"{\"k\":", "}"},
        {"{\"k\":", ",\"level\":\"INFO\"}"},
        {" ", " "},
        {"[[[", "]]]"},
    };
    for (size_t i = 0; i < COUNT(sound) + COUNT(unsound); i++) {
        const char *text = i < COUNT(sound) ? sound[i] : unsound[i - COUNT(sound)];
        cr_assert(reference_is_sound(view_of_string(text)) == (i < COUNT(sound)), "`%s`", text);
        for (size_t f = 0; f < COUNT(frames); f++) {
            char framed[DOCUMENT_BYTES_MAX];
            snprintf(framed, sizeof(framed), "%s%s%s", frames[f][0], text, frames[f][1]);
            check_document(&bed, view_of_string(framed), "example");
        }
    }
    bed_done(&bed);
}

Test(json, refuses_nul_bytes_everywhere)
{
    struct bed bed = bed_new();
    static const char text[] = "{ \"a\" : [ 1 , true , \"b\\n\" ] }";
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        char copy[sizeof(text)];
        memcpy(copy, text, sizeof(text));
        copy[i] = '\0';
        struct json_value root;
        struct view v = bed_copy(&bed, view_of(copy, sizeof(text) - 1));
        for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
            if (bed.parsers[cpu] != NULL)
                cr_assert(json_parse(bed.parsers[cpu], v, &root, NULL) == RC_BAD_INPUT, "%s at %zu",
                          cpu_name(cpu), i);
        }
    }
    bed_done(&bed);
}

/* Every hand-made text behind 0 to 130 bytes of white space or of a string, so
 * that it lies across every block border. */
Test(json, verdict_does_not_depend_on_the_place)
{
    struct bed bed = bed_new();
    for (size_t i = 0; i < COUNT(sound) + COUNT(unsound); i++) {
        const char *text = i < COUNT(sound) ? sound[i] : unsound[i - COUNT(sound)];
        for (int before = 0; before <= 130; before++) {
            char framed[DOCUMENT_BYTES_MAX];
            snprintf(framed, sizeof(framed), "%*s%s", before, "", text);
            check_document(&bed, view_of_string(framed), "behind white space");
            snprintf(framed, sizeof(framed), "[\"%*s\",%s]", before, "", text);
            check_document(&bed, view_of_string(framed), "behind a string");
        }
    }
    bed_done(&bed);
}

Test(json, random_sound_documents_come_back_whole)
{
    struct bed bed = bed_new();
    unsigned long seed = random_seed();
    for (unsigned round = 0; round < 30000; round++) {
        char text[DOCUMENT_BYTES_MAX], what[64];
        struct view v = make_document(seed + round, text);
        snprintf(what, sizeof(what), "seed %lu round %u", seed, round);
        cr_assert(reference_is_sound(v), "%s", what);
        check_document(&bed, v, what);
    }
    bed_done(&bed);
}

Test(json, random_damage_gets_the_verdict_of_the_reference)
{
    struct bed bed = bed_new();
    unsigned long seed = random_seed();
    unsigned still_sound = 0;
    for (unsigned round = 0; round < 200000; round++) {
        char text[DOCUMENT_BYTES_MAX], what[64];
        struct view v = make_document(seed + round / 4, text);
        uint64_t state = (seed + round) * 0x9e3779b97f4a7c15u + 7;
        v = damage(&state, text, v.size);
        snprintf(what, sizeof(what), "seed %lu round %u", seed, round);
        check_document(&bed, v, what);
        still_sound += reference_is_sound(v);
    }
    /* Both verdicts must be frequent for this to mean something. */
    cr_assert(still_sound > 10000 && still_sound < 190000, "%u", still_sound);
    bed_done(&bed);
}

static struct view nested(char *to, size_t depth)
{
    for (size_t i = 0; i < depth; i++) {
        to[i] = '[';
        to[2 * depth - 1 - i] = ']';
    }
    return view_of(to, 2 * depth);
}

Test(json, nests_to_the_limit_and_not_deeper)
{
    static char text[2000000];
    struct json_value root;
    struct err err;
    struct json_parser *p = json_parser_new(CPU_SCALAR, sizeof(text));
    cr_assert(json_parse(p, nested(text, JSON_DEPTH_MAX), &root, &err) == RC_OK);
    cr_assert(json_parse(p, nested(text, JSON_DEPTH_MAX + 1), &root, &err) == RC_BAD_INPUT);
    cr_assert_str_eq(err.text, "JSON: nested too deep at byte 256");
    cr_assert(json_parse(p, nested(text, 1000000), &root, &err) == RC_BAD_INPUT);
    json_parser_free(p);
}

Test(json, says_what_is_wrong_and_where)
{
    static const struct {
        const char *text, *expected;
    } examples[] = {
        {"", "JSON: the text ends too early at byte 0"},
        {"{\"a\":1", "JSON: the text ends too early at byte 6"},
        {"{\"a\":\"b", "JSON: the text ends in a string at byte 7"},
        {"{\"a\":tru}", "JSON: not a value at byte 5"},
        {"{\"a\":1,}", "JSON: not a key at byte 7"},
        {"{\"a\" 1}", "JSON: no colon behind a key at byte 5"},
        {"[1 2]", "JSON: neither a comma nor the container's end behind a value at byte 3"},
        {"[1}", "JSON: neither a comma nor the container's end behind a value at byte 2"},
        {"{} x", "JSON: something behind the document at byte 3"},
        {"[\"a\\x\"]", "JSON: unknown escape at byte 3"},
        {"[\"a\\u12\"]", "JSON: incomplete \\u escape at byte 3"},
        {"[\"a\n\"]", "JSON: control character in a string at byte 3"},
        {"[\"a\xff\"]", "JSON: invalid UTF-8 at byte 3"},
        {"\xef\xbb\xbf[]", "JSON: not a value at byte 0"},
    };
    struct json_parser *p = json_parser_new(CPU_SCALAR, 100);
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct json_value root;
        struct err err;
        cr_assert(json_parse(p, view_of_string(examples[i].text), &root, &err) == RC_BAD_INPUT);
        cr_assert_str_eq(err.text, examples[i].expected);
    }
    json_parser_free(p);
}

/* A small document, one that fills the bound, a small one again: the memory for
 * positions grows in between. */
Test(json, reads_documents_up_to_its_bound)
{
    static char text[300001];
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (!cpu_can(cpu))
            continue;
        struct json_parser *p = json_parser_new(cpu, sizeof(text) - 1);
        struct json_value root;
        struct err err;
        for (size_t size = 3; size < sizeof(text); size = size < 300000 ? size * 2 + 1 : 300001) {
            memset(text, '1', size);
            for (size_t i = 2; i < size - 1; i += 2)
                text[i] = ',';
            text[0] = '[';
            text[size - 1] = ']';
            cr_assert(json_parse(p, view_of(text, size), &root, &err) == RC_OK, "%s", err.text);
            cr_assert(json_parse(p, VIEW("{\"a\":1}"), &root, &err) == RC_OK);
        }
        cr_assert(json_parse(p, view_of(text, sizeof(text)), &root, &err) == RC_TOO_BIG);
        cr_assert_str_eq(err.text, "JSON: 300001 bytes, at most 300000 are read");
        json_parser_free(p);
    }
}
