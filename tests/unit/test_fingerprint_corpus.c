/* test_fingerprint_corpus.c - how well fingerprints find the true problems.
 *
 * Problems are templates in the manner of each runtime, written for this test;
 * each is told many times with other ids, numbers, dates, paths, addresses and
 * hosts. A pair of events belongs together if both come from one template. */
#include "alert/fingerprint.h"

#include "alert_event.h"
#include "util/arena.h"
#include "util/buf.h"

#include <criterion/criterion.h>

static uint64_t state;

static unsigned pick(unsigned below)
{
    return (unsigned)(random_next(&state) % below);
}

static void put_from(struct buf *out, const char *alphabet, size_t size)
{
    size_t letters = strlen(alphabet);
    for (size_t i = 0; i < size; i++)
        buf_append_byte(out, alphabet[pick((unsigned)letters)]);
}

static const char hex[] = "0123456789abcdef";
static const char base36[] = "0123456789abcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";

static void put_uuid(struct buf *out)
{
    static const unsigned sizes[] = {8, 4, 4, 4, 12};
    for (unsigned i = 0; i < 5; i++) {
        if (i > 0)
            buf_append_byte(out, '-');
        put_from(out, hex, sizes[i]);
    }
}

static void put_int(struct buf *out)
{
    static const unsigned ranges[] = {10, 1000, 100000, 2000000000};
    buf_printf(out, "%u", pick(ranges[pick(4)]));
}

static void put_date(struct buf *out)
{
    static const char *const months[] = {"Jan", "May", "Sep", "Dec"};
    unsigned year = 2019 + pick(6), month = 1 + pick(12), day = 1 + pick(28);
    unsigned hour = pick(24), minute = pick(60), second = pick(60);
    switch (pick(4)) {
    case 0:
        buf_printf(out, "%u-%02u-%02uT%02u:%02u:%02u.%03uZ", year, month, day, hour, minute, second,
                   pick(1000));
        return;
    case 1:
        buf_printf(out, "%u-%02u-%02u %02u:%02u:%02u", year, month, day, hour, minute, second);
        return;
    case 2:
        buf_printf(out, "%02u %s %u %02u:%02u:%02u GMT", day, months[pick(4)], year, hour, minute,
                   second);
        return;
    case 3:
        buf_printf(out, "%u/%02u/%02u", year, month, day);
        return;
    }
}

static void put_host(struct buf *out)
{
    static const char *const hosts[] = {"db-%u.prod.internal", "orders-%u.example.com",
                                        "cache-%04u.abc123.use1.cache.amazonaws.com",
                                        "kafka-%u.svc.cluster.local"};
    buf_printf(out, hosts[pick(4)], pick(500));
}

static void put_address(struct buf *out)
{
    if (pick(4) == 0)
        buf_printf(out, "2001:db8:%x::%x", pick(65536), 1 + pick(9));
    else
        buf_printf(out, "%u.%u.%u.%u", 1 + pick(254), pick(256), pick(256), pick(256));
}

static void put_path(struct buf *out)
{
    static const char *const endings[] = {"csv", "json", "parquet", "jpg"};
    buf_printf(out, "uploads/%u/%02u/", 2019 + pick(6), 1 + pick(12));
    put_from(out, base36, 8);
    buf_printf(out, "_%u.%s", pick(1000), endings[pick(4)]);
}

static void put_variable(struct buf *out, char kind)
{
    switch (kind) {
    case 'u':
        put_uuid(out);
        return;
    case 'n':
        put_int(out);
        return;
    case 'd':
        put_date(out);
        return;
    case 'h':
        put_host(out);
        return;
    case 'a':
        put_address(out);
        return;
    case 'p':
        put_path(out);
        return;
    case 't':
        buf_append(out, "/tmp/", 5);
        put_from(out, base36, 10);
        return;
    case 'x':
        buf_append(out, "0x", 2);
        put_from(out, hex, 8 + pick(5));
        return;
    case 'c':
        put_from(out, hex, 40);
        return;
    case 'i':
        put_from(out, hex, 17);
        return;
    case 'e':
        put_from(out, base36 + 10, 3 + pick(8));
        buf_printf(out, "%u@example.org", pick(100));
        return;
    case 'l':
        buf_append(out, "https://", 8);
        put_host(out);
        buf_printf(out, "/v%u/items/%u?page=%u", 1 + pick(3), pick(100000), pick(50));
        return;
    case 'r':
        buf_printf(out, "arn:aws:sqs:eu-west-%u:", 1 + pick(3));
        put_from(out, digits, 12);
        buf_printf(out, ":queue-%u", pick(40));
        return;
    case 's':
        buf_printf(out, pick(2) ? "%u ms" : "%u.00 seconds", 1 + pick(900));
        return;
    case 'f':
        buf_printf(out, "%u.%02u", pick(1000), pick(100));
        return;
    }
    cr_assert_fail("no variable %%%c", kind);
}

/* Replaces `%x` by something of that kind. */
static void put_told(struct buf *out, const char *problem)
{
    for (; *problem != '\0'; problem++) {
        if (*problem == '%')
            put_variable(out, *++problem);
        else
            buf_append_byte(out, *problem);
    }
}

/* Titles of structured logs. */
static const char *const titles[] = {
    "Order %n could not be shipped",
    "Order %n could not be cancelled",
    "Payment %u declined by provider",
    "Payment %u timed out at provider",
    "Refund of %f EUR failed for customer %n",
    "Chargeback of %f EUR received for customer %n",
    "Invoice %n has no address",
    "Invoice %n has no tax id",
    "Invoice %n was sent twice",
    "User %e is locked",
    "User %e is unknown",
    "User %e exceeded %n attempts",
    "Mail to %e bounced",
    "Mail to %e was marked as spam",
    "Token of session %u expired at %d",
    "Token of session %u has a bad signature",
    "Cannot reach %h",
    "Cannot resolve %h",
    "Cannot authenticate at %h",
    "Connection to %a:%n refused",
    "Connection to %a:%n reset",
    "Connection to %a:%n timed out after %s",
    "Object %p is missing",
    "Object %p is not valid CSV",
    "Object %p has %n columns instead of %n",
    "GET %l failed with status code 404",
    "GET %l failed with status code 500",
    "GET %l failed with status code 503",
    "POST %l failed with status code 400",
    "POST %l failed with status code 409",
    "PUT %l returned an empty body",
    "Queue %r holds %n messages",
    "Queue %r is not accessible",
    "Dead letter in %r after %n attempts",
    "Cannot assume role for %r",
    "Lock %u is held since %d",
    "Lock %u was stolen",
    "Stock of article %n is negative: -%n",
    "Stock of article %n is unknown",
    "Price of article %n changed by %f percent",
    "Import of %p stopped at line %n",
    "Export to %p stopped after %s",
    "Report for %d is incomplete",
    "Report for %d is late by %s",
    "Batch %u: %n of %n records failed",
    "Batch %u: no records",
    "Instance i-%i is unhealthy",
    "Instance i-%i was terminated",
    "Deployment %c failed",
    "Deployment %c rolled back",
    "Checksum mismatch: %c instead of %c",
    "[Action Required] rotate key of %e before %d",
    "[Action Required] certificate of %h expires %d",
    "[Action Required] disk of %a is %n percent full",
    "Temperature sensor %n reads %f",
    "Humidity sensor %n reads %f",
    "Sensor %n is silent since %d",
    "Webhook %u to %l failed",
    "Webhook %u has no target",
    "Feature flag service answered after %s",
    "Cache miss storm: %n misses in %s",
    "Schema %n is not compatible with %n",
    "Event %u arrived %s late",
    "Event %u has no type",
    "Event %u has an unknown type",
};

/* First lines of plain text in the manner of libraries and runtimes. */
static const char *const texts[] = {
    "Error: connect ECONNREFUSED %a:%n",
    "Error: connect ETIMEDOUT %a:%n",
    "Error: getaddrinfo ENOTFOUND %h",
    "Error: getaddrinfo EAI_AGAIN %h",
    "Error: read ECONNRESET",
    "Error: socket hang up",
    "Error: write EPIPE",
    "Error: ENOENT: no such file or directory, open '%t'",
    "Error: EACCES: permission denied, open '%t'",
    "Error: ENOSPC: no space left on device, write",
    "AccessDenied: User is not authorized to perform sqs:SendMessage on %r",
    "AccessDenied: User is not authorized to perform sqs:ReceiveMessage on %r",
    "ThrottlingException: Rate exceeded (Request ID: %u)",
    "ProvisionedThroughputExceededException: table orders (Request ID: %u)",
    "ConditionalCheckFailedException: item %n (Request ID: %u)",
    "NoSuchKey: The specified key does not exist. Key: %p",
    "SlowDown: Please reduce your request rate. Key: %p",
    "[ERROR] KeyError: 'order_id'\rTraceback (most recent call last):",
    "[ERROR] KeyError: 'customer_id'\rTraceback (most recent call last):",
    "[ERROR] ValueError: invalid literal for int() with base 10: '%x'\rTraceback (most recent call "
    "last):",
    "[ERROR] ValueError: time data '%d' does not match format\rTraceback (most recent call last):",
    "[ERROR] ClientError: An error occurred (ThrottlingException) when calling the Query operation",
    "[ERROR] ClientError: An error occurred (AccessDenied) when calling the GetObject operation",
    "[ERROR] ConnectTimeout: HTTPSConnectionPool(host='%h', port=%n): Max retries exceeded",
    "[ERROR] JSONDecodeError: Expecting value: line %n column %n (char %n)",
    "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'yaml'",
    "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'numpy'",
    "[ERROR] UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position %n",
    "LAMBDA_WARNING: Unhandled exception in %s",
    "java.lang.NullPointerException\n\tat com.acme.Orders.load(Orders.java:%n)",
    "java.lang.NullPointerException\n\tat com.acme.Orders.save(Orders.java:%n)",
    "java.lang.IllegalStateException: pool %x is closed\n\tat com.acme.Pool.get(Pool.java:%n)",
    "java.net.SocketTimeoutException: Read timed out after %s\n\tat "
    "com.acme.Http.get(Http.java:%n)",
    "java.net.UnknownHostException: %h\n\tat com.acme.Http.get(Http.java:%n)",
    "com.fasterxml.jackson.core.JsonParseException: Unexpected character at [Source: %x; line: %n, "
    "column: %n]",
    "Exception in thread \"main\" java.lang.StackOverflowError",
    "Exception in thread \"pool-%n-thread-%n\" java.lang.OutOfMemoryError: GC overhead",
    "System.NullReferenceException: Object reference not set to an instance of an object.\n   at "
    "Acme.Orders.Load(String id) in /src/Orders.cs:line %n",
    "System.NullReferenceException: Object reference not set to an instance of an object.\n   at "
    "Acme.Orders.Save(String id) in /src/Orders.cs:line %n",
    "System.TimeoutException: The operation did not complete within %s",
    "System.IO.FileNotFoundException: Could not find file '%t'.",
    "Npgsql.PostgresException: duplicate key value violates unique constraint \"orders_pkey\" (%n)",
    "Npgsql.PostgresException: deadlock detected, process %n waits for transaction %n",
    "panic: runtime error: index out of range [%n] with length %n",
    "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: "
    "addr=%x]",
    "panic: assignment to entry in nil map",
    "%d dial tcp %a:%n: i/o timeout",
    "%d dial tcp %a:%n: connect: connection refused",
    "%d lookup %h: no such host",
    "context deadline exceeded after %s",
    "pq: password authentication failed for user \"app\" at %a",
    "pq: too many connections (%n)",
    "sql: no rows in result set for id %n",
    "undefined method `name' for nil:NilClass (NoMethodError)\n/var/task/app.rb:%n:in `call'",
    "undefined method `email' for nil:NilClass (NoMethodError)\n/var/task/app.rb:%n:in `call'",
    "key not found: :order_%n (KeyError)",
    "execution expired after %s (Net::ReadTimeout)",
    "MongoServerError: E11000 duplicate key error collection: shop.orders index: _id_ dup key: %n",
    "MongoNetworkError: connection %n to %a:%n closed",
    "RedisError: LOADING dataset in memory, %n keys",
    "RedisError: READONLY replica at %h:%n",
    "KafkaJSConnectionError: broker %h:%n is not connected",
    "Unable to load certificate for %h: expired on %d",
    "worker %n: job %u failed: exit status %n",
    "worker %n: job %u cancelled after %s",
    "FATAL ERROR: Reached heap limit at %x",
    "Segmentation fault at address %x",
    "task %u in state FAILED since %d",
    "task %u in state STUCK since %d",
};

/* Structured errors without a title: told apart by type, message and stack. */
static const char *const messages[] = {
    "Cannot read properties of undefined (reading 'id')",
    "response of %n bytes from %h is not JSON",
    "request %u failed",
    "unexpected state %n at %d",
};
static const char *const stacks[] = {
    "Error: it\n    at loadOrder (/var/task/orders.js:%n:%n)\n    at handler "
    "(/var/task/index.js:%n:%n)\n"
    "    at process.processTicksAndRejections (node:internal/process/task_queues:%n:%n)",
    "Error: it\n    at saveOrder (/var/task/orders.js:%n:%n)\n    at handler "
    "(/var/task/index.js:%n:%n)",
    "Error: it\n    at async Client.send (/var/task/node_modules/sdk/client.js:%n:%n)\n"
    "    at async notify (/var/task/notify.js:%n:%n)",
    "Traceback (most recent call last):\n  File \"/var/task/app.py\", line %n, in handler\n"
    "    load(event)\n  File \"/var/task/load.py\", line %n, in load\n    parse(x)\n",
    "Traceback (most recent call last):\n  File \"/var/task/app.py\", line %n, in handler\n"
    "    load(event)\n  File \"/var/task/store.py\", line %n, in store\n    put(x)\n",
    "com.acme.Handler.run(Handler.java:%n)\njava.base/java.lang.Thread.run(Thread.java:%n)",
    "com.acme.Importer.run(Importer.java:%n)\njava.base/java.lang.Thread.run(Thread.java:%n)",
    "   at Acme.Api.Get(String id) in /src/Api.cs:line %n\n   at "
    "Acme.Handler.<Run>d__%n.MoveNext()",
    "   at Acme.Api.Put(String id) in /src/Api.cs:line %n\n   at "
    "Acme.Handler.<Run>d__%n.MoveNext()",
    "[{\"path\":\"app/main.go\",\"line\":%n,\"label\":\"handle\"},{\"path\":\"runtime/panic.go\","
    "\"line\":%n,\"label\":\"gopanic\"}]",
    "[{\"path\":\"app/store.go\",\"line\":%n,\"label\":\"Put\"},{\"path\":\"app/main.go\","
    "\"line\":%n,\"label\":\"handle\"}]",
    "/var/task/app.rb:%n:in `process'\n/var/lang/lib/ruby/runtime.rb:%n:in `run'",
    "/var/task/mailer.rb:%n:in `deliver'\n/var/lang/lib/ruby/runtime.rb:%n:in `run'",
};

enum {
    TITLES = sizeof(titles) / sizeof(titles[0]),
    TEXTS = sizeof(texts) / sizeof(texts[0]),
    MESSAGES = sizeof(messages) / sizeof(messages[0]),
    STACKS = sizeof(stacks) / sizeof(stacks[0]),
    FUNCTIONS = 12, /* each with its timeouts and crashes */
    PROBLEMS = TITLES + TEXTS + MESSAGES * STACKS + 2 * FUNCTIONS,
    TELLINGS = 60,
};

static struct view told(struct arena *a, const char *problem)
{
    struct buf out = {0};
    put_told(&out, problem);
    struct view copy = arena_copy(a, buf_view(&out));
    buf_done(&out);
    return copy;
}

static struct event failure_of(struct arena *a, unsigned problem)
{
    struct event e = event_of(KIND_TIMEOUT, SEVERITY_ERROR);
    char log_group[32];
    snprintf(log_group, sizeof(log_group), "/aws/lambda/f%u", problem / 2);
    event_set_text(&e, COL_LOG_GROUP, arena_copy(a, view_of_string(log_group)));
    bool is_report = pick(2);
    e.failure = problem % 2 ? FAILURE_CRASH : FAILURE_TIMEOUT;
    e.kind = is_report ? KIND_REPORT : problem % 2 ? KIND_CRASH : KIND_TIMEOUT;
    event_set_text(&e, COL_TITLE,
                   told(a, problem % 2 ? "Runtime exited with error: exit status %n (RequestId: %u)"
                                       : "Task timed out after %s (RequestId: %u)"));
    return e;
}

static struct event telling_of(struct arena *a, unsigned problem)
{
    if (problem < TITLES) {
        struct event e = event_of(KIND_LOG, SEVERITY_ERROR);
        event_set_text(&e, COL_TITLE, told(a, titles[problem]));
        return e;
    }
    problem -= TITLES;
    if (problem < TEXTS) {
        struct event e = event_of(KIND_TEXT, SEVERITY_ERROR);
        event_set_text(&e, COL_MESSAGE, told(a, texts[problem]));
        return e;
    }
    problem -= TEXTS;
    if (problem < MESSAGES * STACKS) {
        struct event e = event_of(KIND_LOG, SEVERITY_ERROR);
        event_set_text(&e, COL_MESSAGE, told(a, messages[problem / STACKS]));
        event_set_text(&e, COL_STACK, told(a, stacks[problem % STACKS]));
        return e;
    }
    return failure_of(a, problem - MESSAGES * STACKS);
}

struct labelled {
    uint64_t fingerprint;
    unsigned problem;
};

static int by_fingerprint(const void *a, const void *b)
{
    const struct labelled *left = a, *right = b;
    if (left->fingerprint != right->fingerprint)
        return left->fingerprint < right->fingerprint ? -1 : 1;
    return (left->problem > right->problem) - (left->problem < right->problem);
}

static double pairs(double count)
{
    return count * (count - 1) / 2;
}

static struct labelled all[PROBLEMS * TELLINGS];

static void show_splits(struct fingerprinter *maker, struct arena *a)
{
    for (unsigned problem = 0; problem < PROBLEMS; problem++) {
        struct event first = telling_of(a, problem), other = telling_of(a, problem);
        struct fingerprint f;
        char masked[512];
        fingerprint_event(maker, &first, CLASS_ERROR, VIEW_NULL, &f);
        snprintf(masked, sizeof(masked), "%.*s", (int)f.masked.size, f.masked.data);
        uint64_t value = f.value;
        fingerprint_event(maker, &other, CLASS_ERROR, VIEW_NULL, &f);
        if (f.value != value)
            fprintf(stderr, "split: %s | %.*s\n", masked, (int)f.masked.size, f.masked.data);
    }
}

Test(fingerprint_corpus, finds_the_true_problems)
{
    uint64_t seed = random_seed();
    struct arena arena;
    struct fingerprinter *maker = fingerprinter_new(CPU_SCALAR);
    state = seed;
    arena_init(&arena, (size_t)1 << 28);
    cr_assert_geq(PROBLEMS, 200);
    for (unsigned i = 0; i < PROBLEMS * TELLINGS; i++) {
        struct fingerprint f;
        struct event e = telling_of(&arena, i / TELLINGS);
        fingerprint_event(maker, &e, CLASS_ERROR, VIEW_NULL, &f);
        all[i] = (struct labelled){f.value, i / TELLINGS};
    }
    qsort(all, PROBLEMS * TELLINGS, sizeof(all[0]), by_fingerprint);
    double found = 0, right = 0, mixed = 0;
    for (size_t i = 0, end; i < PROBLEMS * TELLINGS; i = end) {
        for (end = i; end < PROBLEMS * TELLINGS && all[end].fingerprint == all[i].fingerprint;
             end++)
            continue;
        found += pairs((double)(end - i));
        for (size_t at = i, next; at < end; at = next) {
            for (next = at; next < end && all[next].problem == all[at].problem; next++)
                continue;
            right += pairs((double)(next - at));
            mixed += at > i;
        }
    }
    double precision = right / found, recall = right / (PROBLEMS * pairs(TELLINGS));
    double f1 = 2 * precision * recall / (precision + recall);
    fprintf(stderr, "%d problems: precision %.4f, recall %.4f, F1 %.4f\n", PROBLEMS, precision,
            recall, f1);
    if (f1 < 0.999)
        show_splits(maker, &arena);
    cr_expect_geq(f1, 0.98, "seed %lu", (unsigned long)seed);
    cr_expect_eq(mixed, 0, "seed %lu: %g groups mix problems", (unsigned long)seed, mixed);
    fingerprinter_free(maker);
    arena_done(&arena);
}
