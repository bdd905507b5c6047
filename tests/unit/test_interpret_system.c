/* What Lambda itself writes: START, END, REPORT and the like, timeouts, crashes. */
#include "interpret_case.h"

#define REQUEST "request_id=" ID "\n"
#define LOGGED "logged_at=2023-01-05T11:00:05.843Z\n"

Test(interpret_system, start_and_end)
{
    static const struct interpret_case cases[] = {
        {"START", "START RequestId: " ID " Version: $LATEST\n",
         "kind=start\nlevel=INFO 9\nmessage=START RequestId: " ID " Version: $LATEST\n" REQUEST},
        {"a missing id", "START RequestId: \n",
         "kind=start\nlevel=INFO 9\nmessage=START RequestId: \n"},
        {"END", "END RequestId: " ID "\n",
         "kind=end\nlevel=INFO 9\nmessage=END RequestId: " ID "\n" REQUEST},
        {"literal newlines end it too", "END RequestId: " ID "\\n",
         "kind=end\nlevel=INFO 9\nmessage=END RequestId: " ID "\n" REQUEST},
        {"behind a level it is the application's", "[INFO] END RequestId: " ID,
         "kind=text\nlevel=INFO 9\nmessage=END RequestId: " ID "\n"},
        {"not at the beginning", "x END RequestId: " ID,
         "kind=text\nlevel=INFO 9\nmessage=x END RequestId: " ID "\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_system, report_gives_its_figures)
{
#define REPORT "REPORT RequestId: " ID "\t"
    static const struct interpret_case cases[] = {
        {"the usual",
         REPORT "Duration: 128.83 ms\tBilled Duration: 200 ms\tMemory Size: 128 MB\tMax Memory "
                "Used: 74 MB\t\n",
         "kind=report\nlevel=INFO 9\nmessage=" REPORT
         "Duration: 128.83 ms\tBilled Duration: 200 ms\tMemory Size: 128 MB\tMax Memory "
         "Used: 74 MB\t\n" REQUEST
         "duration_ms=128.83\nbilled_ms=200\nmemory_mb=128\nmax_memory_mb=74\n"},
        {"init, restore and X-Ray in any order",
         REPORT "Init Duration: 0.1 ms\tRestore Duration: 7 ms\tBilled Restore Duration: 8 ms\t"
                "Max Memory Used: 74 MB\tMemory Size: 128 MB\tBilled Duration: 200 ms\t"
                "Duration: 3 ms\t\nXRAY TraceId: 1-5e6129-aa\tSegmentId: 07a8\tSampled: true\t\n",
         "kind=report\nlevel=INFO 9\nmessage=" REPORT
         "Init Duration: 0.1 ms\tRestore Duration: 7 ms\tBilled Restore Duration: 8 ms\t"
         "Max Memory Used: 74 MB\tMemory Size: 128 MB\tBilled Duration: 200 ms\t"
         "Duration: 3 ms\t\nXRAY TraceId: 1-5e6129-aa\tSegmentId: 07a8\tSampled: true\t\n" REQUEST
         "trace_id=1-5e6129-aa\nduration_ms=3\ninit_ms=0.1\nbilled_ms=200\nmemory_mb=128\n"
         "max_memory_mb=74\n"},
        {"literal tabs and newlines",
         "REPORT RequestId: " ID "\\tDuration: 1.76 ms\\tBilled Duration: 100 ms\\tInit Duration: "
         "120.96 ms\\t\\nXRAY TraceId: 1-a\\tSegmentId: b\\n",
         "kind=report\nlevel=INFO 9\nmessage=REPORT RequestId: " ID
         "\\tDuration: 1.76 ms\\tBilled Duration: 100 ms\\tInit Duration: "
         "120.96 ms\\t\\nXRAY TraceId: 1-a\\tSegmentId: b\n" REQUEST
         "trace_id=1-a\nduration_ms=1.76\ninit_ms=120.96\nbilled_ms=100\n"},
        {"spaces where the tabs were",
         "REPORT RequestId: " ID "  Duration: 5 ms    Billed Duration: 6 ms Memory Size: 7 MB",
         "kind=report\nlevel=INFO 9\nmessage=REPORT RequestId: " ID
         "  Duration: 5 ms    Billed Duration: 6 ms Memory Size: 7 MB\n" REQUEST
         "duration_ms=5\nbilled_ms=6\nmemory_mb=7\n"},
        {"keys to come are passed over", REPORT "New Duration: 9 ms\tDuration: 5 ms\tFuture\t",
         "kind=report\nlevel=INFO 9\nmessage=" REPORT
         "New Duration: 9 ms\tDuration: 5 ms\tFuture\t\n" REQUEST "duration_ms=5\n"},
        {"figures that are none stay null",
         REPORT "Duration: much ms\tBilled Duration: 1.5 ms\tMemory Size: 99999999999 MB",
         "kind=report\nlevel=INFO 9\nmessage=" REPORT
         "Duration: much ms\tBilled Duration: 1.5 ms\tMemory Size: 99999999999 MB\n" REQUEST},
    };
    CHECK_CASES(cases);
}

Test(interpret_system, a_bad_status_makes_a_system_line_an_error_of_its_kind)
{
    static const struct interpret_case cases[] = {
        {"timeout", REPORT "Duration: 3000.00 ms\tStatus: timeout\n",
         "kind=report\nlevel=ERROR 17\ntitle=Task timed out after 3.00 seconds (RequestId: " ID
         ")\nmessage=" REPORT "Duration: 3000.00 ms\tStatus: timeout\n" REQUEST
         "duration_ms=3000\nfailure=timeout\n"},
        {"half up in decimal", REPORT "Duration: 3005.00 ms\tStatus: timeout",
         "kind=report\nlevel=ERROR 17\ntitle=Task timed out after 3.01 seconds (RequestId: " ID
         ")\nmessage=" REPORT "Duration: 3005.00 ms\tStatus: timeout\n" REQUEST
         "duration_ms=3005\nfailure=timeout\n"},
        {"just below the half", REPORT "Duration: 3004.99 ms\tStatus: timeout",
         "kind=report\nlevel=ERROR 17\ntitle=Task timed out after 3.00 seconds (RequestId: " ID
         ")\nmessage=" REPORT "Duration: 3004.99 ms\tStatus: timeout\n" REQUEST
         "duration_ms=3004.99\nfailure=timeout\n"},
        {"a carry", REPORT "Duration: 899995 ms\tStatus: timeout",
         "kind=report\nlevel=ERROR 17\ntitle=Task timed out after 900.00 seconds (RequestId: " ID
         ")\nmessage=" REPORT "Duration: 899995 ms\tStatus: timeout\n" REQUEST
         "duration_ms=899995\nfailure=timeout\n"},
        {"no duration", REPORT "Status: timeout",
         "kind=report\nlevel=ERROR 17\ntitle=Task timed out (RequestId: " ID ")\nmessage=" REPORT
         "Status: timeout\n" REQUEST "failure=timeout\n"},
        {"an error type", REPORT "Duration: 5 ms\tStatus: error\tError Type: Runtime.OutOfMemory\n",
         "kind=report\nlevel=ERROR 17\ntitle=Runtime.OutOfMemory\nmessage=" REPORT
         "Duration: 5 ms\tStatus: error\tError Type: "
         "Runtime.OutOfMemory\nerror_type=Runtime.OutOfMemory\n" REQUEST
         "duration_ms=5\nfailure=crash\n"},
        {"no error type", REPORT "Status: error",
         "kind=report\nlevel=ERROR 17\ntitle=Status: error\nmessage=" REPORT
         "Status: error\n" REQUEST "failure=crash\n"},
        {"success", REPORT "Status: success",
         "kind=report\nlevel=INFO 9\nmessage=" REPORT "Status: success\n" REQUEST},
        {"INIT_REPORT times out on its init",
         "INIT_REPORT Init Duration: 9999.67 ms\tPhase: init\tStatus: timeout\n",
         "kind=init\nlevel=ERROR 17\ntitle=Task timed out after 10.00 seconds\n"
         "message=INIT_REPORT Init Duration: 9999.67 ms\tPhase: init\tStatus: timeout\n"
         "init_ms=9999.67\nfailure=timeout\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_system, other_system_lines)
{
    static const struct interpret_case cases[] = {
        {"INIT_START", "INIT_START Runtime Version: nodejs:18.v6\tRuntime Version ARN: arn:x\n",
         "kind=init\nlevel=INFO 9\nmessage=INIT_START Runtime Version: nodejs:18.v6\tRuntime "
         "Version ARN: arn:x\n"},
        {"INIT_REPORT", "INIT_REPORT Init Duration: 12.5 ms\tPhase: init\tStatus: success\n",
         "kind=init\nlevel=INFO 9\nmessage=INIT_REPORT Init Duration: 12.5 ms\tPhase: "
         "init\tStatus: success\ninit_ms=12.5\n"},
        {"INIT_REPORT with an error",
         "INIT_REPORT Init Duration: 12.5 ms\tPhase: invoke\tStatus: error\tError Type: "
         "Runtime.ExitError",
         "kind=init\nlevel=ERROR 17\ntitle=Runtime.ExitError\nmessage=INIT_REPORT Init Duration: "
         "12.5 ms\tPhase: invoke\tStatus: error\tError Type: "
         "Runtime.ExitError\nerror_type=Runtime.ExitError\ninit_ms=12.5\nfailure=crash\n"},
        {"RESTORE_START", "RESTORE_START Runtime Version: java:11.v1\n",
         "kind=platform\nlevel=INFO 9\nmessage=RESTORE_START Runtime Version: java:11.v1\n"},
        {"RESTORE_REPORT", "RESTORE_REPORT Restore Duration: 474.16 ms\n",
         "kind=platform\nlevel=INFO 9\nmessage=RESTORE_REPORT Restore Duration: 474.16 ms\n"},
        {"EXTENSION", "EXTENSION\tName: a\tState: Ready\tEvents: [INVOKE]\n",
         "kind=platform\nlevel=INFO 9\nmessage=EXTENSION\tName: a\tState: Ready\tEvents: "
         "[INVOKE]\n"},
        {"LOGS", "LOGS\tName: a\tState: Subscribed\tTypes: [platform]\n",
         "kind=platform\nlevel=INFO 9\nmessage=LOGS\tName: a\tState: Subscribed\tTypes: "
         "[platform]\n"},
        {"TELEMETRY with literal tabs", "TELEMETRY\\tName: a\\tState: Subscribed\\n",
         "kind=platform\nlevel=INFO 9\nmessage=TELEMETRY\\tName: a\\tState: Subscribed\n"},
        {"spaces in copies", "LOGS    Name: a    State: Subscribed",
         "kind=platform\nlevel=INFO 9\nmessage=LOGS    Name: a    State: Subscribed\n"},
        {"a word that is no system line", "LOGS are here\n",
         "kind=text\nlevel=INFO 9\nmessage=LOGS are here\n"},
        {"a longer word", "INIT_STARTED x\n", "kind=text\nlevel=INFO 9\nmessage=INIT_STARTED x\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_system, timeouts)
{
#define TITLE "title=Task timed out after 3.00 seconds (RequestId: " ID ")\n"
    static const struct interpret_case cases[] = {
        {"Lambda's own line", TIME " " ID " Task timed out after 3.00 seconds\n\n",
         LOGGED "kind=timeout\nlevel=ERROR 17\n" TITLE REQUEST "failure=timeout\n"},
        {"literal newlines", TIME " " ID " Task timed out after 3.00 seconds\\n\\n",
         LOGGED "kind=timeout\nlevel=ERROR 17\n" TITLE REQUEST "failure=timeout\n"},
        {"an id of another form", TIME " req-1 Task timed out after 3.00 seconds",
         LOGGED "kind=timeout\nlevel=ERROR 17\ntitle=Task timed out after 3.00 seconds "
                "(RequestId: req-1)\nrequest_id=req-1\nfailure=timeout\n"},
        {"the words alone as an extracted event",
         TIME " " ID " Task timed out after 3.00 seconds\n\n",
         LOGGED "kind=timeout\nlevel=ERROR 17\n" TITLE REQUEST "failure=timeout\n",
         .event = "Task timed out after 3.00 seconds", .request_id = ID, .timestamp = TIME},
        {"an extracted event without an id", NULL,
         "kind=timeout\nlevel=ERROR 17\ntitle=Task timed out after 3.00 "
         "seconds\nfailure=timeout\n",
         .event = "Task timed out after 3.00 seconds"},
        {"an application's line says the words",
         TIME "\t" ID "\tERROR\tTask timed out after 3.00 seconds\n",
         LOGGED "kind=text\nlevel=ERROR 17\nmessage=Task timed out after 3.00 seconds\n" REQUEST},
        {"the same without a level", TIME "\t" ID "\tTask timed out after 3.00 seconds\n",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=Task timed out after 3.00 seconds\n" REQUEST},
        {"the words alone", "Task timed out after 3.00 seconds",
         "kind=text\nlevel=INFO 9\nmessage=Task timed out after 3.00 seconds\n"},
        {"more words", TIME " " ID " Task timed out after 3.00 seconds, again",
         LOGGED
         "kind=text\nlevel=INFO 9\nmessage=Task timed out after 3.00 seconds, again\n" REQUEST},
        {"no number", TIME " " ID " Task timed out after three seconds",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=Task timed out after three seconds\n" REQUEST},
        {"an extracted event with a level",
         TIME "\t" ID "\tERROR\tTask timed out after 3.00 seconds",
         LOGGED "kind=text\nlevel=ERROR 17\nmessage=Task timed out after 3.00 seconds\n" REQUEST,
         .event = "ERROR\tTask timed out after 3.00 seconds", .request_id = ID, .timestamp = TIME},
    };
    CHECK_CASES(cases);
}

Test(interpret_system, crashes)
{
#define KILLED "Error: Runtime exited with error: signal: killed"
    static const struct interpret_case cases[] = {
        {"the runtime exited", "RequestId: " ID " " KILLED "\nRuntime.ExitError\n",
         "kind=crash\nlevel=ERROR 17\ntitle=" KILLED " (RequestId: " ID ")\nmessage=RequestId: " ID
         " " KILLED "\nRuntime.ExitError\nerror_type=Runtime.ExitError\n" REQUEST
         "failure=crash\n"},
        {"with a literal newline", "RequestId: " ID " " KILLED "\\nRuntime.ExitError\\n",
         "kind=crash\nlevel=ERROR 17\ntitle=" KILLED " (RequestId: " ID ")\nmessage=RequestId: " ID
         " " KILLED "\\nRuntime.ExitError\nerror_type=Runtime.ExitError\n" REQUEST
         "failure=crash\n"},
        {"the process exited", "RequestId: " ID " Process exited before completing request\n\n",
         "kind=crash\nlevel=ERROR 17\ntitle=Process exited before completing request "
         "(RequestId: " ID ")\nmessage=RequestId: " ID
         " Process exited before completing request\n" REQUEST "failure=crash\n"},
        {"another text", "RequestId: " ID " is done",
         "kind=text\nlevel=INFO 9\nmessage=RequestId: " ID " is done\n"},
        {"V8", "FATAL ERROR: Reached heap limit - JavaScript heap out of memory\n 1: 0xb00 node",
         "kind=crash\nlevel=ERROR 17\ntitle=FATAL ERROR: Reached heap limit - JavaScript heap out "
         "of memory\nmessage=FATAL ERROR: Reached heap limit - JavaScript heap out of memory\n 1: "
         "0xb00 node\nfailure=crash\n"},
        {"Java, with an id", TIME "\t" ID "\tINFO\tjava.lang.OutOfMemoryError: Java heap space\n",
         LOGGED "kind=crash\nlevel=ERROR 17\ntitle=java.lang.OutOfMemoryError: Java heap space "
                "(RequestId: " ID ")\nmessage=java.lang.OutOfMemoryError: Java heap space\n" REQUEST
                "failure=crash\n"},
        {"Go", "fatal error: runtime: out of memory\n\nruntime stack:\n",
         "kind=crash\nlevel=ERROR 17\ntitle=fatal error: runtime: out of memory\nmessage=fatal "
         "error: runtime: out of memory\n\nruntime stack:\nfailure=crash\n"},
        {"Ruby", "x: failed to allocate memory (NoMemoryError)\n",
         "kind=crash\nlevel=ERROR 17\ntitle=x: failed to allocate memory "
         "(NoMemoryError)\nmessage=x: failed to allocate memory (NoMemoryError)\nfailure=crash\n"},
        {"Python", "[ERROR] MemoryError\rTraceback (most recent call last):\r",
         "kind=crash\nlevel=ERROR 17\ntitle=MemoryError\nmessage=MemoryError\rTraceback (most "
         "recent call last):\nfailure=crash\n"},
        {"MemoryError only at the beginning", "[WARN] got a MemoryError",
         "kind=text\nlevel=WARN 13\nmessage=got a MemoryError\n"},
        {"a longer word", "MemoryErrors are bad",
         "kind=text\nlevel=INFO 9\nmessage=MemoryErrors are bad\n"},
        {"only in the first line", "x\nJavaScript heap out of memory",
         "kind=text\nlevel=INFO 9\nmessage=x\nJavaScript heap out of memory\n"},
        {"not beside a payload", "ERROR JavaScript heap out of memory {\"a\":1}",
         "kind=log\nlevel=ERROR 17\nattributes={\"a\":1,\"prefix\":\"JavaScript heap out of "
         "memory\"}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_system, json_lines)
{
#define LINE(type, record)                                                                         \
    "{\"time\":\"" TIME "\",\"type\":\"platform." type "\",\"record\":" record "}"
    static const struct interpret_case cases[] = {
        {"start", LINE("start", "{\"requestId\":\"" ID "\",\"version\":\"$LATEST\"}") "\n",
         LOGGED "kind=start\nlevel=INFO 9\nmessage=" LINE(
             "start", "{\"requestId\":\"" ID "\",\"version\":\"$LATEST\"}") "\n" REQUEST},
        {"end", LINE("end", "{}"),
         LOGGED "kind=end\nlevel=INFO 9\nmessage=" LINE("end", "{}") "\n"},
        {"report",
         LINE("report",
              "{\"requestId\":\"" ID "\",\"status\":\"success\",\"metrics\":{\"durationMs\":128.83,"
              "\"billedDurationMs\":200,\"memorySizeMB\":128,\"maxMemoryUsedMB\":74,"
              "\"initDurationMs\":3.5},\"tracing\":{\"type\":\"X-Amzn-Trace-Id\",\"value\":\"Root="
              "1-5e-aa;Parent=b;Sampled=1\"}}"),
         LOGGED "kind=report\nlevel=INFO 9\nmessage=" LINE(
             "report",
             "{\"requestId\":\"" ID "\",\"status\":\"success\",\"metrics\":{\"durationMs\":128.83,"
             "\"billedDurationMs\":200,\"memorySizeMB\":128,\"maxMemoryUsedMB\":74,"
             "\"initDurationMs\":3.5},\"tracing\":{\"type\":\"X-Amzn-Trace-Id\",\"value\":\"Root="
             "1-5e-aa;Parent=b;Sampled=1\"}}") "\n" REQUEST
                                               "trace_id=1-5e-aa\nduration_ms=128.83\ninit_ms=3."
                                               "5\nbilled_ms=200\nmemory_mb=128\n"
                                               "max_memory_mb=74\n"},
        {"a report's timeout",
         LINE("report", "{\"requestId\":\"" ID "\",\"status\":\"timeout\",\"metrics\":{"
                        "\"durationMs\":3005.00}}"),
         LOGGED
         "kind=report\nlevel=ERROR 17\ntitle=Task timed out after 3.01 seconds (RequestId: " ID
         ")\nmessage=" LINE("report",
                            "{\"requestId\":\"" ID "\",\"status\":\"timeout\",\"metrics\":{"
                            "\"durationMs\":3005.00}}") "\n" REQUEST
                                                        "duration_ms=3005\nfailure=timeout\n"},
        {"runtimeDone gives no duration",
         LINE("runtimeDone", "{\"requestId\":\"" ID "\",\"status\":\"error\",\"errorType\":"
                             "\"Runtime.ExitError\",\"metrics\":{\"durationMs\":5}}"),
         LOGGED "kind=platform\nlevel=ERROR 17\ntitle=Runtime.ExitError\nmessage=" LINE(
             "runtimeDone",
             "{\"requestId\":\"" ID "\",\"status\":\"error\",\"errorType\":"
             "\"Runtime.ExitError\",\"metrics\":{\"durationMs\":5}}") "\n"
                                                                      "error_type=Runtime."
                                                                      "ExitError\n" REQUEST
                                                                      "failure=crash\n"},
        {"failure", LINE("runtimeDone", "{\"status\":\"failure\"}"),
         LOGGED "kind=platform\nlevel=ERROR 17\ntitle=Status: failure\nmessage=" LINE(
             "runtimeDone", "{\"status\":\"failure\"}") "\nfailure=crash\n"},
        {"initStart", LINE("initStart", "{\"phase\":\"init\"}"),
         LOGGED "kind=init\nlevel=INFO 9\nmessage=" LINE("initStart", "{\"phase\":\"init\"}") "\n"},
        {"initReport's duration is the init's",
         LINE("initReport", "{\"status\":\"timeout\",\"metrics\":{\"durationMs\":9999.99}}"),
         LOGGED "kind=init\nlevel=ERROR 17\ntitle=Task timed out after 10.00 "
                "seconds\nmessage=" LINE("initReport",
                                         "{\"status\":\"timeout\",\"metrics\":{\"durationMs\":9999."
                                         "99}}") "\n"
                                                 "init_ms=9999.99\nfailure=timeout\n"},
        {"fault", LINE("fault", "\"RequestId: " ID " " KILLED "\\nRuntime.ExitError\\n\""),
         LOGGED "kind=crash\nlevel=ERROR 17\ntitle=" KILLED " (RequestId: " ID ")\nmessage=" LINE(
             "fault", "\"RequestId: " ID " " KILLED
                      "\\nRuntime.ExitError\\n\"") "\n"
                                                   "error_type=Runtime.ExitError\n" REQUEST
                                                   "failure=crash\n"},
        {"others", LINE("logsDropped", "{\"reason\":\"full\",\"droppedRecords\":1}"),
         LOGGED "kind=platform\nlevel=INFO 9\nmessage=" LINE(
             "logsDropped", "{\"reason\":\"full\",\"droppedRecords\":1}") "\n"},
        {"a restore", LINE("restoreStart", "{}"),
         LOGGED "kind=platform\nlevel=INFO 9\nmessage=" LINE("restoreStart", "{}") "\n"},
        {"another type is a payload", "{\"type\":\"function\",\"record\":{},\"time\":\"" TIME "\"}",
         "kind=log\nlevel=INFO 9\nattributes={\"type\":\"function\",\"record\":{},\"time\":\"" TIME
         "\"}\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_system, a_cold_start_shows)
{
    static const struct {
        const char *message;
        bool is_cold_start;
    } rows[] = {
        {REPORT "Duration: 5 ms\tInit Duration: 7 ms", true},
        {REPORT "Duration: 5 ms", false},
        {"INIT_START Runtime Version: x", true},
        {"START RequestId: " ID, false},
        {"text", false},
        {"{\"a\":1}", false},
        {LINE("report", "{\"metrics\":{\"initDurationMs\":7}}"), true},
    };
    struct interpret_options options = {0};
    struct interpreter *in = new_interpreter(&options);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct raw_event raw = {.message = padded_string(rows[i].message)};
        struct event_context context = {0};
        struct event event;
        cr_assert_eq(interpret_event(in, &raw, &context, &event), RC_OK);
        cr_expect_eq(event.is_cold_start, rows[i].is_cold_start, "%s", rows[i].message);
        free((char *)raw.message.data);
    }
    interpreter_free(in);
}
