/* millrace-corpus: a synthetic archive, and the truth about it.
 *
 * Deterministic: the same options give the same bytes, whatever the threads. */
#include "corpus_counts.h"
#include "corpus_object.h"
#include "util/text.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

static const char help[] =
    "Usage: millrace-corpus -o BUCKET [OPTION]...\n"
    "Writes a synthetic bucket of archived Lambda logs, and what a reader must find.\n"
    "\n"
    "  -o, --output BUCKET        folder to write (made where it is missing)\n"
    "      --seed N               what to write (default 1)\n"
    "      --size BYTES           decoded JSON in all; K, M, G (default 64M)\n"
    "      --objects N            this many objects, or\n"
    "      --object-size BYTES    decoded JSON of one object (default 4M)\n"
    "      --shapes A,B,...       shapes of objects in turn (default A):\n"
    "                             A gzip member per record   B gzip of A\n"
    "                             C gzip of plain records    D plain records, nothing between\n"
    "                             E C or D with newlines     F lines without envelopes\n"
    "                             G failed deliveries        H saved Lambda events\n"
    "                             I export task\n"
    "      --days N               days the keys span (default 3)\n"
    "      --start YYYY-MM-DD     the first of them (default 2023-01-05)\n"
    "      --accounts N           AWS accounts (default 4)\n"
    "      --functions N          Lambda functions (default 40)\n"
    "      --error-rate X         share of invocations that go wrong (default 0.02)\n"
    "      --incident             payments in production fail from the last third on\n"
    "      --events-per-record N  mean number (default 20)\n"
    "      --gzip-level N         1 to 9 (default 6)\n"
    "      --threads N            (default 1)\n"
    "      --truth FILE           write the expected counts as JSON\n"
    "  -h, --help                 this text\n";

enum option_key {
    OPTION_SEED = 256,
    OPTION_SIZE,
    OPTION_OBJECTS,
    OPTION_OBJECT_SIZE,
    OPTION_SHAPES,
    OPTION_DAYS,
    OPTION_START,
    OPTION_ACCOUNTS,
    OPTION_FUNCTIONS,
    OPTION_ERROR_RATE,
    OPTION_INCIDENT,
    OPTION_EVENTS,
    OPTION_GZIP_LEVEL,
    OPTION_THREADS,
    OPTION_TRUTH,
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"size", required_argument, NULL, OPTION_SIZE},
    {"objects", required_argument, NULL, OPTION_OBJECTS},
    {"object-size", required_argument, NULL, OPTION_OBJECT_SIZE},
    {"shapes", required_argument, NULL, OPTION_SHAPES},
    {"days", required_argument, NULL, OPTION_DAYS},
    {"start", required_argument, NULL, OPTION_START},
    {"accounts", required_argument, NULL, OPTION_ACCOUNTS},
    {"functions", required_argument, NULL, OPTION_FUNCTIONS},
    {"error-rate", required_argument, NULL, OPTION_ERROR_RATE},
    {"incident", no_argument, NULL, OPTION_INCIDENT},
    {"events-per-record", required_argument, NULL, OPTION_EVENTS},
    {"gzip-level", required_argument, NULL, OPTION_GZIP_LEVEL},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"truth", required_argument, NULL, OPTION_TRUTH},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool parse_number(const char *text, uint64_t low, uint64_t high, uint64_t *ret)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-')
        return false;
    *ret = number;
    return number >= low && number <= high;
}

static bool parse_count(const char *text, uint64_t high, unsigned *ret)
{
    uint64_t number;
    if (!parse_number(text, 1, high, &number))
        return false;
    *ret = (unsigned)number;
    return true;
}

static bool parse_bytes(const char *text, uint64_t *ret)
{
    char digits[24];
    size_t size = strlen(text);
    unsigned shift = 0;
    if (size == 0 || size >= sizeof digits)
        return false;
    const char *suffix = strchr("KMG", text[size - 1]);
    if (suffix != NULL) {
        shift = 10 * (unsigned)(suffix - "KMG" == 0 ? 1 : *suffix == 'M' ? 2 : 3);
        size--;
    }
    memcpy(digits, text, size);
    digits[size] = '\0';
    if (!parse_number(digits, 1, UINT64_MAX >> 24 >> shift, ret))
        return false;
    *ret <<= shift;
    return true;
}

static bool parse_shapes(const char *text, struct corpus_options *o)
{
    o->shapes_count = 0;
    for (; *text != '\0'; text++) {
        if (*text < 'A' || *text > 'I' || o->shapes_count >= SHAPES_MAX - 1)
            return false;
        o->shapes[o->shapes_count++] = *text;
        if (text[1] == ',')
            text++;
    }
    o->shapes[o->shapes_count] = '\0';
    return o->shapes_count > 0;
}

static bool parse_start(const char *text, int64_t *ret_ms)
{
    unsigned year, month, day;
    char rest;
    if (sscanf(text, "%4u-%2u-%2u%c", &year, &month, &day, &rest) != 3)
        return false;
    if (year < 2000 || year > 2099 || !civil_is_valid(year, month, day))
        return false;
    *ret_ms = days_from_civil(year, month, day) * 86400000;
    return true;
}

static bool option_take(struct corpus_options *o, int key, const char *text)
{
    unsigned level;
    char *end;
    switch (key) {
    case 'o':
        o->bucket = text;
        return *text != '\0';
    case OPTION_SEED:
        return parse_number(text, 0, UINT64_MAX, &o->seed);
    case OPTION_SIZE:
        return parse_bytes(text, &o->size_bytes);
    case OPTION_OBJECTS:
        return parse_number(text, 1, 10000000, &o->objects);
    case OPTION_OBJECT_SIZE:
        return parse_bytes(text, &o->object_bytes);
    case OPTION_SHAPES:
        return parse_shapes(text, o);
    case OPTION_DAYS:
        return parse_count(text, 3650, &o->days);
    case OPTION_START:
        return parse_start(text, &o->start_ms);
    case OPTION_ACCOUNTS:
        return parse_count(text, 10000, &o->accounts);
    case OPTION_FUNCTIONS:
        return parse_count(text, 100000, &o->functions);
    case OPTION_ERROR_RATE:
        o->error_rate = strtod(text, &end);
        return end != text && *end == '\0' && o->error_rate >= 0 && o->error_rate <= 1;
    case OPTION_INCIDENT:
        return o->has_incident = true;
    case OPTION_EVENTS:
        return parse_count(text, 10000, &o->events_per_record);
    case OPTION_GZIP_LEVEL:
        if (!parse_count(text, 9, &level))
            return false;
        o->gzip_level = (int)level;
        return true;
    case OPTION_THREADS:
        return parse_count(text, 256, &o->threads);
    case OPTION_TRUTH:
        o->truth = text;
        return *text != '\0';
    }
    return false;
}

/* 0 to go on, else the exit status plus one. */
static int options_parse(int argc, char **argv, struct corpus_options *o)
{
    int key;
    while ((key = getopt_long(argc, argv, "o:h", long_options, NULL)) != -1) {
        if (key == 'h') {
            fputs(help, stdout);
            return 1;
        }
        if (key == '?')
            return 3;
        if (!option_take(o, key, optarg)) {
            fprintf(stderr, "millrace-corpus: bad value: %s\n", optarg);
            return 3;
        }
    }
    if (o->bucket == NULL || optind < argc) {
        fputs("millrace-corpus: -o BUCKET is needed, and no other argument (see --help)\n", stderr);
        return 3;
    }
    if (o->objects == 0)
        o->objects = (o->size_bytes + o->object_bytes - 1) / o->object_bytes;
    o->object_bytes = (o->size_bytes + o->objects - 1) / o->objects;
    return 0;
}

struct run {
    struct world world;
    struct cast cast;
    atomic_uint_fast64_t next; /* object */
    atomic_bool has_failed;
};

struct thread {
    struct run *run;
    struct counts counts;
    pthread_t id;
    struct err err;
};

static void *thread_main(void *context)
{
    struct thread *t = context;
    struct maker *m = maker_new(&t->run->world, &t->run->cast, &t->counts);
    enum rc rc = m != NULL ? RC_OK : err_set(&t->err, RC_NO_MEMORY, "out of memory");
    while (rc == RC_OK && !atomic_load(&t->run->has_failed)) {
        uint64_t index = atomic_fetch_add(&t->run->next, 1);
        if (index >= t->run->world.options.objects)
            break;
        rc = maker_make(m, index, &t->err);
    }
    if (rc != RC_OK) {
        atomic_store(&t->run->has_failed, true);
        fprintf(stderr, "millrace-corpus: %s\n", t->err.text);
    }
    maker_free(m);
    return NULL;
}

static bool threads_run(struct run *run, struct counts *total)
{
    unsigned wanted = run->world.options.threads, started = 0;
    struct thread *threads = calloc(wanted, sizeof *threads);
    if (threads == NULL)
        return false;
    for (; started < wanted; started++) {
        struct thread *t = &threads[started];
        t->run = run;
        if (!counts_init(&t->counts, &run->world, &run->cast) ||
            pthread_create(&t->id, NULL, thread_main, t) != 0) {
            counts_done(&t->counts);
            break;
        }
    }
    for (unsigned i = 0; i < started; i++) {
        pthread_join(threads[i].id, NULL);
        counts_add(total, &threads[i].counts, &run->world, &run->cast);
        counts_done(&threads[i].counts);
    }
    free(threads);
    return started > 0 && !atomic_load(&run->has_failed);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int corpus_run(struct run *run)
{
    const struct corpus_options *o = &run->world.options;
    struct counts total;
    if (!counts_init(&total, &run->world, &run->cast)) {
        fputs("millrace-corpus: out of memory\n", stderr);
        return 1;
    }
    double begin_s = now_s();
    bool is_ok = threads_run(run, &total);
    double seconds = now_s() - begin_s;
    if (is_ok && o->truth != NULL &&
        !counts_write_truth(&total, &run->world, &run->cast, o->truth)) {
        fprintf(stderr, "millrace-corpus: cannot write %s\n", o->truth);
        is_ok = false;
    }
    if (is_ok)
        fprintf(stderr,
                "%llu objects, %llu bytes of %llu decoded, %llu events in %.2f s: %.0f MB/s\n",
                (unsigned long long)total.objects, (unsigned long long)total.stored_bytes,
                (unsigned long long)total.decoded_bytes, (unsigned long long)total.events, seconds,
                (double)total.decoded_bytes / 1e6 / seconds);
    counts_done(&total);
    return is_ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct corpus_options options = {
        .seed = 1,
        .size_bytes = 64 << 20,
        .object_bytes = 4 << 20,
        .shapes = "A",
        .shapes_count = 1,
        .days = 3,
        .start_ms = 1672876800000, /* 2023-01-05 */
        .accounts = 4,
        .functions = 40,
        .error_rate = 0.02,
        .events_per_record = 20,
        .gzip_level = 6,
        .threads = 1,
    };
    int stop = options_parse(argc, argv, &options);
    if (stop != 0)
        return stop - 1;
    if (mkdir(options.bucket, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "millrace-corpus: cannot make %s: %s\n", options.bucket, strerror(errno));
        return 1;
    }
    struct run run = {0};
    if (!world_init(&run.world, &options)) {
        fputs("millrace-corpus: out of memory\n", stderr);
        return 1;
    }
    cast_init(&run.cast);
    int status = corpus_run(&run);
    cast_done(&run.cast);
    world_done(&run.world);
    return status;
}
