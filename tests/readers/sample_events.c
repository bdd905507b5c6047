#include "sample_events.h"

#include "util/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { FUNCTIONS = 23, STREAMS = 3 };

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
 * generators). */
static uint64_t random_next(struct sample *s)
{
    uint64_t z = s->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t below(struct sample *s, uint64_t limit)
{
    return random_next(s) % limit;
}

void sample_init(struct sample *s, uint64_t seed, enum sample_kind kind)
{
    *s = (struct sample){.state = seed, .kind = kind, .time_ms = INT64_C(1672905600000)};
}

void sample_done(struct sample *s)
{
    for (unsigned i = 0; i < COLUMN_COUNT; i++)
        buf_done(&s->text[i]);
}

static struct buf *text_begin(struct sample *s, enum column column)
{
    buf_clear(&s->text[column]);
    return &s->text[column];
}

static void text_end(struct sample *s, struct event *e, enum column column)
{
    event_set_text(e, column, buf_view(&s->text[column]));
}

#define SET_TEXT(column, ...)                                                                      \
    (buf_printf(text_begin(s, column), __VA_ARGS__), text_end(s, e, column))

static void new_uuid(struct sample *s, char *ret_text, size_t size)
{
    uint64_t a = random_next(s);
    uint64_t b = random_next(s);
    snprintf(ret_text, size, "%08x-%04x-4%03x-%04x-%012" PRIx64, (unsigned)(a >> 32),
             (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
             (unsigned)(0x8000 | (b >> 48 & 0x3fff)), b & UINT64_C(0xffffffffffff));
}

static void new_record(struct sample *s)
{
    s->in_record = 0;
    s->record_left = 4 + (unsigned)below(s, 60);
    s->function = (unsigned)below(s, FUNCTIONS);
    unsigned stream = (unsigned)below(s, STREAMS);
    snprintf(s->stream, sizeof(s->stream), "2023/01/05/[$LATEST]%08x%08x%08x%08x",
             s->function * 2654435761U, stream * 40503U + 977U, s->function + 17 * stream,
             (s->function + 1) * (stream + 7) * 69069U);
    s->offset += 1500 + (int64_t)below(s, 9000);
    if (below(s, 400) == 0) {
        s->object++;
        s->offset = 0;
    }
    s->step = 0;
}

static void new_invocation(struct sample *s)
{
    new_uuid(s, s->request_id, sizeof(s->request_id));
    uint64_t a = random_next(s);
    snprintf(s->trace_id, sizeof(s->trace_id), "1-%08x-%08x%016" PRIx64,
             (unsigned)(s->time_ms / 1000), (unsigned)a, random_next(s));
    s->is_failing = below(s, 25) == 0;
    s->step = 0;
}

static void set_common(struct sample *s, struct event *e)
{
    s->time_ms += (int64_t)below(s, 3);
    event_set_integer(e, COL_TIMESTAMP, s->time_ms - (int64_t)(s->function * 7));
    SET_TEXT(COL_EVENT_ID, "37%012" PRId64 "%018" PRIu64 "%024" PRIu64,
             s->time_ms * 7 % INT64_C(1000000000000), s->object * 104729 + (uint64_t)s->offset,
             s->event_number++);
    SET_TEXT(COL_ACCOUNT_ID, "%012u", 100000000 + s->function % 4);
    SET_TEXT(COL_REGION, "%s", s->function % 5 ? "eu-central-1" : "us-east-1");
    SET_TEXT(COL_LOG_GROUP, "/aws/lambda/shop-%s-%02u", s->function % 2 ? "orders" : "invoices",
             s->function);
    SET_TEXT(COL_LOG_STREAM, "%s", s->stream);
    SET_TEXT(COL_SOURCE_OBJECT, "bucket/2023/01/05/%02" PRIu64 "/shop-eu-central-1-%08" PRIu64,
             s->object % 24, s->object);
    event_set_integer(e, COL_SOURCE_OFFSET, s->offset);
    event_set_integer(e, COL_RECORD_INDEX, 0);
    event_set_integer(e, COL_EVENT_INDEX, s->in_record);
    SET_TEXT(COL_REQUEST_ID, "%s", s->request_id);
}

static void set_kind(struct sample *s, struct event *e, const char *kind, const char *level,
                     int severity)
{
    SET_TEXT(COL_KIND, "%s", kind);
    SET_TEXT(COL_LEVEL, "%s", level);
    event_set_integer(e, COL_SEVERITY_NUMBER, severity);
}

static void set_line(struct sample *s, struct event *e)
{
    static const char *const what[] = {"order accepted", "cache miss",         "calling inventory",
                                       "stock reserved", "payment authorised", "mail queued"};
    unsigned i = (unsigned)below(s, sizeof(what) / sizeof(*what));
    set_kind(s, e, "log", i == 1 ? "DEBUG" : "INFO", i == 1 ? 5 : 9);
    event_set_integer(e, COL_LOGGED_AT, e->cell[COL_TIMESTAMP].integer);
    SET_TEXT(COL_TITLE, "%s", what[i]);
    SET_TEXT(COL_MESSAGE, "%s for customer %" PRIu64 " (%s)", what[i], below(s, 50000),
             s->function % 2 ? "web" : "app");
    SET_TEXT(COL_ATTRIBUTES,
             "{\"orderId\":\"%08" PRIx64 "\",\"items\":%" PRIu64 ",\"warehouse\":\"W%02" PRIu64
             "\",\"latency\":%" PRIu64 ".%02" PRIu64
             ",\"cold\":false,\"path\":\"/v1/orders/%" PRIu64 "/lines\"}",
             random_next(s) >> 32, below(s, 9), below(s, 12), below(s, 400), below(s, 100),
             below(s, 1000000));
    if (s->function % 3 == 0)
        SET_TEXT(COL_TRACE_ID, "%s", s->trace_id);
}

static void set_error(struct sample *s, struct event *e)
{
    static const char *const types[] = {"TypeError", "TimeoutError", "ConditionalCheckFailed"};
    unsigned i = (unsigned)below(s, 3);
    set_kind(s, e, "log", "ERROR", 17);
    event_set_integer(e, COL_LOGGED_AT, e->cell[COL_TIMESTAMP].integer);
    SET_TEXT(COL_TITLE, "order %" PRIu64 " failed", below(s, 1000000));
    SET_TEXT(COL_CODE, "E%03" PRIu64, below(s, 40));
    SET_TEXT(COL_ERROR_TYPE, "%s", types[i]);
    SET_TEXT(COL_ERROR_MESSAGE, "Cannot read property 'sku%" PRIu64 "' of undefined",
             below(s, 300));
    struct buf *stack = text_begin(s, COL_STACK);
    buf_printf(stack, "%s: Cannot read property", types[i]);
    for (unsigned line = 0; line < 7; line++)
        buf_printf(stack, "\n    at Orders.%s%u (/var/task/src/orders/%u.js:%" PRIu64 ":%u)",
                   "handle", line, line, 10 + below(s, 6) * 13, 3 + line);
    text_end(s, e, COL_STACK);
    SET_TEXT(COL_DETAILS, "{\"order\":{\"id\":%" PRIu64 ",\"lines\":[1,2,%" PRIu64 "]}}",
             below(s, 1000000), below(s, 99));
    SET_TEXT(COL_FINGERPRINT, "%016x", 0x9e3779b9 * (i + s->function * 3));
}

static void set_report(struct sample *s, struct event *e)
{
    uint64_t hundredths = 150 + below(s, 400000);
    set_kind(s, e, "report", "INFO", 9);
    event_set_real(e, COL_DURATION_MS, (double)hundredths / 100);
    event_set_integer(e, COL_BILLED_MS, (int64_t)(hundredths / 100 + 1));
    event_set_integer(e, COL_MEMORY_MB, s->function % 2 ? 512 : 1024);
    event_set_integer(e, COL_MAX_MEMORY_MB, 80 + (int64_t)below(s, 60));
    if (below(s, 50) == 0)
        event_set_real(e, COL_INIT_MS, (double)below(s, 90000) / 100);
    SET_TEXT(COL_MESSAGE,
             "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %" PRIu64
             " ms\tMemory Size: %u MB\tMax Memory Used: %d MB",
             s->request_id, (double)hundredths / 100, hundredths / 100 + 1,
             s->function % 2 ? 512 : 1024, (int)e->cell[COL_MAX_MEMORY_MB].integer);
}

static void lambda_next(struct sample *s, struct event *e)
{
    if (s->record_left == 0)
        new_record(s);
    if (s->step == 0)
        new_invocation(s);
    set_common(s, e);
    if (s->step == 0) {
        set_kind(s, e, "start", "INFO", 9);
        SET_TEXT(COL_MESSAGE, "START RequestId: %s Version: $LATEST", s->request_id);
    } else if (s->step <= 5) {
        if (s->is_failing && s->step == 4)
            set_error(s, e);
        else
            set_line(s, e);
    } else if (s->step == 6) {
        set_kind(s, e, "end", "INFO", 9);
        SET_TEXT(COL_MESSAGE, "END RequestId: %s", s->request_id);
    } else {
        set_report(s, e);
    }
    s->step = (s->step + 1) % 8;
    s->in_record++;
    s->record_left--;
}

static void append_character(struct sample *s, struct buf *out)
{
    static const char *const characters[] = {"a",
                                             "B",
                                             "7",
                                             " ",
                                             "\n",
                                             "\t",
                                             "\"",
                                             "\\",
                                             "/",
                                             "\x01",
                                             "\x7f",
                                             "\xc2\x80",
                                             "\xc3\xa9",
                                             "\xdf\xbf",
                                             "\xe0\xa0\x80",
                                             "\xe2\x80\xa8",
                                             "\xed\x9f\xbf",
                                             "\xee\x80\x80",
                                             "\xef\xbf\xbf",
                                             "\xf0\x90\x80\x80",
                                             "\xf0\x9f\x98\x80",
                                             "\xf4\x8f\xbf\xbf",
                                             "<",
                                             "'"};
    uint64_t i = below(s, sizeof(characters) / sizeof(*characters) + 1);
    if (i == sizeof(characters) / sizeof(*characters))
        buf_append_byte(out, '\0');
    else
        buf_append_view(out, view_of_string(characters[i]));
}

static void set_mixed_text(struct sample *s, struct event *e, enum column column)
{
    static const unsigned lengths[] = {0, 1, 2, 7, 20, 63, 64, 65, 200, 300};
    struct buf *out = text_begin(s, column);
    unsigned length = lengths[below(s, sizeof(lengths) / sizeof(*lengths))];
    if (length == 300 && below(s, 600) == 0)
        length = 400000;
    /* Some columns have few values, some have long common beginnings. */
    if (column % 3 == 0)
        buf_printf(out, "value %" PRIu64, below(s, 12));
    else if (column % 5 == 0)
        for (unsigned i = 0; i < 70; i++)
            buf_append_view(out, VIEW("\xf4\x8f\xbf\xbf"));
    else
        for (unsigned i = 0; i < length; i++)
            append_character(s, out);
    text_end(s, e, column);
}

/* Whole numbers of JSON are exact up to 2^53 in every reader used. */
static int64_t mixed_integer(struct sample *s, int64_t limit)
{
    static const int64_t special[] = {0, 1, -1, INT64_MAX, INT64_MIN, 127, 128, 65536};
    int64_t number = below(s, 3) ? (int64_t)below(s, 1000)
                                 : special[below(s, sizeof(special) / sizeof(*special))];
    return number > limit ? limit : number < -limit ? -limit : number;
}

static void mixed_cell(struct sample *s, struct event *e, enum column column)
{
    switch (column_info[column].type) {
    case TYPE_TIME_MS:
        event_set_integer(e, column, INT64_C(1672905600000) + (int64_t)below(s, 86400000));
        return;
    case TYPE_TEXT:
        set_mixed_text(s, e, column);
        return;
    case TYPE_JSON:
        text_json_string(text_begin(s, column), VIEW("\xc3\xa9 \"quoted\""));
        text_end(s, e, column);
        return;
    case TYPE_INT32:
        event_set_integer(e, column, mixed_integer(s, INT32_MAX));
        return;
    case TYPE_INT64:
        event_set_integer(e, column, mixed_integer(s, INT64_C(1) << 53));
        return;
    case TYPE_DOUBLE:
        event_set_real(e, column, ((double)below(s, 2000000) - 1000000) / 128);
        return;
    }
}

static void mixed_next(struct sample *s, struct event *e)
{
    for (unsigned i = 0; i < COLUMN_COUNT; i++) {
        if (i != COL_PROMISE && below(s, 4) != 0)
            mixed_cell(s, e, (enum column)i);
    }
    /* The row's identity is always there. */
    SET_TEXT(COL_SOURCE_OBJECT, "bucket/object-%" PRIu64, s->count % 7);
    event_set_integer(e, COL_SOURCE_OFFSET, (int64_t)(s->count / 100));
    event_set_integer(e, COL_RECORD_INDEX, (int64_t)(s->count / 10 % 10));
    event_set_integer(e, COL_EVENT_INDEX, (int64_t)(s->count % 10));
}

void sample_next(struct sample *s, struct event *ret_event, char ret_folder[32])
{
    *ret_event = (struct event){0};
    if (s->kind == SAMPLE_LAMBDA)
        lambda_next(s, ret_event);
    else
        mixed_next(s, ret_event);
    s->count++;
    if (!event_has(ret_event, COL_TIMESTAMP))
        snprintf(ret_folder, 32, "dt=__HIVE_DEFAULT_PARTITION__");
    else
        text_day(stpcpy(ret_folder, "dt="), ret_event->cell[COL_TIMESTAMP].integer);
}
