#include "cli/read_file.h"
#include "cli/verbs.h"
#include "commit/quarantine.h"
#include "extract.h"
#include "limits.h"
#include "util/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_MISMATCH = 5 };

/* ---- Listing ---- */

struct listing {
    const struct options *options;
    struct line_file file;
    struct buf line;
    struct tally spans, bytes; /* per reason */
    uint64_t spans_count, bytes_count, objects_count;
    struct buf object; /* of the span before */
};

static enum rc print_line(struct listing *l, struct err *err)
{
    return buf_failed(&l->line) ? err_set(err, RC_NO_MEMORY, "no memory to print")
                                : print(buf_view(&l->line), err);
}

static enum rc count(struct listing *l, const struct quarantine_span *span, struct err *err)
{
    l->spans_count++;
    l->bytes_count += span->length;
    if (l->spans_count == 1 || !view_equals(buf_view(&l->object), span->object)) {
        buf_clear(&l->object);
        buf_append_view(&l->object, span->object);
        l->objects_count++;
    }
    if (buf_failed(&l->object) || !tally_add(&l->spans, span->reason, 1) ||
        !tally_add(&l->bytes, span->reason, span->length))
        return err_set(err, RC_NO_MEMORY, "no memory to count");
    return RC_OK;
}

static enum rc print_span(struct listing *l, const struct quarantine_span *span, struct err *err)
{
    buf_clear(&l->line);
    buf_printf(&l->line, "span      %" PRIu64 ": ", l->file.number);
    text_for_terminal(&l->line, span->reason);
    buf_append(&l->line, "\nobject    ", 11);
    text_for_terminal(&l->line, span->object);
    buf_printf(&l->line, "\nwhere     offset %" PRIu64 ", %" PRIu64 " bytes", span->offset,
               span->length);
    if (span->is_inner)
        buf_printf(&l->line, " at byte %" PRIu64 " of what that unit decodes to",
                   span->inner_offset);
    buf_append(&l->line, ", layer ", 8);
    text_for_terminal(&l->line, span->layer);
    buf_append(&l->line, "\nexcerpt   ", 11);
    text_for_terminal(&l->line, span->excerpt);
    buf_append(&l->line, "\n\n", 2);
    return print_line(l, err);
}

static int by_key(const void *a, const void *b)
{
    const struct tally_entry *const *x = a, *const *y = b;
    return view_compare((*x)->key, (*y)->key);
}

static void append_reason(struct listing *l, uint64_t spans, uint64_t bytes, struct view reason)
{
    buf_printf(&l->line, "  %8" PRIu64 " span%s %12" PRIu64 " bytes  ", spans,
               spans == 1 ? " " : "s", bytes);
    text_for_terminal(&l->line, reason);
    buf_append_byte(&l->line, '\n');
}

/* Both tallies keep the same keys: those with the smallest hashes. */
static enum rc print_totals(struct listing *l, struct err *err)
{
    const struct tally_entry *spans[MAP_KEYS_MAX], *bytes[MAP_KEYS_MAX];
    size_t count = l->spans.count;
    for (size_t i = 0; i < count; i++) {
        spans[i] = &l->spans.entries[i];
        bytes[i] = &l->bytes.entries[i];
    }
    if (count > 0) {
        qsort(spans, count, sizeof(spans[0]), by_key);
        qsort(bytes, count, sizeof(bytes[0]), by_key);
    }
    buf_clear(&l->line);
    buf_printf(&l->line, "%" PRIu64 " damaged span%s in %" PRIu64 " object%s, %" PRIu64 " bytes\n",
               l->spans_count, l->spans_count == 1 ? "" : "s", l->objects_count,
               l->objects_count == 1 ? "" : "s", l->bytes_count);
    for (size_t i = 0; i < count; i++)
        append_reason(l, spans[i]->count, bytes[i]->count, spans[i]->key);
    if (l->spans.is_sampled)
        append_reason(l, l->spans.other, l->bytes.other, VIEW("(other)"));
    return print_line(l, err);
}

static enum rc list_lines(struct listing *l, struct err *err)
{
    struct json_value line;
    struct quarantine_span span;
    struct err why;
    enum rc rc;
    while ((rc = line_file_next(&l->file, &line, &why)) == RC_OK) {
        if (!quarantine_read(&l->file, line, &span))
            return err_set(err, RC_MISMATCH,
                           "%s/quarantine.ndjson: line %" PRIu64 " has another form; see "
                           "millrace verify",
                           l->options->target, l->file.number);
        if (l->options->is_json) {
            TRY(print(l->file.line, err));
            TRY(print(VIEW("\n"), err));
            continue;
        }
        TRY(count(l, &span, err));
        TRY(print_span(l, &span, err));
    }
    if (rc == RC_BAD_INPUT)
        return err_set(err, RC_MISMATCH, "%s/quarantine.ndjson: %.200s; see millrace verify",
                       l->options->target, why.text);
    if (rc != RC_END)
        return err_set(err, rc, "%s/quarantine.ndjson: %.200s", l->options->target, why.text);
    return l->options->is_json ? RC_OK : print_totals(l, err);
}

static enum rc list_spans(const struct options *o, struct err *err)
{
    struct listing l = {.options = o};
    TRY(quarantine_open(&l.file, o->target, err));
    tally_init(&l.spans, MAP_KEYS_MAX);
    tally_init(&l.bytes, MAP_KEYS_MAX);
    enum rc rc = list_lines(&l, err);
    tally_done(&l.spans);
    tally_done(&l.bytes);
    buf_done(&l.line);
    buf_done(&l.object);
    line_file_close(&l.file);
    return rc;
}

/* ---- Extracting ---- */

static void on_notice(void *context, const char *text)
{
    const struct options *o = context;
    struct buf line = {0};
    if (o->is_quiet)
        return;
    text_for_terminal(&line, view_of_string(text));
    if (!buf_failed(&line))
        fprintf(stderr, "millrace: %.*s\n", (int)line.size, line.data);
    buf_done(&line);
}

static enum rc extract(const struct options *o, int *ret_status, struct err *err)
{
    struct options options = *o;
    if (options.out == NULL)
        options.out = "quarantine";
    struct extract x = {.options = &options,
                        .from = o->target,
                        .sources = o->sources,
                        .sources_count = o->sources_count,
                        .on_notice = on_notice,
                        .context = &options};
    struct extract_summary done;
    TRY(extract_spans(&x, &done, err));
    *ret_status = done.missing > 0 ? EXIT_MISMATCH : 0;
    struct buf line = {0};
    text_for_terminal(&line, view_of_string(options.out));
    buf_printf(&line,
               ": %" PRIu64 " damaged spans, %" PRIu64 " units around damage, %" PRIu64
               " bytes; %" PRIu64 " not to be had\n",
               done.spans, done.units, done.bytes, done.missing);
    enum rc rc = RC_OK;
    if (buf_failed(&line))
        rc = err_set(err, RC_NO_MEMORY, "no memory to print");
    else if (!o->is_quiet)
        rc = print(buf_view(&line), err);
    buf_done(&line);
    return rc;
}

enum rc verb_quarantine(const struct options *o, int *ret_status, struct err *err)
{
    if (o->is_extract)
        return extract(o, ret_status, err);
    *ret_status = 0;
    return list_spans(o, err);
}
