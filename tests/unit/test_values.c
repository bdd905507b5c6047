#include "cli/command_line.h"
#include "cli/values.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(values, sizes_take_binary_suffixes)
{
    static const struct {
        const char *text;
        bool is_ok;
        uint64_t value;
    } rows[] = {
        {"0", true, 0},
        {"4096", true, 4096},
        {"64M", true, 64 << 20},
        {"1k", true, 1024},
        {"2G", true, 2ull << 30},
        {"", false, 0},
        {"-1", false, 0},
        {"1MB", false, 0},
        {"M", false, 0},
        {"99999999999999999999", false, 0},
        {"99999999999G", false, 0},
        {" 1", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t value = 0;
        cr_expect_eq(value_bytes(rows[i].text, &value), rows[i].is_ok, "%s", rows[i].text);
        if (rows[i].is_ok)
            cr_expect_eq(value, rows[i].value, "%s", rows[i].text);
    }
}

Test(values, times_name_their_first_or_last_millisecond)
{
    static const struct {
        const char *text;
        int64_t begin, end;
    } rows[] = {
        {"2023-01-05", 1672876800000, 1672963199999},
        {"2023-01-05T12", 1672920000000, 1672923599999},
        {"2023-01-05T12:30", 1672921800000, 1672921859999},
        {"2023-01-05T12:30:15Z", 1672921815000, 1672921815999},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t ms = 0;
        cr_expect(value_time_ms(rows[i].text, false, &ms));
        cr_expect_eq(ms, rows[i].begin, "%s", rows[i].text);
        cr_expect(value_time_ms(rows[i].text, true, &ms));
        cr_expect_eq(ms, rows[i].end, "%s", rows[i].text);
    }
    static const char *const bad[] = {"",           "2023",
                                      "2023-02-29", "2023-01-05T24",
                                      "2023/01/05", "2023-01-05T12:60",
                                      "yesterday",  "2023-01-05T12:30:15+01:00"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t ms;
        cr_expect_not(value_time_ms(bad[i], false, &ms), "%s", bad[i]);
    }
}

Test(values, gates_name_a_count_to_stay_within)
{
    struct gate gate;
    cr_expect(value_gate("new", &gate) && gate.kind == GATE_NEW && gate.above == 0);
    cr_expect(value_gate("error>10", &gate) && gate.kind == GATE_ERROR && gate.above == 10);
    cr_expect(value_gate("fatal>0", &gate) && gate.kind == GATE_FATAL && gate.above == 0);
    cr_expect(value_gate("alerts>7", &gate) && gate.kind == GATE_ALERTS && gate.above == 7);
    static const char *const bad[] = {"",        "news",     "error",     "error>",  "error>=1",
                                      "error>x", "error> 1", "errors>1", "alerts>-1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(value_gate(bad[i], &gate), "%s", bad[i]);
}

Test(values, spans_and_levels)
{
    int64_t ms;
    enum severity severity;
    cr_expect(value_duration_ms("15d", &ms) && ms == 15LL * 24 * 3600 * 1000);
    cr_expect(value_duration_ms("12h", &ms) && ms == 12LL * 3600 * 1000);
    cr_expect_not(value_duration_ms("15", &ms));
    cr_expect_not(value_duration_ms("d", &ms));
    cr_expect(value_severity("warning", &severity) && severity == SEVERITY_WARN);
    cr_expect_not(value_severity("loud", &severity));
}

static enum rc parse(const char *line, struct command_line *c, struct err *err)
{
    static char storage[1024];
    static char *argv[64];
    int argc = 0;
    snprintf(storage, sizeof(storage), "%s", line);
    for (char *word = strtok(storage, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return command_line_parse(argc, argv, c, err);
}

Test(values, counts_are_listed_or_a_range)
{
    static const struct {
        const char *text;
        size_t count;
        unsigned values[4];
    } good[] = {
        {"4", 1, {4}}, {"1,2,8", 3, {1, 2, 8}}, {"1..4", 4, {1, 2, 3, 4}}, {"8,1..2", 3, {8, 1, 2}}};
    unsigned values[4];
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        size_t count = 0;
        cr_assert(value_counts(good[i].text, 9, values, 4, &count), "%s", good[i].text);
        cr_assert_eq(count, good[i].count, "%s", good[i].text);
        for (size_t k = 0; k < count; k++)
            cr_expect_eq(values[k], good[i].values[k], "%s", good[i].text);
    }
    static const char *const bad[] = {"", "0", "10", "1,", ",1", "4..1", "1..", "..2", "1..5", "a"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        size_t count = 0;
        cr_expect_not(value_counts(bad[i], 9, values, 4, &count), "%s", bad[i]);
    }
}

Test(values, kernels_are_named)
{
    unsigned kernels;
    cr_assert(value_kernels("avx2,scalar", &kernels));
    cr_expect_eq(kernels, 1u << CPU_AVX2 | 1u << CPU_SCALAR);
    static const char *const bad[] = {"", "mmx", "avx2,", "avx", "AVX2"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(value_kernels(bad[i], &kernels), "%s", bad[i]);
}

Test(command_line, options_stand_anywhere_and_in_every_form)
{
    struct command_line c;
    struct err err;
    cr_assert_eq(parse("millrace run a -o out --since=2023-01-05 b -j3 -qv -- -c", &c, &err), RC_OK,
                 "%s", err.text);
    cr_expect_eq(c.verb, VERB_RUN);
    cr_assert_eq(c.options.sources_count, 3);
    cr_expect_str_eq(c.options.sources[0], "a");
    cr_expect_str_eq(c.options.sources[1], "b");
    cr_expect_str_eq(c.options.sources[2], "-c");
    cr_expect_str_eq(c.options.out, "out");
    cr_expect_eq(c.options.threads, 3);
    cr_expect(c.options.is_quiet);
    cr_expect_eq(c.options.verbose, 1);
    cr_expect(c.options.has_since);
}

Test(command_line, wrong_use_is_one_line_that_says_what_to_do)
{
    static const struct {
        const char *line;
        const char *text;
    } rows[] = {
        {"millrace", "say what to do: millrace run SOURCE... -o OUT; see millrace --help"},
        {"millrace walk x", "walk: no such command; see millrace --help"},
        {"millrace run", "nothing to read: millrace run SOURCE... -o OUT"},
        {"millrace run x", "say where to write: millrace run SOURCE... -o OUT"},
        {"millrace run x -o", "-o: wants a value: --output OUT"},
        {"millrace run x -o y --bogus", "--bogus: no such option; see millrace run --help"},
        {"millrace events x --force", "--force: no such option; see millrace events --help"},
        {"millrace run x -o y --force=1", "--force=1: takes no value"},
        {"millrace run x -o y -j 0",
         "--threads: cannot take \"0\"; it wants N: worker threads (default: one per usable core)"},
        {"millrace run x -o y --since 2023-01-06 --until 2023-01-05",
         "--until lies before --since"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct command_line c;
        struct err err;
        cr_expect_eq(parse(rows[i].line, &c, &err), RC_USAGE, "%s", rows[i].line);
        cr_expect_str_eq(err.text, rows[i].text, "%s: %s", rows[i].line, err.text);
    }
}

Test(command_line, help_names_every_verb_and_option)
{
    struct command_line c;
    struct err err;
    cr_assert_eq(parse("millrace run --help", &c, &err), RC_OK);
    cr_expect(c.wants_help && c.has_verb && c.verb == VERB_RUN);
    cr_assert_eq(parse("millrace --help", &c, &err), RC_OK);
    cr_expect(c.wants_help && !c.has_verb);
    cr_assert_eq(parse("millrace help events", &c, &err), RC_OK);
    cr_expect(c.wants_help && c.has_verb && c.verb == VERB_EVENTS);
    struct buf text = {0};
    help_append(&text);
    for (enum verb v = 0; v < VERB_COUNT; v++)
        cr_expect_lt(view_find(buf_view(&text), view_of_string(verb_info(v)->name), 0), text.size);
    buf_clear(&text);
    help_append_verb(VERB_RUN, &text);
    cr_expect_lt(view_find(buf_view(&text), VIEW("-o, --output OUT"), 0), text.size);
    buf_done(&text);
}
