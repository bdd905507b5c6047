/* What goes wrong in the generated archive: one entry per problem a report
 * should show, and the retries it should not. Titles vary only in spans that
 * identify nothing: ids, numbers, addresses. */
#include "corpus_body.h"

#define PAYLOAD(says, own) .form = BODY_PAYLOAD, .line_level = says, .level = own
#define TEXT(says) .form = BODY_TEXT, .line_level = says, .level = LEVEL_OF_LINE
#define MESSAGE(as, own) .form = BODY_MESSAGE, .kind = as, .level = own

const struct body problem_bodies[] = {
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 40, .problem = "payment-declined",
     .title = "Payment declined by provider",
     .text = "{\"title\":\"Payment declined by provider\",\"code\":\"PAYMENT_DECLINED\","
             "\"details\":{\"orderId\":\"<<uuid>>\",\"amount\":<<dec 1 900>>,"
             "\"provider\":\"<<word>>\",\"attempt\":<<int 1 4>>},"
             "\"stack\":\"Error: declined\\n    at handler (/var/task/src/payment.js:<<int 10 90>>"
             ":<<int 3 40>>)\\n    at processTicksAndRejections (node:internal/process/task_queues"
             ":95:5)\\n    at async Runtime.handleOnceNonStreaming (file:///var/runtime/index.mjs:"
             "1173:29)\"}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 30, .problem = "inventory-unavailable",
     .title = "Inventory service unavailable",
     .text = "{\"level\":\"error\",\"title\":\"Inventory service unavailable\","
             "\"details\":{\"host\":\"<<host>>\",\"status\":503,"
             "\"body\":\"{\\\"error\\\":\\\"}{ overloaded\\\"}\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 25, .problem = "order-schema",
     .title = "Order failed schema validation",
     .text = "{\"level\":\"ERROR\",\"title\":\"Order failed schema validation\","
             "\"errorType\":\"ValidationError\",\"errorMessage\":\"\\\"quantity\\\" must be a posi"
             "tive number\",\"details\":{\"path\":\"lines[<<int 0 9>>].quantity\","
             "\"value\":<<int 100 999>>}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 22, .problem = "dynamo-throttled",
     .title = "DynamoDB write throttled",
     .text = "{\"title\":\"DynamoDB write throttled\",\"code\":\"ProvisionedThroughputExceededExce"
             "ption\",\"details\":{\"table\":\"<<word>>-table\",\"consumed\":<<dec 1 99>>},"
             "\"stack\":\"Error: throttled\\n    at handler (/var/task/src/store.js:<<int 10 90>>:"
             "<<int 3 40>>)\\n    at processTicksAndRejections (node:internal/process/task_queues:"
             "95:5)\\n    at async Runtime.handleOnceNonStreaming (file:///var/runtime/index.mjs:1"
             "173:29)\"}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 20, .problem = "token-expired",
     .title = "Access token expired",
     .text = "{\"level\":\"error\",\"title\":\"Access token expired\","
             "\"details\":{\"subject\":\"<<email>>\",\"ageSeconds\":<<int 3600 90000>>}}"},
    {PAYLOAD(LEVEL_FATAL, LEVEL_FATAL), .weight = 4, .problem = "cert-expiry",
     .title = "TLS certificate expired",
     .text = "{\"level\":\"critical\",\"title\":\"TLS certificate expired\","
             "\"details\":{\"host\":\"<<host>>\",\"notAfter\":\"2023-01-01T00:00:00Z\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 15, .problem = "mail-bounced",
     .title = "Mail bounced",
     .text = "{\"title\":\"Mail bounced\",\"message\":\"Bounce for <<email>>\","
             "\"details\":{\"bounceType\":\"Permanent\",\"to\":\"<<email>>\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 15, .problem = "webhook-refused",
     .title = "Webhook refused",
     .text = "{\"title\":\"Webhook refused\",\"code\":403,"
             "\"details\":{\"url\":\"https://hooks.example.com/<<word>>/<<uuid>>\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 12, .styles = STYLES_TEXT,
     .problem = "nested-message", .title = "Refund could not be booked",
     .text = "{\"message\":{\"title\":\"Refund could not be booked\",\"level\":\"error\","
             "\"errorType\":\"LedgerError\",\"errorMessage\":\"account <<int 1000 9999>> is closed"
             "\",\"details\":{\"refund\":\"<<uuid>>\"},"
             "\"stack\":\"Error: closed\\n    at handler (/var/task/src/refund.js:<<int 10 90>>:<<"
             "int 3 40>>)\\n    at processTicksAndRejections (node:internal/process/task_queues:95"
             ":5)\\n    at async Runtime.handleOnceNonStreaming (file:///var/runtime/index.mjs:117"
             "3:29)\"},\"component\":\"ledger\"}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 10, .styles = STYLES_TEXT,
     .problem = "sibling-message", .title = "Export file incomplete",
     .text = "{\"message\":{\"title\":\"Export file incomplete\","
             "\"details\":{\"rows\":<<int 1 9999>>,\"expected\":<<int 10000 99999>>}},"
             "\"level\":\"ERROR\",\"stack\":\"Error: incomplete\\n    at handler (/var/task/src/ex"
             "port.js:<<int 10 90>>:<<int 3 40>>)\\n    at processTicksAndRejections (node:interna"
             "l/process/task_queues:95:5)\\n    at async Runtime.handleOnceNonStreaming (file:///v"
             "ar/runtime/index.mjs:1173:29)\"}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 8, .problem = "geocode-failed",
     .title = "Adresse konnte nicht aufgelöst werden",
     .text = "{\"title\":\"Adresse konnte nicht aufgelöst werden\","
             "\"details\":{\"street\":\"Königstraße <<int 1 99>>\",\"city\":\"Zürich\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 6, .problem = "barcode-unreadable",
     .title = "バーコードを読み取れません",
     .text = "{\"title\":\"バーコードを読み取れません\",\"level\":\"ERROR\","
             "\"details\":{\"warehouse\":<<int 1 9>>}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 8, .problem = "rejected-promise",
     .title = "Batch item rejected",
     .text = "{\"title\":\"Batch item rejected\",\"reason\":{\"errorType\":\"RangeError\","
             "\"errorMessage\":\"offset <<int 100 900>>\"},\"promise\":{},"
             "\"details\":{\"item\":<<int 1 100>>}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 8, .problem = "stack-array",
     .title = "Template rendering failed",
     .text = "{\"level\":\"error\",\"title\":\"Template rendering failed\","
             "\"stackTrace\":[\"at render (/var/task/render.js:<<int 1 90>>:7)\","
             "\"at main (/var/task/main.js:3:1)\"],\"details\":\"plain words\"}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 8, .problem = "error-object",
     .title = "Upload aborted",
     .text = "{\"level\":\"error\",\"title\":\"Upload aborted\","
             "\"error\":{\"name\":\"AbortError\",\"message\":\"The operation was aborted after <<i"
             "nt 100 900>> ms\",\"stack\":\"Error: aborted\\n    at handler (/var/task/src/upload."
             "js:<<int 10 90>>:<<int 3 40>>)\\n    at processTicksAndRejections (node:internal/pro"
             "cess/task_queues:95:5)\\n    at async Runtime.handleOnceNonStreaming (file:///var/ru"
             "ntime/index.mjs:1173:29)\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 8, .problem = "pino-50",
     .title = "Consumer group rebalanced too often",
     .text = "{\"level\":50,\"time\":<<epoch>>,\"pid\":8,"
             "\"title\":\"Consumer group rebalanced too often\","
             "\"details\":{\"group\":\"<<word>>\"}}"},
    {PAYLOAD(LEVEL_FATAL, LEVEL_FATAL), .weight = 4, .problem = "pino-60",
     .title = "Configuration missing",
     .text = "{\"level\":60,\"time\":<<epoch>>,\"title\":\"Configuration missing\","
             "\"details\":{\"key\":\"<<word>>_URL\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 5, .problem = "deep-details",
     .title = "Rule engine loop",
     .text = "{\"title\":\"Rule engine loop\",\"details\":{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":[<<in"
             "t 1 9>>,[[],[{}]]]}}}}}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 6, .problem = "quotes-in-title",
     .title = "Lock \"stock\" is held by C:\\locks\\main",
     .text = "{\"title\":\"Lock \\\"stock\\\" is held by C:\\\\locks\\\\main\","
             "\"details\":{\"owner\":\"<<uuid>>\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 6, .problem = "seam-in-title",
     .title = "Unexpected token }{ in JSON",
     .text = "{\"title\":\"Unexpected token }{ in JSON\","
             "\"details\":{\"sample\":\"{\\\"a\\\":1}{\\\"b\\\":2}\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 20, .problem = "order-stuck",
     .title_pattern =
         "Order [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12} is stuck i"
         "n state 3",
     .text = "{\"level\":\"error\",\"title\":\"Order <<uuid>> is stuck in state 3\","
             "\"details\":{\"ageHours\":<<int 2 90>>}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 18, .problem = "host-unreachable",
     .title_pattern = "Cannot reach 10(?:\\.\\d{1,3}){3}:5432",
     .text = "{\"title\":\"Cannot reach <<ip>>:5432\",\"code\":\"ECONNREFUSED\","
             "\"details\":{\"pool\":<<int 1 20>>}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 12, .problem = "queue-lag",
     .title_pattern = "Queue lag is \\d{3,5} messages",
     .text = "{\"level\":\"ERROR\",\"title\":\"Queue lag is <<int 100 99999>> messages\","
             "\"details\":{\"queue\":\"<<word>>\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 12, .problem = "slow-upstream",
     .title_pattern = "Upstream answered after \\d{4} ms",
     .text = "{\"title\":\"Upstream answered after <<int 1000 9000>> ms\","
             "\"details\":{\"host\":\"<<host>>\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 10, .problem = "unknown-user",
     .title_pattern = "No account for user\\d{1,5}@example\\.com",
     .text = "{\"title\":\"No account for <<email>>\",\"level\":\"error\"}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 8, .problem = "checksum",
     .title_pattern = "Checksum mismatch: 0x[0-9a-f]{8}",
     .text = "{\"title\":\"Checksum mismatch: 0x<<hex 8>>\","
             "\"details\":{\"file\":\"<<word>>.bin\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 10, .problem = "import-row",
     .title_pattern = "Import stopped at row \\d{2,5}",
     .text = "{\"title\":\"Import stopped at row <<int 10 99999>>\",\"code\":\"IMPORT_ROW\","
             "\"details\":{\"column\":\"<<word>>\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 6, .problem = "ratio",
     .title_pattern = "Error ratio \\d{1,2}\\.\\d\\d over limit",
     .text = "{\"title\":\"Error ratio <<dec 1 90>> over limit\",\"details\":{\"window\":\"5m\"}}"},
    {PAYLOAD(LEVEL_FATAL, LEVEL_FATAL), .weight = 4, .problem = "account-limit",
     .title_pattern = "Concurrency limit reached in \\d{12}",
     .text = "{\"level\":\"critical\",\"title\":\"Concurrency limit reached in <<account>>\","
             "\"details\":{\"limit\":1000}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 6, .problem = "digest",
     .title_pattern = "Artifact [0-9a-f]{40} not found",
     .text = "{\"title\":\"Artifact <<hex 40>> not found\",\"code\":\"NotFound\"}"},
    {PAYLOAD(LEVEL_WARN, LEVEL_WARN), .weight = 6, .problem = "action-quota",
     .title = "[Action Required] Quota nearly used",
     .text = "{\"level\":\"warn\",\"title\":\"[Action Required] Quota nearly used\","
             "\"details\":{\"percent\":<<int 90 99>>}}"},
    {PAYLOAD(LEVEL_INFO, LEVEL_INFO), .weight = 6, .problem = "action-review",
     .title_pattern = "\\[Action Required\\] Manual review of order \\d{4,5}",
     .text = "{\"level\":\"info\",\"title\":\"[Action Required] Manual review of order <<int 1000 "
             "99999>>\",\"details\":{\"reviewer\":\"<<email>>\"}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_ERROR), .weight = 6, .problem = "no-title-code",
     .text = "{\"level\":\"error\",\"message\":\"could not write report\",\"code\":\"EIO\","
             "\"details\":{\"fd\":<<int 3 90>>}}"},
    {PAYLOAD(LEVEL_ERROR, LEVEL_OF_LINE), .weight = 10, .problem = "no-title-error",
     .text = "{\"errorType\":\"TypeError\",\"errorMessage\":\"Cannot read properties of undefined "
             "(reading 'id')\",\"stackTrace\":[\"TypeError: Cannot read properties of undefined (r"
             "eading 'id')\",\"    at exports.handler (/var/task/index.js:12:34)\"]}"},
    {TEXT(LEVEL_ERROR), .weight = 14, .problem = "text-econnreset",
     .text = "read ECONNRESET while talking to <<host>>"},
    {TEXT(LEVEL_ERROR), .weight = 12, .problem = "text-stack",
     .text = "TypeError: fetch failed\n    at node:internal/deps/undici/undici:11457:11\n    at as"
             "ync load (/var/task/src/load.js:<<int 1 90>>:18)"},
    {TEXT(LEVEL_ERROR), .weight = 8, .problem = "text-parse",
     .text = "could not parse line <<int 1 9999>> of stock.csv: unexpected \"}{\" at column <<i"
             "nt 1 90>>"},
    {TEXT(LEVEL_FATAL), .weight = 4, .problem = "text-fatal",
     .text = "giving up after <<int 3 9>> attempts"},
    {TEXT(LEVEL_ERROR), .weight = 6, .problem = "text-unicode",
     .text = "Zahlung für Kunde <<int 1 9999>> fehlgeschlagen – bitte prüfen"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 16, .styles = STYLE_BIT(STYLE_NODE),
     .problem = "node-invoke-error",
     .text = "<<time>>\t<<id>>\t<<event>>ERROR\tInvoke Error \t{\"errorType\":\"Error\","
             "\"errorMessage\":\"Missing stage variables\","
             "\"stack\":[\"Error: Missing stage variables\","
             "\"    at Runtime.handler (/var/task/index.js:<<int 5 90>>:11)\","
             "\"    at Runtime.handleOnce (/var/runtime/Runtime.js:66:25)\"]}\n"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 12, .styles = STYLE_BIT(STYLE_NODE),
     .problem = "node-invoke-code",
     .text = "<<time>>\t<<id>>\t<<event>>ERROR\tInvoke Error \t{\"errorType\":\"TimeoutError\","
             "\"errorMessage\":\"socket hang up\",\"code\":\"TimeoutError\",\"time\":\"<<time>>\","
             "\"retryable\":true,\"stack\":[\"TimeoutError: socket hang up\","
             "\"    at Runtime.handler (/var/task/http.js:<<int 5 90>>:11)\","
             "\"    at Runtime.handleOnce (/var/runtime/Runtime.js:66:25)\"]}\n"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 8, .styles = STYLE_BIT(STYLE_NODE),
     .problem = "node-uncaught",
     .text = "<<time>>\t<<id>>\t<<event>>ERROR\tUncaught Exception \t{\"errorType\":\"ReferenceErr"
             "or\",\"errorMessage\":\"config is not defined\","
             "\"stack\":[\"ReferenceError: config is not defined\","
             "\"    at Runtime.handler (/var/task/boot.js:<<int 5 90>>:11)\","
             "\"    at Runtime.handleOnce (/var/runtime/Runtime.js:66:25)\"]}\n"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 8, .styles = STYLE_BIT(STYLE_NODE),
     .problem = "node-rejection",
     .text = "<<time>>\t<<id>>\t<<event>>ERROR\tUnhandled Promise Rejection \t{\"errorType\":\"Run"
             "time.UnhandledPromiseRejection\",\"errorMessage\":\"Error: ENOTFOUND\","
             "\"reason\":{\"errorType\":\"Error\",\"errorMessage\":\"getaddrinfo ENOTFOUND db\","
             "\"code\":\"ENOTFOUND\",\"stack\":[\"Error: getaddrinfo ENOTFOUND db\","
             "\"    at GetAddrInfoReqWrap.onlookup (dns.js:66:26)\"]},\"promise\":{},"
             "\"stack\":[\"Runtime.UnhandledPromiseRejection: Error: ENOTFOUND\","
             "\"    at process.<anonymous> (/var/runtime/index.js:35:15)\"]}\n"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 12, .styles = STYLE_BIT(STYLE_NODE8),
     .problem = "node8-error",
     .text = "<<time>>\t<<id>>\t<<event>>{\"errorMessage\":\"Process failed with status <<int 1 9>"
             ">\",\"errorType\":\"Error\",\"stackTrace\":[\"exports.handler (/var/task/index.js:9:"
             "11)\"]}\n"},
    {MESSAGE(ROW_TEXT, LEVEL_ERROR), .weight = 6, .styles = STYLE_BIT(STYLE_NODE),
     .problem = "node-retry-cr",
     .text = "<<time>>\t<<id>>\t<<event>>ERROR\tstep failed\r    at worker (/var/task/step.js:1:2)"
             "\n"},
    {MESSAGE(ROW_TEXT, LEVEL_ERROR), .weight = 12, .styles = STYLE_BIT(STYLE_PYTHON),
     .problem = "python-key-error",
     .text = "[ERROR] KeyError: 'orderId'\rTraceback (most recent call last):\r  File \"/var/task/"
             "app.py\", line <<int 3 90>>, in handler\r    return event['orderId']\n"},
    {MESSAGE(ROW_TEXT, LEVEL_ERROR), .weight = 10, .styles = STYLE_BIT(STYLE_PYTHON),
     .problem = "python-client-error",
     .text = "[ERROR] ClientError: An error occurred (AccessDenied) when calling the PutObject ope"
             "ration: Access Denied\nTraceback (most recent call last):\n  File \"/var/task/store."
             "py\", line <<int 3 90>>, in handler\n    client.put_object(**kwargs)\n"},
    {MESSAGE(ROW_CRASH, LEVEL_ERROR), .weight = 3, .styles = STYLE_BIT(STYLE_PYTHON),
     .problem = "python-memory",
     .text = "[ERROR] MemoryError\nTraceback (most recent call last):\n  File \"/var/task/big.py\""
             ", line 7, in handler\n"},
    {MESSAGE(ROW_TEXT, LEVEL_ERROR), .weight = 8, .styles = STYLE_BIT(STYLE_PYTHON),
     .problem = "python-log",
     .text = "[ERROR]\t<<time>>\t<<id>>\tcould not lock row <<int 1 9999>>\n"},
    {MESSAGE(ROW_TEXT, LEVEL_FATAL), .weight = 4, .styles = STYLE_BIT(STYLE_PYTHON),
     .problem = "python-critical",
     .text = "[CRITICAL]\t<<time>>\t<<id>>\tdisk quota exceeded on /tmp\n"},
    {MESSAGE(ROW_TEXT, LEVEL_ERROR), .weight = 12,
     .styles = STYLE_BIT(STYLE_JAVA) | STYLE_BIT(STYLE_LOG4J), .problem = "java-trace",
     .text = "Index out of range: java.lang.IndexOutOfBoundsException\njava.lang.IndexOutOfBoundsE"
             "xception: Index out of range\n\tat com.example.Handler.pick(Handler.java:<<int 10 90"
             ">>)\n\tat com.example.Handler.handleRequest(Handler.java:41)\n\n"},
    {MESSAGE(ROW_CRASH, LEVEL_ERROR), .weight = 3,
     .styles = STYLE_BIT(STYLE_JAVA) | STYLE_BIT(STYLE_LOG4J), .problem = "java-oom",
     .text = "Java heap space: java.lang.OutOfMemoryError\njava.lang.OutOfMemoryError: Java heap s"
             "pace\n\tat java.base/java.util.Arrays.copyOf(Arrays.java:3745)\n\n"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 10, .styles = STYLE_BIT(STYLE_RUBY),
     .problem = "ruby-error",
     .text = "{\"errorMessage\":\"divided by 0\",\"errorType\":\"Function<ZeroDivisionError>\","
             "\"stackTrace\":[\"/var/task/app.rb:<<int 3 90>>:in `/'\","
             "\"/var/task/app.rb:4:in `handler'\"]}\n"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 10, .styles = STYLE_BIT(STYLE_GO),
     .problem = "go-panic",
     .text = "{\"errorMessage\":\"runtime error: index out of range [<<int 4 9>>] with length 3\","
             "\"errorType\":\"boundsError\",\"stackTrace\":[{\"path\":\"github.com/aws/aws-lambda-"
             "go@v1.41.0/lambda/errors.go\",\"line\":39,\"label\":\"lambdaPanicResponse\"},"
             "{\"path\":\"main.go\",\"line\":<<int 10 90>>,\"label\":\"handler\"}]}\n"},
    {MESSAGE(ROW_TEXT, LEVEL_ERROR), .weight = 8, .styles = STYLE_BIT(STYLE_GO),
     .problem = "go-text-panic",
     .text = "panic: assignment to entry in nil map\n\ngoroutine 1 [running]:\nmain.handler(0xc000"
             "<<hex 6>>)\n\t/src/main.go:<<int 10 90>> +0x1d\n"},
    {MESSAGE(ROW_TEXT, LEVEL_FATAL), .weight = 5, .styles = STYLE_BIT(STYLE_DOTNET),
     .problem = "dotnet-crit",
     .text = "<<time>>\t<<id>>\t<<event>>crit\tUnable to load settings from s3://config/<<word>>/a"
             "pp.json\n"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 10, .styles = STYLE_BIT(STYLE_POWERSHELL),
     .problem = "powershell-error", .title = "Runbook step failed",
     .text = "{\"level\":\"Error\",\"title\":\"Runbook step failed\","
             "\"details\":{\"step\":<<int 1 9>>}}\n"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 12, .styles = STYLE_BIT(STYLE_JSON),
     .problem = "json-error",
     .text = "{\"timestamp\":\"<<time>>\",\"level\":\"ERROR\",\"requestId\":\"<<id>>\","
             "\"message\":{\"errorType\":\"AggregateError\","
             "\"errorMessage\":\"All promises were rejected\","
             "\"stackTrace\":[\"AggregateError: All promises were rejected\","
             "\"    at all (/var/task/all.mjs:<<int 1 90>>:3)\"]}}\n"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 10, .styles = STYLE_BIT(STYLE_JSON),
     .problem = "json-python",
     .text = "{\"timestamp\":\"<<time>>\",\"log_level\":\"ERROR\","
             "\"errorMessage\":\"list index out of range\",\"errorType\":\"IndexError\","
             "\"requestId\":\"<<id>>\",\"stackTrace\":[\"  File \\\"/var/task/app.py\\\","
             " line <<int 3 90>>, in handler\\n    return items[9]\\n\"]}\n"},
    {MESSAGE(ROW_LOG, LEVEL_FATAL), .weight = 5, .styles = STYLE_BIT(STYLE_JSON),
     .problem = "json-java",
     .text = "{\"timestamp\":\"<<time>>\",\"level\":\"FATAL\",\"AWSRequestId\":\"<<id>>\","
             "\"message\":\"no route to <<ip>>\"}\n"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 10, .styles = STYLE_BIT(STYLE_NODE),
     .is_ignored = true,
     .text = "<<time>>\t<<id>>\t<<event>>ERROR\tInvoke Error \t{\"errorType\":\"RetryError\","
             "\"errorMessage\":\"try again later\",\"code\":\"ForceRetryExecution\","
             "\"stack\":[\"RetryError: try again later\","
             "\"    at Runtime.handler (/var/task/retry.js:<<int 5 90>>:11)\","
             "\"    at Runtime.handleOnce (/var/runtime/Runtime.js:66:25)\"]}\n"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 6, .styles = STYLE_BIT(STYLE_JSON),
     .is_ignored = true,
     .text = "{\"timestamp\":\"<<time>>\",\"level\":\"ERROR\",\"requestId\":\"<<id>>\","
             "\"message\":{\"title\":\"again\",\"code\":\"forceretryexecution\"}}\n"},
    {MESSAGE(ROW_LOG, LEVEL_ERROR), .weight = 6, .styles = STYLE_BIT(STYLE_PYTHON),
     .is_ignored = true,
     .text = "[ERROR]\t<<time>>\t<<id>>\t{\"message\":{\"code\":\"FORCERETRYEXECUTION\","
             "\"title\":\"again\"}}\n"},
};
const size_t problem_bodies_count = sizeof problem_bodies / sizeof problem_bodies[0];
