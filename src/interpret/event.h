/* event.h - one interpreted log event: a cell per column of the dataset.
 *
 * The columns, their order and their meaning are those of the dataset, of
 * `millrace events` and of every test that compares rows. Views in cells
 * borrow from the worker's memory and live until the next record. */
#ifndef MILLRACE_EVENT_H
#define MILLRACE_EVENT_H

#include "util/view.h"

enum column {
    COL_TIMESTAMP,
    COL_LOGGED_AT,
    COL_EVENT_ID,
    COL_ACCOUNT_ID,
    COL_REGION,
    COL_LOG_GROUP,
    COL_LOG_STREAM,
    COL_KIND,
    COL_LEVEL,
    COL_SEVERITY_NUMBER,
    COL_TITLE,
    COL_MESSAGE,
    COL_CODE,
    COL_ERROR_TYPE,
    COL_ERROR_MESSAGE,
    COL_STACK,
    COL_REASON,
    COL_PROMISE,
    COL_REQUEST_ID,
    COL_TRACE_ID,
    COL_DETAILS,
    COL_ATTRIBUTES,
    COL_RAW_MESSAGE,
    COL_DURATION_MS,
    COL_INIT_MS,
    COL_BILLED_MS,
    COL_MEMORY_MB,
    COL_MAX_MEMORY_MB,
    COL_FINGERPRINT,
    COL_SOURCE_OBJECT,
    COL_SOURCE_OFFSET,
    COL_RECORD_INDEX,
    COL_EVENT_INDEX,
    COLUMN_COUNT
};

enum column_type {
    TYPE_TIME_MS, /* cell.integer, milliseconds since 1970 UTC */
    TYPE_TEXT,    /* cell.text, valid UTF-8 */
    TYPE_JSON,    /* cell.text, valid JSON */
    TYPE_INT32,   /* cell.integer */
    TYPE_INT64,   /* cell.integer */
    TYPE_DOUBLE,  /* cell.real, finite */
};

struct column_info {
    const char *name;
    enum column_type type;
};
extern const struct column_info column_info[COLUMN_COUNT];

union cell {
    int64_t integer;
    double real;
    struct view text;
};

enum kind {
    KIND_LOG,
    KIND_TEXT,
    KIND_TIMEOUT,
    KIND_CRASH,
    KIND_START,
    KIND_END,
    KIND_REPORT,
    KIND_INIT,
    KIND_PLATFORM,
    KIND_METRIC,
    KIND_COUNT
};
const char *kind_name(enum kind kind);
struct view kind_text(enum kind kind);

/* OpenTelemetry severity numbers of the levels known here; 0 is none. */
enum severity {
    SEVERITY_NONE = 0,
    SEVERITY_TRACE = 1,
    SEVERITY_DEBUG = 5,
    SEVERITY_INFO = 9,
    SEVERITY_WARN = 13,
    SEVERITY_ERROR = 17,
    SEVERITY_FATAL = 21,
};

/* How Lambda itself says an invocation failed; one alert per request id and
 * cause. */
enum failure { FAILURE_NONE, FAILURE_TIMEOUT, FAILURE_CRASH };

struct event {
    uint64_t present; /* bit 1 << column; an absent cell is null */
    /* Two events of one number, not 0, agree in EVENT_RECORD_COLUMNS: they need not be
     * compared to know it. 0: nothing is known. */
    uint64_t record;
    union cell cell[COLUMN_COUNT];
    enum kind kind; /* COL_KIND as a number */
    enum severity severity;
    enum failure failure;
    bool is_ignored;    /* a retry code: not a row */
    bool is_extracted;  /* came with extractedFields */
    bool is_unverified; /* from a member that failed later on */
    bool is_cold_start; /* a report with an init duration, or an init line */
};

/* What a record says for all its events. */
#define EVENT_RECORD_COLUMNS                                                                       \
    (UINT64_C(1) << COL_ACCOUNT_ID | UINT64_C(1) << COL_REGION | UINT64_C(1) << COL_LOG_GROUP |    \
     UINT64_C(1) << COL_LOG_STREAM | UINT64_C(1) << COL_SOURCE_OBJECT)

static inline bool event_has(const struct event *e, enum column c)
{
    return (e->present >> c & 1) != 0;
}

static inline void event_set_text(struct event *e, enum column c, struct view v)
{
    e->cell[c].text = v;
    e->present |= (uint64_t)!view_is_null(v) << c;
}

static inline void event_set_integer(struct event *e, enum column c, int64_t value)
{
    e->cell[c].integer = value;
    e->present |= UINT64_C(1) << c;
}

static inline void event_set_real(struct event *e, enum column c, double value)
{
    e->cell[c].real = value;
    e->present |= UINT64_C(1) << c;
}

/* The text of a column, null where absent. */
static inline struct view event_text(const struct event *e, enum column c)
{
    return event_has(e, c) ? e->cell[c].text : VIEW_NULL;
}

/* Whether the title asks a person to act: an alert, whatever the level. */
static inline bool event_asks_for_action(const struct event *e)
{
    return event_has(e, COL_TITLE) &&
           view_starts_with(e->cell[COL_TITLE].text, VIEW("[Action Required]"));
}

/* Appends the event as one line of JSON, a key per present column in column
 * order, and a newline: what `millrace events` prints. */
struct buf;
void event_append_json(const struct event *e, struct buf *out);

#endif
