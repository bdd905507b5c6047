#include "corpus_body.h"

const char *const row_level_names[LEVEL_COUNT] = {
    "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "NOTICE", "VERBOSE",
};

const char *const row_kind_names[ROW_KIND_COUNT] = {
    "log", "text", "timeout", "crash", "start", "end", "report", "init", "platform", "metric",
};

#define USE "\tMemory Size: <<memory>> MB\tMax Memory Used: <<int 60 110>> MB\t"
#define METRICS                                                                                    \
    "\"billedDurationMs\":<<int 1 900>>,\"memorySizeMB\":<<memory>>,"                              \
    "\"maxMemoryUsedMB\":<<int 60 110>>"
#define PLATFORM(type) "{\"time\":\"<<time>>\",\"type\":\"platform." type "\",\"record\":"

const struct system_body system_bodies[SYSTEM_LINE_COUNT] = {
    [SYSTEM_START] = {ROW_START, LEVEL_INFO, "START RequestId: <<id>> Version: $LATEST\n"},
    [SYSTEM_END] = {ROW_END, LEVEL_INFO, "END RequestId: <<id>>\n"},
    [SYSTEM_REPORT] = {ROW_REPORT, LEVEL_INFO,
                       "REPORT RequestId: <<id>>\tDuration: <<dec 1 900>> ms\t"
                       "Billed Duration: <<int 1 900>> ms" USE "\n"},
    [SYSTEM_REPORT_COLD] = {ROW_REPORT, LEVEL_INFO,
                            "REPORT RequestId: <<id>>\tDuration: <<dec 1 900>> ms\t"
                            "Billed Duration: <<int 1 900>> ms" USE
                            "Init Duration: <<dec 90 700>> ms\t\n"},
    [SYSTEM_REPORT_XRAY] = {ROW_REPORT, LEVEL_INFO,
                            "REPORT RequestId: <<id>>\tDuration: <<dec 1 900>> ms\t"
                            "Billed Duration: <<int 1 900>> ms" USE "\n"
                            "XRAY TraceId: <<xray>>\tSegmentId: <<hex 16>>\tSampled: true\t\n"},
    [SYSTEM_REPORT_TIMEOUT] = {ROW_REPORT, LEVEL_INFO,
                               "REPORT RequestId: <<id>>\tDuration: <<limitms>> ms\t"
                               "Billed Duration: 3000 ms" USE "\n"},
    [SYSTEM_REPORT_TIMED_OUT] = {ROW_REPORT, LEVEL_ERROR,
                                 "REPORT RequestId: <<id>>\tDuration: <<limitms>> ms\t"
                                 "Billed Duration: 3000 ms" USE "Status: timeout\n"},
    [SYSTEM_REPORT_FAILED] = {ROW_REPORT, LEVEL_ERROR,
                              "REPORT RequestId: <<id>>\tDuration: <<dec 1 900>> ms\t"
                              "Billed Duration: <<int 1 900>> ms" USE
                              "Status: error\tError Type: Runtime.OutOfMemory\n"},
    [SYSTEM_INIT] = {ROW_INIT, LEVEL_INFO,
                     "INIT_START Runtime Version: nodejs:18.v<<int 4 60>>\tRuntime Version ARN: "
                     "arn:aws:lambda:<<region>>::runtime:<<hex 64>>\n"},
    [SYSTEM_TIMEOUT] = {ROW_TIMEOUT, LEVEL_ERROR,
                        "<<time>> <<id>> <<event>>Task timed out after <<limit>> seconds\n\n"},
    [SYSTEM_CRASH] = {ROW_CRASH, LEVEL_ERROR,
                      "RequestId: <<id>> Error: Runtime exited with error: signal: killed\n"
                      "Runtime.ExitError\n"},
    [SYSTEM_CRASH_OLD] = {ROW_CRASH, LEVEL_ERROR,
                          "RequestId: <<id>> Process exited before completing request\n\n"},
    [SYSTEM_OUT_OF_MEMORY] = {ROW_CRASH, LEVEL_ERROR,
                              "FATAL ERROR: Reached heap limit Allocation failed - JavaScript "
                              "heap out of memory\n"},
    [SYSTEM_EXTENSION] = {ROW_PLATFORM, LEVEL_INFO,
                          "EXTENSION\tName: metrics-agent\tState: Ready\tEvents: [INVOKE,"
                          "SHUTDOWN]\n"},
    [SYSTEM_JSON_INIT] =
        {ROW_INIT, LEVEL_INFO,
         PLATFORM(
             "initStart") "{\"initializationType\":\"on-demand\",\"phase\":"
                          "\"init\",\"runtimeVersion\":\"python:3.12.v<<int 9 70>>\","
                          "\"functionName\":\"<<function>>\",\"functionVersion\":\"$LATEST\"}}\n"},
    [SYSTEM_JSON_START] =
        {ROW_START, LEVEL_INFO,
         PLATFORM("start") "{\"requestId\":\"<<id>>\",\"version\":\"$LATEST\","
                           "\"tracing\":{\"spanId\":\"<<hex 16>>\",\"type\":\"X-Amzn-Trace-Id\","
                           "\"value\":\"Root=<<xray>>;Parent=<<hex 16>>;Sampled=1\"}}}\n"},
    [SYSTEM_JSON_RUNTIME_DONE] =
        {ROW_PLATFORM, LEVEL_INFO,
         PLATFORM("runtimeDone") "{\"requestId\":\"<<id>>\",\"status\":"
                                 "\"success\",\"metrics\":{\"durationMs\":<<dec 1 900>>,"
                                 "\"producedBytes\":<<int 2 4000>>}}}\n"},
    [SYSTEM_JSON_REPORT] = {ROW_REPORT, LEVEL_INFO,
                            PLATFORM("report") "{\"requestId\":\"<<id>>\",\"metrics\":{"
                                               "\"durationMs\":<<dec 1 900>>," METRICS
                                               "},\"status\":\"success\"}}\n"},
    [SYSTEM_JSON_REPORT_COLD] = {ROW_REPORT, LEVEL_INFO,
                                 PLATFORM("report") "{\"requestId\":\"<<id>>\",\"metrics\":{"
                                                    "\"durationMs\":<<dec 1 900>>," METRICS
                                                    ",\"initDurationMs\":"
                                                    "<<dec 90 700>>},\"status\":\"success\"}}\n"},
    [SYSTEM_JSON_DONE_TIMED_OUT] =
        {ROW_PLATFORM, LEVEL_ERROR,
         PLATFORM("runtimeDone") "{\"requestId\":\"<<id>>\","
                                 "\"status\":\"timeout\",\"metrics\":{\"durationMs\":"
                                 "<<limitms>>,\"producedBytes\":0}}}\n"},
    [SYSTEM_JSON_REPORT_TIMED_OUT] = {ROW_REPORT, LEVEL_ERROR,
                                      PLATFORM("report") "{\"requestId\":\"<<id>>\",\"metrics\":{"
                                                         "\"durationMs\":<<limitms>>," METRICS
                                                         "},\"status\":"
                                                         "\"timeout\"}}\n"},
    [SYSTEM_JSON_DONE_FAILED] =
        {ROW_PLATFORM, LEVEL_ERROR,
         PLATFORM("runtimeDone") "{\"requestId\":\"<<id>>\",\"status\":"
                                 "\"error\",\"errorType\":\"Runtime.ExitError\",\"metrics\":{"
                                 "\"durationMs\":<<dec 1 900>>,\"producedBytes\":0}}}\n"},
    [SYSTEM_JSON_REPORT_FAILED] =
        {ROW_REPORT, LEVEL_ERROR,
         PLATFORM("report") "{\"requestId\":\"<<id>>\",\"metrics\":{"
                            "\"durationMs\":<<dec 1 900>>," METRICS "},\"status\":"
                            "\"error\",\"errorType\":\"Runtime.ExitError\"}}\n"},
    [SYSTEM_JSON_FAULT] = {ROW_CRASH, LEVEL_ERROR,
                           PLATFORM("fault") "\"RequestId: <<id>> Error: Runtime exited with "
                                             "error: exit status 1\\nRuntime.ExitError\"}\n"},
};
