/* bench_group.c - what counting a row and grouping an alert cost.
 *
 * Rows come in records of 20 events of one function and a request of 4 lines,
 * as CloudWatch sends them, one millisecond apart; 50 functions take turns. The
 * rows stay in the cache, as those that were just parsed do.
 * Prints nanoseconds a row, median of the runs, with a copy of the row beside
 * them: what merely touching an event costs. */
#include "alert/groups.h"
#include "alert/partial.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 2000, ROUNDS = 20, RUNS = 9, RECORD = 20, REQUEST = 4, FUNCTIONS = 50 };

struct texts {
    char log_group[32], log_stream[64], event_id[64], request_id[40], message[256];
};

static struct event events[EVENTS];
static struct texts texts[EVENTS];

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void set(struct event *e, enum column c, const char *text)
{
    event_set_text(e, c, view_of_string(text));
}

static void make_row(size_t i)
{
    struct event *e = &events[i];
    struct texts *t = &texts[i];
    unsigned function = (unsigned)(i / RECORD % FUNCTIONS), request = (unsigned)(i / REQUEST);
    snprintf(t->log_group, sizeof(t->log_group), "/aws/lambda/function-%u", function);
    snprintf(t->log_stream, sizeof(t->log_stream), "2023/01/05/[$LATEST]%032u", function);
    snprintf(t->event_id, sizeof(t->event_id), "%056zu", i);
    snprintf(t->request_id, sizeof(t->request_id), "%08x-0000-4000-8000-%012x",
             request * 2654435761u, request);
    *e = (struct event){.kind = KIND_LOG, .severity = SEVERITY_INFO};
    event_set_integer(e, COL_TIMESTAMP, 1672880400000 + (int64_t)i);
    set(e, COL_ACCOUNT_ID, "123456789012");
    set(e, COL_REGION, "eu-west-1");
    set(e, COL_LEVEL, "INFO");
    set(e, COL_LOG_GROUP, t->log_group);
    set(e, COL_LOG_STREAM, t->log_stream);
    set(e, COL_EVENT_ID, t->event_id);
    set(e, COL_REQUEST_ID, t->request_id);
    set(e, COL_SOURCE_OBJECT, "bucket/2023/01/05/01/stream-1-2023-01-05-01-00-00-uuid");
    event_set_integer(e, COL_SOURCE_OFFSET, (int64_t)(i / RECORD));
    event_set_integer(e, COL_RECORD_INDEX, 0);
    event_set_integer(e, COL_EVENT_INDEX, (int64_t)(i % RECORD));
}

static void make_title(size_t i)
{
    struct texts *t = &texts[i];
    const struct texts given = *t;
    snprintf(t->message, sizeof(t->message),
             "Payment %s of %zu.50 EUR for customer%zu@example.com declined", given.request_id,
             i % 1000, i);
    events[i].severity = SEVERITY_ERROR;
    set(&events[i], COL_LEVEL, "ERROR");
    set(&events[i], COL_TITLE, t->message);
    set(&events[i], COL_DETAILS, "{\"provider\":\"acme\",\"code\":17,\"retry\":false}");
}

static void make_stack(size_t i)
{
    struct texts *t = &texts[i];
    snprintf(t->message, sizeof(t->message), "cannot load order %zu from 10.0.%zu.%zu", i,
             i / 250 % 250, i % 250);
    events[i].present &= ~(UINT64_C(1) << COL_TITLE);
    set(&events[i], COL_MESSAGE, t->message);
    set(&events[i], COL_STACK,
        "Error: cannot load order\n"
        "    at loadOrder (/var/task/src/orders/load.js:112:34)\n"
        "    at handle (/var/task/src/handler.js:15:9)\n"
        "    at call (/var/task/node_modules/middy/index.js:9:9)\n"
        "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)\n"
        "    at Runtime.handleOnceNonStreaming (file:///var/runtime/index.mjs:1173:29)");
}

static void make_timeout(size_t i)
{
    struct event *e = &events[i];
    struct texts *t = &texts[i];
    const struct texts given = *t;
    snprintf(t->message, sizeof(t->message), "Task timed out after 3.00 seconds (RequestId: %s)",
             given.request_id);
    e->kind = KIND_TIMEOUT;
    e->failure = FAILURE_TIMEOUT;
    set(e, COL_TITLE, t->message);
}

static void fail(const char *what)
{
    fprintf(stderr, "bench_group: %s\n", what);
    exit(1);
}

static double run_groups(void)
{
    enum cpu cpu;
    cpu_choose(&cpu);
    struct groups *g = groups_new(cpu, NULL, GROUPS_BYTES_MAX);
    if (g == NULL)
        fail("no memory");
    double spilling = 0, begin = now_ns();
    for (size_t i = 0; i < EVENTS * ROUNDS; i++) {
        struct event e = events[i % EVENTS];
        enum rc rc = groups_add(g, &e);
        if (rc == RC_FULL) {
            double at = now_ns();
            if (groups_spill(g, "/dev/null", NULL) != RC_OK)
                fail("cannot spill");
            spilling += now_ns() - at;
            rc = groups_add(g, &e);
        }
        if (rc != RC_OK)
            fail("cannot add");
    }
    double end = now_ns();
    groups_free(g);
    return (end - begin - spilling) / (EVENTS * ROUNDS);
}

static double run_copy(void)
{
    static volatile uint64_t sink;
    double begin = now_ns();
    for (size_t i = 0; i < EVENTS * ROUNDS; i++) {
        struct event e = events[i % EVENTS];
        __asm__ volatile("" ::"r"(&e) : "memory");
        sink += e.present;
    }
    return (now_ns() - begin) / (EVENTS * ROUNDS);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void measure(const char *name)
{
    double copies[RUNS], runs[RUNS];
    for (unsigned i = 0; i < RUNS; i++) {
        copies[i] = run_copy();
        runs[i] = run_groups();
    }
    qsort(copies, RUNS, sizeof(copies[0]), compare);
    qsort(runs, RUNS, sizeof(runs[0]), compare);
    printf("%-10s %8.1f ns a row, of which %5.1f ns copy it\n", name, runs[RUNS / 2],
           copies[RUNS / 2]);
}

int main(void)
{
    static void (*const make[])(size_t) = {make_row, make_title, make_stack, make_timeout};
    static const char *const names[] = {"plain", "title", "stack", "timeout"};
    for (size_t kind = 0; kind < sizeof(make) / sizeof(make[0]); kind++) {
        for (size_t i = 0; i < EVENTS; i++)
            make[kind](i);
        measure(names[kind]);
    }
    return 0;
}
