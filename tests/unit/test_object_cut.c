/* Objects that are cut short while they are decoded: bytes become zeros between one
 * look at them and the next, and decoders outlive that. MILLRACE_CUTS: rounds. */
#include "input/source.h"
#include "object.h"
#include "util/cpu.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum { BYTES = 3 * 1024 * 1024 };

struct cutter {
    const char *path;
    long delay_ns;
    off_t size;
};

static void *cut(void *context)
{
    const struct cutter *c = context;
    struct timespec delay = {0, c->delay_ns};
    nanosleep(&delay, NULL);
    cr_assert_eq(truncate(c->path, c->size), 0);
    return NULL;
}

static void append_record(struct buf *b, unsigned number)
{
    buf_printf(b,
               "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"123456789012\",\"logGroup\":"
               "\"/aws/lambda/f%u\",\"logStream\":\"s\",\"subscriptionFilters\":[\"x\"],"
               "\"logEvents\":[",
               number % 7);
    for (unsigned i = 0; i < 20; i++)
        buf_printf(b,
                   "%s{\"id\":\"%056u\",\"timestamp\":1672531200000,\"message\":\"2023-01-01T00:00:"
                   "00.000Z\\t%08u\\tERROR\\t{\\\"level\\\":\\\"ERROR\\\",\\\"title\\\":\\\"t "
                   "\\\\\\\"%u\\\\\\\"\\\",\\\"details\\\":{\\\"a\\\":[1,2,{\\\"b\\\":null}]}}\\n\"}",
                   i > 0 ? "," : "", i, number, i);
    buf_append(b, "]}", 2);
}

/* Gzip members of one record each. */
static struct buf gzip_object(void)
{
    struct buf b = {0}, record = {0};
    for (unsigned i = 0; b.size < BYTES; i++) {
        buf_clear(&record);
        append_record(&record, i);
        z_stream z = {.next_in = (unsigned char *)record.data, .avail_in = (unsigned)record.size};
        cr_assert_eq(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        cr_assert(buf_reserve(&b, 2 * record.size + 1024));
        z.next_out = (unsigned char *)b.data + b.size;
        z.avail_out = (unsigned)(2 * record.size + 1024);
        cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
        b.size += z.total_out;
        deflateEnd(&z);
    }
    buf_done(&record);
    return b;
}

static enum rc take_event(void *context, struct event *event, struct err *err)
{
    (void)event;
    (void)err;
    ++*(uint64_t *)context;
    return RC_OK;
}

/* The account of an object that was cut at any moment adds up. */
static void read_cut(struct object_reader *r, const char *path, size_t size, unsigned seed)
{
    struct source s = {0};
    struct source_range range = {path, size, 0, size};
    cr_assert_eq(source_open(&s, &range, NULL), RC_OK);
    struct cutter c = {path, seed * 7919L % 12000000, (off_t)(seed * 104729L % (long)size)};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, cut, &c), 0);
    struct ledger ledger;
    ledger_init(&ledger);
    struct object_input in = {.name = VIEW("b/o"), .bytes = s.bytes, .range = {0, size, false}};
    struct object_chain chain;
    bool is_damaged;
    struct err err;
    cr_assert_eq(object_read(r, &in, &ledger, &chain, &is_damaged, &err), RC_OK);
    pthread_join(thread, NULL);
    cr_assert_eq(source_check(&s), SOURCE_SHRANK);
    cr_assert_eq(ledger.stored_bytes.total, size);
    cr_assert_eq(ledger.stored_bytes.parsed + ledger.stored_bytes.padding +
                     ledger.stored_bytes.quarantined,
                 size);
    ledger_done(&ledger);
    source_done(&s);
}

static void run_rounds(struct buf object, unsigned rounds)
{
    char path[] = "/tmp/millrace-cut-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    struct interpret_options interpret = {0};
    struct object_options options = {.interpret = &interpret, .record_bytes_max = 1 << 20};
    cr_assert(cpu_choose(&options.cpu));
    uint64_t events = 0;
    struct object_sink sink = {.context = &events, .on_event = take_event};
    struct giant_slot *slot = giant_slot_new(&options);
    struct object_reader *r = object_reader_new(&options, slot, &sink);
    cr_assert(slot != NULL && r != NULL);
    source_guard();
    unsigned begin = (unsigned)time(NULL);
    printf("seed %u\n", begin);
    for (unsigned i = 0; i < rounds; i++) {
        cr_assert_eq(pwrite(fd, object.data, object.size, 0), (ssize_t)object.size);
        read_cut(r, path, object.size, begin + i);
    }
    cr_assert_gt(events, 0);
    object_reader_free(r);
    giant_slot_free(slot);
    close(fd);
    unlink(path);
    buf_done(&object);
}

static unsigned rounds(void)
{
    const char *wanted = getenv("MILLRACE_CUTS");
    return wanted != NULL ? (unsigned)atoi(wanted) : 100;
}

Test(object_cut, members_may_go_away_under_the_decoder)
{
    run_rounds(gzip_object(), rounds());
}
