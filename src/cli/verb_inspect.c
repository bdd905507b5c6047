#include "cli/read_file.h"
#include "cli/verbs.h"
#include "util/text.h"

#include <inttypes.h>

struct inspection {
    bool is_json;
    const char *path; /* of the object whose first line is still to print, else NULL */
    struct buf line;
    struct ledger *ledger;
};

static enum rc print_buf(struct buf *b, struct err *err)
{
    return buf_failed(b) ? err_set(err, RC_NO_MEMORY, "no memory to print")
                         : print(buf_view(b), err);
}

/* Waits for something to say of the object: one that cannot be read gets no line. */
static void append_head(struct inspection *in)
{
    if (in->path == NULL || in->is_json)
        return;
    buf_append(&in->line, "object    ", 10);
    text_for_terminal(&in->line, view_of_string(in->path));
    buf_append_byte(&in->line, '\n');
    in->path = NULL;
}

static enum rc on_event(void *context, struct event *event, struct err *err)
{
    struct inspection *in = context;
    in->ledger->events.rows++;
    in->ledger->kinds[event->kind]++;
    struct view level = event_text(event, COL_LEVEL);
    if (!view_is_null(level) && !tally_add(&in->ledger->levels, level, 1))
        return err_set(err, RC_NO_MEMORY, "no memory for the ledger");
    return RC_OK;
}

static enum rc on_damage(void *context, const struct quarantine_span *span, struct err *err)
{
    struct inspection *in = context;
    buf_clear(&in->line);
    if (in->is_json)
        return RC_OK;
    append_head(in);
    buf_printf(&in->line, "damaged   offset %" PRIu64 ", %" PRIu64 " bytes", span->offset,
               span->length);
    if (span->is_inner)
        buf_printf(&in->line, " at byte %" PRIu64 " of what that unit decodes to",
                   span->inner_offset);
    buf_append(&in->line, ", layer ", 8);
    text_for_terminal(&in->line, span->layer);
    buf_append(&in->line, ": ", 2);
    text_for_terminal(&in->line, span->reason);
    buf_append(&in->line, "\n          ", 11);
    text_for_terminal(&in->line, span->excerpt);
    buf_append_byte(&in->line, '\n');
    return print_buf(&in->line, err);
}

static void append_account(const struct ledger *l, struct buf *out)
{
    /* With --at one unit is read, and stored bytes are not accounted. */
    if (l->stored_bytes.total > 0)
        buf_printf(out,
                   "stored    %" PRIu64 " bytes: %" PRIu64 " parsed, %" PRIu64
                   " padding, %" PRIu64 " quarantined\n",
                   l->stored_bytes.total, l->stored_bytes.parsed, l->stored_bytes.padding,
                   l->stored_bytes.quarantined);
    buf_printf(out,
               "decoded   %" PRIu64 " bytes: %" PRIu64 " records, %" PRIu64 " separators, %" PRIu64
               " quarantined\n"
               "records   %" PRIu64 ": %" PRIu64 " data, %" PRIu64 " control, %" PRIu64
               " quarantined, %" PRIu64 " unverified, %" PRIu64 " repaired\n"
               "events    %" PRIu64 ": %" PRIu64 " rows, %" PRIu64 " ignored, %" PRIu64
               " quarantined\n",
               l->decoded_bytes.total, l->decoded_bytes.records,
               l->decoded_bytes.separators, l->decoded_bytes.quarantined, l->records.total,
               l->records.data, l->records.control, l->records.quarantined, l->records.unverified,
               l->repaired_records, l->events.total, l->events.rows, l->events.ignored,
               l->events.quarantined);
    for (enum kind k = 0; k < KIND_COUNT; k++) {
        if (l->kinds[k] > 0)
            buf_printf(out, "          %-9s %" PRIu64 "\n", kind_name(k), l->kinds[k]);
    }
}

/* Each file on its own: its damage as it is found, then its account. */
static enum rc inspect_file(const struct options *o, const char *path, struct inspection *in,
                            bool *is_damaged, struct err *err)
{
    struct object_sink sink = {.context = in, .on_event = on_event, .on_damage = on_damage};
    struct file_reader reader;
    enum rc rc = file_reader_init(&reader, o, &sink, err);
    in->ledger = &reader.ledger;
    in->path = path;
    if (rc == RC_OK)
        rc = file_reader_read(&reader, path, err);
    if (rc == RC_OK) {
        buf_clear(&in->line);
        append_head(in);
        if (o->is_json)
            ledger_append_json(&reader.ledger, &in->line);
        else
            append_account(&reader.ledger, &in->line);
        buf_append_byte(&in->line, '\n');
        rc = print_buf(&in->line, err);
    }
    *is_damaged |= ledger_is_damaged(&reader.ledger);
    in->ledger = NULL;
    file_reader_done(&reader);
    return rc;
}

enum rc verb_inspect(const struct options *o, int *ret_status, struct err *err)
{
    struct inspection in = {.is_json = o->is_json};
    bool is_damaged = false;
    enum rc rc = RC_OK;
    for (size_t i = 0; i < o->sources_count && rc == RC_OK; i++)
        rc = inspect_file(o, o->sources[i], &in, &is_damaged, err);
    buf_done(&in.line);
    *ret_status = is_damaged ? 3 : 0;
    return rc;
}
