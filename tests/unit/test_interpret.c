/* From one event to one row: the text, the payload's form, retries, the raw message. */
#include "interpret_case.h"

#define REQUEST "request_id=" ID "\n"
#define LOGGED "logged_at=2023-01-05T11:00:05.843Z\n"
#define HEAD TIME "\t" ID "\t"

Test(interpret, extracted_fields_come_first)
{
    static const struct interpret_case cases[] = {
        {"all three", HEAD "ERROR\tout of paper\n",
         LOGGED "kind=text\nlevel=ERROR 17\nmessage=out of paper\n" REQUEST,
         .event = "ERROR\tout of paper\n", .request_id = ID, .timestamp = TIME},
        {"they win over the line", "2024-01-01T00:00:00.000Z\taaaa-bbbb\tERROR\tx",
         LOGGED "kind=text\nlevel=ERROR 17\nmessage=x\n" REQUEST, .event = "ERROR\tx",
         .request_id = ID, .timestamp = TIME},
        {"an undefined id is looked for in the line", HEAD "INFO\tx",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=x\n" REQUEST, .event = "INFO\tx",
         .request_id = "undefined", .timestamp = TIME},
        {"undefined in both", TIME "\tundefined\tINFO\tx",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=x\n", .event = "INFO\tx",
         .request_id = "undefined", .timestamp = TIME},
        {"missing ones are looked for in the line", HEAD "INFO\tx",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=x\n" REQUEST, .event = "INFO\tx"},
        {"id and time apply without an event", "2024-01-01T00:00:00.000Z\taaaa-bbbb\tINFO\tx",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=x\n" REQUEST, .request_id = ID,
         .timestamp = TIME},
        {"id and time of a bare line", "x", LOGGED "kind=text\nlevel=INFO 9\nmessage=x\n" REQUEST,
         .request_id = ID, .timestamp = TIME},
        {"a level the event lacks is the line's", HEAD "WARN\tx\n",
         LOGGED "kind=text\nlevel=WARN 13\nmessage=x\n" REQUEST, .event = "x", .request_id = ID,
         .timestamp = TIME},
        {"other fields do not matter", "127.0.0.1 GET 200",
         "kind=text\nlevel=INFO 9\nmessage=127.0.0.1 GET 200\n"},
        {"an impossible time is null", HEAD "INFO\tx",
         "kind=text\nlevel=INFO 9\nmessage=x\n" REQUEST "raw_message=" HEAD "INFO\tx\n",
         .event = "INFO\tx", .request_id = ID, .timestamp = "2023-13-05T11:00:05.843Z"},
        {"an event and no message", NULL, "kind=text\nlevel=ERROR 17\nmessage=x\n",
         .event = "ERROR x"},
        {"an empty event", HEAD, LOGGED "kind=text\nlevel=INFO 9\nmessage=\n" REQUEST, .event = "",
         .request_id = ID, .timestamp = TIME},
    };
    CHECK_CASES(cases);
}

Test(interpret, the_leading_level_is_cut_from_an_extracted_event)
{
    static const struct interpret_case cases[] = {
        {"a tab", HEAD "DEBUG\tx", LOGGED "kind=text\nlevel=DEBUG 5\nmessage=x\n" REQUEST,
         .event = "DEBUG\tx"},
        {"a space", HEAD "ERROR x y", LOGGED "kind=text\nlevel=ERROR 17\nmessage=x y\n" REQUEST,
         .event = "ERROR x y"},
        {"brackets", HEAD "[WARN] x", LOGGED "kind=text\nlevel=WARN 13\nmessage=x\n" REQUEST,
         .event = "[WARN] x"},
        {".NET's tokens", HEAD "crit\tx", LOGGED "kind=text\nlevel=FATAL 21\nmessage=x\n" REQUEST,
         .event = "crit\tx"},
        {".NET's tokens in copies", HEAD "fail    x",
         LOGGED "kind=text\nlevel=ERROR 17\nmessage=x\n" REQUEST, .event = "fail    x"},
        {"a word that begins like a token", HEAD "info here",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=info here\n" REQUEST, .event = "info here"},
        {"no level", HEAD "x", LOGGED "kind=text\nlevel=INFO 9\nmessage=x\n" REQUEST, .event = "x"},
    };
    CHECK_CASES(cases);
}

Test(interpret, a_payload_follows_a_level_and_words)
{
    static const struct interpret_case cases[] = {
        {"the article's line", HEAD "ERROR\tInvoke Error \t{\"errorType\":\"E\"}\n",
         LOGGED "kind=log\nlevel=ERROR 17\nerror_type=E\n" REQUEST,
         .event = "ERROR\tInvoke Error \t{\"errorType\":\"E\"}\n", .request_id = ID,
         .timestamp = TIME},
        {"Uncaught Exception", HEAD "ERROR\tUncaught Exception \t{\"a\":1}\n",
         LOGGED "kind=log\nlevel=ERROR 17\n" REQUEST "attributes={\"a\":1}\n"},
        {"Unhandled Promise Rejection", HEAD "ERROR\tUnhandled Promise Rejection \t{\"a\":1}\n",
         LOGGED "kind=log\nlevel=ERROR 17\n" REQUEST "attributes={\"a\":1}\n"},
        {"other words are kept", HEAD "INFO\tReceived event: {\"a\":1} \n",
         LOGGED "kind=log\nlevel=INFO 9\n" REQUEST
                "attributes={\"a\":1,\"prefix\":\"Received event:\"}\n"},
        {"brackets and signs", HEAD "DEBUG\t[dd.trace_id=1 dd.span_id=2] {\"a\":1}",
         LOGGED "kind=log\nlevel=DEBUG 5\n" REQUEST
                "attributes={\"a\":1,\"prefix\":\"[dd.trace_id=1 dd.span_id=2]\"}\n"},
        {"newlines and quotes in the words", HEAD "INFO\ta\n\"b\"\n{\"a\":1}",
         LOGGED "kind=log\nlevel=INFO 9\n" REQUEST
                "attributes={\"a\":1,\"prefix\":\"a\\n\\\"b\\\"\"}\n"},
        {"the words alone as attributes", HEAD "INFO\twords {}",
         LOGGED "kind=log\nlevel=INFO 9\n" REQUEST "attributes={\"prefix\":\"words\"}\n"},
        {"the payload's own prefix wins", HEAD "INFO\twords {\"prefix\":1}",
         LOGGED "kind=log\nlevel=INFO 9\n" REQUEST "attributes={\"prefix\":1}\n"},
        {"a sibling's prefix wins too", HEAD "INFO\twords {\"message\":{},\"prefix\":null}",
         LOGGED "kind=log\nlevel=INFO 9\n" REQUEST "attributes={\"prefix\":null}\n"},
        {"a bare level", "WARN words {\"a\":1}",
         "kind=log\nlevel=WARN 13\nattributes={\"a\":1,\"prefix\":\"words\"}\n"},
        {"a bare level with a colon", "WARN: {\"a\":1}",
         "kind=log\nlevel=WARN 13\nattributes={\"a\":1}\n"},
        {"a bracketed level", "[ERROR] {\"a\":1}",
         "kind=log\nlevel=ERROR 17\nattributes={\"a\":1}\n"},
        {"Java's class is a word", "2023-01-05 11:00:05 " ID " ERROR App - {\"a\":1}",
         "logged_at=2023-01-05T11:00:05.000Z\nkind=log\nlevel=ERROR 17\n" REQUEST
         "attributes={\"a\":1,\"prefix\":\"App -\"}\nraw_message=2023-01-05 11:00:05 " ID
         " ERROR App - {\"a\":1}\n"},
        {"a bare payload", " {\"a\":1}\n\t ", "kind=log\nlevel=INFO 9\nattributes={\"a\":1}\n"},
        {"a payload after an id without a level", HEAD "{\"a\":1}",
         LOGGED "kind=log\nlevel=INFO 9\n" REQUEST "attributes={\"a\":1}\n"},
        {"without a level there are no words", HEAD "Received event: {\"a\":1}",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=Received event: {\"a\":1}\n" REQUEST},
        {"text behind the payload", "ERROR {\"a\":1} x",
         "kind=text\nlevel=ERROR 17\nmessage=ERROR {\"a\":1} x\n"},
        {"a brace in the words", "ERROR } {\"a\":1}",
         "kind=text\nlevel=ERROR 17\nmessage=ERROR } {\"a\":1}\n"},
        {"the payload begins at the first brace", "ERROR a {b {\"a\":1}",
         "kind=log\nlevel=ERROR 17\nmessage=ERROR a {b {\"a\":1}\n"
         "attributes={\"payload_error\":\"invalid JSON\"}\nraw_message=ERROR a {b {\"a\":1}\n"},
        {"an empty payload", "{}", "kind=log\nlevel=INFO 9\n"},
        {"an array is text", "[1,\"x\"]", "kind=text\nlevel=INFO 9\nmessage=[1,\"x\"]\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret, words_are_bounded_after_trimming)
{
    char words[257];
    memset(words, 'w', 256);
    words[256] = '\0';
    char message[600], expected[700];
    snprintf(message, sizeof(message), "ERROR  %s   {\"a\":1}", words);
    snprintf(expected, sizeof(expected),
             "kind=log\nlevel=ERROR 17\nattributes={\"a\":1,\"prefix\":\"%s\"}\n", words);
    struct interpret_case fits[] = {{"256 bytes", message, expected}};
    CHECK_CASES(fits);

    snprintf(message, sizeof(message), "ERROR %sx {\"a\":1}", words);
    snprintf(expected, sizeof(expected), "kind=text\nlevel=ERROR 17\nmessage=%s\n", message);
    struct interpret_case too_long[] = {{"257 bytes", message, expected}};
    CHECK_CASES(too_long);
}

Test(interpret, retries_are_ignored)
{
    static const struct interpret_case cases[] = {
        {"the payload's code", "{\"code\":\"ForceRetryExecution\"}", "kind=log\nignored\n"},
        {"in any case", "ERROR {\"code\":\"FORCEretryEXECUTION\"}", "kind=log\nignored\n"},
        {"its message's code", "{\"message\":{\"code\":\"ForceRetryExecution\"},\"code\":1}",
         "kind=log\nignored\n"},
        {"beside a message", "{\"message\":{},\"code\":\"ForceRetryExecution\"}",
         "kind=log\nignored\n"},
        {"with an escape", "{\"code\":\"\\u0046orceRetryExecution\"}", "kind=log\nignored\n"},
        {"deeper it is data", "{\"a\":{\"code\":\"ForceRetryExecution\"}}",
         "kind=log\nlevel=INFO 9\nattributes={\"a\":{\"code\":\"ForceRetryExecution\"}}\n"},
        {"no string", "{\"code\":[\"ForceRetryExecution\"]}",
         "kind=log\nlevel=INFO 9\nattributes={\"code\":[\"ForceRetryExecution\"]}\n"},
        {"another code", "{\"code\":\"ForceRetry\"}", "kind=log\nlevel=INFO 9\ncode=ForceRetry\n"},
        {"in a text", "ForceRetryExecution",
         "kind=text\nlevel=INFO 9\nmessage=ForceRetryExecution\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret, the_codes_to_ignore_are_an_option)
{
    static const struct view codes[] = {{"A", 1}, {"again", 5}};
    struct interpret_options options = {RAW_AUTO, codes, 2};
    struct interpreter *in = new_interpreter(&options);
    static const struct interpret_case cases[] = {
        {"one", "{\"code\":\"a\"}", "kind=log\nignored\n"},
        {"another", "{\"code\":\"Again\"}", "kind=log\nignored\n"},
        {"the default is replaced", "{\"code\":\"ForceRetryExecution\"}",
         "kind=log\nlevel=INFO 9\ncode=ForceRetryExecution\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(in, &cases[i]);
    interpreter_free(in);
}

Test(interpret, unsound_payloads_stay_as_the_message)
{
#define UNSOUND "attributes={\"payload_error\":\"invalid JSON\"}\n"
    static const struct interpret_case cases[] = {
        {"bare", "{\"a\":}\n",
         "kind=log\nlevel=INFO 9\nmessage={\"a\":}\n" UNSOUND "raw_message={\"a\":}\n\n"},
        {"a bad value beside a sound level", "{\"a\":{]},\"level\":\"ERROR\"}",
         "kind=log\nlevel=INFO 9\nmessage={\"a\":{]},\"level\":\"ERROR\"}\n" UNSOUND
         "raw_message={\"a\":{]},\"level\":\"ERROR\"}\n"},
        {"after words", HEAD "WARN\twords {a}\n",
         LOGGED "kind=log\nlevel=WARN 13\nmessage=words {a}\n" REQUEST UNSOUND "raw_message=" HEAD
                "WARN\twords {a}\n\n"},
        {"with a stack", "{a\n at f (b)\n}",
         "kind=log\nlevel=ERROR 17\nmessage={a\n at f (b)\n}\n" UNSOUND
         "raw_message={a\n at f (b)\n}\n"},
        {"a bad escape", "{\"a\":\"\\x\"}",
         "kind=log\nlevel=INFO 9\nmessage={\"a\":\"\\x\"}\n" UNSOUND
         "raw_message={\"a\":\"\\x\"}\n"},
        {"two documents", "{}{}",
         "kind=log\nlevel=INFO 9\nmessage={}{}\n" UNSOUND "raw_message={}{}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret, texts_lose_their_final_newlines_only)
{
    static const struct interpret_case cases[] = {
        {"newlines", "a \n\n", "kind=text\nlevel=INFO 9\nmessage=a \n"},
        {"carriage returns", "a\r\n\r", "kind=text\nlevel=INFO 9\nmessage=a\n"},
        {"a literal newline stays", "a\\n", "kind=text\nlevel=INFO 9\nmessage=a\\n\n"},
        {"an empty message", "", "kind=text\nlevel=INFO 9\nmessage=\n"},
        {"no message", NULL, "kind=text\nlevel=INFO 9\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret, foreign_documents_without_a_level_are_text)
{
    static const struct interpret_case cases[] = {
        {"any document", "{\"Hello\": \"World\"}\n",
         "kind=text\nlevel=INFO 9\nmessage={\"Hello\": \"World\"}\n", .is_foreign = true},
        {"a message alone", "{\"message\":[\"x\"]}",
         "kind=text\nlevel=INFO 9\nmessage={\"message\":[\"x\"]}\n", .is_foreign = true},
        {"a level", "{\"level\":\"warn\",\"a\":1}",
         "kind=log\nlevel=WARN 13\nattributes={\"a\":1}\n", .is_foreign = true},
        {"a type", "{\"type\":\"x\"}", "kind=log\nlevel=INFO 9\nattributes={\"type\":\"x\"}\n",
         .is_foreign = true},
        {"an error type", "{\"errorType\":\"E\"}", "kind=log\nlevel=INFO 9\nerror_type=E\n",
         .is_foreign = true},
        {"an event's message is not foreign", "{\"Hello\":\"World\"}",
         "kind=log\nlevel=INFO 9\nattributes={\"Hello\":\"World\"}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret, the_raw_message_stays_where_columns_say_less)
{
    static const struct interpret_case cases[] = {
        {"repaired bytes", "a\xef\xbf\xbdz",
         "kind=text\nlevel=INFO 9\nmessage=a\xef\xbf\xbdz\nraw_message=a\xef\xbf\xbdz\n",
         .was_repaired = true},
        {"another event of a repaired record", "x", "kind=text\nlevel=INFO 9\nmessage=x\n",
         .was_repaired = true},
        {"the replacement character alone is no repair", "a\xef\xbf\xbdz",
         "kind=text\nlevel=INFO 9\nmessage=a\xef\xbf\xbdz\n"},
        {"a duplicate key", "{\"a\":1,\"a\":2}",
         "kind=log\nlevel=INFO 9\nattributes={\"a\":2}\nraw_message={\"a\":1,\"a\":2}\n"},
        {"a duplicate key deep inside", "{\"a\":[{\"b\":1,\"b\":2}]}",
         "kind=log\nlevel=INFO 9\nattributes={\"a\":[{\"b\":1,\"b\":2}]}\n"
         "raw_message={\"a\":[{\"b\":1,\"b\":2}]}\n"},
        {"another event than the message ends with", HEAD "INFO\tx",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=y\n" REQUEST "raw_message=" HEAD "INFO\tx\n",
         .event = "INFO\ty", .request_id = ID, .timestamp = TIME},
        {"final newlines do not matter", HEAD "INFO\tx\n",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=x\n" REQUEST, .event = "INFO\tx",
         .request_id = ID, .timestamp = TIME},
        {"a time finer than a millisecond", "{\"timestamp\":\"2023-01-05T11:00:05.843999Z\"}",
         LOGGED "kind=log\nlevel=INFO 9\nraw_message={\"timestamp\":"
                "\"2023-01-05T11:00:05.843999Z\"}\n"},
        {"a time without a zone", "{\"timestamp\":\"2023-01-05 11:00:05,843\"}",
         LOGGED
         "kind=log\nlevel=INFO 9\nraw_message={\"timestamp\":\"2023-01-05 11:00:05,843\"}\n"},
        {"an impossible time", "{\"timestamp\":\"2023-01-05T24:00:05Z\"}",
         "kind=log\nlevel=INFO 9\nattributes={\"timestamp\":\"2023-01-05T24:00:05Z\"}\n"
         "raw_message={\"timestamp\":\"2023-01-05T24:00:05Z\"}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret, the_raw_message_is_an_option)
{
    static const struct interpret_case always[] = {
        {"always", "x\n", "kind=text\nlevel=INFO 9\nmessage=x\nraw_message=x\n\n"},
        {"without a message", NULL, "kind=text\nlevel=INFO 9\n"},
    };
    static const struct interpret_case never[] = {
        {"never", "{a}", "kind=log\nlevel=INFO 9\nmessage={a}\n" UNSOUND},
    };
    struct interpret_options options = {.raw = RAW_ALWAYS};
    struct interpreter *in = new_interpreter(&options);
    check_case(in, &always[0]);
    check_case(in, &always[1]);
    interpreter_free(in);
    options.raw = RAW_NEVER;
    in = new_interpreter(&options);
    check_case(in, &never[0]);
    interpreter_free(in);
}

Test(interpret, what_the_record_says_is_in_every_row)
{
    struct interpret_options options = {0};
    struct interpreter *in = new_interpreter(&options);
    struct raw_event raw = {.message = padded_string("x"),
                            .id = VIEW("00017"),
                            .has_timestamp = true,
                            .timestamp_ms = -1,
                            .region = VIEW("eu-west-1")};
    struct event_context context = {VIEW("123456789012"),
                                    VIEW("us-east-1"),
                                    VIEW("/aws/lambda/f"),
                                    VIEW("s"),
                                    VIEW("b/o.gz"),
                                    1LL << 40,
                                    7,
                                    9};
    struct event e;
    cr_assert_eq(interpret_event(in, &raw, &context, &e), RC_OK);
    struct buf out = {0};
    event_append_json(&e, &out);
    struct view expected = VIEW(
        "{\"timestamp\":\"1969-12-31T23:59:59.999Z\",\"event_id\":\"00017\",\"account_id\":"
        "\"123456789012\",\"region\":\"eu-west-1\",\"log_group\":\"/aws/lambda/f\",\"log_stream\":"
        "\"s\",\"kind\":\"text\",\"level\":\"INFO\",\"severity_number\":9,\"message\":\"x\","
        "\"source_object\":\"b/o.gz\",\"source_offset\":1099511627776,\"record_index\":7,"
        "\"event_index\":9}\n");
    cr_expect(view_equals(buf_view(&out), expected), "%.*s", (int)out.size, out.data);
    raw.account_id = VIEW("210987654321");
    cr_assert_eq(interpret_event(in, &raw, &context, &e), RC_OK);
    cr_expect(view_equals(event_text(&e, COL_ACCOUNT_ID), raw.account_id));
    buf_done(&out);
    free((char *)raw.message.data);
    interpreter_free(in);
}

Test(interpret, export_lines_are_split)
{
    static const struct {
        const char *entry;
        bool is_split;
        int64_t ms;
        const char *message;
    } rows[] = {
        {"2019-06-07T19:11:20.562Z START x", true, 1559934680562, "START x"},
        {"2019-06-07T19:11:20.562Z ", true, 1559934680562, ""},
        {"2019-06-07T19:11:20.562Z two\nlines", true, 1559934680562, "two\nlines"},
        {"2019-06-07T19:11:20.562Z", false, 0, NULL},
        {"2019-06-07T19:11:20.56Z x", false, 0, NULL},
        {"2019-06-07T19:11:20.562+x", false, 0, NULL},
        {"2019-06-07 19:11:20.562Z x", false, 0, NULL},
        {"2019-06-31T19:11:20.562Z x", false, 0, NULL},
        {"\tat f (a.js:1:2)", false, 0, NULL},
        {"", false, 0, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t ms = 0;
        struct view message = VIEW_NULL;
        bool is_split = export_line_split(view_of_string(rows[i].entry), &ms, &message);
        cr_expect_eq(is_split, rows[i].is_split, "%s", rows[i].entry);
        cr_expect_eq(ms, rows[i].ms, "%s", rows[i].entry);
        cr_expect(view_equals(message, view_of_string(rows[i].message)), "%s", rows[i].entry);
    }
}
