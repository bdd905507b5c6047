/* What a text is taken for, from its first bytes. */

#include "split_harness.h"

#define RECORD "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logEvents\":[]}"
#define TIME "2019-06-07T19:11:20.562Z "

static const char *const form_names[] = {"documents", "array", "lines", "export", "binary"};

struct form_case {
    struct view head;
    bool whole;
    bool is_export_name;
    enum text_form form;
};

static void check_forms(const struct form_case *cases, size_t count)
{
    struct guarded g = guarded_new(8192);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        for (size_t i = 0; cpu_can(cpu) && i < count; i++) {
            const struct form_case *c = &cases[i];
            enum text_form form =
                text_form_of(guarded_copy(g, c->head), c->whole, c->is_export_name, cpu);
            cr_assert_eq(form, c->form, "%s: '%.*s' is %s, not %s", cpu_name(cpu),
                         (int)c->head.size, c->head.data, form_names[form], form_names[c->form]);
        }
    }
    guarded_free(g);
}

Test(text_form, the_first_bytes_decide_where_they_are_json)
{
    static const struct form_case cases[] = {
        {VIEW("{\"a\":1}"), true, false, TEXT_DOCUMENTS},
        {VIEW("\xEF\xBB\xBF\r\n {"), true, false, TEXT_DOCUMENTS},
        {VIEW("{\"a\":\"\x01\"}"), true, false, TEXT_DOCUMENTS},
        {VIEW("{not json"), true, false, TEXT_DOCUMENTS},
        {VIEW("[{\"a\":1}]"), true, false, TEXT_ARRAY},
        {VIEW("\xEF\xBB\xBF[ \n {}"), true, false, TEXT_ARRAY},
        {VIEW("[ERROR] {\"a\":1}"), true, false, TEXT_LINES},
        {VIEW("[]"), true, false, TEXT_LINES},
        {VIEW("["), false, false, TEXT_LINES},
        {VIEW("\"{\\\"a\\\":1}\""), true, false, TEXT_LINES},
    };
    check_forms(cases, sizeof(cases) / sizeof(cases[0]));
}

Test(text_form, text_is_lines_unless_it_holds_what_no_text_has)
{
    static const struct form_case cases[] = {
        {VIEW(""), true, false, TEXT_LINES},
        {VIEW(" \n\t"), true, false, TEXT_LINES},
        {VIEW("START RequestId: 1\nEND\n"), true, false, TEXT_LINES},
        {VIEW("tabs\t\x0b\x0c\x1b[31m \x7f\xff\n"), true, false, TEXT_LINES},
        {VIEW("a\x08"
              "b\x0d\x1c\x1f"),
         true, false, TEXT_LINES},
        {VIEW("a\0b"), true, false, TEXT_BINARY},
        {VIEW("a\x07"), true, false, TEXT_BINARY},
        {VIEW("a\x0e"), true, false, TEXT_BINARY},
        {VIEW("long enough for a whole block of the check, and then some more text \x1a"), true,
         false, TEXT_BINARY},
        {VIEW(TIME "x\x02\n"), true, true, TEXT_BINARY},
    };
    check_forms(cases, sizeof(cases) / sizeof(cases[0]));
}

Test(text_form, an_export_needs_its_name_and_a_line_with_a_time)
{
    static const struct form_case cases[] = {
        {VIEW(TIME "x\n"), true, true, TEXT_EXPORT},
        {VIEW(TIME "x\n"), true, false, TEXT_LINES},
        {VIEW(" continued\n\n" TIME "x\n"), true, true, TEXT_EXPORT},
        {VIEW("x " TIME "x\n"), true, true, TEXT_LINES},
        {VIEW("2019-06-07T19:11:20Z x\n"), true, true, TEXT_LINES},
        {VIEW("2019-06-07 19:11:20.562Z x\n"), true, true, TEXT_LINES},
        {VIEW("2019-06-07T19:11:20.562Z"), true, true, TEXT_LINES},
    };
    check_forms(cases, sizeof(cases) / sizeof(cases[0]));
}

Test(text_form, a_record_behind_a_seam_makes_the_head_damage)
{
    static const struct form_case cases[] = {
        {VIEW("x\":1}]}" RECORD), true, false, TEXT_DOCUMENTS},
        {VIEW("x} \n { \"owner\":1, \"logEvents\" : []}"), true, false, TEXT_DOCUMENTS},
        {VIEW("\0\0}" RECORD), true, false, TEXT_DOCUMENTS},
        {VIEW("x}{\"rawData\":\"\"}"), true, false, TEXT_DOCUMENTS},
        {VIEW("x}{\"awslogs\":{\"data\":\"\"}}"), true, false, TEXT_DOCUMENTS},
        {VIEW("x}{\"Records\":[{\"kinesis\":{\"data\":\"\"}}]}"), true, false, TEXT_DOCUMENTS},
        {VIEW("x}{\"invocationId\":1,\"records\":[{\"data\":\"\"}]}"), true, false, TEXT_DOCUMENTS},
        {VIEW("x}{\"a\":1}{\"b\":2}" RECORD "{\"c\":3}"), true, false, TEXT_DOCUMENTS},
        /* Records of other services, keys that are deeper, keys in strings. */
        {VIEW("x}\n{\"Records\":[{\"s3\":{}}]}"), true, false, TEXT_LINES},
        {VIEW("x}\n{\"Records\":[{\"s3\":{}}]}{\"data\":1}"), true, false, TEXT_LINES},
        {VIEW("x}\n{\"a\":{\"logEvents\":[]}}"), true, false, TEXT_LINES},
        {VIEW("x}\n{\"a\":\"logEvents\"}"), true, false, TEXT_LINES},
        {VIEW("x}\n{\"a\":\"{\\\"logEvents\\\":[]}\"}"), true, false, TEXT_LINES},
        /* The deciding key may lie behind what is at hand. */
        {VIEW("x}{\"messageType\":\"DATA_ME"), false, false, TEXT_DOCUMENTS},
        {VIEW("x}{\"messageType\":\"DATA_ME"), true, false, TEXT_LINES},
        {VIEW("x}{\"messages\":\"DATA_ME"), false, false, TEXT_LINES},
    };
    check_forms(cases, sizeof(cases) / sizeof(cases[0]));
}

Test(text_form, a_record_without_a_seam_counts_where_a_damaged_start_leaves_it)
{
    static const struct form_case cases[] = {
        {VIEW("INVALID { \"messageType\": \"CONTROL_MESSAGE\" }"), true, false, TEXT_LINES},
        {VIEW("INVALID " RECORD), true, false, TEXT_DOCUMENTS},
        {VIEW("\n INVALID " RECORD), true, false, TEXT_DOCUMENTS},
        {VIEW("Received event: {\"awslogs\":{\"data\":\"\"}}"), true, false, TEXT_LINES},
        {VIEW("START\nReceived: " RECORD "\n"), true, false, TEXT_LINES},
        {VIEW("\x01\x02\n\x03" RECORD), true, false, TEXT_DOCUMENTS},
        {VIEW("\x01\x02\n{\"owner\":1}"), true, false, TEXT_BINARY},
    };
    check_forms(cases, sizeof(cases) / sizeof(cases[0]));
}

Test(text_form, hostile_text_takes_linear_time, .timeout = 20)
{
    static const char *const units[] = {"}{\"owner\":", "{\"owner\":",     "}{\"a\":[",
                                        "}{\"a\":\"",   "\n2019-06-07T",   "{ ",
                                        "} {",          "}{\"Records\":1,"};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        struct text t = {0};
        text_add_string(&t, "x\x01");
        while (t.size < 4 << 20)
            text_add_string(&t, units[i]);
        enum text_form form = text_form_of(text_view(&t), true, true, CPU_SCALAR);
        cr_assert_eq(form, TEXT_BINARY, "%s", units[i]);
        free(t.data);
    }
}
