#include "bench/bench.h"

#include "job.h"
#include "util/text.h"

#include <inttypes.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sorted_seconds(const struct figure *f, double *to)
{
    memcpy(to, f->seconds, f->runs * sizeof(*to));
    qsort(to, f->runs, sizeof(*to), by_value);
}

double figure_median_s(const struct figure *f)
{
    double s[BENCH_RUNS_MAX];
    sorted_seconds(f, s);
    return f->runs % 2 != 0 ? s[f->runs / 2] : (s[f->runs / 2 - 1] + s[f->runs / 2]) / 2;
}

double figure_spread(const struct figure *f)
{
    double s[BENCH_RUNS_MAX];
    sorted_seconds(f, s);
    return (s[f->runs - 1] - s[0]) / figure_median_s(f);
}

static const struct figure *find(const struct bench_result *r, enum stage stage, unsigned threads)
{
    for (size_t i = 0; i < r->count; i++) {
        if (r->figures[i].stage == stage && r->figures[i].threads == threads)
            return &r->figures[i];
    }
    return NULL;
}

const struct figure *figure_limit(const struct bench_result *r, const struct figure *f)
{
    enum stage limit = stage_info[f->stage].limit;
    if (limit == STAGE_COUNT)
        return NULL;
    const struct figure *found = find(r, limit, f->threads);
    /* Objects stored as text are inflated by nobody. */
    return found == NULL && limit == LIMIT_INFLATE ? find(r, LIMIT_READ, f->threads) : found;
}

static double gbs(uint64_t bytes, const struct figure *f)
{
    return (double)bytes / figure_median_s(f) / 1e9;
}

static double share_of(const struct figure *f, const struct figure *limit)
{
    return gbs(f->bytes, f) / gbs(limit->bytes, limit);
}

/* ---- For people ---- */

/* Three significant digits, so that 0.18 and 21.3 stand in one column. */
static void append_rate(struct buf *out, double value)
{
    buf_printf(out, "%9.*f", value < 0.995 ? 3 : value < 9.995 ? 2 : 1, value);
}

static void append_row(const struct bench_result *r, const struct figure *f, struct buf *out)
{
    const struct figure *limit = figure_limit(r, f);
    buf_printf(out, "%-16s %-8s %7u", stage_info[f->stage].name,
               f->has_kernels ? cpu_name(f->kernels) : "-", f->threads);
    append_rate(out, gbs(f->json_bytes, f));
    append_rate(out, gbs(f->stored_bytes, f));
    append_rate(out, gbs(f->bytes, f));
    if (f->events > 0)
        buf_printf(out, " %8.1f", figure_median_s(f) * 1e9 / (double)f->events);
    else
        buf_printf(out, " %8s", "-");
    buf_printf(out, " %5.0f %%", figure_spread(f) * 100);
    if (limit != NULL)
        buf_printf(out, "  %.2f of %s", share_of(f, limit), stage_info[limit->stage].name);
    buf_append_byte(out, '\n');
}

static void append_legend(const struct bench_result *r, struct buf *out)
{
    enum stage last = STAGE_COUNT;
    buf_append_byte(out, '\n');
    for (size_t i = 0; i < r->count; i++) {
        enum stage stage = r->figures[i].stage;
        if (stage != last)
            buf_printf(out, "%-16s %s\n", stage_info[stage].name, stage_info[stage].what);
        last = stage;
    }
}

void figures_append_table(const struct bench_result *r, struct buf *out)
{
    buf_printf(out, "%" PRIu64 " objects, %.1f MB stored, %.1f MB of JSON, %" PRIu64 " events",
               r->objects, (double)r->stored_bytes / 1e6, (double)r->json_bytes / 1e6, r->events);
    if (r->objects_left_out > 0)
        buf_printf(out, " (a sample: %" PRIu64 " objects left out)", r->objects_left_out);
    buf_printf(out, "\n%s, %u cores; medians of %zu runs, spread from the fastest to the slowest\n",
               r->machine[0] != '\0' ? r->machine : "unknown processor", r->cores, r->runs);
    buf_printf(out, "\n%-16s %-8s %7s %8s %8s %8s %8s %7s\n", "", "", "", "GB/s of", "GB/s of",
               "GB/s of", "ns per", "");
    buf_printf(out, "%-16s %-8s %7s %8s %8s %8s %8s %7s  %s\n", "stage", "kernels", "threads",
               "JSON", "stored", "input", "event", "spread", "limit");
    for (size_t i = 0; i < r->count; i++)
        append_row(r, &r->figures[i], out);
    append_legend(r, out);
}

/* ---- For programs ---- */

static void append_number(struct buf *out, const char *key, double value)
{
    buf_printf(out, ",\"%s\":", key);
    text_double(out, value);
}

static void append_name(struct buf *out, const char *key, const char *value)
{
    buf_printf(out, ",\"%s\":", key);
    if (value != NULL)
        text_json_string(out, view_of_string(value));
    else
        buf_append(out, "null", 4);
}

static void append_figure(const struct bench_result *r, const struct figure *f, struct buf *out)
{
    static const char *const kinds[] = {"limit", "stage", "whole"};
    const struct figure *limit = figure_limit(r, f);
    size_t kind = (f->stage >= STAGE_READ) + (f->stage >= WHOLE_REPORT);
    buf_printf(out, "{\"kind\":\"%s\"", kinds[kind]);
    append_name(out, "stage", stage_info[f->stage].name);
    append_name(out, "kernels", f->has_kernels ? cpu_name(f->kernels) : NULL);
    buf_printf(out,
               ",\"threads\":%u,\"bytes\":%" PRIu64 ",\"json_bytes\":%" PRIu64
               ",\"stored_bytes\":%" PRIu64 ",\"events\":%" PRIu64,
               f->threads, f->bytes, f->json_bytes, f->stored_bytes, f->events);
    append_number(out, "json_gb_per_s", gbs(f->json_bytes, f));
    append_number(out, "stored_gb_per_s", gbs(f->stored_bytes, f));
    append_number(out, "gb_per_s", gbs(f->bytes, f));
    append_number(out, "median_s", figure_median_s(f));
    append_number(out, "spread", figure_spread(f));
    append_name(out, "limit", limit != NULL ? stage_info[limit->stage].name : NULL);
    if (limit != NULL)
        append_number(out, "of_limit", share_of(f, limit));
    buf_append(out, ",\"seconds\":[", 12);
    for (size_t i = 0; i < f->runs; i++) {
        buf_append(out, ",", i > 0);
        text_double(out, f->seconds[i]);
    }
    buf_append(out, "]}", 2);
}

void figures_append_json(const struct bench_result *r, struct buf *out)
{
    buf_printf(out, "{\"version\":1");
    append_name(out, "program", job_program());
    append_name(out, "machine", r->machine);
    buf_printf(out,
               ",\"cores\":%u,\"runs\":%zu,\"objects\":%" PRIu64 ",\"objects_left_out\":%" PRIu64
               ",\"stored_bytes\":%" PRIu64 ",\"json_bytes\":%" PRIu64 ",\"events\":%" PRIu64
               ",\"figures\":[",
               r->cores, r->runs, r->objects, r->objects_left_out, r->stored_bytes, r->json_bytes,
               r->events);
    for (size_t i = 0; i < r->count; i++) {
        buf_append(out, ",\n", i > 0 ? 2 : 0);
        append_figure(r, &r->figures[i], out);
    }
    buf_append(out, "]}\n", 3);
}
