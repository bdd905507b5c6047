/* Walks against the parser: what a walk accepts is sound, and its members are
 * those that the parser finds. */

#include "split_harness.h"

#include "json/json_glance.h"
#include "json/repair.h"

static const char *const words[] = {
    "{",        "}",           "[",          "]",       ",",
    ":",        "\"",          "\"a\"",      "\"b c\"", "\"\\\"\"",
    "\"\\\\\"", "\"\\u00e9\"", "\"\\u12\"",  "\"\\x\"", "\"\xc3\xa9\"",
    "\"\n\"",   "true",        "false",      "null",    "nul",
    "0",        "-1",          "01",         "1.5e3",   "1.",
    "-",        " ",           "\n",         "\\",      "\x01",
    "\"a\":1",  "{\"a\":{}}",  "[[],[1,2]]",
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static void add_value(struct text *t, uint64_t *seed, unsigned depth)
{
    size_t choice = random_below(seed, depth > 0 ? 6 : 4);
    size_t count = random_below(seed, 4);
    switch (choice) {
    case 0:
        text_add_string(t, "\"a string of some bytes \\n \\\" \\\\ and more\"");
        return;
    case 1:
        text_add_string(t, "-12.25");
        return;
    case 2:
        text_add_string(t, "null");
        return;
    case 3:
        text_add_string(t, "\"\\u00e9\xc3\xa9\"");
        return;
    default:
        text_add_string(t, choice == 4 ? "{" : "[");
        for (size_t i = 0; i < count; i++) {
            text_add_string(t, i > 0 ? "," : "");
            text_add_string(t, random_below(seed, 8) == 0 ? " " : "");
            if (choice == 4)
                text_add_string(t, random_below(seed, 2) ? "\"key\":" : "\"other key\" :");
            add_value(t, seed, depth - 1);
        }
        text_add_string(t, choice == 4 ? "}" : "]");
    }
}

/* Half of the texts are sound but for a change now and then, half are words. */
static void make_text(struct text *t, uint64_t *seed)
{
    t->size = 0;
    if (random_below(seed, 2) == 0) {
        text_add_string(t, "{\"first\":");
        add_value(t, seed, 5);
        text_add_string(t, ",\"second\":");
        add_value(t, seed, 5);
        text_add_string(t, "}");
    } else {
        size_t count = random_below(seed, 12);
        text_add_string(t, "{\"a\":");
        for (size_t i = 0; i < count; i++)
            text_add_string(t, words[random_below(seed, WORDS)]);
        text_add_string(t, "}");
    }
    if (random_below(seed, 3) == 0)
        t->data[random_below(seed, t->size)] = "{}[]\",:\\ \n0a"[random_below(seed, 12)];
}

/* Whether a walk goes through; counts those that do. */
static bool check(struct json_glance *g, struct json_parser *p, struct view text)
{
    struct json_value root, key, value;
    struct json_part part;
    struct view name;
    bool is_sound = json_parse(p, text, &root, NULL) == RC_OK;
    if (!json_glance_begin(g, text) || !json_glance_enter(g))
        return false;
    struct json_cursor c = {0};
    if (is_sound)
        c = json_open(p, root);
    enum json_glance_step step;
    for (bool is_first = true;
         (step = json_glance_member(g, is_first, &name)) == JSON_GLANCE_MEMBER; is_first = false) {
        if (!json_glance_value(g, &part))
            return false;
        if (!is_sound)
            continue;
        cr_assert(json_next_member(p, &c, &key, &value));
        cr_assert_eq(part.type, value.type);
        bool is_string = part.type == JSON_STRING;
        cr_assert_eq(part.text.data, value.raw.data + is_string);
        cr_assert_eq(part.text.size + 2 * (size_t)is_string, value.raw.size);
        cr_assert_eq(name.data, key.raw.data + 1);
        cr_assert_eq(name.size + 2, key.raw.size);
    }
    if (step != JSON_GLANCE_END || !json_glance_is_over(g))
        return false;
    cr_assert(is_sound, "%.*s", (int)text.size, text.data);
    cr_assert_not(json_next_member(p, &c, &key, &value));
    return true;
}

Test(json_glance, finds_the_members_that_the_parser_finds)
{
    enum { ROUNDS = 30000, BYTES = 4096 };
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        uint64_t seed = test_seed();
        struct json_glance g;
        struct text t = {0};
        struct guarded pages = guarded_new(2 * JSON_GLANCE_BYTES_MAX);
        unsigned sound = 0;
        if (!cpu_can(cpu))
            continue;
        struct json_parser *p = json_parser_new(cpu, 1 << 20);
        json_glance_init(&g, cpu);
        for (unsigned round = 0; round < ROUNDS; round++) {
            make_text(&t, &seed);
            if (t.size <= JSON_GLANCE_BYTES_MAX && utf8_is_valid(CPU_SCALAR, text_view(&t)))
                sound += check(&g, p, guarded_copy(pages, text_view(&t)));
        }
        cr_expect_gt(sound, ROUNDS / 5u, "%s, seed %lu", cpu_name(cpu), (unsigned long)test_seed());
        cr_expect_lt(sound, ROUNDS * 4u / 5u);
        json_parser_free(p);
        guarded_free(pages);
        free(t.data);
    }
}

static bool walks(struct text *t)
{
    struct json_glance g;
    struct json_part part;
    json_glance_init(&g, CPU_SCALAR);
    return json_glance_begin(&g, text_view(t)) && json_glance_value(&g, &part) &&
           json_glance_is_over(&g);
}

Test(json_glance, gives_up_where_a_text_is_too_large_or_too_deep)
{
    for (unsigned over = 0; over < 2; over++) {
        struct text t = {0}, deep = {0};
        text_add_string(&t, "\"");
        text_add_run(&t, 'x', JSON_GLANCE_BYTES_MAX - 2 + over);
        text_add_string(&t, "\"");
        cr_expect_eq(walks(&t), over == 0);
        text_add_run(&deep, '[', JSON_GLANCE_DEPTH_MAX + over);
        text_add_run(&deep, ']', JSON_GLANCE_DEPTH_MAX + over);
        cr_expect_eq(walks(&deep), over == 0);
        free(t.data);
        free(deep.data);
    }
}

Test(json_glance, reads_nothing_behind_the_end)
{
    static const char *const cut[] = {
        "{",         "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,",
        "{\"a\":\"", "[1",  "[",    "tru",    "-",       "\"\\"};
    for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
        struct text t = {0};
        text_add_string(&t, cut[i]);
        /* What lies behind would complete it. */
        memcpy(t.data + t.size, "\"}]e1", 5);
        cr_expect_not(walks(&t), "%s", cut[i]);
        free(t.data);
    }
}
