/* test_rules.c - the rules file: its forms, its mistakes, its effects. */
#include "alert/rules.h"

#include "alert/glob.h"
#include "alert_event.h"

#include <criterion/criterion.h>
#include <time.h>
#include <unistd.h>

static char path[] = "/tmp/millrace-rules-XXXXXX";

static void write_rules(struct view text)
{
    strcpy(path, "/tmp/millrace-rules-XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text.data, text.size), (ssize_t)text.size);
    close(fd);
}

static struct rules *load(const char *text)
{
    struct rules *rules = NULL;
    struct err err;
    write_rules(view_of_string(text));
    enum rc rc = rules_load(path, &rules, &err);
    unlink(path);
    cr_assert_eq(rc, RC_OK, "%s", rc == RC_OK ? "" : err.text);
    return rules;
}

static struct rules_verdict verdict_of(const struct rules *rules, const struct event *e)
{
    struct rules_verdict verdict;
    struct rules_scratch *scratch = rules_scratch_new(rules);
    cr_assert_not_null(scratch);
    cr_assert(rules_apply(rules, scratch, e, &verdict));
    rules_scratch_free(scratch);
    return verdict;
}

static bool ignores(const char *rule, const struct event *e)
{
    struct rules *rules = load(rule);
    bool is_ignored = verdict_of(rules, e).is_ignored;
    rules_free(rules);
    return is_ignored;
}

Test(rules, globs)
{
    static const struct {
        const char *pattern, *text;
        bool expected;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "abc", true},
        {"a*c", "abbc", true},
        {"a*c", "abcd", false},
        {"*b*", "abc", true},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"a?c",
         "a\xc3\xa9"
         "c",
         true},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"a\\", "a\\", true},
        {"*a*b*c", "xaybzc", true},
        {"*ab", "aab", true},
        {"**x**", "x", true},
        {"abc", "ab", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_eq(glob_matches(view_of_string(cases[i].pattern), view_of_string(cases[i].text)),
                     cases[i].expected, "%s on %s", cases[i].pattern, cases[i].text);
}

Test(rules, conditions)
{
    struct event e = event_error("Payment 12 declined");
    event_set(&e, COL_MESSAGE, "say \"hi\" \\ 7");
    static const struct {
        const char *rule;
        bool expected;
    } cases[] = {
        {"title=\"Payment * declined\" -> ignore", true},
        {"title=\"Payment\" -> ignore", false},
        {"title~\"^Payment \\d+ declined$\" -> ignore", true},
        {"title~\"ment\" -> ignore", true},
        {"title~\"^ment\" -> ignore", false},
        {"message~\"\\\"hi\\\" \\\\ 7\" -> ignore", true},
        {"message=\"say \\\"hi\\\" \\\\ ?\" -> ignore", true},
        {"level=\"ERROR\" account=\"1234*\" log_group=\"/aws/lambda/*\" -> ignore", true},
        {"level=\"ERROR\" account=\"999*\" -> ignore", false},
        {"title~\"(?i)PAYMENT\" -> ignore", true},
        {"-> ignore", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_eq(ignores(cases[i].rule, &e), cases[i].expected, "%s", cases[i].rule);
    struct event bare = event_of(KIND_LOG, SEVERITY_ERROR);
    cr_expect_not(ignores("title=\"*\" -> ignore", &bare));
}

Test(rules, effects_add_up)
{
    struct rules *rules =
        load("# names\n\n"
             "  title=\"a*\" -> group=\"first\" level=WARN # why\r\n"
             "title=\"*\" -> group=\"second\" owner=\"team one\" level=\"FATAL\"\n"
             "\ttitle=\"ab\" -> owner=\"two\"");
    struct event ab = event_error("ab"), b = event_error("b");
    struct rules_verdict v = verdict_of(rules, &ab);
    cr_expect(view_equals(v.group, VIEW("first")));
    cr_expect(view_equals(v.owner, VIEW("team one")));
    cr_expect(view_equals(v.level, VIEW("FATAL")));
    cr_expect_not(v.is_ignored);
    v = verdict_of(rules, &b);
    cr_expect(view_equals(v.group, VIEW("second")));
    cr_expect(rules_set_levels(rules));
    cr_expect(view_starts_with(rules_text(rules), VIEW("# names\n")));
    rules_free(rules);

    rules = load("title=\"x\" -> owner=\"o\"\n");
    v = verdict_of(rules, &b);
    cr_expect(view_is_null(v.group) && view_is_null(v.owner) && view_is_null(v.level));
    cr_expect_not(rules_set_levels(rules));
    rules_free(rules);
}

Test(rules, mistakes_are_named_with_line_and_column)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"titel=\"x\" -> ignore", ":1:1: expected level, title, message, log_group, account or ->"},
        {"\n title:\"x\" -> ignore", ":2:7: expected = or ~"},
        {"title=x -> ignore", ":1:7: a string in double quotes is missing"},
        {"title=\"x -> ignore", ":1:19: the string does not end"},
        {"title=\"x\"", ":1:10: expected -> and an effect"},
        {"title=\"x\" ->  # no", ":1:15: expected an effect"},
        {"title=\"x\" -> drop", ":1:14: expected ignore, group, owner or level"},
        {"title=\"x\" -> group", ":1:19: expected ="},
        {"title=\"x\" -> group=\"\"", ":1:20: the string is empty"},
        {"title=\"x\" -> level=LOUD", ":1:20: expected TRACE, DEBUG, INFO, WARN, ERROR or FATAL"},
        {"title=\"x\"level=\"y\" -> ignore", ":1:10: expected white space"},
        {"title~\"a(b\" -> ignore", ":1:11: missing closing parenthesis"},
        {"title~\"\\Cx\" -> ignore", ":1:10: using \\C is disabled by the application"},
        {"title=\"1\" title=\"1\" title=\"1\" title=\"1\" title=\"1\" title=\"1\" title=\"1\" "
         "title=\"1\" title=\"1\" -> ignore",
         ":1:81: too many conditions"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rules *rules;
        struct err err;
        char expected[256];
        write_rules(view_of_string(cases[i].text));
        snprintf(expected, sizeof(expected), "%s%s", path, cases[i].expected);
        cr_assert_eq(rules_load(path, &rules, &err), RC_USAGE, "%s", cases[i].text);
        cr_expect_str_eq(err.text, expected);
        unlink(path);
    }
}

Test(rules, a_missing_or_too_large_file_fails)
{
    struct rules *rules;
    struct err err;
    cr_expect_eq(rules_load("/nonexistent/rules", &rules, &err), RC_USAGE);
    static char big[RULES_FILE_BYTES_MAX + 1];
    memset(big, '\n', sizeof(big));
    write_rules(view_of(big, sizeof(big)));
    cr_expect_eq(rules_load(path, &rules, &err), RC_USAGE);
    unlink(path);
}

Test(rules, an_expression_that_backtracks_without_end_is_no_match)
{
    static char text[60001];
    memset(text, 'a', sizeof(text) - 1);
    struct event e = event_error(text);
    struct timespec begin, end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    cr_expect_not(ignores("title~\"^(a+)+$x|^(a|aa)+b\" -> ignore", &e));
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    cr_expect_lt(end.tv_sec - begin.tv_sec, 2);
}

Test(rules, invalid_utf8_is_searched_all_the_same)
{
    struct event e = event_error("\xff\xfe needle \xc3");
    cr_expect(ignores("title~\"needle\" -> ignore", &e));
}

Test(rules, random_lines_are_taken_or_refused)
{
    static const char *const pieces[] = {"title", "level", "=",      "~",     "\"",   "\\",
                                         "->",    " ",     "ignore", "group", "x",    "(",
                                         "#",     "\n",    "*",      "owner", "\x80", "\r"};
    uint64_t seed = random_seed(), state = seed;
    for (unsigned round = 0; round < 3000; round++) {
        char text[256] = "";
        struct rules *rules = NULL;
        for (unsigned i = 0; i < 12; i++)
            strcat(text, pieces[random_next(&state) % (sizeof(pieces) / sizeof(pieces[0]))]);
        write_rules(view_of_string(text));
        enum rc rc = rules_load(path, &rules, NULL);
        unlink(path);
        if (rc == RC_OK)
            rules_free(rules);
        if (rc != RC_OK && rc != RC_USAGE)
            cr_assert_fail("seed %lu: %s", (unsigned long)seed, text);
    }
}
