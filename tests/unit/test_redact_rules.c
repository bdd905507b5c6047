/* test_redact_rules.c - the user's own expressions: what they take out, their
 * mistakes, their limits. */
#include "report/redact_rules.h"

#include "unit_folder.h"

#include <criterion/criterion.h>

static enum rc load(const char *text, struct redact_rules **ret, struct err *err)
{
    struct unit_folder f = unit_folder_make();
    unit_file(&f, "rules", text);
    enum rc rc = redact_rules_load(unit_path(&f, "rules"), ret, err);
    unit_folder_remove(&f);
    return rc;
}

static void expect(const char *rules, const char *in, const char *out)
{
    struct redact_rules *r;
    struct err err;
    bool is_failed = false;
    cr_assert_eq(load(rules, &r, &err), RC_OK, "%s", rules);
    struct view got = redact_rules_apply(r, view_of_string(in), &is_failed);
    cr_expect(view_equals(got, view_of_string(out)), "%s on %s gave %.*s", rules, in,
              (int)got.size, got.data);
    cr_expect(!is_failed);
    redact_rules_free(r);
}

Test(redact_rules, take_out_what_they_match)
{
    expect("\\d{16}\n", "card 4111111111111111 declined", "card [redacted] declined");
    expect("a", "banana", "b[redacted]n[redacted]n[redacted]");
    expect("nothing", "to see", "to see");
    expect("x*", "axxb", "a[redacted]b");
    expect("", "all", "all");
    expect("ü", "grün", "gr[redacted]n");
    expect("n$", "grün", "grü[redacted]");
    expect("x*$", "ü", "ü");
}

Test(redact_rules, take_out_the_first_group_where_there_is_one)
{
    expect("customer=(\\d+)", "customer=17 customer=18",
           "customer=[redacted] customer=[redacted]");
    expect("a(b)?c", "abc ac", "a[redacted]c [redacted]");
    expect("(?:id|nr)=(\\d+)(;)", "id=1;", "id=[redacted];");
}

Test(redact_rules, apply_one_after_the_other)
{
    expect("# names\n\nAlice\r\nBob", "Alice and Bob", "[redacted] and [redacted]");
    expect("one\n\\[redacted\\] two", "one two", "[redacted]");
}

Test(redact_rules, read_text_that_is_not_utf8)
{
    expect("b", "a\xff\xfe"
                "b\xc3",
           "a\xff\xfe[redacted]\xc3");
}

Test(redact_rules, keep_null_apart_from_empty)
{
    struct redact_rules *r;
    struct err err;
    bool is_failed = false;
    cr_assert_eq(load("^$", &r, &err), RC_OK);
    cr_expect(view_is_null(redact_rules_apply(r, VIEW_NULL, &is_failed)));
    cr_expect_eq(redact_rules_apply(r, VIEW(""), &is_failed).size, 0);
    redact_rules_free(r);
}

/* What could not be looked through is not shown. */
Test(redact_rules, hide_a_text_that_hits_a_limit, .timeout = 20)
{
    expect("(?:a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
           "[redacted: an expression reached its limit here]");
}

Test(redact_rules, name_the_place_of_a_mistake)
{
    static const struct {
        const char *rules, *place;
    } rows[] = {{"ok\na(b\n", "rules:2:4: "}, {"[z-a]", "rules:1:4: "}, {"\\C", "rules:1:3: "}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redact_rules *r = NULL;
        struct err err;
        cr_expect_eq(load(rows[i].rules, &r, &err), RC_USAGE);
        cr_expect_not_null(strstr(err.text, rows[i].place), "%s", err.text);
        cr_expect_null(strchr(err.text, '\n'));
        cr_expect_null(r);
    }
}

Test(redact_rules, have_bounds)
{
    struct redact_rules *r;
    struct err err;
    struct buf text = {0};
    for (int i = 0; i <= REDACT_RULES_MAX; i++)
        buf_printf(&text, "a\n");
    buf_append_byte(&text, '\0');
    cr_expect_eq(load(text.data, &r, &err), RC_USAGE);
    cr_expect_not_null(strstr(err.text, ":201:1: more than 200"), "%s", err.text);
    buf_clear(&text);
    for (int i = 0; i <= REDACT_FILE_BYTES_MAX; i++)
        buf_append_byte(&text, '#');
    buf_append_byte(&text, '\0');
    cr_expect_eq(load(text.data, &r, &err), RC_USAGE);
    cr_expect_eq(redact_rules_load("/nowhere/at/all", &r, &err), RC_USAGE);
    buf_done(&text);
}
