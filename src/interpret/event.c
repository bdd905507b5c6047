#include "interpret/event.h"

#include "util/text.h"

#include <assert.h>
#include <inttypes.h>

const struct column_info column_info[COLUMN_COUNT] = {
    [COL_TIMESTAMP] = {"timestamp", TYPE_TIME_MS},
    [COL_LOGGED_AT] = {"logged_at", TYPE_TIME_MS},
    [COL_EVENT_ID] = {"event_id", TYPE_TEXT},
    [COL_ACCOUNT_ID] = {"account_id", TYPE_TEXT},
    [COL_REGION] = {"region", TYPE_TEXT},
    [COL_LOG_GROUP] = {"log_group", TYPE_TEXT},
    [COL_LOG_STREAM] = {"log_stream", TYPE_TEXT},
    [COL_KIND] = {"kind", TYPE_TEXT},
    [COL_LEVEL] = {"level", TYPE_TEXT},
    [COL_SEVERITY_NUMBER] = {"severity_number", TYPE_INT32},
    [COL_TITLE] = {"title", TYPE_TEXT},
    [COL_MESSAGE] = {"message", TYPE_TEXT},
    [COL_CODE] = {"code", TYPE_TEXT},
    [COL_ERROR_TYPE] = {"error_type", TYPE_TEXT},
    [COL_ERROR_MESSAGE] = {"error_message", TYPE_TEXT},
    [COL_STACK] = {"stack", TYPE_TEXT},
    [COL_REASON] = {"reason", TYPE_TEXT},
    [COL_PROMISE] = {"promise", TYPE_TEXT},
    [COL_REQUEST_ID] = {"request_id", TYPE_TEXT},
    [COL_TRACE_ID] = {"trace_id", TYPE_TEXT},
    [COL_DETAILS] = {"details", TYPE_JSON},
    [COL_ATTRIBUTES] = {"attributes", TYPE_JSON},
    [COL_RAW_MESSAGE] = {"raw_message", TYPE_TEXT},
    [COL_DURATION_MS] = {"duration_ms", TYPE_DOUBLE},
    [COL_INIT_MS] = {"init_ms", TYPE_DOUBLE},
    [COL_BILLED_MS] = {"billed_ms", TYPE_INT64},
    [COL_MEMORY_MB] = {"memory_mb", TYPE_INT32},
    [COL_MAX_MEMORY_MB] = {"max_memory_mb", TYPE_INT32},
    [COL_FINGERPRINT] = {"fingerprint", TYPE_TEXT},
    [COL_SOURCE_OBJECT] = {"source_object", TYPE_TEXT},
    [COL_SOURCE_OFFSET] = {"source_offset", TYPE_INT64},
    [COL_RECORD_INDEX] = {"record_index", TYPE_INT32},
    [COL_EVENT_INDEX] = {"event_index", TYPE_INT32},
};

struct view kind_text(enum kind kind)
{
    static const struct view names[KIND_COUNT] = {
        [KIND_LOG] = VIEW("log"),           [KIND_TEXT] = VIEW("text"),
        [KIND_TIMEOUT] = VIEW("timeout"),   [KIND_CRASH] = VIEW("crash"),
        [KIND_START] = VIEW("start"),       [KIND_END] = VIEW("end"),
        [KIND_REPORT] = VIEW("report"),     [KIND_INIT] = VIEW("init"),
        [KIND_PLATFORM] = VIEW("platform"), [KIND_METRIC] = VIEW("metric"),
    };
    assert(kind < KIND_COUNT);
    return names[kind];
}

const char *kind_name(enum kind kind)
{
    return kind_text(kind).data;
}

static void append_cell(union cell cell, enum column_type type, struct buf *out)
{
    switch (type) {
    case TYPE_TIME_MS:
        buf_append_byte(out, '"');
        text_time_ms(out, cell.integer);
        buf_append_byte(out, '"');
        return;
    case TYPE_TEXT:
    case TYPE_JSON:
        text_json_string(out, cell.text);
        return;
    case TYPE_INT32:
    case TYPE_INT64:
        buf_printf(out, "%" PRId64, cell.integer);
        return;
    case TYPE_DOUBLE:
        text_double(out, cell.real);
        return;
    }
}

void event_append_json(const struct event *e, struct buf *out)
{
    const char *before = "{\"";
    for (enum column c = 0; c < COLUMN_COUNT; c++) {
        if (!event_has(e, c))
            continue;
        buf_append_view(out, view_of_string(before));
        buf_append_view(out, view_of_string(column_info[c].name));
        buf_append(out, "\":", 2);
        append_cell(e->cell[c], column_info[c].type, out);
        before = ",\"";
    }
    /* Every event has a kind, so at least one key was written. */
    assert(e->present != 0);
    buf_append(out, "}\n", 2);
}
