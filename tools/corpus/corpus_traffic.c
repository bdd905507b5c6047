/* Everyday lines: nothing here is an alert. Awkward bytes are on purpose:
 * braces back to back in strings, runs of backslashes, quotes, text in other
 * scripts, terminal colours, JSON inside JSON. */
#include "corpus_body.h"

#define PAYLOAD(says, own) .form = BODY_PAYLOAD, .line_level = says, .level = own
#define TEXT(says) .form = BODY_TEXT, .line_level = says, .level = LEVEL_OF_LINE
#define MESSAGE(as, own) .form = BODY_MESSAGE, .kind = as, .level = own

const struct body traffic_bodies[] = {
    {PAYLOAD(LEVEL_INFO, LEVEL_OF_LINE), .weight = 30,
     .text = "{\"title\":\"Order received\",\"message\":\"Order <<int 100000 999999>> accepted\","
             "\"details\":{\"orderId\":\"<<uuid>>\",\"items\":<<int 1 20>>,\"total\":<<dec 1 900>>,"
             "\"currency\":\"EUR\",\"customer\":\"<<email>>\"}}"},
    {PAYLOAD(LEVEL_INFO, LEVEL_INFO), .weight = 30,
     .text = "{\"level\":\"info\",\"title\":\"Request handled\",\"details\":{\"method\":\"GET\","
             "\"path\":\"/v1/<<word>>/<<int 1 99999>>\",\"status\":200,\"ms\":<<dec 1 300>>,"
             "\"ip\":\"<<ip>>\",\"userAgent\":\"Mozilla/5.0 (X11; Linux x86_64) "
             "AppleWebKit/537.36 (KHTML, like Gecko)\"}}"},
    {PAYLOAD(LEVEL_DEBUG, LEVEL_DEBUG), .weight = 25,
     .text = "{\"level\":\"DEBUG\",\"message\":\"cache lookup\",\"details\":{\"key\":"
             "\"<<word>>:<<uuid>>\",\"hit\":true,\"ttl\":<<int 1 3600>>}}"},
    {PAYLOAD(LEVEL_DEBUG, LEVEL_OF_LINE), .weight = 15,
     .text = "{\"message\":{\"title\":\"Query finished\",\"rows\":<<int 0 5000>>,\"sql\":\"SELECT "
             "\\\"id\\\", \\\"name\\\" FROM \\\"<<word>>\\\" WHERE \\\"tenant\\\" = $1\",\"ms\":"
             "<<dec 0 80>>},\"component\":\"db\"}"},
    {PAYLOAD(LEVEL_INFO, LEVEL_INFO), .weight = 10,
     .text = "{\"level\":30,\"time\":<<epoch>>,\"pid\":8,\"hostname\":\"<<ip>>\",\"reqId\":"
             "\"<<uuid>>\",\"msg\":\"request completed\",\"responseTime\":<<dec 1 400>>}"},
    {PAYLOAD(LEVEL_INFO, LEVEL_NOTICE), .weight = 3,
     .text = "{\"level\":\"notice\",\"title\":\"Feature flag changed\",\"details\":{\"flag\":"
             "\"<<word>>\",\"from\":false,\"to\":true}}"},
    {PAYLOAD(LEVEL_DEBUG, LEVEL_VERBOSE), .weight = 3,
     .text = "{\"level\":\"Verbose\",\"message\":\"step <<int 1 12>> of 12\",\"details\":null}"},
    {PAYLOAD(LEVEL_INFO, LEVEL_INFO), .weight = 6,
     .text = "{\"level\":\"Information\",\"title\":\"Seams in strings\",\"message\":\"a}{b }{ "
             "{\\\"x\\\":1}{\\\"y\\\":2} }\\n{\\\"z\\\":3}\",\"details\":{\"raw\":\"}{\\\"}{\"}}"},
    {PAYLOAD(LEVEL_INFO, LEVEL_OF_LINE), .weight = 6,
     .text =
         "{\"title\":\"Windows path\",\"details\":{\"path\":\"C:\\\\\\\\share\\\\<<word>>\\\\\","
         "\"regex\":\"\\\\\\\\d+\\\\\\\\.\\\\\\\\d{2}\",\"end\":\"\\\\\\\\\\\\\\\\\"}}"},
    {PAYLOAD(LEVEL_INFO, LEVEL_OF_LINE), .weight = 8,
     .text = "{\"title\":\"Grüße aus Köln\",\"message\":\"注文 <<int 1 9999>> を受け付けました\","
             "\"details\":{\"name\":\"Zoë Ångström\",\"emoji\":\"🚚📦\",\"escaped\":"
             "\"\\u00e9\\ud83d\\ude00\\u2028\",\"city\":\"Санкт-Петербург\"}}"},
    {PAYLOAD(LEVEL_INFO, LEVEL_INFO), .weight = 8,
     .text = "{\"level\":\"INFO\",\"message\":[\"batch\",<<int 1 500>>,{\"ok\":true}],\"code\":200,"
             "\"requestId\":\"<<uuid>>\"}"},
    {PAYLOAD(LEVEL_INFO, LEVEL_OF_LINE), .weight = 10,
     .text =
         "{\"title\":\"Event from queue\",\"details\":{\"Records\":[{\"messageId\":\"<<uuid>>\","
         "\"receiptHandle\":\"<<hex 120>>\",\"body\":\"{\\\"orderId\\\":\\\"<<uuid>>\\\","
         "\\\"lines\\\":[{\\\"sku\\\":\\\"A-<<int 1 9999>>\\\",\\\"n\\\":2},{\\\"sku\\\":"
         "\\\"B-<<int 1 9999>>\\\",\\\"n\\\":1}]}\",\"attributes\":{\"SentTimestamp\":"
         "\"<<epoch>>\",\"ApproximateReceiveCount\":\"1\"},\"eventSourceARN\":"
         "\"arn:aws:sqs:eu-central-1:111122223333:orders\"}]}}"},
    {PAYLOAD(LEVEL_WARN, LEVEL_OF_LINE), .weight = 6,
     .text =
         "{\"title\":\"Slow query\",\"details\":{\"ms\":<<dec 900 4000>>,\"table\":\"<<word>>\"}}"},
    {PAYLOAD(LEVEL_INFO, LEVEL_WARN), .weight = 6,
     .text = "{\"level\":\"warning\",\"title\":\"Retrying upstream call\",\"details\":{\"attempt\":"
             "<<int 1 5>>,\"host\":\"<<host>>\",\"waitMs\":<<int 50 900>>}}"},
    {PAYLOAD(LEVEL_TRACE, LEVEL_TRACE), .weight = 4,
     .text = "{\"level\":\"trace\",\"message\":\"enter\",\"span\":\"<<hex 16>>\",\"trace_id\":"
             "\"<<hex 32>>\"}"},
    {PAYLOAD(LEVEL_INFO, LEVEL_INFO), .weight = 5,
     .text = "{\"log_level\":\"INFO\",\"message\":\"\",\"details\":[],\"empty\":{},\"zero\":0,"
             "\"small\":1.50e-7,\"big\":123456789012345678901234567890}"},
    {TEXT(LEVEL_INFO), .weight = 20, .text = "processing <<word>> <<uuid>>"},
    {TEXT(LEVEL_INFO), .weight = 12,
     .text = "GET /v1/<<word>>/<<int 1 99999>> 200 <<int 1 400>>ms <<ip>>"},
    {TEXT(LEVEL_DEBUG), .weight = 12,
     .text = "connected to <<host>>:5432 in <<int 1 40>> ms (pool <<int 1 20>>/20)"},
    {TEXT(LEVEL_INFO), .weight = 5,
     .text = "\x1b[32minfo\x1b[39m: worker <<int 1 16>> ready \"ok\""},
    {TEXT(LEVEL_INFO), .weight = 4,
     .text = "summary:\n  read: <<int 1 9999>>\n  written: <<int 1 9999>>\n  skipped: 0"},
    {TEXT(LEVEL_INFO), .weight = 4, .text = "}{ not a seam }{ \\\\server\\share\\ }{"},
    {TEXT(LEVEL_WARN), .weight = 6,
     .text = "deprecated option <<word>> will be removed; see https://example.com/<<word>>"},
    {TEXT(LEVEL_INFO), .weight = 4,
     .text = "Überprüfung abgeschlossen: <<int 1 99>> % – naïve café 你好"},
    {TEXT(LEVEL_INFO), .weight = 4,
     .text = "retry <<int 1 5>>: error rate is <<dec 0 4>>, Task timed "
             "out after 3.00 seconds was seen upstream"},
    {MESSAGE(ROW_TEXT, LEVEL_INFO), .weight = 8, .styles = STYLES_TEXT & ~STYLE_BIT(STYLE_NODE8),
     .text = "plain print <<word>> <<int 1 9999>>\n"},
    {MESSAGE(ROW_LOG, LEVEL_INFO), .weight = 6, .styles = STYLES_TEXT & ~STYLE_BIT(STYLE_NODE8),
     .text = "{\"level\":\"info\",\"event\":\"bare\",\"n\":<<int 1 9999>>,\"ok\":true}\n"},
    {MESSAGE(ROW_LOG, LEVEL_INFO), .weight = 8, .styles = STYLE_BIT(STYLE_NODE),
     .text = "<<time>>\t<<id>>\t<<event>>INFO\tReceived event: {\"source\":\"aws.events\","
             "\"detail\":{\"state\":\"<<word>>\",\"at\":\"<<time>>\"},\"id\":\"<<uuid>>\"}\n"},
    {MESSAGE(ROW_LOG, LEVEL_INFO), .weight = 6, .styles = STYLE_BIT(STYLE_NODE),
     .text = "<<time>>\t<<id>>\t<<event>>INFO\t[dd.trace_id=<<int 1 4000000000>> "
             "dd.span_id=<<int 1 4000000000>>] {\"status\":\"info\",\"message\":\"traced\"}\n"},
    {MESSAGE(ROW_TEXT, LEVEL_INFO), .weight = 3, .styles = STYLE_BIT(STYLE_NODE),
     .text = "<<time>>\tundefined\t<<event>>INFO\tloading module <<word>>\n"},
    {MESSAGE(ROW_METRIC, LEVEL_INFO), .weight = 8, .styles = STYLE_BIT(STYLE_NODE),
     .text = "<<time>>\t<<id>>\t<<event>>INFO\t{\"_aws\":{\"Timestamp\":<<epoch>>,"
             "\"CloudWatchMetrics\":[{\"Namespace\":\"shop\",\"Dimensions\":[[\"service\"]],"
             "\"Metrics\":[{\"Name\":\"latency\",\"Unit\":\"Milliseconds\"}]}]},\"service\":"
             "\"<<service>>\",\"latency\":<<dec 1 900>>}\n"},
    {MESSAGE(ROW_METRIC, LEVEL_INFO), .weight = 8,
     .styles = STYLES_ALL & ~STYLE_BIT(STYLE_NODE8) & ~STYLE_BIT(STYLE_NODE),
     .text = "{\"_aws\":{\"Timestamp\":<<epoch>>,\"CloudWatchMetrics\":[{\"Namespace\":\"shop\","
             "\"Dimensions\":[[\"service\"]],\"Metrics\":[{\"Name\":\"orders\",\"Unit\":\"Count\"}]"
             "}]},\"service\":\"<<service>>\",\"orders\":<<int 1 40>>,\"level\":\"INFO\"}\n"},
    {MESSAGE(ROW_METRIC, LEVEL_ERROR), .weight = 1,
     .styles = STYLES_ALL & ~STYLE_BIT(STYLE_NODE8) & ~STYLE_BIT(STYLE_NODE),
     .text = "{\"_aws\":{\"Timestamp\":<<epoch>>,\"CloudWatchMetrics\":[]},\"level\":\"error\","
             "\"failures\":<<int 1 40>>}\n"},
};
const size_t traffic_bodies_count = sizeof traffic_bodies / sizeof traffic_bodies[0];
