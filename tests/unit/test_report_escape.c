#include "report/escape.h"

#include "util/text.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum form { HTML_1, HTML_2, HTML_3, MARKDOWN, MARKDOWN_2, CSV, SHELL, SQL };

static void escape(enum form form, struct buf *out, struct view v)
{
    switch (form) {
    case HTML_1:
        escape_html(out, v, HTML_TEXT, SIZE_MAX);
        return;
    case HTML_2:
        escape_html(out, v, HTML_BLOCK, SIZE_MAX);
        return;
    case HTML_3:
        escape_html(out, v, HTML_ATTRIBUTE, SIZE_MAX);
        return;
    case MARKDOWN:
        escape_markdown(out, v);
        return;
    case MARKDOWN_2:
        escape_markdown_block(out, v);
        return;
    case CSV:
        escape_csv(out, v);
        return;
    case SHELL:
        escape_shell(out, v);
        return;
    case SQL:
        escape_sql(out, v);
        return;
    }
}

struct row {
    enum form form;
    struct view in;
    const char *out;
};

static const struct row rows[] = {
    {HTML_1, {"a<b>&\"'`", 8}, "a&lt;b&gt;&amp;\"'`"},
    {HTML_1, {"</script><!--", 13}, "&lt;/script&gt;&lt;!--"},
    {HTML_1, {"x\ny\tz", 5}, "x\\x0ay\\x09z"},
    {HTML_1, {"\x1b[31m\x7f\0", 7}, "\\x1b[31m\\x7f\\x00"},
    {HTML_1,
     {"\xe2\x80\xae"
      "abc\xe2\x81\xa9",
      9},
     "\\u202eabc\\u2069"},
    {HTML_1, {"\xc2\x9b\xff\xc3", 4}, "\\u009b\\xff\\xc3"},
    {HTML_1, {"caf\xc3\xa9 \xf0\x9f\x98\x80", 10}, "caf\xc3\xa9 \xf0\x9f\x98\x80"},
    {HTML_1, {"\xed\xa0\x80", 3}, "\\xed\\xa0\\x80"},
    {HTML_2, {"a\tb\nc\r\nd\re<\x0b", 12}, "a\tb\nc\nd\ne&lt;\\x0b"},
    {HTML_3, {"\"'`<>&=\n", 8}, "&quot;&#39;&#96;&lt;&gt;&amp;=\\x0a"},
    {MARKDOWN,
     {"*a* _b_ `c` [d](e) ~f~ $g$", 26},
     "\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) \\~f\\~ \\$g\\$"},
    {MARKDOWN, {"a|b<i>&amp;\\", 12}, "a&#124;b&lt;i&gt;&amp;amp;\\\\"},
    {MARKDOWN, {"https://x www.x 12:04", 21}, "https\\://x www\\.x 12:04"},
    {MARKDOWN, {"@you #12 a@b # @", 16}, "@&#8203;you #&#8203;12 a@&#8203;b # @"},
    {MARKDOWN, {"a\nb\x1b", 4}, "a\\x0ab\\x1b"},
    {MARKDOWN_2, {"<b>\n*x*\r\x01", 9}, "<b>\n*x*\n\\x01"},
    {CSV, {"plain", 5}, "\"plain\""},
    {CSV, {"a \"b\", c", 8}, "\"a \"\"b\"\", c\""},
    {CSV, {"=1+1", 4}, "\"'=1+1\""},
    {CSV, {"+1", 2}, "\"'+1\""},
    {CSV, {"-1", 2}, "\"'-1\""},
    {CSV, {"@x", 2}, "\"'@x\""},
    {CSV, {"\t=1", 3}, "\"'\\x09=1\""},
    {CSV, {"\r=1", 3}, "\"'\\x0d=1\""},
    {CSV, {"a\nb", 3}, "\"a\\x0ab\""},
    {CSV, {"", 0}, "\"\""},
    {SHELL, {"archive/2023/x_1.gz", 19}, "archive/2023/x_1.gz"},
    {SHELL, {"a b", 3}, "'a b'"},
    {SHELL, {"$(rm -rf)`x`;", 13}, "'$(rm -rf)`x`;'"},
    {SHELL, {"it's", 4}, "'it'\\''s'"},
    {SHELL, {"-rf", 3}, "./-rf"},
    {SHELL, {"-r f", 4}, "'./-r f'"},
    {SHELL, {"", 0}, "''"},
    {SHELL, {"a\n'b\\", 5}, "$'a\\x0a\\'b\\\\'"},
    {SQL, {"it's", 4}, "'it''s'"},
    {SQL, {"a\\b", 3}, "'a\\b'"},
    {SQL, {"a\n'\\", 4}, "E'a\\x0a\\'\\\\'"},
};

Test(report_escape, each_form_writes_its_own_escapes)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out = {0};
        escape(rows[i].form, &out, rows[i].in);
        struct view expected = view_of_string(rows[i].out);
        cr_expect(view_equals(buf_view(&out), expected), "row %zu: %.*s, not %s", i, (int)out.size,
                  out.data, rows[i].out);
        buf_done(&out);
    }
}

/* xorshift64* from a seed that a failure prints. */
static uint64_t seed(void)
{
    const char *text = getenv("MILLRACE_TEST_SEED");
    return text ? strtoull(text, NULL, 10) : 20240229;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static size_t random_text(uint64_t *state, char text[64])
{
    static const char likely[] = "<>&\"'`=+-@|*[]()\\$\n\r\t /\x1b\x7f\xe2\x80\xae\xc2\x9b";
    size_t size = next_random(state) % 64;
    for (size_t i = 0; i < size; i++) {
        uint64_t r = next_random(state);
        text[i] = r & 1 ? likely[(r >> 8) % (sizeof(likely) - 1)] : (char)(r >> 16);
    }
    return size;
}

static bool is_clean(struct view v, bool may_break)
{
    struct buf shown = {0};
    text_for_terminal(&shown, v);
    bool clean = true;
    for (size_t i = 0, k = 0; clean && i < v.size; i++, k++) {
        if (may_break && (v.data[i] == '\n' || v.data[i] == '\t'))
            k += 3; /* shown as \x0a */
        else
            clean = k < shown.size && shown.data[k] == v.data[i];
    }
    buf_done(&shown);
    return clean;
}

Test(report_escape, no_control_or_direction_character_is_left_of_any_bytes)
{
    uint64_t state = seed();
    for (int round = 0; round < 20000; round++) {
        char text[64];
        struct view v = view_of(text, random_text(&state, text));
        for (enum form form = HTML_1; form <= SQL; form++) {
            struct buf out = {0};
            escape(form, &out, v);
            cr_assert(is_clean(buf_view(&out), form == HTML_2 || form == MARKDOWN_2),
                      "form %d, round %d of seed %" PRIu64, (int)form, round, seed());
            buf_done(&out);
        }
    }
}

/* The reference is the browser's own decoding, by hand: entities back. */
static void undo_html(struct buf *out, struct view v)
{
    static const struct {
        struct view entity;
        char byte;
    } entities[] = {{{"&amp;", 5}, '&'},  {{"&lt;", 4}, '<'},   {{"&gt;", 4}, '>'},
                    {{"&quot;", 6}, '"'}, {{"&#39;", 5}, '\''}, {{"&#96;", 5}, '`'}};
    for (size_t at = 0; at < v.size;) {
        size_t i = 0;
        while (i < 6 && !view_starts_with(view_from(v, at), entities[i].entity))
            i++;
        buf_append_byte(out, i < 6 ? entities[i].byte : v.data[at]);
        at += i < 6 ? entities[i].entity.size : 1;
    }
}

Test(report_escape, html_decodes_to_the_shown_text_and_holds_no_markup)
{
    uint64_t state = seed();
    for (int round = 0; round < 20000; round++) {
        char text[64];
        struct view v = view_of(text, random_text(&state, text));
        struct buf shown = {0}, decoded = {0}, out = {0};
        escape_html(&out, v, HTML_ATTRIBUTE, SIZE_MAX);
        undo_html(&decoded, buf_view(&out));
        text_for_terminal(&shown, v);
        cr_assert(view_equals(buf_view(&decoded), buf_view(&shown)), "round %d of seed %" PRIu64,
                  round, seed());
        for (size_t i = 0; i < out.size; i++)
            cr_assert(memchr("<>\"'`", out.data[i], 5) == NULL);
        buf_done(&shown);
        buf_done(&decoded);
        buf_done(&out);
    }
}

Test(report_escape, a_shell_reads_the_name_back)
{
    uint64_t state = seed();
    if (system("bash -c true") != 0)
        cr_skip_test("no bash");
    for (int round = 0; round < 60; round++) {
        char text[64];
        size_t size = random_text(&state, text);
        for (size_t i = 0; i < size; i++)
            text[i] = text[i] == '\0' ? '0' : (char)(text[i] & 0x7f ? text[i] & 0x7f : 'x');
        if (size > 0 && text[0] == '-')
            text[0] = '_';
        struct buf command = {0};
        escape_shell(&command, view_of(text, size));
        char path[] = "/tmp/millrace-escape-XXXXXX";
        FILE *script = fdopen(mkstemp(path), "w");
        cr_assert_not_null(script);
        fprintf(script, "printf %%s %.*s\n", (int)command.size, command.data);
        fclose(script);
        char run[64];
        snprintf(run, sizeof(run), "bash %s", path);
        FILE *shell = popen(run, "r");
        char back[256];
        size_t back_size = fread(back, 1, sizeof(back), shell);
        cr_assert_eq(pclose(shell), 0);
        remove(path);
        cr_assert(view_equals(view_of(back, back_size), view_of(text, size)),
                  "round %d of seed %" PRIu64 ": %.*s", round, seed(), (int)command.size,
                  command.data);
        buf_done(&command);
    }
}

Test(report_escape, html_within_a_bound_ends_between_characters)
{
    struct buf out = {0};
    cr_expect_eq(escape_html(&out, VIEW("a<b"), HTML_TEXT, 4), 1);
    cr_expect(view_equals(buf_view(&out), VIEW("a")));
    buf_clear(&out);
    cr_expect_eq(escape_html(&out, VIEW("a<b"), HTML_TEXT, 5), 2);
    cr_expect(view_equals(buf_view(&out), VIEW("a&lt;")));
    buf_clear(&out);
    cr_expect_eq(escape_html(&out, VIEW("\xc3\xa9"), HTML_TEXT, 1), 0);
    cr_expect_eq(out.size, 0);
    buf_done(&out);
}

Test(report_escape, a_fence_is_longer_than_any_run_inside)
{
    cr_expect_eq(escape_fence_size(VIEW("")), 3);
    cr_expect_eq(escape_fence_size(VIEW("a `` b")), 3);
    cr_expect_eq(escape_fence_size(VIEW("a ``` b `` c")), 4);
    cr_expect_eq(escape_fence_size(VIEW("``````")), 7);
}

Test(report_escape, cuts_end_between_characters)
{
    struct view v = VIEW("a\xc3\xa9\xe2\x82\xac");
    const size_t sizes[] = {0, 1, 1, 3, 3, 3, 6, 6};
    for (size_t i = 0; i < 8; i++)
        cr_expect_eq(escape_cut(v, i).size, sizes[i], "%zu", i);
}

Test(report_escape, widths_are_those_of_a_terminal)
{
    cr_expect_eq(escape_width(VIEW("abc")), 3);
    cr_expect_eq(escape_width(VIEW("\xe6\x97\xa5\xe6\x9c\xac")), 4); /* two CJK characters */
    cr_expect_eq(escape_width(VIEW("e\xcc\x81")), 1);                /* a combining accent */
    cr_expect_eq(escape_width(VIEW("\xf0\x9f\x98\x80")), 2);
    cr_expect_eq(escape_cut_columns(VIEW("\xe6\x97\xa5\xe6\x9c\xac"), 3).size, 3);
    cr_expect_eq(escape_cut_columns(VIEW("abc"), 0).size, 0);
}
