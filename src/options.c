#include "options.h"

#include "limits.h"

#include <inttypes.h>
#include <stdlib.h>

void options_init(struct options *o)
{
    *o = (struct options){
        .threads = 1,
        .interval_ms = WATCH_INTERVAL_MS,
        .settle_ms = WATCH_SETTLE_MS,
        .shards = 1,
        .wait_s = MERGE_WAIT_S_DEFAULT,
        .late_ms = INT64_C(15) * 24 * 3600 * 1000,
        .raw = RAW_AUTO,
        .record_bytes_max = RECORD_BYTES_DEFAULT_MAX,
        .groups_max = GROUPS_DEFAULT_MAX,
        .profile = PROFILE_DEFAULT,
        .partition_by = partition_by_day(),
        .redact = true,
        .bench = {.runs = 5, .text_bytes_max = BENCH_BYTES_DEFAULT_MAX},
    };
    o->ignore_codes[0] = VIEW("ForceRetryExecution");
    o->ignore_codes_count = 1;
}

struct discover_options options_discovery(const struct options *o)
{
    return (struct discover_options){
        .sources = o->sources,
        .sources_count = o->sources_count,
        .files_from = o->files_from,
        .include = o->include.items,
        .include_count = o->include.count,
        .exclude = o->exclude.items,
        .exclude_count = o->exclude.count,
        .has_since = o->has_since,
        .has_until = o->has_until,
        .since_ms = o->since_ms,
        .until_ms = o->until_ms,
        .late_ms = o->late_ms,
    };
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A set of patterns means the same in any order. */
static void append_list(const char *name, const struct option_list *list, struct buf *out)
{
    const char *sorted[OPTION_LIST_MAX];
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = list->items[i];
    qsort(sorted, list->count, sizeof(sorted[0]), by_text);
    for (size_t i = 0; i < list->count; i++)
        buf_printf(out, "%s=%s\n", name, sorted[i]);
}

static void append_view(const char *name, struct view v, struct buf *out)
{
    if (!view_is_null(v))
        buf_printf(out, "%s=%.*s\n", name, (int)v.size, v.data);
}

void options_append_canonical(const struct options *o, struct buf *out)
{
    append_list("include", &o->include, out);
    append_list("exclude", &o->exclude, out);
    if (o->has_since)
        buf_printf(out, "since=%" PRId64 "\n", o->since_ms);
    if (o->has_until)
        buf_printf(out, "until=%" PRId64 "\n", o->until_ms);
    buf_printf(out, "late=%" PRId64 "\n", o->late_ms);
    append_list("account", &o->accounts, out);
    append_list("log-group", &o->log_groups, out);
    buf_printf(out, "min-level=%d\n", (int)o->min_level);
    append_view("set-account", o->set_account, out);
    append_view("set-region", o->set_region, out);
    append_view("set-log-group", o->set_log_group, out);
    buf_printf(out, "raw=%d\n", (int)o->raw);
    for (size_t i = 0; i < o->ignore_codes_count; i++)
        append_view("ignore-code", o->ignore_codes[i], out);
    if (o->dedupe)
        buf_printf(out, "dedupe=1\n");
    buf_printf(out, "max-record=%zu\nmax-groups=%zu\nprofile=%d\nredact=%d\ndataset=%d\n",
               o->record_bytes_max, o->groups_max, (int)o->profile, o->redact, !o->no_dataset);
    buf_printf(out, "partition-by=");
    partition_by_append(&o->partition_by, out);
    buf_append_byte(out, '\n');
}
