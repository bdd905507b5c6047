#include "interpret/envelope.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>

/* A parsed document and the scratch its strings go to. */
struct opened {
    struct json_parser *parser;
    struct json_value root;
    struct buf text; /* the document, with slack behind it */
    struct buf scratch;
    enum cpu cpu;
};

static struct opened open_document(const char *text)
{
    struct opened o = {0};
    cpu_choose(&o.cpu);
    o.parser = json_parser_new(o.cpu, 1 << 20);
    cr_assert_not_null(o.parser);
    buf_append(&o.text, text, strlen(text));
    buf_reserve(&o.text, 64);
    buf_reserve(&o.scratch, o.text.size);
    struct err err;
    cr_assert_eq(json_parse(o.parser, buf_view(&o.text), &o.root, &err), RC_OK, "%s: %s", text,
                 err.text);
    return o;
}

static void close_document(struct opened *o)
{
    json_parser_free(o->parser);
    buf_done(&o->text);
    buf_done(&o->scratch);
}

static void expect_text(struct view actual, const char *expected, const char *what)
{
    if (expected == NULL)
        cr_expect(view_is_null(actual), "%s is %.*s", what, (int)actual.size, actual.data);
    else
        cr_expect(!view_is_null(actual) && view_equals(actual, view_of_string(expected)),
                  "%s is %.*s, not %s", what, (int)actual.size, actual.data, expected);
}

Test(envelope, documents_are_told_by_their_keys)
{
    static const struct {
        const char *text;
        enum document_kind kind;
    } rows[] = {
        {"{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[]}", DOCUMENT_RECORD},
        {"{\"logEvents\":[],\"messageType\":\"DATA_MESSAGE\",\"policyLevel\":\"x\"}",
         DOCUMENT_RECORD},
        {"{\"logEvents\":[{\"message\":\"x\"}]}", DOCUMENT_RECORD},
        {"{\"logEvents\":[]}", DOCUMENT_RECORD},
        {"{\"log\\u0045vents\":[]}", DOCUMENT_RECORD},
        {"{\"messageType\":\"OTHER\",\"logEvents\":[]}", DOCUMENT_RECORD},
        {"{\"logEvents\":{},\"logEvents\":[]}", DOCUMENT_RECORD},
        {"{\"messageType\":\"CONTROL_MESSAGE\",\"logEvents\":[{}]}", DOCUMENT_CONTROL},
        {"{\"messageType\":\"CONTROL_MESSAGE\"}", DOCUMENT_CONTROL},
        {"{\"logEvents\":[{\"message\":\"CWL CONTROL MESSAGE: Checking\"}]}", DOCUMENT_CONTROL},
        {"{\"messageType\":null,\"logEvents\":[{\"message\":\"CWL CONTROL MESSAGE: x\"}]}",
         DOCUMENT_CONTROL},
        {"{\"logEvents\":[{\"message\":\"CWL CONTROL MESSAGE: x\"},{\"message\":\"x\"}]}",
         DOCUMENT_RECORD},
        {"{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{\"message\":\"CWL CONTROL MESSAGE\"}]}",
         DOCUMENT_RECORD},
        {"{\"rawData\":\"eA==\",\"errorCode\":\"x\"}", DOCUMENT_PAYLOADS},
        {"{\"awslogs\":{\"data\":\"eA==\"}}", DOCUMENT_PAYLOADS},
        {"{\"Records\":[{\"s3\":1},{\"kinesis\":{\"data\":\"eA==\"}}]}", DOCUMENT_PAYLOADS},
        {"{\"records\":[{\"recordId\":\"1\",\"data\":\"eA==\"}]}", DOCUMENT_PAYLOADS},
        {"{\"Records\":[{\"eventSource\":\"aws:s3\"}]}", DOCUMENT_FOREIGN},
        {"{\"Records\":[{\"data\":\"eA==\"}]}", DOCUMENT_FOREIGN},
        {"{\"Records\":[]}", DOCUMENT_FOREIGN},
        {"{\"records\":{}}", DOCUMENT_FOREIGN},
        {"{\"awslogs\":\"x\"}", DOCUMENT_FOREIGN},
        {"{\"awslogs\":{\"data\":1}}", DOCUMENT_FOREIGN},
        {"{\"rawData\":1}", DOCUMENT_FOREIGN},
        {"{\"logEvents\":{}}", DOCUMENT_FOREIGN},
        {"{\"logEvents\":\"x\"}", DOCUMENT_FOREIGN},
        {"{\"a\":1}", DOCUMENT_FOREIGN},
        {"{}", DOCUMENT_FOREIGN},
        {"[{\"logEvents\":[]}]", DOCUMENT_FOREIGN},
        {"17", DOCUMENT_FOREIGN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct opened o = open_document(rows[i].text);
        struct record record;
        record_open(o.parser, o.root, o.cpu, &o.scratch, &record);
        cr_expect_eq(record.kind, rows[i].kind, "%s is %d", rows[i].text, record.kind);
        close_document(&o);
    }
}

Test(envelope, a_record_names_its_source)
{
    static const struct {
        const char *text;
        const char *account_id, *region, *log_group, *log_stream;
    } rows[] = {
        {"{\"owner\":\"123456789012\",\"logGroup\":\"\\/aws\\/lambda\\/f\",\"logStream\":\"s\","
         "\"logEvents\":[]}",
         "123456789012", NULL, "/aws/lambda/f", "s"},
        {"{\"logEvents\":[]}", NULL, NULL, NULL, NULL},
        {"{\"owner\":\"\",\"logGroup\":null,\"logStream\":[],\"logEvents\":[]}", NULL, NULL, NULL,
         NULL},
        {"{\"owner\":\"1\",\"@aws.account\":\"2\",\"@aws.region\":\"eu-west-1\",\"logEvents\":[]}",
         "2", "eu-west-1", NULL, NULL},
        {"{\"owner\":\"1\",\"owner\":\"2\",\"logEvents\":[]}", "2", NULL, NULL, NULL},
        {"{\"logGroup\":\"arn:aws:logs:us-gov-west-1:1:log-group:g\",\"logEvents\":[]}", NULL,
         "us-gov-west-1", "arn:aws:logs:us-gov-west-1:1:log-group:g", NULL},
        {"{\"a\":{\"b\":[\"arn:aws:iam::1:role/x\",\"arn:aws:kinesis:eu-north-1:1:x\"]},"
         "\"logEvents\":[]}",
         NULL, "eu-north-1", NULL, NULL},
        {"{\"@aws.region\":\"ap-south-1\",\"a\":\"arn:aws:kinesis:eu-north-1:1:x\","
         "\"logEvents\":[]}",
         NULL, "ap-south-1", NULL, NULL},
        {"{\"logEvents\":[{\"message\":\"arn:aws:kinesis:eu-north-1:1:x\"}]}", NULL, NULL, NULL,
         NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct opened o = open_document(rows[i].text);
        struct record record;
        record_open(o.parser, o.root, o.cpu, &o.scratch, &record);
        cr_expect_eq(record.kind, DOCUMENT_RECORD);
        expect_text(record.account_id, rows[i].account_id, rows[i].text);
        expect_text(record.region, rows[i].region, rows[i].text);
        expect_text(record.log_group, rows[i].log_group, rows[i].text);
        expect_text(record.log_stream, rows[i].log_stream, rows[i].text);
        close_document(&o);
    }
}

struct event_row {
    const char *text;
    const char *id, *message, *timestamp; /* the timestamp as text, NULL: none */
    bool is_message_json, is_extracted;
    const char *extracted_timestamp, *extracted_request_id, *extracted_event;
    const char *account_id, *region;
};

static void check_event(const struct event_row *row)
{
    struct opened o = open_document(row->text);
    struct raw_event e;
    memset(&e, 0xff, sizeof(e));
    cr_assert(record_event(o.parser, &o.root, o.cpu, &o.scratch, &e), "%s", row->text);
    expect_text(e.id, row->id, row->text);
    expect_text(e.message, row->message, row->text);
    cr_expect_eq(e.has_timestamp, row->timestamp != NULL, "%s", row->text);
    if (row->timestamp != NULL)
        cr_expect_eq(e.timestamp_ms, strtoll(row->timestamp, NULL, 10), "%s", row->text);
    cr_expect_eq(e.is_message_json, row->is_message_json, "%s", row->text);
    cr_expect_eq(e.is_extracted, row->is_extracted, "%s", row->text);
    cr_expect_eq(e.is_foreign, false);
    cr_expect_eq(e.was_repaired, false);
    expect_text(e.extracted_timestamp, row->extracted_timestamp, row->text);
    expect_text(e.extracted_request_id, row->extracted_request_id, row->text);
    expect_text(e.extracted_event, row->extracted_event, row->text);
    expect_text(e.account_id, row->account_id, row->text);
    expect_text(e.region, row->region, row->text);
    close_document(&o);
}

/* Rows leave out what is null or false. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

Test(envelope, events)
{
    static const struct event_row rows[] = {
        {"{\"id\":\"3531\",\"timestamp\":1583425836114,\"message\":\"a\\tb\\n\"}", "3531", "a\tb\n",
         "1583425836114"},
        {"{\"message\":\"x\",\"timestamp\":\"1583425836114\",\"id\":\"\"}", NULL, "x",
         "1583425836114"},
        {"{}"},
        {"{\"id\":null,\"timestamp\":null,\"message\":null}"},
        {"{\"timestamp\":\"\"}"},
        {"{\"timestamp\":\"2020-03-05T16:30:36.114Z\"}"},
        {"{\"timestamp\":-1}", .timestamp = "-1"},
        {"{\"timestamp\":1583425836114.0}", .timestamp = "1583425836114"},
        {"{\"timestamp\":1583425836.114}"},
        {"{\"timestamp\":99999999999999999999}"},
        {"{\"timestamp\":[1]}"},
        {"{\"id\":17}", .id = "17"},
        {"{\"message\":\"\"}", .message = ""},
        {"{\"message\":[1, {\"a\" : \"\\n\"}]}", .message = "[1, {\"a\" : \"\\n\"}]",
         .is_message_json = true},
        {"{\"message\":{}}", .message = "{}", .is_message_json = true},
        {"{\"message\":1.0}", .message = "1.0", .is_message_json = true},
        {"{\"message\":false}", .message = "false", .is_message_json = true},
        {"{\"message\":\"a\",\"message\":\"b\",\"messag\\u0065\":\"c\"}", .message = "c"},
        {"{\"message\":\"lone \\ud800 surrogate\"}", .message = "lone \xef\xbf\xbd surrogate"},
        {"{\"extractedFields\":{\"timestamp\":\"t\",\"request_id\":\"\\u0069\",\"event\":\"e\\n\","
         "\"ip\":\"x\"}}",
         .is_extracted = true, .extracted_timestamp = "t", .extracted_request_id = "i",
         .extracted_event = "e\n"},
        {"{\"extractedFields\":{\"event\":\"\"}}", .is_extracted = true, .extracted_event = ""},
        {"{\"extractedFields\":{\"event\":null,\"timestamp\":1}}", .is_extracted = true},
        {"{\"extractedFields\":null}"},
        {"{\"extractedFields\":{}}"},
        {"{\"extractedFields\":{\"@aws.account\":\"1\",\"@aws.region\":\"eu-west-1\"}}",
         .account_id = "1", .region = "eu-west-1"},
        {"{\"@aws.account\":\"1\",\"@aws.region\":\"eu-west-1\"}", .account_id = "1",
         .region = "eu-west-1"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_event(&rows[i]);
}

Test(envelope, an_entry_that_is_no_object_is_bad)
{
    static const char *const rows[] = {"null", "true", "17", "\"x\"", "[]", "[{}]"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct opened o = open_document(rows[i]);
        struct raw_event e;
        cr_expect_not(record_event(o.parser, &o.root, o.cpu, &o.scratch, &e), "%s", rows[i]);
        close_document(&o);
    }
}

Test(envelope, payloads_come_in_order_with_the_region_of_their_arn)
{
    static const struct {
        const char *text;
        const char *expected; /* base64, '@', region or '-', and a space each */
    } rows[] = {
        {"{\"awslogs\":{\"data\":\"YQ==\"}}", "YQ==@- "},
        {"{\"awslogs\":{\"data\":\"Y\\/==\"}}", "Y/==@- "},
        {"{\"rawData\":\"YQ==\",\"lambdaArn\":\"arn:aws:lambda:eu-west-1:1:function:f\"}",
         "YQ==@eu-west-1 "},
        {"{\"lambdaARN\":\"arn:aws:lambda:eu-west-2:1:function:f\",\"rawData\":\"YQ==\"}",
         "YQ==@eu-west-2 "},
        {"{\"Records\":[{\"kinesis\":{\"data\":\"YQ==\"},\"invokeIdentityArn\":\"arn:aws:iam::1:"
         "r\","
         "\"eventSourceARN\":\"arn:aws:kinesis:eu-west-1:1:stream/s\"},"
         "{\"s3\":{}},17,{\"kinesis\":{\"data\":\"Yg==\"}},{\"kinesis\":{}}]}",
         "YQ==@eu-west-1 Yg==@- "},
        {"{\"deliveryStreamArn\":\"arn:aws:firehose:us-east-2:1:d\",\"records\":[{\"data\":"
         "\"YQ==\"},{\"data\":null},{\"data\":\"Yg==\"}]}",
         "YQ==@us-east-2 Yg==@us-east-2 "},
        {"{\"deliveryStreamArn\":\"arn:{partition}:kinesis:EXAMPLE\",\"region\":\"{region}\","
         "\"records\":[{\"data\":\"YQ==\"}]}",
         "YQ==@- "},
        {"{\"records\":[{\"data\":\"Yw==\"}],\"awslogs\":{\"data\":\"YQ==\"},\"Records\":[{"
         "\"kinesis\":{\"data\":\"Yg==\"}}]}",
         "YQ==@- Yg==@- Yw==@- "},
        {"{\"Records\":{\"a\":1},\"records\":[{\"data\":\"YQ==\"}]}", "YQ==@- "},
        {"{\"Records\":[]}", ""},
        {"[]", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct opened o = open_document(rows[i].text);
        struct buf seen = {0};
        struct payload_cursor cursor = {0};
        struct payload payload;
        while (record_next_payload(o.parser, o.root, o.cpu, &o.scratch, &cursor, &payload)) {
            struct view region = view_is_null(payload.region) ? VIEW("-") : payload.region;
            buf_append_view(&seen, payload.base64);
            buf_append_byte(&seen, '@');
            buf_append_view(&seen, region);
            buf_append_byte(&seen, ' ');
        }
        cr_expect(view_equals(buf_view(&seen), view_of_string(rows[i].expected)), "%s gives %.*s",
                  rows[i].text, (int)seen.size, seen.data);
        buf_done(&seen);
        close_document(&o);
    }
}

Test(envelope, raw_data_is_found_in_damaged_text)
{
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"{\"attemptsMade\":4,\"errorMessage\":\"a \"quote\"\",\"rawData\":\"SGVsbG8=\"}",
         "SGVsbG8="},
        {"{\"rawData\" : \"SGVsbG8=\"", "SGVsbG8="},
        {"\"rawData\":\"SGVsbG8", "SGVsbG8"},
        {"\"rawData\":\"\",\"rawData\":\"YQ==\"", "YQ=="},
        {"\"rawData\" \"rawData\":17 \"rawData\":\"YQ==\"", "YQ=="},
        {"\"rawData\":\"", NULL},
        {"\"rawData\":", NULL},
        {"\"rawData\"", NULL},
        {"rawData:SGVsbG8=", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_text(raw_data_find(view_of_string(rows[i].text)), rows[i].expected, rows[i].text);
}

Test(envelope, regions_in_names)
{
    static const struct {
        const char *name;
        const char *expected;
    } rows[] = {
        {"b/2023/01/05/11/pay-eu-central-1-Log-Sink-1-2023-01-05-11-22-33-"
         "6bc28136-3fa1-45b4-b517-5ab0ce6649d0",
         "eu-central-1"},
        {"123456789012-us-east-1-cross-account-logging-sink/2023/01/05/11/x-1-2023-01-05.gz",
         "us-east-1"},
        {"us-west-2/pay-eu-central-1-Log-Sink", "eu-central-1"},
        {"us-west-2/eu-central-1/x", "eu-central-1"},
        {"b/region=ap-southeast-4/x", "ap-southeast-4"},
        {"b/region=local-lab-1/x", "local-lab-1"},
        {"x-us-gov-east-1-y", "us-gov-east-1"},
        {"x-us-isob-east-1-y", "us-isob-east-1"},
        {"eusc-de-east-1", "eusc-de-east-1"},
        {"x-us-east-1-to-us-west-2", "us-west-2"},
        {"ap-northeast-3", "ap-northeast-3"},
        {"my-app-2/file", NULL},
        {"b/us-east/file", NULL},
        {"bus-east-1", NULL},
        {"us-east-1a", NULL},
        {"us-east-123", NULL},
        {"US-EAST-1", NULL},
        {"eu-app-1", NULL},
        {"///", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_text(region_in_name(view_of_string(rows[i].name)), rows[i].expected, rows[i].name);
}
