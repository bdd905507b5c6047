#include "report/escape.h"
#include "report/form.h"
#include "util/text.h"

#include <inttypes.h>

/* RFC 4180 with CRLF: a row per group. Every text is quoted and guarded, every
 * number bare. Lists hold the largest first, parted by "; ". */

/* Keys of a list; the whole list is in report.json. */
enum { LIST_KEYS_MAX = 20 };

static void put_text(struct buf *out, struct view v)
{
    buf_append_byte(out, ',');
    if (v.size > 0)
        escape_csv(out, v);
}

static void put_number(struct buf *out, uint64_t n)
{
    buf_printf(out, ",%" PRIu64, n);
}

static void put_time(struct buf *out, bool has_time, int64_t ms)
{
    buf_append_byte(out, ',');
    if (has_time)
        text_time_ms(out, ms);
}

static void put_list(struct form *f, const struct tally *t)
{
    struct ranked ranked;
    facts_rank(t, &ranked);
    struct buf *list = &f->redacted;
    buf_clear(list);
    for (size_t i = 0; i < ranked.count && i < LIST_KEYS_MAX; i++) {
        buf_printf(list, "%s", i ? "; " : "");
        buf_append_view(list, ranked.at[i].key);
    }
    if (ranked.count > LIST_KEYS_MAX || ranked.other > 0)
        buf_printf(list, "; (other)");
    f->sink.buf.failed |= buf_failed(list);
    put_text(&f->sink.buf, buf_view(list));
}

static void put_group(struct form *f, const struct group *g, size_t rank)
{
    struct buf *out = &f->sink.buf;
    const struct sample *sample = g->samples_count > 0 ? &g->samples[0] : NULL;
    const char *change = change_name(form_change(f, rank));
    buf_printf(out, "\"fp1-%016" PRIx64 "\"", g->fingerprint);
    put_text(out, view_of_string(alert_rule_name(g->rule)));
    put_text(out, view_of_string(kind_name(g->kind)));
    put_text(out, g->level);
    put_text(out, form_text(f, g->title));
    put_text(out, form_text(f, g->masked));
    put_text(out, g->owner);
    put_text(out, view_of_string(change));
    put_number(out, g->count);
    put_time(out, g->has_time, g->first_ms);
    put_time(out, g->has_time, g->last_ms);
    put_number(out, g->accounts.count);
    put_list(f, &g->accounts);
    put_list(f, &g->regions);
    put_number(out, g->log_groups.count);
    put_list(f, &g->log_groups);
    put_number(out, distinct_count(&g->requests));
    put_number(out, distinct_count(&g->streams));
    buf_printf(out, ",%s",
               distinct_is_exact(&g->requests) && distinct_is_exact(&g->streams) ? "exact" : "≈");
    put_text(out, sample ? sample->object : VIEW_NULL);
    if (sample != NULL)
        buf_printf(out, ",%" PRId64 "\r\n", sample->offset);
    else
        buf_printf(out, ",\r\n");
}

enum rc report_csv_write(struct form *f)
{
    struct buf *out = &f->sink.buf;
    buf_printf(out, "fingerprint,rule,kind,level,title,template,owner,change,count,first_seen,"
                    "last_seen,accounts,account_ids,regions,log_groups,log_group_names,requests,"
                    "streams,distinct_counts,sample_object,sample_offset\r\n");
    for (size_t rank = 0; rank < report_group_count(f->report); rank++) {
        const struct group *g;
        TRY(report_group(f->report, rank, &g, f->err));
        put_group(f, g, rank);
        TRY(sink_drain(&f->sink, f->err));
    }
    if (report_other_groups(f->report) > 0) {
        buf_printf(out, "\"(other)\",,,,\"%" PRIu64 " smaller groups, not kept apart\",,,",
                   report_other_groups(f->report));
        buf_printf(out, ",%" PRIu64 ",,,,,,,,,,,,\r\n", report_other_alerts(f->report));
    }
    return RC_OK;
}
