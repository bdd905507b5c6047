/* bench_parquet - rows staged, sorted and written as Parquet, per second.
 *
 *     bench_parquet [FOLDER]     default /dev/shm: fsync is free there
 *
 * The rows are invented Lambda events, as many as fit one flush of 64 MiB. GB
 * are those of the rows as NDJSON. Each line: the profile, the median of the
 * rounds for adding, flushing and zstd alone (the same pages, compressed with
 * the same settings, in the same round), and what is left of the two without
 * it, in seconds per GB. */
#include "dataset/rows.h"
#include "limits.h"
#include "parquet/page.h"
#include "parquet/reader.h"

#include "../tests/readers/sample_events.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

/* Events that come out of one record, more or less. */
enum { ROUNDS = 7, EVENTS_MAX = 200000, TOUCHED = 64 };

struct corpus {
    struct event *events;
    char (*folders)[32];
    size_t count;
    uint64_t json_bytes;
};

struct written {
    char path[256];
    struct dataset_file file;
};

struct pages {
    struct view *bodies;
    size_t count;
    uint64_t bytes;
};

enum phase { ADD, FLUSH, ZSTD, OTHER, PHASES };

/* This thread's own time: what else runs on the machine counts less. */
static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what)
{
    fprintf(stderr, "bench_parquet: %s\n", what);
    exit(1);
}

static void *need(void *memory)
{
    if (memory == NULL)
        fail("out of memory");
    return memory;
}

static void keep_texts(struct event *e)
{
    for (unsigned i = 0; i < COLUMN_COUNT; i++) {
        enum column_type type = column_info[i].type;
        if (!event_has(e, (enum column)i) || (type != TYPE_TEXT && type != TYPE_JSON))
            continue;
        struct view *text = &e->cell[i].text;
        char *copy = need(malloc(text->size + 1));
        memcpy(copy, text->data, text->size);
        text->data = copy;
    }
}

/* As many events as one flush takes. */
static void corpus_init(struct corpus *c, struct rows *rows)
{
    struct sample sample;
    struct buf json = {0};
    sample_init(&sample, 1, SAMPLE_LAMBDA);
    c->events = need(calloc(EVENTS_MAX, sizeof(*c->events)));
    c->folders = need(calloc(EVENTS_MAX, sizeof(*c->folders)));
    for (; c->count < EVENTS_MAX; c->count++) {
        struct event *e = &c->events[c->count];
        sample_next(&sample, e, c->folders[c->count]);
        if (rows_add(rows, e, view_of_string(c->folders[c->count])) != RC_OK)
            break;
        buf_clear(&json);
        event_append_json(e, &json);
        c->json_bytes += json.size;
        keep_texts(e);
    }
    buf_done(&json);
    sample_done(&sample);
}

static enum rc note_file(void *context, const struct dataset_file *file, struct err *err)
{
    (void)err;
    struct written *w = context;
    w->file = *file;
    return RC_OK;
}

static struct view read_whole(int folder, const struct dataset_file *file)
{
    int fd = openat(folder, file->path, O_RDONLY);
    char *data = need(malloc(file->bytes));
    if (fd < 0 || read(fd, data, file->bytes) != (ssize_t)file->bytes)
        fail("cannot read the file back");
    close(fd);
    return view_of(data, file->bytes);
}

static void add_chunk_pages(struct pages *p, struct view file, const struct chunk *c,
                            struct page_expander *x)
{
    size_t at = (size_t)chunk_begin(c);
    size_t end = at + (size_t)c->compressed_bytes;
    while (at < end) {
        struct page_header header;
        struct buf body = {0};
        struct err err;
        size_t size;
        if (!page_header_parse(view_slice(file, at, end), &header, &size))
            fail("damaged page");
        at += size;
        struct view page = view_slice(file, at, at + header.compressed_size);
        if (page_expand(x, &header, page, SIZE_MAX / 2, &body, &err) != RC_OK)
            fail(err.text);
        at += header.compressed_size;
        p->bodies = need(realloc(p->bodies, (p->count + 1) * sizeof(*p->bodies)));
        p->bodies[p->count++] = buf_view(&body);
        p->bytes += body.size;
    }
}

/* The plain bytes of every page of the file. */
static void pages_init(struct pages *p, struct view file)
{
    struct arena arena;
    struct reader reader;
    struct err err;
    struct page_expander *x = need(page_expander_new());
    arena_init(&arena, 64 << 20);
    if (reader_open(&reader, file, &arena, &err) != RC_OK)
        fail(err.text);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        add_chunk_pages(p, file, &reader.footer.groups[0].chunks[i], x);
    arena_done(&arena);
    page_expander_free(x);
}

static double zstd_seconds(const struct pages *p)
{
    ZSTD_CCtx *zstd = need(ZSTD_createCCtx());
    page_zstd_init(zstd);
    size_t bound = 0;
    for (size_t i = 0; i < p->count; i++) {
        size_t b = ZSTD_compressBound(p->bodies[i].size);
        bound = b > bound ? b : bound;
    }
    char *out = need(malloc(bound));
    memset(out, 1, bound);
    double begin = now_s();
    for (size_t i = 0; i < p->count; i++)
        ZSTD_compress2(zstd, out, bound, p->bodies[i].data, p->bodies[i].size);
    double seconds = now_s() - begin;
    free(out);
    ZSTD_freeCCtx(zstd);
    return seconds;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Brings what a few events consist of into the cache, where a worker has it. */
static unsigned touch(const struct corpus *c, size_t begin, size_t end)
{
    unsigned sum = 0;
    for (size_t i = begin; i < end; i++) {
        for (uint64_t present = c->events[i].present; present != 0; present &= present - 1) {
            unsigned column = (unsigned)__builtin_ctzll(present);
            enum column_type type = column_info[column].type;
            struct view text = c->events[i].cell[column].text;
            for (size_t at = 0; (type == TYPE_TEXT || type == TYPE_JSON) && at < text.size;
                 at += 64)
                sum += (unsigned char)text.data[at];
        }
    }
    return sum;
}

static double round_add(struct rows *rows, const struct corpus *c)
{
    unsigned sum = 0;
    double seconds = 0;
    for (size_t begin = 0; begin < c->count; begin += TOUCHED) {
        size_t end = begin + TOUCHED < c->count ? begin + TOUCHED : c->count;
        sum += touch(c, begin, end);
        double started = now_s();
        for (size_t i = begin; i < end; i++) {
            if (rows_add(rows, &c->events[i], view_of_string(c->folders[i])) != RC_OK)
                fail("the rows do not fit");
        }
        seconds += now_s() - started;
    }
    if (sum == 0)
        fail("no events");
    return seconds;
}

static double round_flush(struct rows *rows, int folder, struct written *w)
{
    struct err err;
    double begin = now_s();
    if (rows_flush(rows, folder, 0, 0, note_file, w, &err) != RC_OK)
        fail(err.text);
    return now_s() - begin;
}

static void bench_profile(const char *name, enum parquet_profile profile, int folder)
{
    struct rows_options options = {ROWS_BYTES_MAX, profile, "millrace version 0 (build bench)", ""};
    struct rows *rows = need(rows_new(&options));
    struct corpus corpus = {0};
    struct pages pages = {0};
    struct written w;
    double seconds[PHASES][ROUNDS];
    corpus_init(&corpus, rows);
    round_flush(rows, folder, &w);
    struct view file = read_whole(folder, &w.file);
    pages_init(&pages, file);
    for (size_t i = 0; i < ROUNDS; i++) {
        seconds[ADD][i] = round_add(rows, &corpus);
        seconds[FLUSH][i] = round_flush(rows, folder, &w);
        seconds[ZSTD][i] = zstd_seconds(&pages);
        seconds[OTHER][i] = seconds[ADD][i] + seconds[FLUSH][i] - seconds[ZSTD][i];
    }
    for (size_t i = 0; i < PHASES; i++)
        qsort(seconds[i], ROUNDS, sizeof(double), by_value);
    double gb = (double)corpus.json_bytes / 1e9;
    double total = seconds[ADD][ROUNDS / 2] + seconds[FLUSH][ROUNDS / 2];
    printf("parquet-%-8s %zu rows, %.1f MB as NDJSON, %.1f MB of pages, file %.2f MB\n", name,
           corpus.count, gb * 1e3, (double)pages.bytes / 1e6, (double)w.file.bytes / 1e6);
    printf("  %.2f M rows/s  %.3f GB/s  add %.3f  flush %.3f  zstd alone %.3f  the rest %.3f s/GB  "
           "(%.2f of zstd)\n",
           (double)corpus.count / total / 1e6, gb / total, seconds[ADD][ROUNDS / 2] / gb,
           seconds[FLUSH][ROUNDS / 2] / gb, seconds[ZSTD][ROUNDS / 2] / gb,
           seconds[OTHER][ROUNDS / 2] / gb, seconds[OTHER][ROUNDS / 2] / seconds[ZSTD][ROUNDS / 2]);
    rows_free(rows);
}

int main(int argc, char **argv)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/millrace-bench-XXXXXX", argc > 1 ? argv[1] : "/dev/shm");
    if (mkdtemp(path) == NULL)
        fail("cannot make a folder");
    int folder = open(path, O_RDONLY | O_DIRECTORY);
    bench_profile("default", PROFILE_DEFAULT, folder);
    bench_profile("modern", PROFILE_MODERN, folder);
    unlinkat(folder, "events/dt=2023-01-05/part-000000-0000.parquet", 0);
    unlinkat(folder, "events/dt=2023-01-05", AT_REMOVEDIR);
    unlinkat(folder, "events", AT_REMOVEDIR);
    rmdir(path);
    return 0;
}
