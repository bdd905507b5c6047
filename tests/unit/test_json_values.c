#include "json_bed.h"

Test(json_values, gives_members_in_order_with_types_and_raw_text)
{
    static const struct {
        const char *key, *raw;
        enum json_type type;
    } expected[] = {
        {"\"n\"", "null", JSON_NULL},
        {"\"f\"", "false", JSON_FALSE},
        {"\"t\"", "true", JSON_TRUE},
        {"\"i\"", "-1.5e3", JSON_NUMBER},
        {"\"s\"", "\"x\\ny\"", JSON_STRING},
        {"\"a\"", "[ 1, [2] ]", JSON_ARRAY},
        {"\"o\"", "{\"n\" : {} }", JSON_OBJECT},
        {"\"n\"", "7", JSON_NUMBER},
    };
    struct json_parser *p = json_parser_new(CPU_SCALAR, 1000);
    struct json_value key, value;
    struct json_value root = parse_sound(
        p, VIEW(" { \"n\" : null , \"f\":false,\"t\" :true\n, \"i\": -1.5e3 ,\"s\":\"x\\ny\" , "
                "\"a\": [ 1, [2] ] ,\"o\":{\"n\" : {} }, \"n\":7 } "));
    cr_assert(root.type == JSON_OBJECT);
    struct json_cursor c = json_open(p, root);
    for (size_t i = 0; i < COUNT(expected); i++) {
        cr_assert(json_next_member(p, &c, &key, &value));
        cr_assert(key.type == JSON_STRING && value.type == expected[i].type, "%zu", i);
        cr_assert(view_equals(key.raw, view_of_string(expected[i].key)), "%zu", i);
        cr_assert(view_equals(value.raw, view_of_string(expected[i].raw)), "%zu", i);
    }
    cr_assert(!json_next_member(p, &c, &key, &value));
    cr_assert(!json_next_member(p, &c, &key, &value));
    json_parser_free(p);
}

Test(json_values, string_equals_resolves_escapes)
{
    static const struct {
        const char *raw;
        struct view text;
        bool is_equal;
    } examples[] = {
        {"\"level\"", VIEW("level"), true},
        {"\"l\\u0065vel\"", VIEW("level"), true},
        {"\"\\u006c\\u0065\\u0076\\u0065\\u006c\"", VIEW("level"), true},
        {"\"level\"", VIEW("leve"), false},
        {"\"level\"", VIEW("levels"), false},
        {"\"leveL\"", VIEW("level"), false},
        {"\"\"", VIEW(""), true},
        {"\"\"", VIEW("a"), false},
        {"\"a\"", VIEW(""), false},
        {"\"\\n\"", VIEW("\n"), true},
        {"\"\\n\"", VIEW("\\n"), false},
        {"\"\\\\n\"", VIEW("\\n"), true},
        {"\"\\\\n\"", VIEW("\\\\n"), false},
        {"\"a\\\\\"", VIEW("a\\"), true},
        {"\"\\u0000\"", VIEW("\0"), true},
        {"\"\\u00e9\"", VIEW("\xc3\xa9"), true},
        {"\"\xc3\xa9\"", VIEW("\xc3\xa9"), true},
        {"\"\\u00e9\"", VIEW("\xc3"), false},
        {"\"\\ud83d\\ude00\"", VIEW("\xf0\x9f\x98\x80"), true},
        {"\"\\ud83d\"", VIEW("\xef\xbf\xbd"), true},
        {"\"level\\u0000\"", VIEW("level"), false},
        {"\"abc\\u0064\"", VIEW("abce"), false},
    };
    struct json_parser *p = json_parser_new(CPU_SCALAR, 1000);
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct json_value string = parse_sound(p, view_of_string(examples[i].raw));
        cr_assert(json_string_equals(string, examples[i].text) == examples[i].is_equal, "%s",
                  examples[i].raw);
    }
    json_parser_free(p);
}

Test(json_values, string_text_borrows_without_escapes_and_appends_with_them)
{
    struct bed bed = bed_new();
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        struct json_parser *p = bed.parsers[cpu];
        if (p == NULL)
            continue;
        struct buf out = {0};
        struct view document = bed_copy(&bed, VIEW("\"plain \xc3\xa9\""));
        struct view text = json_string_text(parse_sound(p, document), cpu, &out);
        cr_assert(text.data == document.data + 1 && text.size == 8 && out.size == 0);

        document = bed_copy(&bed, VIEW("\"say \\\"hi\\\"\\n\\ud83d\\ude00\\ud83d!\""));
        buf_append(&out, "before", 6);
        text = json_string_text(parse_sound(p, document), cpu, &out);
        cr_assert(view_equals(text, VIEW("say \"hi\"\n\xf0\x9f\x98\x80\xef\xbf\xbd!")));
        cr_assert(text.data == out.data + 6 && out.size == 6 + text.size);
        cr_assert(memcmp(out.data, "before", 6) == 0);

        text = json_string_text(parse_sound(p, VIEW("\"\"")), cpu, &out);
        cr_assert(!view_is_null(text) && text.size == 0);
        buf_done(&out);
    }
    bed_done(&bed);
}

static bool has_duplicates(struct json_parser *p, struct view text)
{
    return json_has_duplicate_keys(p, parse_sound(p, text));
}

Test(json_values, finds_duplicate_keys_at_any_depth)
{
    static const struct {
        const char *text;
        bool has_duplicates;
    } examples[] = {
        {"1", false},
        {"\"a\"", false},
        {"{}", false},
        {"[]", false},
        {"{\"a\":1,\"b\":1}", false},
        {"{\"a\":1,\"a\":1}", true},
        {"{\"a\":1,\"b\":2,\"c\":3,\"a\":4}", true},
        {"{\"\":1,\"\":2}", true},
        {"{\"a\":1,\"A\":1,\"aa\":1,\"\":1}", false},
        {"{\"a\":{\"a\":{\"a\":1}}}", false},
        {"{\"a\":{\"b\":1},\"c\":{\"b\":1}}", false},
        {"[{\"a\":1},{\"a\":1}]", false},
        {"[[],[1,{\"x\":[{\"y\":1,\"z\":{},\"y\":{}}]}]]", true},
        {"{\"a\":1,\"\\u0061\":2}", true},
        {"{\"\\u0061\":1,\"\\u0061\":2}", true},
        {"{\"\\u0061\":1,\"\\u0062\":2}", false},
        {"{\"\\u00e9\":1,\"\xc3\xa9\":2}", true},
        {"{\"\\u00e9x\":1,\"\xc3\xa9y\":2}", false},
        {"{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}", true},
        {"{\"\\n\":1,\"n\":2,\"\\\\n\":3}", false},
        {"{\"a\\/b\":1,\"a/b\":2}", true},
        {"{\"a\":{\"b\":1,\"c\":[]},\"b\":{\"a\":{}},\"c\":[{}],\"a\":0}", true},
    };
    struct json_parser *p = json_parser_new(CPU_SCALAR, 1000);
    for (size_t i = 0; i < COUNT(examples); i++)
        cr_assert(has_duplicates(p, view_of_string(examples[i].text)) == examples[i].has_duplicates,
                  "%s", examples[i].text);
    json_parser_free(p);
}

/* Objects of 1 to 70 keys, plain or escaped, without and with one repeated. */
Test(json_values, finds_a_repeated_key_among_any_number)
{
    unsigned long seed = random_seed();
    struct json_parser *p = json_parser_new(CPU_SCALAR, 100000);
    for (unsigned round = 0; round < 5000; round++) {
        uint64_t state = (seed + round) * 0x9e3779b97f4a7c15u + 1;
        unsigned keys = 2 + random_next(&state) % 70;
        unsigned repeats = round % 2 == 0 ? keys : random_next(&state) % keys;
        unsigned at = random_next(&state) % keys; /* the key that takes the other's name */
        unsigned escapes_one_in = round % 3 == 0 ? 4 : 1000000;
        struct buf out = {0};
        for (unsigned i = 0; i < keys; i++) {
            unsigned name = i == at && repeats < keys ? repeats : i;
            const char *letter = random_next(&state) % escapes_one_in == 0 ? "\\u006b" : "k";
            buf_printf(&out, "%s\"%s%u\":{\"k0\":[%u]}", i ? "," : "{", letter, name * 7919, i);
        }
        buf_append_byte(&out, '}');
        bool expected = repeats < keys && repeats != at;
        cr_assert(has_duplicates(p, buf_view(&out)) == expected, "seed %lu round %u: %.*s", seed,
                  round, (int)out.size, out.data);
        buf_done(&out);
    }
    json_parser_free(p);
}

/* Escaped keys are hashed in pieces: these are longer than several. */
Test(json_values, finds_long_escaped_duplicates)
{
    struct json_parser *p = json_parser_new(CPU_SCALAR, 100000);
    for (unsigned size = 200; size < 1100; size += 37) {
        for (unsigned differs = 0; differs < 2; differs++) {
            struct buf out = {0};
            buf_append(&out, "{\"", 2);
            for (unsigned i = 0; i < size; i++)
                buf_printf(&out, i % 5 == 0 ? "\\u00e9" : "k");
            buf_append(&out, "\":1,\"", 5);
            for (unsigned i = 0; i < size; i++)
                buf_printf(&out, i % 5 == 0 ? "\xc3\xa9" : "%c",
                           differs && i == size - 1 ? 'x' : 'k');
            buf_append(&out, "\":1}", 4);
            bool last_is_plain = (size - 1) % 5 != 0;
            cr_assert(has_duplicates(p, buf_view(&out)) == !(differs && last_is_plain), "%u", size);
            buf_done(&out);
        }
    }
    json_parser_free(p);
}

/* The members stay reachable: the sort's lists live beside the skip table. */
Test(json_values, looking_for_duplicates_leaves_the_document_as_it_is)
{
    struct buf text = {0}, before = {0}, after = {0};
    for (unsigned i = 0; i < 100; i++)
        buf_printf(&text, "%s\"k%u\":{\"a\":[%u,{}]}", i ? "," : "{", i, i);
    buf_append_byte(&text, '}');
    struct json_parser *p = json_parser_new(CPU_SCALAR, 100000);
    struct json_value root = parse_sound(p, buf_view(&text));
    rebuild(p, root, &before);
    cr_assert(!json_has_duplicate_keys(p, root));
    rebuild(p, root, &after);
    cr_assert(view_equals(buf_view(&before), buf_view(&after)));
    buf_done(&text);
    buf_done(&before);
    buf_done(&after);
    json_parser_free(p);
}

/* Keys that differ in their last byte only, half of them escaped. A quadratic
 * search would take minutes. */
Test(json_values, hostile_objects_cost_little_more_than_their_size, .timeout = 8)
{
    struct buf text = {0};
    buf_append_byte(&text, '{');
    for (unsigned i = 0; i < 100000; i++)
        buf_printf(&text, "\"%saaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%06u\":0,",
                   i % 2 ? "\\u0061" : "", i);
    buf_printf(&text, "\"last\":0}");
    struct json_parser *p = json_parser_new(CPU_SCALAR, text.size);
    cr_assert(!has_duplicates(p, buf_view(&text)));
    text.size--;
    buf_printf(&text, ",\"\\u006cast\":1}");
    json_parser_free(p);
    p = json_parser_new(CPU_SCALAR, text.size);
    cr_assert(has_duplicates(p, buf_view(&text)));
    json_parser_free(p);
    buf_done(&text);
}

Test(json_values, compact_form_of_a_part_is_that_part_alone)
{
    struct json_parser *p = json_parser_new(CPU_SCALAR, 1000);
    struct json_value key, value;
    struct buf out = {0};
    struct json_value root =
        parse_sound(p, VIEW("{ \"a\" : [ 1 , \" x \" , { } ] , \"b\" : 2.50 , \"c\" : \"d\" }"));
    struct json_cursor c = json_open(p, root);
    while (json_next_member(p, &c, &key, &value)) {
        cr_assert(json_append_compact(p, value, &out));
        buf_append_byte(&out, '|');
    }
    cr_assert(view_equals(buf_view(&out), VIEW("[1,\" x \",{}]|2.50|\"d\"|")));
    buf_done(&out);
    json_parser_free(p);
}
