/* bench_write - pages compressed and written by write(2) or through a ring.
 *
 * What a worker does with its columns: a megabyte of text becomes a page by
 * zstd-1, and pages become files. write(2) copies them into the page cache while
 * the worker waits; through its ring it goes on meanwhile, with RING_PAGES pages
 * that are the kernel's until they are written. Each line: how, threads, seconds
 * of the clock and of all CPUs for a gigabyte of text, the kernel's own threads
 * among them: medians of rounds in turns. Files are not synced: both ways do
 * that through the ring already. Argument: the folder to write to, the present
 * one otherwise; what filesystem it is on decides. */
#include "input/ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

enum {
    ROUNDS = 5,
    THREADS_MAX = 2,
    FILES = 6,
    FILE_PAGES = 32,
    TEXT_BYTES = 1 << 20,
    RING_PAGES = 8,
    WRITE_DONE = 1, /* kind of completions */
};

struct writer {
    pthread_t thread;
    const char *folder;
    unsigned number;
    bool uses_ring;
    const char *text;
    ZSTD_CCtx *zstd;
    struct io_uring ring;
    char *pages[RING_PAGES];
    size_t expected[RING_PAGES]; /* bytes on their way; 0: free */
};

static void fail(const char *what)
{
    fprintf(stderr, "bench_write: %s\n", what);
    exit(1);
}

static void take_written(struct writer *w)
{
    struct io_uring_cqe *cqe;
    if (io_uring_wait_cqe(&w->ring, &cqe) != 0)
        fail("cannot wait for the ring");
    struct ring_message m = ring_message_of(&w->ring, cqe);
    if (m.result < 0 || (size_t)m.result != w->expected[m.value])
        fail("a page was not written whole");
    w->expected[m.value] = 0;
    io_uring_cqe_seen(&w->ring, cqe);
}

static size_t free_page(struct writer *w)
{
    for (;;) {
        for (size_t i = 0; i < RING_PAGES; i++) {
            if (w->expected[i] == 0)
                return i;
        }
        take_written(w);
    }
}

static void write_by_ring(struct writer *w, int fd, size_t page, size_t bytes, uint64_t offset)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&w->ring);
    io_uring_prep_write(sqe, fd, w->pages[page], (unsigned)bytes, offset);
    sqe->user_data = ring_own(WRITE_DONE, page);
    w->expected[page] = bytes;
    if (io_uring_submit(&w->ring) < 1)
        fail("cannot submit to the ring");
}

static void write_file(struct writer *w, unsigned number)
{
    char path[4096];
    uint64_t offset = 0;
    snprintf(path, sizeof(path), "%s/bench-write-%u-%u", w->folder, w->number, number);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        fail("cannot make a file there");
    for (unsigned i = 0; i < FILE_PAGES; i++) {
        size_t page = w->uses_ring ? free_page(w) : 0;
        size_t bytes = ZSTD_compressCCtx(w->zstd, w->pages[page], ZSTD_compressBound(TEXT_BYTES),
                                         w->text + (size_t)i * TEXT_BYTES, TEXT_BYTES, 1);
        if (w->uses_ring)
            write_by_ring(w, fd, page, bytes, offset);
        else if (write(fd, w->pages[page], bytes) != (ssize_t)bytes)
            fail("a page was not written whole");
        offset += bytes;
    }
    for (size_t i = 0; i < RING_PAGES; i++) {
        while (w->expected[i] > 0)
            take_written(w);
    }
    close(fd);
    unlink(path);
}

static void *run(void *context)
{
    struct writer *w = context;
    struct ring_options o = {.entries = RING_PAGES};
    struct err why;
    if (w->uses_ring && ring_open(&w->ring, &o, &why) != RC_OK)
        fail(why.text);
    for (unsigned i = 0; i < FILES; i++)
        write_file(w, i);
    if (w->uses_ring)
        io_uring_queue_exit(&w->ring);
    return NULL;
}

/* ---- Measuring ---- */

struct seconds {
    double clock, cpu;
};

static struct seconds now(void)
{
    struct timespec t;
    struct rusage u;
    clock_gettime(CLOCK_MONOTONIC, &t);
    getrusage(RUSAGE_SELF, &u);
    return (struct seconds){(double)t.tv_sec + (double)t.tv_nsec * 1e-9,
                            (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                                (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6};
}

static struct seconds measure(struct writer *writers, unsigned threads, bool uses_ring)
{
    struct seconds begin = now();
    for (unsigned i = 0; i < threads; i++) {
        writers[i].uses_ring = uses_ring;
        if (pthread_create(&writers[i].thread, NULL, run, &writers[i]) != 0)
            fail("cannot start a thread");
    }
    for (unsigned i = 0; i < threads; i++)
        pthread_join(writers[i].thread, NULL);
    struct seconds end = now();
    double gigabytes = (double)threads * FILES * FILE_PAGES * TEXT_BYTES / 1e9;
    return (struct seconds){(end.clock - begin.clock) / gigabytes,
                            (end.cpu - begin.cpu) / gigabytes};
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print(const char *how, unsigned threads, const struct seconds rounds[ROUNDS])
{
    double clock[ROUNDS], cpu[ROUNDS];
    for (unsigned i = 0; i < ROUNDS; i++) {
        clock[i] = rounds[i].clock;
        cpu[i] = rounds[i].cpu;
    }
    qsort(clock, ROUNDS, sizeof(*clock), by_value);
    qsort(cpu, ROUNDS, sizeof(*cpu), by_value);
    printf("%-8s %u thread%s %6.3f s (%.3f to %.3f), CPU %6.3f s\n", how, threads,
           threads == 1 ? ", " : "s,", clock[ROUNDS / 2], clock[0], clock[ROUNDS - 1],
           cpu[ROUNDS / 2]);
}

static char *make_text(void)
{
    size_t size = (size_t)FILE_PAGES * TEXT_BYTES, at = 0;
    char *text = malloc(size + 256);
    uint64_t state = 42;
    if (text == NULL)
        fail("no memory");
    while (at < size) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        at += (size_t)snprintf(text + at, 256,
                               "{\"level\":\"INFO\",\"message\":\"Order %u was stored\","
                               "\"request\":\"%016llx\",\"ms\":%u}\n",
                               (unsigned)(state >> 50), (unsigned long long)state,
                               (unsigned)(state >> 20 & 255));
    }
    return text;
}

int main(int argc, char **argv)
{
    struct writer writers[THREADS_MAX] = {0};
    struct seconds plain[THREADS_MAX][ROUNDS], ring[THREADS_MAX][ROUNDS];
    char *text = make_text();
    for (unsigned i = 0; i < THREADS_MAX; i++) {
        struct writer *w = &writers[i];
        w->folder = argc > 1 ? argv[1] : ".";
        w->number = i;
        w->text = text;
        w->zstd = ZSTD_createCCtx();
        for (size_t p = 0; p < RING_PAGES; p++) {
            w->pages[p] = malloc(ZSTD_compressBound(TEXT_BYTES));
            if (w->pages[p] == NULL || w->zstd == NULL)
                fail("no memory");
        }
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned threads = 1; threads <= THREADS_MAX; threads++) {
            plain[threads - 1][round] = measure(writers, threads, false);
            ring[threads - 1][round] = measure(writers, threads, true);
        }
    }
    for (unsigned threads = 1; threads <= THREADS_MAX; threads++) {
        print("write(2)", threads, plain[threads - 1]);
        print("ring", threads, ring[threads - 1]);
    }
    for (unsigned i = 0; i < THREADS_MAX; i++) {
        for (size_t p = 0; p < RING_PAGES; p++)
            free(writers[i].pages[p]);
        ZSTD_freeCCtx(writers[i].zstd);
    }
    free(text);
    return 0;
}
