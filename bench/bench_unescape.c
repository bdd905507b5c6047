/* bench_unescape - bytes of escaped text per second through each kernel.
 *
 * The text is that of JSON logged as a string: an escaped quote every 10 to 15
 * bytes, now and then a newline of a stack trace. It is cut into messages of a
 * few hundred bytes, as events have, of which all fit the second-level cache.
 * Each line: what ran, its median of the rounds, and its ratio to memcpy of the
 * same messages. The rounds alternate between the kernels. */
#include "json/unescape.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 5
#define MESSAGES 1024
#define MESSAGE_BYTES_MAX 800
#define ROUND_BYTES (256u << 20)

/* The thread's own time: what else runs on the machine counts less. */
static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static size_t copy(char *to, struct view inside)
{
    memcpy(to, inside.data, inside.size);
    return inside.size;
}

struct corpus {
    struct view messages[MESSAGES];
    size_t bytes;
};

static struct view message_new(uint64_t *state, const char *const *pieces, size_t pieces_count)
{
    char text[MESSAGE_BYTES_MAX];
    size_t wanted = 200 + *state % 500;
    size_t size = 0;
    while (size < wanted) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        const char *piece = pieces[(*state >> 33) % pieces_count];
        if (size + strlen(piece) > sizeof(text))
            break;
        memcpy(text + size, piece, strlen(piece));
        size += strlen(piece);
    }
    char *copied = malloc(size);
    if (copied == NULL)
        exit(1);
    memcpy(copied, text, size);
    return view_of(copied, size);
}

static void corpus_init(struct corpus *c)
{
    static const char *const pieces[] = {
        "{\\\"level\\\":\\\"INFO\\\",",     "\\\"requestId\\\":\\\"9f3c1a52-77b4-4c0e\\\",",
        "\\\"duration\\\":128.4,",          "\\\"title\\\":\\\"Order was stored\\\",",
        "\\\"user\\\":{\\\"id\\\":",        "\\\"name\\\":\\\"Margarete\\\"},",
        "\\\"items\\\":[1,2,3],",           "\\\"stack\\\":\\\"Error: failed\\\\n    at handler",
        "\\\"path\\\":\\\"/v1/orders\\\",", "\\\"attempt\\\":1}\\n",
    };
    uint64_t state = 42;
    c->bytes = 0;
    for (size_t i = 0; i < MESSAGES; i++) {
        c->messages[i] = message_new(&state, pieces, sizeof(pieces) / sizeof(pieces[0]));
        c->bytes += c->messages[i].size;
    }
}

/* Bytes per second; the sizes are added up so that no call can be left out. */
static double round_gbs(unescape_fn *unescape, const struct corpus *c, char *to, size_t *sum)
{
    size_t times = ROUND_BYTES / c->bytes;
    double begin = now_s();
    for (size_t t = 0; t < times; t++) {
        for (size_t i = 0; i < MESSAGES; i++)
            *sum += unescape(to, c->messages[i]);
    }
    return (double)(times * c->bytes) / (now_s() - begin) / 1e9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    static struct corpus corpus;
    static char to[MESSAGE_BYTES_MAX + 64];
    corpus_init(&corpus);

    unescape_fn *kernels[CPU_COUNT + 1] = {copy};
    const char *names[CPU_COUNT + 1] = {"memcpy"};
    size_t count = 1;
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (unescape_kernel(cpu) == NULL)
            continue;
        names[count] = cpu_name(cpu);
        kernels[count++] = unescape_kernel(cpu);
    }

    double gbs[CPU_COUNT + 1][ROUNDS];
    size_t sum = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t k = 0; k < count; k++)
            gbs[k][round] = round_gbs(kernels[k], &corpus, to, &sum);
    }
    for (size_t k = 0; k < count; k++)
        qsort(gbs[k], ROUNDS, sizeof(double), by_value);
    for (size_t k = 0; k < count; k++)
        printf("unescape-%-8s %6.2f GB/s %5.2f\n", names[k], gbs[k][ROUNDS / 2],
               gbs[k][ROUNDS / 2] / gbs[0][ROUNDS / 2]);
    for (size_t i = 0; i < MESSAGES; i++)
        free((void *)corpus.messages[i].data);
    return sum == 0;
}
