#include "corpus_counts.h"

#include "util/buf.h"
#include "util/text.h"

#include <stdio.h>
#include <stdlib.h>

/* Places of each array, the one for "unknown" included. */
struct sizes {
    size_t accounts, days, log_groups, problems;
};

static struct sizes sizes_of(const struct world *w, const struct cast *cast)
{
    const struct corpus_options *o = &w->options;
    return (struct sizes){o->accounts + 1, o->days + DAYS_BEFORE + DAYS_AFTER + 1, o->functions + 1,
                          cast->problems_count + 1};
}

bool counts_init(struct counts *c, const struct world *w, const struct cast *cast)
{
    memset(c, 0, sizeof *c);
    struct sizes n = sizes_of(w, cast);
    c->accounts = calloc(n.accounts, sizeof(uint64_t));
    c->days = calloc(n.days, sizeof(uint64_t));
    c->partition_days = calloc(n.days, sizeof(uint64_t));
    c->log_groups = calloc(n.log_groups, sizeof(uint64_t));
    c->problems = calloc(n.problems, sizeof(uint64_t));
    c->timeouts = calloc(n.log_groups, sizeof(uint64_t));
    c->crashes = calloc(n.log_groups, sizeof(uint64_t));
    bool is_ok = c->accounts && c->days && c->partition_days && c->log_groups && c->problems &&
                 c->timeouts && c->crashes;
    if (!is_ok)
        counts_done(c);
    return is_ok;
}

void counts_done(struct counts *c)
{
    free(c->accounts);
    free(c->days);
    free(c->partition_days);
    free(c->log_groups);
    free(c->problems);
    free(c->timeouts);
    free(c->crashes);
    memset(c, 0, sizeof *c);
}

static void add_all(uint64_t *to, const uint64_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

void counts_add(struct counts *to, const struct counts *from, const struct world *w,
                const struct cast *cast)
{
    struct sizes n = sizes_of(w, cast);
    to->objects += from->objects;
    to->stored_bytes += from->stored_bytes;
    to->decoded_bytes += from->decoded_bytes;
    to->data_records += from->data_records;
    to->control_records += from->control_records;
    to->events += from->events;
    to->rows += from->rows;
    to->ignored += from->ignored;
    to->extracted += from->extracted;
    to->alerts += from->alerts;
    add_all(to->objects_by_shape, from->objects_by_shape, 26);
    add_all(to->levels, from->levels, LEVEL_COUNT);
    add_all(to->kinds, from->kinds, ROW_KIND_COUNT);
    add_all(to->accounts, from->accounts, n.accounts);
    add_all(to->days, from->days, n.days);
    add_all(to->partition_days, from->partition_days, n.days);
    add_all(to->log_groups, from->log_groups, n.log_groups);
    add_all(to->problems, from->problems, n.problems);
    add_all(to->timeouts, from->timeouts, n.log_groups);
    add_all(to->crashes, from->crashes, n.log_groups);
}

/* An object of counts: opened, one entry per count above zero, closed. */
struct map {
    struct buf *out;
    bool is_first;
};

static struct map map_open(struct buf *out, const char *name)
{
    buf_printf(out, " \"%s\": {", name);
    return (struct map){out, true};
}

static void map_add(struct map *m, struct view key, uint64_t count)
{
    if (count == 0)
        return;
    buf_printf(m->out, "%s\n  ", m->is_first ? "" : ",");
    m->is_first = false;
    text_json_string(m->out, key);
    buf_printf(m->out, ": %llu", (unsigned long long)count);
}

static void map_close(struct map *m)
{
    buf_printf(m->out, "\n },\n");
}

static void write_names(struct buf *out, const char *name, const char *const *names,
                        const uint64_t *counts, size_t size)
{
    struct map map = map_open(out, name);
    for (size_t i = 0; i < size; i++)
        map_add(&map, view_of_string(names[i]), counts[i]);
    map_close(&map);
}

static void write_days(struct buf *out, const char *name, const struct world *w,
                       const uint64_t *counts)
{
    struct map map = map_open(out, name);
    size_t days = w->options.days + DAYS_BEFORE + DAYS_AFTER;
    for (size_t i = 0; i < days; i++) {
        char day[11];
        int64_t ms = w->options.start_ms + ((int64_t)i - DAYS_BEFORE) * 86400000;
        if (text_day(day, ms))
            map_add(&map, view_of(day, 10), counts[i]);
    }
    map_add(&map, VIEW("null"), counts[days]);
    map_close(&map);
}

static void write_places(const struct counts *c, const struct world *w, struct buf *out)
{
    struct map accounts = map_open(out, "accounts");
    for (unsigned i = 0; i < w->options.accounts; i++)
        map_add(&accounts, view_of(w->account_ids[i], 12), c->accounts[i]);
    map_add(&accounts, VIEW("null"), c->accounts[w->options.accounts]);
    map_close(&accounts);
    write_days(out, "days", w, c->days);
    write_days(out, "partition_days", w, c->partition_days);
    struct map groups = map_open(out, "log_groups");
    for (unsigned i = 0; i < w->options.functions; i++)
        map_add(&groups, view_of_string(w->functions[i].log_group), c->log_groups[i]);
    map_add(&groups, VIEW("null"), c->log_groups[w->options.functions]);
    map_close(&groups);
}

static void write_text_or_null(struct buf *out, const char *key, const char *text)
{
    buf_printf(out, ",\"%s\":", key);
    if (text == NULL)
        buf_append(out, "null", 4);
    else
        text_json_string(out, view_of_string(text));
}

static void write_problem(struct buf *out, const struct problem *p, uint64_t count)
{
    buf_printf(out, "   {\"problem\":\"%s%s\",\"kind\":\"%s\",\"level\":\"%s\"", p->body->problem,
               p->suffix, row_kind_names[p->kind], row_level_names[p->level]);
    write_text_or_null(out, "title", p->body->title);
    write_text_or_null(out, "title_pattern", p->body->title_pattern);
    buf_printf(out, ",\"log_group\":null,\"count\":%llu}", (unsigned long long)count);
}

/* Alerts of one function and cause; `place` past the functions: unknown group. */
static void write_platform(struct buf *out, const struct world *w, size_t place, bool is_timeout,
                           uint64_t count)
{
    const struct function *f = place < w->options.functions ? &w->functions[place] : NULL;
    char pattern[96];
    snprintf(pattern, sizeof pattern, "Task timed out after %u\\.00 seconds \\(RequestId: .{36}\\)",
             f != NULL ? f->limit_s : 0);
    buf_printf(out, "   {\"problem\":\"%s\",\"kind\":\"%s\",\"level\":\"ERROR\",\"title\":null",
               is_timeout ? "timeout" : "crash", is_timeout ? "timeout" : "crash");
    write_text_or_null(out, "title_pattern", is_timeout && f != NULL ? pattern : NULL);
    write_text_or_null(out, "log_group", f != NULL ? f->log_group : NULL);
    buf_printf(out, ",\"count\":%llu}", (unsigned long long)count);
}

static void write_alerts(const struct counts *c, const struct world *w, const struct cast *cast,
                         struct buf *out)
{
    buf_printf(out, " \"alerts\": {\n  \"total\": %llu,\n  \"problems\": [\n",
               (unsigned long long)c->alerts);
    size_t begin = out->size;
    for (uint32_t i = 0; i < cast->problems_count; i++) {
        if (c->problems[i] == 0)
            continue;
        write_problem(out, &cast->problems[i], c->problems[i]);
        buf_printf(out, ",\n");
    }
    for (size_t i = 0; i <= w->options.functions; i++) {
        for (unsigned is_timeout = 0; is_timeout < 2; is_timeout++) {
            uint64_t count = is_timeout ? c->timeouts[i] : c->crashes[i];
            if (count == 0)
                continue;
            write_platform(out, w, i, is_timeout, count);
            buf_printf(out, ",\n");
        }
    }
    if (out->size > begin)
        out->size -= 2;
    buf_printf(out, "\n  ]\n },\n");
}

static void write_totals(const struct counts *c, const struct world *w, struct buf *out)
{
    buf_printf(out,
               "{\n \"version\": 1,\n \"seed\": %llu,\n"
               " \"objects\": %llu,\n \"stored_bytes\": %llu,\n \"decoded_bytes\": %llu,\n",
               (unsigned long long)w->options.seed, (unsigned long long)c->objects,
               (unsigned long long)c->stored_bytes, (unsigned long long)c->decoded_bytes);
    buf_printf(out,
               " \"records\": {\"total\": %llu, \"data\": %llu, \"control\": %llu},\n"
               " \"events\": {\"total\": %llu, \"rows\": %llu, \"ignored\": %llu, "
               "\"extracted\": %llu},\n",
               (unsigned long long)(c->data_records + c->control_records),
               (unsigned long long)c->data_records, (unsigned long long)c->control_records,
               (unsigned long long)c->events, (unsigned long long)c->rows,
               (unsigned long long)c->ignored, (unsigned long long)c->extracted);
    buf_printf(out,
               " \"notes\": [\n"
               "  \"decoded_bytes are those of records: in G and H, of what is inside the "
               "envelopes\",\n"
               "  \"lines of F and entries of I count as records of one event; their account and "
               "log group are null, for F the time too\",\n"
               "  \"partition_days takes the key's day where an event has no time; null is the "
               "export task's aws-logs-write-test, a line of text in shape F\",\n"
               "  \"alerts count one per request id and cause for timeouts and crashes, and those "
               "are grouped by function and cause; a null log group holds those of F and I\"\n"
               " ],\n");
}

bool counts_write_truth(const struct counts *c, const struct world *w, const struct cast *cast,
                        const char *path)
{
    struct buf out = {0};
    write_totals(c, w, &out);
    struct map shapes = map_open(&out, "objects_by_shape");
    for (char shape = 'A'; shape <= 'Z'; shape++)
        map_add(&shapes, view_of(&shape, 1), c->objects_by_shape[shape - 'A']);
    map_close(&shapes);
    write_names(&out, "levels", row_level_names, c->levels, LEVEL_COUNT);
    write_names(&out, "kinds", row_kind_names, c->kinds, ROW_KIND_COUNT);
    write_places(c, w, &out);
    write_alerts(c, w, cast, &out);
    buf_printf(&out, " \"damaged\": 0\n}\n");
    FILE *file = buf_failed(&out) ? NULL : fopen(path, "wb");
    bool is_ok = file != NULL && fwrite(out.data, 1, out.size, file) == out.size;
    if (file != NULL && fclose(file) != 0)
        is_ok = false;
    buf_done(&out);
    return is_ok;
}
