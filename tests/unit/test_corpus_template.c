#include "corpus_template.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A scene in which nothing but the random numbers vary. */
struct stage {
    struct digits digits;
    struct scene scene;
    char text[2 * MESSAGE_BYTES_MAX];
};

static struct stage *stage_new(uint64_t seed)
{
    struct stage *s = calloc(1, sizeof *s);
    cr_assert_not_null(s);
    digits_init(&s->digits);
    s->scene.digits = &s->digits;
    s->scene.random = random_of(seed, 0, 0);
    memcpy(s->scene.request_id, "5f0f4a26-6c1e-4d0e-9c57-2f8f6f1d3a10", 36);
    s->scene.ms = 1672920000123;
    format_iso(s->scene.iso, s->scene.ms, &s->digits);
    s->scene.account_id = VIEW("111122223333");
    s->scene.region = VIEW("eu-central-1");
    s->scene.service = VIEW("orders");
    s->scene.function = VIEW("createOrder");
    s->scene.limit_s = 15;
    s->scene.memory_mb = 256;
    return s;
}

/* What `text` writes; in the stage's memory until the next call. */
static const char *write(struct stage *s, const char *text, bool is_escaped)
{
    struct template *t = template_new(text);
    *template_write(t, is_escaped, &s->scene, s->text) = '\0';
    template_free(t);
    return s->text;
}

Test(corpus_template, patches_take_their_value_from_the_scene)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"no place", "no place"},
        {"<<id>>", "5f0f4a26-6c1e-4d0e-9c57-2f8f6f1d3a10"},
        {"at <<time>>\t", "at 2023-01-05T12:00:00.123Z\t"},
        {"<<timego>> x", "2023/01/05 12:00:00 x"},
        {"<<timelog>>", "2023-01-05 12:00:00"},
        {"<<epoch>>", "1672920000123"},
        {"<<account>>/<<region>>/<<service>>/<<function>>",
         "111122223333/eu-central-1/orders/createOrder"},
        {"<<limit>> <<limitms>> <<memory>>", "15.00 15000.00 256"},
        {"<<int 7 7>>", "7"},
    };
    struct stage *s = stage_new(1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_str_eq(write(s, cases[i].text, false), cases[i].expected, "%s gives %s",
                         cases[i].text, s->text);
    free(s);
}

Test(corpus_template, escaped_text_is_the_inside_of_a_json_string)
{
    struct stage *s = stage_new(1);
    cr_expect_str_eq(write(s, "\"q\" \\ \n\r\t\b\f \x1b[31m Zo\u00eb \U0001f69a", true),
                     "\\\"q\\\" \\\\ \\n\\r\\t\\b\\f \\u001b[31m Zo\u00eb \U0001f69a");
    free(s);
}

Test(corpus_template, random_values_have_the_form_that_their_name_promises)
{
    struct stage *s = stage_new(7);
    for (unsigned i = 0; i < 2000; i++) {
        const char *uuid = write(s, "<<uuid>>", false);
        cr_assert_eq(strspn(uuid, "0123456789abcdef-"), 36);
        cr_assert_eq(uuid[14], '4');
        cr_assert_not_null(strchr("89ab", uuid[19]));
        long number = strtol(write(s, "<<int 10 12>>", false), NULL, 10);
        cr_assert(number >= 10 && number <= 12);
        const char *dec = write(s, "<<dec 5 5>>", false);
        cr_assert_eq(strlen(dec), 4);
        cr_assert(memcmp(dec, "5.", 2) == 0 && dec[3] != '0', "%s is not its shortest form", dec);
        cr_assert_eq(strlen(write(s, "<<hex 7>>", false)), 7);
    }
    free(s);
}

Test(corpus_template, one_seed_gives_one_text)
{
    const char *text = "<<uuid>> <<ip>> <<host>> <<email>> <<xray>> <<word>> <<timemicro>>";
    struct stage *a = stage_new(42), *b = stage_new(42), *c = stage_new(43);
    write(a, text, false);
    write(b, text, true);
    write(c, text, false);
    cr_expect_str_eq(a->text, b->text);
    cr_expect_str_neq(a->text, c->text);
    free(a);
    free(b);
    free(c);
}

Test(corpus_template, the_event_place_is_remembered_and_writes_nothing)
{
    struct stage *s = stage_new(1);
    cr_expect_str_eq(write(s, "head\t<<event>>tail", false), "head\ttail");
    cr_expect_str_eq(s->scene.event_start, "tail");
    free(s);
}

Test(corpus_template, final_newlines_do_not_make_more_lines)
{
    static const struct {
        const char *text;
        bool is_one_line;
    } cases[] = {
        {"", true},      {"a", true},       {"a\n", true},     {"a\n\n", true},
        {"a\nb", false}, {"a\nb\n", false}, {"a\rb\n", false}, {"\n", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct template *t = template_new(cases[i].text);
        cr_expect_eq(template_is_one_line(t), cases[i].is_one_line, "case %zu", i);
        template_free(t);
    }
}

Test(corpus_template, times_are_those_of_the_c_library)
{
    struct digits *d = malloc(sizeof *d);
    cr_assert_not_null(d);
    digits_init(d);
    struct random r = random_of(3, 0, 0);
    for (unsigned i = 0; i < 20000; i++) {
        int64_t ms = (int64_t)(random_next(&r) % 4102444800000); /* to 2100 */
        time_t seconds = (time_t)(ms / 1000);
        struct tm tm;
        char expected[32], found[25] = "";
        cr_assert_not_null(gmtime_r(&seconds, &tm));
        size_t size = strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S", &tm);
        snprintf(expected + size, sizeof expected - size, ".%03dZ", (int)(ms % 1000));
        format_iso(found, ms, d);
        cr_assert_str_eq(found, expected);
    }
    free(d);
}
