/* From a payload's members to columns. */
#include "interpret_case.h"

#define LOGGED "logged_at=2023-01-05T11:00:05.843Z\n"
#define LOG "kind=log\nlevel=INFO 9\n"

Test(interpret_columns, a_message_object_is_the_data)
{
    static const struct interpret_case cases[] = {
        {"its keys fill the columns",
         "{\"level\":\"ERROR\",\"message\":{\"title\":\"t\",\"message\":\"m\",\"a\":1}}",
         "kind=log\nlevel=ERROR 17\ntitle=t\nmessage=m\nattributes={\"a\":1}\n"},
        {"other siblings follow in the attributes",
         "{\"b\":2,\"message\":{\"z\":1,\"a\":[]},\"c\":{}}",
         LOG "attributes={\"z\":1,\"a\":[],\"b\":2,\"c\":{}}\n"},
        {"siblings that fill no column stay", "{\"message\":{},\"title\":\"t\",\"code\":\"c\"}",
         LOG "attributes={\"title\":\"t\",\"code\":\"c\"}\n"},
        {"the data's key wins", "{\"a\":1,\"message\":{\"a\":2},\"b\":3}",
         LOG "attributes={\"a\":2,\"b\":3}\n"},
        {"also where a column took it", "{\"title\":\"s\",\"message\":{\"title\":\"t\"}}",
         LOG "title=t\n"},
        {"what falls back to the payload",
         "{\"message\":{\"x\":1},\"level\":\"WARN\",\"stack\":\"s\",\"reason\":\"r\",\"promise\":"
         "\"p\",\"requestId\":\"i-1\",\"timestamp\":\"" TIME "\",\"trace_id\":\"t\"}",
         LOGGED "kind=log\nlevel=WARN 13\nstack=s\nreason=r\npromise=p\nrequest_id=i-1\n"
                "trace_id=t\nattributes={\"x\":1}\n"},
        {"the data's come first",
         "{\"message\":{\"level\":\"DEBUG\",\"stack\":\"1\",\"reason\":\"2\",\"promise\":"
         "\"3\",\"requestId\":\"4-\",\"timestamp\":\"" TIME
         "\",\"trace_id\":\"5\"},\"level\":\"WARN\",\"stack\":\"s\",\"reason\":\"r\",\"promise\":"
         "\"p\",\"requestId\":\"i\",\"timestamp\":\"2024-01-01T00:00:00Z\",\"trace_id\":\"t\"}",
         LOGGED "kind=log\nlevel=DEBUG 5\nstack=1\nreason=2\npromise=3\nrequest_id=4-\n"
                "trace_id=5\n"},
        {"a message inside the message that is an object", "{\"message\":{\"message\":{\"a\":1}}}",
         LOG "attributes={\"message\":{\"a\":1}}\n"},
        {"a message inside the message that is an array", "{\"message\":{\"message\":[1, 2]}}",
         LOG "message=[1, 2]\n"},
        {"an empty message object", "{\"message\":{},\"a\":1}", LOG "attributes={\"a\":1}\n"},
        {"an escaped key is the same key", "{\"m\\u0065ssage\":{\"titl\\u0065\":\"t\"}}",
         LOG "title=t\n"},
        {"a shadowed level still counts", "{\"level\":\"WARN\",\"message\":{\"level\":null}}",
         "kind=log\nlevel=WARN 13\nattributes={\"level\":null}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_columns, any_other_message_is_a_column_of_the_payload)
{
    static const struct interpret_case cases[] = {
        {"a string", "{\"message\":\"m\",\"title\":\"t\",\"b\":1}",
         LOG "title=t\nmessage=m\nattributes={\"b\":1}\n"},
        {"a number", "{\"message\":1.50e1,\"b\":1}", LOG "message=1.50e1\nattributes={\"b\":1}\n"},
        {"true", "{\"message\":true}", LOG "message=true\n"},
        {"absent", "{\"b\":1}", LOG "attributes={\"b\":1}\n"},
        {"an empty string", "{\"message\":\"\",\"b\":1}", LOG "message=\nattributes={\"b\":1}\n"},
        {"zero", "{\"message\":0}", LOG "message=0\n"},
        {"false", "{\"message\":false}", LOG "message=false\n"},
        {"null", "{\"message\":null}", LOG "attributes={\"message\":null}\n"},
        {"an array", "{\"message\":[\"a\", {\"b\":1}],\"c\":1}",
         LOG "message=[\"a\", {\"b\":1}]\nattributes={\"c\":1}\n"},
        {"of duplicates the last", "{\"message\":{\"a\":1},\"message\":\"m\"}",
         LOG "message=m\nraw_message={\"message\":{\"a\":1},\"message\":\"m\"}\n"},
        {"of duplicates the last, an object", "{\"message\":\"m\",\"message\":{\"a\":1}}",
         LOG "attributes={\"a\":1}\nraw_message={\"message\":\"m\",\"message\":{\"a\":1}}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_columns, text_columns_take_strings_numbers_and_booleans)
{
    static const struct interpret_case cases[] = {
        {"strings", "{\"title\":\"a\",\"code\":\"b\",\"errorType\":\"c\",\"errorMessage\":\"d\"}",
         LOG "title=a\ncode=b\nerror_type=c\nerror_message=d\n"},
        {"numbers and booleans as written",
         "{\"title\":1.0,\"code\":-5E2,\"errorType\":true,\"errorMessage\":false}",
         LOG "title=1.0\ncode=-5E2\nerror_type=true\nerror_message=false\n"},
        {"nulls stay in the attributes", "{\"title\":null,\"code\":null}",
         LOG "attributes={\"title\":null,\"code\":null}\n"},
        {"containers too",
         "{\"title\":[1],\"code\":{\"a\":1},\"errorType\":{},\"errorMessage\":[]}",
         LOG
         "attributes={\"title\":[1],\"code\":{\"a\":1},\"errorType\":{},\"errorMessage\":[]}\n"},
        {"escapes are resolved", "{\"title\":\"a\\n\\u00e9\\ud83d\\ude00\"}",
         LOG "title=a\n\xc3\xa9\xf0\x9f\x98\x80\n"},
        {"a lone surrogate is U+FFFD", "{\"title\":\"a\\ud83dz\"}", LOG "title=a\xef\xbf\xbdz\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_columns, an_error_object_gives_what_is_missing_and_stays)
{
#define ERROR_OBJECT "{\"name\":\"N\",\"message\":\"M\",\"stack\":\"S\"}"
    static const struct interpret_case cases[] = {
        {"name, message and stack", "{\"error\":" ERROR_OBJECT "}",
         "kind=log\nlevel=ERROR 17\nerror_type=N\nerror_message=M\nstack=S\n"
         "attributes={\"error\":" ERROR_OBJECT "}\n"},
        {"errorType, errorMessage and stack come first",
         "{\"error\":" ERROR_OBJECT ",\"errorType\":\"a\",\"errorMessage\":\"b\",\"stack\":\"c\"}",
         "kind=log\nlevel=ERROR 17\nerror_type=a\nerror_message=b\nstack=c\n"
         "attributes={\"error\":" ERROR_OBJECT "}\n"},
        {"not where they are null", "{\"errorType\":null,\"error\":" ERROR_OBJECT "}",
         "kind=log\nlevel=ERROR 17\nerror_type=N\nerror_message=M\nstack=S\n"
         "attributes={\"errorType\":null,\"error\":" ERROR_OBJECT "}\n"},
        {"a sibling's gives the stack alone", "{\"message\":{},\"error\":" ERROR_OBJECT "}",
         LOG "stack=S\nattributes={\"error\":" ERROR_OBJECT "}\n"},
        {"an error that is a string", "{\"error\":\"x\"}", LOG "attributes={\"error\":\"x\"}\n"},
        {"other members", "{\"error\":{\"name\":{},\"message\":null}}",
         LOG "attributes={\"error\":{\"name\":{},\"message\":null}}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_columns, stacks)
{
    static const struct interpret_case cases[] = {
        {"an array of strings", "{\"stack\":[\"a\",\"  b\\tc\",\"\"]}", LOG "stack=a\n  b\tc\n\n"},
        {"an empty array is an empty stack", "{\"stack\":[]}", LOG "stack=\n"},
        {"stackTrace", "{\"stackTrace\":[\"a\",\"b\"]}", LOG "stack=a\nb\n"},
        {"stack comes first", "{\"stackTrace\":\"b\",\"stack\":\"a\"}",
         LOG "stack=a\nattributes={\"stackTrace\":\"b\"}\n"},
        {"null passes on", "{\"stack\":null,\"stackTrace\":\"b\"}",
         LOG "stack=b\nattributes={\"stack\":null}\n"},
        {"another array is its text", "{\"stack\":[\"a\",1]}", LOG "stack=[\"a\",1]\n"},
        {"Go's objects", "{\"stackTrace\":[{\"path\":\"x.go\",\"line\":1}]}",
         LOG "stack=[{\"path\":\"x.go\",\"line\":1}]\n"},
        {"an object", "{\"stack\":{\"a\":1}}", LOG "stack={\"a\":1}\n"},
        {"the data's error before the payload's stack",
         "{\"message\":{\"error\":{\"stack\":\"e\"}},\"stack\":\"p\"}",
         LOG "stack=e\nattributes={\"error\":{\"stack\":\"e\"},\"stack\":\"p\"}\n"},
        {"the payload's stackTrace", "{\"message\":{},\"stackTrace\":[\"p\"]}", LOG "stack=p\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_columns, reason_promise_and_details_hold_json)
{
    static const struct interpret_case cases[] = {
        {"objects", "{\"reason\":{\"a\": 1},\"promise\":{},\"details\":{\"b\": [1]}}",
         LOG "reason={\"a\": 1}\npromise={}\ndetails={\"b\": [1]}\n"},
        {"strings, of which details keeps the quotes",
         "{\"reason\":\"a\",\"promise\":\"b\",\"details\":\"c\\n\"}",
         LOG "reason=a\npromise=b\ndetails=\"c\\n\"\n"},
        {"numbers", "{\"reason\":1,\"promise\":true,\"details\":2}",
         LOG "reason=1\npromise=true\ndetails=2\n"},
        {"nulls", "{\"reason\":null,\"promise\":null,\"details\":null}",
         LOG "attributes={\"reason\":null,\"promise\":null,\"details\":null}\n"},
        {"details is the data's alone", "{\"message\":{},\"details\":1}",
         LOG "attributes={\"details\":1}\n"},
        {"an unhandled rejection",
         TIME "\t" ID "\tERROR\tUnhandled Promise Rejection \t{\"errorType\":"
              "\"Runtime.UnhandledPromiseRejection\",\"errorMessage\":\"Error: boom\",\"reason\":{"
              "\"errorType\":\"Error\"},\"promise\":{},\"stack\":[\"a\",\"    at b\"]}\n",
         LOGGED "kind=log\nlevel=ERROR 17\nerror_type=Runtime.UnhandledPromiseRejection\n"
                "error_message=Error: boom\nstack=a\n    at b\nreason={\"errorType\":\"Error\"}\n"
                "promise={}\nrequest_id=" ID "\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_columns, request_ids)
{
    static const struct interpret_case cases[] = {
        {"requestId", "{\"requestId\":\"" ID "\"}", LOG "request_id=" ID "\n"},
        {"AWSRequestId", "{\"AWSRequestId\":\"" ID "\"}", LOG "request_id=" ID "\n"},
        {"function_request_id", "{\"function_request_id\":\"" ID "\"}", LOG "request_id=" ID "\n"},
        {"the line's comes first", TIME "\t" ID "\tINFO\t{\"requestId\":\"x\"}",
         LOGGED LOG "request_id=" ID "\nattributes={\"requestId\":\"x\"}\n"},
        {"undefined and empty ones are none",
         "{\"requestId\":\"undefined\",\"AWSRequestId\":\"\",\"function_request_id\":\"x\"}",
         LOG "request_id=x\nattributes={\"requestId\":\"undefined\",\"AWSRequestId\":\"\"}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_columns, times)
{
    static const struct interpret_case cases[] = {
        {"timestamp", "{\"timestamp\":\"" TIME "\"}", LOGGED LOG},
        {"with an offset", "{\"timestamp\":\"2023-01-05 13:00:05,843+0200\"}", LOGGED LOG},
        {"milliseconds", "{\"timestamp\":1672916405843}", LOGGED LOG},
        {"the line's comes first", "[INFO]\t" TIME "\t\t{\"timestamp\":\"2024-01-01T00:00:00Z\"}",
         LOGGED LOG "attributes={\"timestamp\":\"2024-01-01T00:00:00Z\"}\n"},
        {"no time", "{\"timestamp\":\"today\"}", LOG "attributes={\"timestamp\":\"today\"}\n"},
        {"another number", "{\"timestamp\":1672916405.843}",
         LOG "attributes={\"timestamp\":1672916405.843}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_columns, trace_ids)
{
    static const struct interpret_case cases[] = {
        {"trace_id", "{\"trace_id\":\"a\"}", LOG "trace_id=a\n"},
        {"traceId", "{\"traceId\":\"a\"}", LOG "trace_id=a\n"},
        {"xray_trace_id", "{\"xray_trace_id\":\"1-a-b\"}", LOG "trace_id=1-a-b\n"},
        {"in this order", "{\"xray_trace_id\":\"c\",\"traceId\":\"b\",\"trace_id\":\"a\"}",
         LOG "trace_id=a\nattributes={\"xray_trace_id\":\"c\",\"traceId\":\"b\"}\n"},
        {"a tracing header's root",
         "{\"X-Amzn-Trace-Id\":\"Self=1-x;Root=1-5e-aa;Parent=b;Sampled=1\"}",
         LOG "trace_id=1-5e-aa\nattributes={\"X-Amzn-Trace-Id\":\"Self=1-x;Root=1-5e-aa;Parent=b;"
             "Sampled=1\"}\n"},
        {"the environment's", "{\"_X_AMZN_TRACE_ID\":\"Root=1-a\"}",
         LOG "trace_id=1-a\nattributes={\"_X_AMZN_TRACE_ID\":\"Root=1-a\"}\n"},
        {"an empty root", "{\"x-amzn-trace-id\":\"Root=\"}",
         LOG "attributes={\"x-amzn-trace-id\":\"Root=\"}\n"},
        {"a header without a root", "{\"x-amzn-trace-id\":\"Parent=1\"}",
         LOG "attributes={\"x-amzn-trace-id\":\"Parent=1\"}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_columns, levels)
{
#define LEVEL_ROW(json, level)                                                                     \
    {                                                                                              \
        json, "{\"level\":" json "}", "kind=log\nlevel=" level "\n"                                \
    }
    static const struct interpret_case cases[] = {
        LEVEL_ROW("\"trace\"", "TRACE 1"),
        LEVEL_ROW("\"debug\"", "DEBUG 5"),
        LEVEL_ROW("\"info\"", "INFO 9"),
        LEVEL_ROW("\" Warn \"", "WARN 13"),
        LEVEL_ROW("\"WARNING\"", "WARN 13"),
        LEVEL_ROW("\"error\"", "ERROR 17"),
        LEVEL_ROW("\"fatal\"", "FATAL 21"),
        LEVEL_ROW("\"critical\"", "FATAL 21"),
        LEVEL_ROW("\"crit\"", "FATAL 21"),
        LEVEL_ROW("\"fail\"", "ERROR 17"),
        LEVEL_ROW("\"Information\"", "INFO 9"),
        LEVEL_ROW("\"dbug\"", "DEBUG 5"),
        LEVEL_ROW("\"trce\"", "TRACE 1"),
        LEVEL_ROW("10", "TRACE 1"),
        LEVEL_ROW("20", "DEBUG 5"),
        LEVEL_ROW("30", "INFO 9"),
        LEVEL_ROW("40", "WARN 13"),
        LEVEL_ROW("50", "ERROR 17"),
        LEVEL_ROW("60", "FATAL 21"),
        LEVEL_ROW("35", "35 -"),
        LEVEL_ROW("30.0", "30.0 -"),
        LEVEL_ROW("\"30\"", "30 -"),
        LEVEL_ROW("\"Notice\"", "NOTICE -"),
        LEVEL_ROW("\"\\u0065rror\"", "ERROR 17"),
        {"a boolean goes to the attributes", "ERROR {\"level\":true}",
         "kind=log\nlevel=ERROR 17\nattributes={\"level\":true}\n"},
        {"an object too", "{\"level\":{\"a\":1}}", LOG "attributes={\"level\":{\"a\":1}}\n"},
        {"null too", "{\"level\":null}", LOG "attributes={\"level\":null}\n"},
        {"a blank too", "{\"level\":\" \"}", LOG "attributes={\"level\":\" \"}\n"},
        {"log_level", "{\"log_level\":\"WARNING\"}", "kind=log\nlevel=WARN 13\n"},
        {"level before log_level", "{\"log_level\":\"x\",\"level\":\"error\"}",
         "kind=log\nlevel=ERROR 17\nattributes={\"log_level\":\"x\"}\n"},
        {"the data's log_level before the payload's level",
         "{\"message\":{\"log_level\":\"WARN\"},\"level\":\"ERROR\"}",
         "kind=log\nlevel=WARN 13\nattributes={\"level\":\"ERROR\"}\n"},
        {"the payload's before the line's", "WARN {\"level\":\"debug\"}",
         "kind=log\nlevel=DEBUG 5\n"},
        {"the line's is the fallback", "[WARN] {\"a\":1}",
         "kind=log\nlevel=WARN 13\nattributes={\"a\":1}\n"},
        {"an error type with a stack makes an error", "{\"errorType\":\"E\",\"stackTrace\":[]}",
         "kind=log\nlevel=ERROR 17\nerror_type=E\nstack=\n"},
        {"not without a stack", "{\"errorType\":\"E\",\"errorMessage\":\"m\"}",
         LOG "error_type=E\nerror_message=m\n"},
        {"nor without a type", "{\"stack\":\"s\"}", LOG "stack=s\n"},
        {"nor where a level is named", "INFO {\"errorType\":\"E\",\"stack\":\"s\"}",
         LOG "error_type=E\nstack=s\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_columns, attributes_are_members_as_written)
{
    static const struct interpret_case cases[] = {
        {"no white space between members", "{ \"b\" : 1.0 ,\n\"a\\u0062\" : \"\\/\" }",
         LOG "attributes={\"b\":1.0,\"a\\u0062\":\"\\/\"}\n"},
        {"values as written", "{\"a\" : { \"b\" : [ 1, 2 ] } }",
         LOG "attributes={\"a\":{ \"b\" : [ 1, 2 ] }}\n"},
        {"a duplicate keeps its place and takes the last value",
         "{\"a\":1,\"b\":2,\"\\u0061\":3,\"c\":4}",
         LOG "attributes={\"a\":3,\"b\":2,\"c\":4}\n"
             "raw_message={\"a\":1,\"b\":2,\"\\u0061\":3,\"c\":4}\n"},
        {"a duplicate column", "{\"title\":\"s\",\"a\":1,\"title\":\"t\"}",
         LOG "title=t\nattributes={\"a\":1}\nraw_message={\"title\":\"s\",\"a\":1,\"title\":"
             "\"t\"}\n"},
        {"a duplicate that is null at last", "{\"title\":\"s\",\"title\":null}",
         LOG "attributes={\"title\":null}\nraw_message={\"title\":\"s\",\"title\":null}\n"},
        {"duplicates in data and siblings",
         "{\"a\":1,\"message\":{\"b\":1,\"c\":2,\"b\":3},\"b\":4,\"a\":5}",
         LOG "attributes={\"b\":3,\"c\":2,\"a\":5}\nraw_message={\"a\":1,\"message\":{\"b\":1,"
             "\"c\":2,\"b\":3},\"b\":4,\"a\":5}\n"},
        {"an empty key", "{\"\":1}", LOG "attributes={\"\":1}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_columns, embedded_metrics_are_never_alerts)
{
    static const struct interpret_case cases[] = {
        {"the embedded metric format",
         "{\"_aws\":{\"Timestamp\":1,\"CloudWatchMetrics\":[]},\"latency\":3}",
         "kind=metric\nlevel=INFO 9\n"
         "attributes={\"_aws\":{\"Timestamp\":1,\"CloudWatchMetrics\":[]},\"latency\":3}\n"},
        {"another _aws", "{\"_aws\":{\"Timestamp\":1}}",
         LOG "attributes={\"_aws\":{\"Timestamp\":1}}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_columns, the_json_log_format)
{
    static const struct interpret_case cases[] = {
        {"Node.js",
         "{\"timestamp\":\"" TIME "\",\"level\":\"WARN\",\"requestId\":\"" ID
         "\",\"message\":\"low on ink\"}\n",
         LOGGED "kind=log\nlevel=WARN 13\nmessage=low on ink\nrequest_id=" ID "\n"},
        {"a lone error is the message",
         "{\"timestamp\":\"" TIME "\",\"level\":\"ERROR\",\"requestId\":\"" ID
         "\",\"message\":{\"errorType\":\"Error\",\"errorMessage\":\"boom\",\"stackTrace\":["
         "\"Error: boom\",\"    at f\"]}}\n",
         LOGGED "kind=log\nlevel=ERROR 17\nerror_type=Error\nerror_message=boom\nstack=Error: "
                "boom\n    at f\nrequest_id=" ID "\n"},
        {"Java",
         "{\"timestamp\":\"" TIME "\",\"level\":\"INFO\",\"AWSRequestId\":\"" ID
         "\",\"message\":\"x\"}",
         LOGGED "kind=log\nlevel=INFO 9\nmessage=x\nrequest_id=" ID "\n"},
        {"Python's runtime errors",
         "{\"timestamp\":\"2023-01-05T11:00:05Z\",\"log_level\":\"ERROR\",\"errorMessage\":\"m\","
         "\"errorType\":\"KeyError\",\"requestId\":\"" ID "\",\"stackTrace\":[\"  a\\n\"]}",
         "logged_at=2023-01-05T11:00:05.000Z\nkind=log\nlevel=ERROR 17\nerror_type=KeyError\n"
         "error_message=m\nstack=  a\n\nrequest_id=" ID "\n"},
        {"Powertools",
         "{\"level\":\"INFO\",\"location\":\"f:1\",\"message\":\"x\",\"timestamp\":\"2023-01-05 "
         "13:00:05,843+0200\",\"service\":\"s\",\"cold_start\":true,\"function_request_id\":\"" ID
         "\",\"xray_trace_id\":\"1-a-b\"}",
         LOGGED "kind=log\nlevel=INFO 9\nmessage=x\nrequest_id=" ID "\ntrace_id=1-a-b\n"
                "attributes={\"location\":\"f:1\",\"service\":\"s\",\"cold_start\":true}\n"},
    };
    CHECK_CASES(cases);
}
