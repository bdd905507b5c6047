/* bench_json - bytes of CloudWatch records per second through the JSON module.
 *
 * Records of about 20 KB, each with some forty events whose messages are JSON
 * logged as a string; all together fit the second-level cache, one is parsed at
 * a time. Lines: what ran, its median of the rounds, and its ratio to memcpy of
 * the same records.
 *
 *   stage1      simdjson's positions alone
 *   parse       json_parse(): positions, the whole grammar, escapes
 *   fields      the same, and every member of every event looked at
 *   duplicates  the same as parse, and json_has_duplicate_keys()
 *   payloads    json_parse() of each event's message, unescaped before
 *
 * The rounds alternate between them. */
#include "json/json.h"
#include "json/json_shim.h"
#include "json/unescape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 5
#define RECORDS 32
#define RECORD_BYTES 20000
#define RECORD_BYTES_MAX (RECORD_BYTES + 4096)
#define PAYLOADS_MAX 4096
#define ROUND_BYTES (128u << 20)

/* The thread's own time: what else runs on the machine counts less. */
static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct bench {
    struct json_parser *parser;
    struct stage1 *stage1;
    struct view records[RECORDS];
    struct view payloads[PAYLOADS_MAX];
    size_t payloads_count;
    size_t sum; /* of what was read, so that nothing can be left out */
};

static uint64_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void fail(const char *what)
{
    fprintf(stderr, "bench_json: %s\n", what);
    exit(1);
}

/* A line of Lambda's text log: time, request id, level, and a JSON payload. */
static void append_message(struct buf *out, uint64_t *state)
{
    static const char *const levels[] = {"INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR"};
    static const char *const titles[] = {"Order stored", "Cache was cold, read from the table",
                                         "Request done", "Payment provider answered late"};
    const char *level = levels[random_next(state) % 6];
    buf_printf(out, "2023-01-05T12:%02u:%02u.%03uZ\\t%08x-5f1c-4d5e-9a53-%012" PRIx64 "\\t%s\\t",
               (unsigned)(random_next(state) % 60), (unsigned)(random_next(state) % 60),
               (unsigned)(random_next(state) % 1000), (unsigned)random_next(state),
               random_next(state), level);
    buf_printf(out, "{\\\"level\\\":\\\"%s\\\",\\\"title\\\":\\\"%s\\\",\\\"durationMs\\\":%u.%u",
               level, titles[random_next(state) % 4], (unsigned)(random_next(state) % 3000),
               (unsigned)(random_next(state) % 10));
    buf_printf(out,
               ",\\\"user\\\":{\\\"id\\\":%u,\\\"plan\\\":\\\"basic\\\"},\\\"path\\\":\\\"/v1/"
               "orders/%u\\\"",
               (unsigned)random_next(state), (unsigned)random_next(state));
    if (level[0] == 'E')
        buf_printf(out,
                   ",\\\"stack\\\":\\\"Error: timeout\\\\n    at call (/var/task/index.js:%u:13)"
                   "\\\\n    at process.processTicksAndRejections (node:internal:95:5)\\\"",
                   (unsigned)(random_next(state) % 900));
    buf_printf(out, ",\\\"tags\\\":[\\\"a\\\",\\\"b\\\"],\\\"retry\\\":false}\\n");
}

static struct view record_new(uint64_t *state)
{
    struct buf out = {0};
    buf_printf(&out,
               "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"123456789012\",\"logGroup\":"
               "\"/aws/lambda/orders\",\"logStream\":\"2023/01/05/[$LATEST]%032" PRIx64
               "\",\"subscriptionFilters\":[\"all\"],\"logEvents\":[",
               random_next(state));
    while (out.size < RECORD_BYTES) {
        buf_printf(&out, "{\"id\":\"37304%051" PRIu64 "\",\"timestamp\":%" PRIu64 ",\"message\":\"",
                   random_next(state), UINT64_C(1672920000000) + random_next(state) % 1000000);
        append_message(&out, state);
        buf_printf(&out, "\"},");
    }
    out.size--;
    buf_printf(&out, "]}");
    if (buf_failed(&out))
        fail("out of memory");
    return buf_view(&out);
}

static struct json_value parse(struct bench *b, struct view text)
{
    struct json_value root;
    struct err err;
    if (json_parse(b->parser, text, &root, &err) != RC_OK)
        fail(err.text);
    return root;
}

/* The events of a record, each handed to `visit`. */
static void for_each_event(struct bench *b, struct json_value root,
                           void visit(struct bench *b, struct json_value event))
{
    struct json_value key, value, event;
    struct json_cursor members = json_open(b->parser, root);
    while (json_next_member(b->parser, &members, &key, &value)) {
        if (!json_string_equals(key, VIEW("logEvents")))
            continue;
        struct json_cursor events = json_open(b->parser, value);
        while (json_next_element(b->parser, &events, &event))
            visit(b, event);
    }
}

static void visit_fields(struct bench *b, struct json_value event)
{
    struct json_value key, value;
    struct json_cursor fields = json_open(b->parser, event);
    while (json_next_member(b->parser, &fields, &key, &value)) {
        if (json_string_equals(key, VIEW("message")))
            b->sum += value.raw.size;
    }
}

static void keep_payload(struct bench *b, struct json_value event)
{
    struct json_value key, value;
    struct json_cursor fields = json_open(b->parser, event);
    while (json_next_member(b->parser, &fields, &key, &value)) {
        struct buf text = {0};
        if (b->payloads_count == PAYLOADS_MAX || !json_string_equals(key, VIEW("message")))
            continue;
        struct view message = json_string_text(value, CPU_SCALAR, &text);
        size_t begin = view_find_byte(message, '{', 0);
        b->payloads[b->payloads_count++] = view_trim(view_from(message, begin));
    }
}

static size_t run_memcpy(struct bench *b)
{
    static char to[RECORD_BYTES_MAX];
    size_t bytes = 0;
    for (size_t i = 0; i < RECORDS; i++) {
        memcpy(to, b->records[i].data, b->records[i].size);
        b->sum += (unsigned char)to[b->sum % RECORD_BYTES];
        bytes += b->records[i].size;
    }
    return bytes;
}

static size_t run_stage1(struct bench *b)
{
    size_t bytes = 0;
    for (size_t i = 0; i < RECORDS; i++) {
        struct view r = b->records[i];
        struct stage1_tokens tokens;
        if (stage1_run(b->stage1, r.data, r.size, RECORD_BYTES_MAX, &tokens) != STAGE1_OK)
            fail("stage 1");
        b->sum += tokens.count;
        bytes += r.size;
    }
    return bytes;
}

static size_t run_parse(struct bench *b)
{
    size_t bytes = 0;
    for (size_t i = 0; i < RECORDS; i++) {
        b->sum += parse(b, b->records[i]).raw.size;
        bytes += b->records[i].size;
    }
    return bytes;
}

static size_t run_fields(struct bench *b)
{
    size_t bytes = 0;
    for (size_t i = 0; i < RECORDS; i++) {
        for_each_event(b, parse(b, b->records[i]), visit_fields);
        bytes += b->records[i].size;
    }
    return bytes;
}

static size_t run_duplicates(struct bench *b)
{
    size_t bytes = 0;
    for (size_t i = 0; i < RECORDS; i++) {
        b->sum += json_has_duplicate_keys(b->parser, parse(b, b->records[i]));
        bytes += b->records[i].size;
    }
    return bytes;
}

static size_t run_payloads(struct bench *b)
{
    size_t bytes = 0;
    for (size_t i = 0; i < b->payloads_count; i++) {
        b->sum += parse(b, b->payloads[i]).raw.size;
        bytes += b->payloads[i].size;
    }
    return bytes;
}

static double round_gbs(struct bench *b, size_t run(struct bench *b))
{
    size_t bytes = 0;
    double begin = now_s();
    while (bytes < ROUND_BYTES)
        bytes += run(b);
    return (double)bytes / (now_s() - begin) / 1e9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void bench_init(struct bench *b, enum cpu cpu)
{
    b->parser = json_parser_new(cpu, RECORD_BYTES_MAX);
    b->stage1 = stage1_new(cpu);
    if (b->parser == NULL || b->stage1 == NULL)
        fail("out of memory");
    uint64_t state = 42;
    for (size_t i = 0; i < RECORDS; i++) {
        b->records[i] = record_new(&state);
        for_each_event(b, parse(b, b->records[i]), keep_payload);
    }
}

int main(void)
{
    static struct bench bench;
    enum cpu cpu;
    if (!cpu_choose(&cpu))
        fail("this machine cannot run the kernel that MILLRACE_CPU names");
    bench_init(&bench, cpu);

    static const struct {
        const char *name;
        size_t (*run)(struct bench *b);
    } runs[] = {
        {"memcpy", run_memcpy}, {"stage1", run_stage1},         {"parse", run_parse},
        {"fields", run_fields}, {"duplicates", run_duplicates}, {"payloads", run_payloads},
    };
    enum { RUNS = sizeof(runs) / sizeof(runs[0]) };
    double gbs[RUNS][ROUNDS];
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < RUNS; i++)
            gbs[i][round] = round_gbs(&bench, runs[i].run);
    }
    for (size_t i = 0; i < RUNS; i++)
        qsort(gbs[i], ROUNDS, sizeof(double), by_value);
    for (size_t i = 0; i < RUNS; i++)
        printf("json-%-10s %s %6.2f GB/s %5.2f\n", runs[i].name, cpu_name(cpu), gbs[i][ROUNDS / 2],
               gbs[i][ROUNDS / 2] / gbs[0][ROUNDS / 2]);
    json_parser_free(bench.parser);
    stage1_free(bench.stage1);
    return bench.sum == 0;
}
