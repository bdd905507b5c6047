/* bench_split - how fast documents are told apart.
 *
 * Measures GB/s (1e9 bytes) over 256 MB of generated records, far more than any
 * cache holds: each seam kernel alone, the whole splitter with each, and the
 * count of quotes that settles what the fast rule cannot. Beside them, the
 * limits: reading the same memory, and copying it. Every figure is the median
 * of 5 runs that take turns. */

#include "limits.h"
#include "split/quotes.h"
#include "split/splitter.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TEXT_BYTES ((size_t)256 * 1000 * 1000)
#define SLACK_BYTES 64
#define RUNS 5
#define ROWS_MAX 16

struct bench {
    char *text;
    char *copy;
    struct view view;
    size_t documents;
};

/* What one run counted: keeps the work from being optimised away, and must be
 * the same for all kernels. */
typedef size_t bench_fn(struct bench *b, enum cpu cpu);

struct row {
    char name[32];
    bench_fn *run;
    enum cpu cpu;
    size_t wanted; /* what run must give; 0: anything */
    double seconds[RUNS];
};

static size_t run_read(struct bench *b, enum cpu cpu)
{
    (void)cpu;
    /* The C library's vectorised search for a byte that does not occur. */
    return memchr(b->text, '\x01', b->view.size) == NULL ? 1 : 2;
}

static size_t run_copy(struct bench *b, enum cpu cpu)
{
    (void)cpu;
    memcpy(b->copy, b->text, b->view.size);
    return (unsigned char)b->copy[b->view.size / 2];
}

static size_t run_scan(struct bench *b, enum cpu cpu)
{
    seam_scan_fn *scan = seam_scan_kernel(cpu);
    struct seam_state state = {0};
    uint32_t candidates[256 + 64];
    size_t count = 0;
    for (size_t at = 0; at < b->view.size;)
        count += scan(b->view, &at, &state, candidates, 256);
    return count;
}

static size_t run_splitter(struct bench *b, enum cpu cpu)
{
    struct splitter *s = splitter_new(cpu, RECORD_BYTES_DEFAULT_MAX);
    if (s == NULL)
        return 0;
    size_t count = 0;
    struct piece piece;
    splitter_feed(s, b->view, true);
    while (splitter_next(s, &piece) == RC_OK)
        count += piece.kind == PIECE_DOCUMENT;
    splitter_free(s);
    return count;
}

static size_t run_quotes(struct bench *b, enum cpu cpu)
{
    (void)cpu;
    struct quote_state state = {0};
    quotes_scan(b->view, 0, b->view.size, &state);
    return state.is_in_string ? 2 : 1;
}

/* Records of 1 to 40 events whose messages hold JSON, as a filter on Lambda's
 * log groups sends them. */
static size_t fill_records(struct bench *b)
{
    size_t documents = 0;
    size_t size = 0;
    uint64_t random = 1;
    char record[40 * 600 + 600];
    for (;; documents++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        int n =
            snprintf(record, sizeof(record),
                     "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"123456789012\",\"logGroup\":"
                     "\"/aws/lambda/orders-%u\",\"logStream\":\"2023/01/05/[$LATEST]%016llx\","
                     "\"subscriptionFilters\":[\"all\"],\"logEvents\":[",
                     (unsigned)(random >> 60), (unsigned long long)random);
        unsigned events = 1 + (unsigned)(random >> 33) % 40;
        for (unsigned e = 0; e < events; e++)
            n +=
                snprintf(record + n, sizeof(record) - (size_t)n,
                         "%s{\"id\":\"%056llu\",\"timestamp\":1672920000%03u,\"message\":\"2023-01-"
                         "05T12:00:00.%03uZ\\t%016llx\\tERROR\\t{\\\"message\\\":{\\\"title\\\":"
                         "\\\"order not found\\\",\\\"details\\\":{\\\"order\\\":%u,\\\"items\\\":"
                         "[{\\\"sku\\\":\\\"a-%u\\\"},{\\\"sku\\\":\\\"b\\\"}]}},\\\"path\\\":"
                         "\\\"C:\\\\\\\\srv\\\"}\\n\"}",
                         e ? "," : "", (unsigned long long)(random + e), e, e,
                         (unsigned long long)(random ^ e), e * 7919, e);
        n += snprintf(record + n, sizeof(record) - (size_t)n, "]}");
        if (size + (size_t)n > TEXT_BYTES)
            break;
        memcpy(b->text + size, record, (size_t)n);
        size += (size_t)n;
    }
    b->view = view_of(b->text, size);
    return documents;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add_row(struct row *rows, size_t *count, const char *name, bench_fn *run, enum cpu cpu,
                    size_t wanted)
{
    struct row *row = &rows[(*count)++];
    *row = (struct row){.run = run, .cpu = cpu, .wanted = wanted};
    snprintf(row->name, sizeof(row->name), "%s", name);
}

static size_t add_rows(struct row *rows, const struct bench *b)
{
    size_t count = 0;
    add_row(rows, &count, "memory read (memchr)", run_read, CPU_SCALAR, 1);
    add_row(rows, &count, "memcpy", run_copy, CPU_SCALAR, 0);
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (seam_scan_kernel(cpu) == NULL)
            continue;
        char name[32];
        snprintf(name, sizeof(name), "seam scan, %s", cpu_name(cpu));
        add_row(rows, &count, name, run_scan, cpu, b->documents - 1);
        snprintf(name, sizeof(name), "splitter, %s", cpu_name(cpu));
        add_row(rows, &count, name, run_splitter, cpu, b->documents);
    }
    add_row(rows, &count, "quote parity", run_quotes, CPU_SCALAR, 1);
    return count;
}

static bool measure(struct bench *b, struct row *rows, size_t count)
{
    for (unsigned run = 0; run < RUNS; run++) {
        for (size_t i = 0; i < count; i++) {
            double begin = now_seconds();
            size_t result = rows[i].run(b, rows[i].cpu);
            rows[i].seconds[run] = now_seconds() - begin;
            if (rows[i].wanted != 0 && result != rows[i].wanted) {
                fprintf(stderr, "bench_split: %s counts %zu, not %zu\n", rows[i].name, result,
                        rows[i].wanted);
                return false;
            }
        }
    }
    return true;
}

static void print_rows(const struct bench *b, struct row *rows, size_t count)
{
    printf("%zu documents, %.1f MB; medians of %d runs\n", b->documents, (double)b->view.size / 1e6,
           RUNS);
    double read_seconds = 0;
    for (size_t i = 0; i < count; i++) {
        qsort(rows[i].seconds, RUNS, sizeof(double), compare_doubles);
        double seconds = rows[i].seconds[RUNS / 2];
        if (i == 0)
            read_seconds = seconds;
        printf("%-22s %6.2f GB/s  %5.2f of memory read\n", rows[i].name,
               (double)b->view.size / 1e9 / seconds, read_seconds / seconds);
    }
}

int main(void)
{
    struct bench b = {.text = malloc(TEXT_BYTES + SLACK_BYTES),
                      .copy = malloc(TEXT_BYTES + SLACK_BYTES)};
    if (b.text == NULL || b.copy == NULL) {
        fprintf(stderr, "bench_split: no memory\n");
        return 1;
    }
    memset(b.text, ' ', TEXT_BYTES + SLACK_BYTES);
    memset(b.copy, ' ', TEXT_BYTES + SLACK_BYTES);
    b.documents = fill_records(&b);

    struct row rows[ROWS_MAX];
    size_t count = add_rows(rows, &b);
    bool is_done = measure(&b, rows, count);
    if (is_done)
        print_rows(&b, rows, count);
    free(b.text);
    free(b.copy);
    return is_done ? 0 : 1;
}
