#include "interpret/system_line.h"

#include "interpret/level.h"
#include "interpret/number_parse.h"
#include "interpret/plain_text.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <strings.h>

void event_set_kind(struct event *event, enum kind kind)
{
    event->kind = kind;
    event_set_text(event, COL_KIND, kind_text(kind));
}

void event_set_severity(struct event *event, enum severity severity)
{
    event->severity = severity;
    event_set_text(event, COL_LEVEL, level_name(severity));
    event_set_integer(event, COL_SEVERITY_NUMBER, severity);
}

/* A tab or a newline, or the backslash and letter that some copies have for
 * it: its size at `at`, 0 where there is none. */
static inline size_t separator_size(struct view text, size_t at)
{
    char byte = text.data[at];
    if (byte > ' ' && byte != '\\')
        return 0;
    if (byte == '\t' || byte == '\n' || byte == '\r')
        return 1;
    if (byte != '\\' || at + 1 == text.size)
        return 0;
    byte = text.data[at + 1];
    return byte == 't' || byte == 'n' || byte == 'r' ? 2 : 0;
}

static size_t skip_separators(struct view text, size_t at)
{
    while (at < text.size) {
        size_t size = text.data[at] == ' ' ? 1 : separator_size(text, at);
        if (size == 0)
            break;
        at += size;
    }
    return at;
}

static size_t skip_word(struct view text, size_t at)
{
    while (at < text.size && text.data[at] != ' ' && separator_size(text, at) == 0)
        at++;
    return at;
}

/* To the end of a field whose key is not known: copies have runs of spaces
 * where the tabs were. */
static size_t skip_field(struct view text, size_t at)
{
    while (at < text.size && separator_size(text, at) == 0) {
        if (text.data[at] == ' ' && at + 1 < text.size && text.data[at + 1] == ' ')
            break;
        at++;
    }
    return at;
}

struct field {
    struct view key;
    size_t offset; /* of its view in struct facts, or NO_FACT */
};
#define NO_FACT SIZE_MAX

/* In the order in which Lambda writes them, so that the one after the last
 * found is mostly the next. */
static const struct field fields[] = {
    {{"RequestId:", 10}, offsetof(struct facts, request_id)},
    {{"Version:", 8}, NO_FACT},
    {{"Duration:", 9}, offsetof(struct facts, duration_ms)},
    {{"Billed Duration:", 16}, offsetof(struct facts, billed_ms)},
    {{"Memory Size:", 12}, offsetof(struct facts, memory_mb)},
    {{"Max Memory Used:", 16}, offsetof(struct facts, max_memory_mb)},
    {{"Init Duration:", 14}, offsetof(struct facts, init_ms)},
    {{"Restore Duration:", 17}, NO_FACT},
    {{"Billed Restore Duration:", 24}, NO_FACT},
    {{"Phase:", 6}, NO_FACT},
    {{"Status:", 7}, offsetof(struct facts, status)},
    {{"Error Type:", 11}, offsetof(struct facts, error_type)},
    {{"XRAY TraceId:", 13}, offsetof(struct facts, trace_id)},
    {{"SegmentId:", 10}, NO_FACT},
    {{"Sampled:", 8}, NO_FACT},
};
#define FIELDS_COUNT (sizeof(fields) / sizeof(fields[0]))

/* The field whose key stands at `at`, looked for from *guess on. */
static const struct field *find_field(struct view text, size_t at, size_t *guess)
{
    struct view left = view_from(text, at);
    for (size_t i = 0; i < FIELDS_COUNT; i++) {
        size_t index = *guess + i < FIELDS_COUNT ? *guess + i : *guess + i - FIELDS_COUNT;
        if (fields[index].key.data[0] == left.data[0] &&
            view_starts_with(left, fields[index].key)) {
            *guess = index + 1;
            return &fields[index];
        }
    }
    return NULL;
}

static size_t skip_unit(struct view text, size_t at)
{
    struct view left = view_from(text, at);
    return view_starts_with(left, VIEW(" ms")) || view_starts_with(left, VIEW(" MB")) ? at + 3 : at;
}

/* `Key: value` between separators, in any order; the first of a key counts. */
static void read_fields(struct view text, size_t at, struct facts *facts)
{
    size_t guess = 0;
    for (at = skip_separators(text, at); at < text.size; at = skip_separators(text, at)) {
        const struct field *field = find_field(text, at, &guess);
        if (field == NULL) {
            at = skip_field(text, at);
            continue;
        }
        at += field->key.size;
        while (at < text.size && text.data[at] == ' ')
            at++;
        size_t end = skip_word(text, at);
        if (field->offset != NO_FACT && end > at) {
            struct view *fact = (struct view *)((char *)facts + field->offset);
            if (view_is_null(*fact))
                *fact = view_slice(text, at, end);
        }
        at = skip_unit(text, end);
    }
}

struct opening {
    struct view words;
    enum kind kind;
    size_t fields_at; /* where the fields begin */
    bool is_word;     /* a separator must follow; otherwise anything may */
};

static const struct opening openings[] = {
    {{"START RequestId: ", 17}, KIND_START, 6, false},
    {{"END RequestId: ", 15}, KIND_END, 4, false},
    {{"REPORT RequestId: ", 18}, KIND_REPORT, 7, false},
    {{"INIT_START", 10}, KIND_INIT, 10, true},
    {{"INIT_REPORT", 11}, KIND_INIT, 11, true},
    {{"RESTORE_START", 13}, KIND_PLATFORM, 13, true},
    {{"RESTORE_REPORT", 14}, KIND_PLATFORM, 14, true},
    {{"EXTENSION", 9}, KIND_PLATFORM, 9, true},
    {{"LOGS", 4}, KIND_PLATFORM, 4, true},
    {{"TELEMETRY", 9}, KIND_PLATFORM, 9, true},
};

/* EXTENSION, LOGS and TELEMETRY are words that any text may begin with: a tab
 * must follow, or in copies spaces and the first key. */
static bool opening_ends(const struct opening *opening, struct view behind)
{
    if (!opening->is_word || (behind.size > 0 && separator_size(behind, 0) > 0))
        return true;
    bool has_underscore = view_find_byte(opening->words, '_', 0) < opening->words.size;
    if (has_underscore)
        return behind.size == 0 || behind.data[0] == ' ';
    size_t at = 0;
    while (at < behind.size && behind.data[at] == ' ')
        at++;
    return at > 0 && view_starts_with(view_from(behind, at), VIEW("Name:"));
}

bool system_line_read(struct view text, struct facts *ret)
{
    if (text.size == 0)
        return false;
    for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
        const struct opening *opening = &openings[i];
        if (opening->words.data[0] != text.data[0] || !view_starts_with(text, opening->words) ||
            !opening_ends(opening, view_from(text, opening->words.size)))
            continue;
        *ret = (struct facts){.kind = opening->kind};
        read_fields(text, opening->fields_at, ret);
        return true;
    }
    return false;
}

static bool equals_in_any_case(struct view a, struct view b)
{
    return a.size == b.size && strncasecmp(a.data, b.data, a.size) == 0;
}

static void set_real(struct event *event, enum column column, struct view number)
{
    double value;
    if (!view_is_null(number) && number_parse_double(number, &value))
        event_set_real(event, column, value);
}

static void set_integer(struct event *event, enum column column, struct view number)
{
    int64_t value;
    if (view_is_null(number) || !number_parse_integer(number, &value))
        return;
    if (column_info[column].type == TYPE_INT32 && (value > INT32_MAX || value < INT32_MIN))
        return;
    event_set_integer(event, column, value);
}

/* `Task timed out after 3.01 seconds`: tenths and hundredths of a second are
 * tens of milliseconds, rounded half up on the decimal digits. */
static struct view timeout_title(struct view duration_ms, struct view request_id, struct buf *out)
{
    char words[64];
    int64_t ms;
    struct view title = VIEW("Task timed out");
    if (!view_is_null(duration_ms) && number_parse_floor(duration_ms, &ms)) {
        int64_t hundredths = ms / 10 + (ms % 10 >= 5);
        int size =
            snprintf(words, sizeof(words), "Task timed out after %" PRId64 ".%02" PRId64 " seconds",
                     hundredths / 100, hundredths % 100);
        title = view_of(words, (size_t)size);
    }
    return text_title(out, title, request_id);
}

static void tell_bad_status(const struct facts *facts, struct buf *out, struct event *event)
{
    event_set_severity(event, SEVERITY_ERROR);
    bool is_timeout = equals_in_any_case(facts->status, VIEW("timeout"));
    event->failure = is_timeout ? FAILURE_TIMEOUT : FAILURE_CRASH;
    struct view title = facts->error_type;
    if (is_timeout) {
        struct view duration = facts->kind == KIND_INIT ? facts->init_ms : facts->duration_ms;
        title = timeout_title(duration, event_text(event, COL_REQUEST_ID), out);
    } else if (view_is_null(title)) {
        size_t begin = out->size;
        buf_append(out, "Status: ", 8);
        buf_append_view(out, facts->status);
        title = buf_failed(out) ? VIEW_NULL : view_of(out->data + begin, out->size - begin);
    }
    event_set_text(event, COL_TITLE, title);
}

void system_line_tell(const struct facts *facts, struct buf *out, struct event *event)
{
    event_set_kind(event, facts->kind);
    event_set_severity(event, SEVERITY_INFO);
    if (!event_has(event, COL_REQUEST_ID))
        event_set_text(event, COL_REQUEST_ID, facts->request_id);
    event_set_text(event, COL_TRACE_ID, facts->trace_id);
    event_set_text(event, COL_ERROR_TYPE, facts->error_type);
    if (facts->kind == KIND_REPORT) {
        set_real(event, COL_DURATION_MS, facts->duration_ms);
        set_integer(event, COL_BILLED_MS, facts->billed_ms);
        set_integer(event, COL_MEMORY_MB, facts->memory_mb);
        set_integer(event, COL_MAX_MEMORY_MB, facts->max_memory_mb);
    }
    if (facts->kind == KIND_REPORT || facts->kind == KIND_INIT)
        set_real(event, COL_INIT_MS, facts->init_ms);
    event->is_cold_start = facts->kind == KIND_INIT || event_has(event, COL_INIT_MS);
    if (facts->status.size > 0 && !equals_in_any_case(facts->status, VIEW("success")))
        tell_bad_status(facts, out, event);
}

/* `Task timed out after 3.00 seconds` and nothing else. */
static bool is_timeout_text(struct view text)
{
    text = view_trim(text_without_final_newlines_of_system(text));
    struct view before = VIEW("Task timed out after ");
    struct view after = VIEW(" seconds");
    if (text.size <= before.size + after.size || !view_starts_with(text, before) ||
        !view_ends_with(text, after))
        return false;
    double seconds;
    struct view number = view_slice(text, before.size, text.size - after.size);
    return byte_is_digit(number.data[0]) && number_parse_double(number, &seconds);
}

bool system_line_is_timeout(const struct line *line, bool is_extracted)
{
    if (line->level != SEVERITY_NONE)
        return false;
    bool is_lambdas = is_extracted || (line->is_spaced && !view_is_null(line->request_id));
    return is_lambdas && is_timeout_text(line->text);
}

/* `RequestId: <id> `: gives the id and what follows, or false. */
static bool split_request(struct view text, struct view *ret_id, struct view *ret_rest)
{
    struct view key = VIEW("RequestId: ");
    if (!view_starts_with(text, key))
        return false;
    size_t end = skip_word(text, key.size);
    if (end == key.size || end == text.size || text.data[end] != ' ')
        return false;
    *ret_id = view_slice(text, key.size, end);
    *ret_rest = view_from(text, end + 1);
    return true;
}

bool system_line_is_crash(struct view text)
{
    struct view id, rest;
    return split_request(text, &id, &rest) &&
           (view_starts_with(rest, VIEW("Error: ")) ||
            view_starts_with(rest, VIEW("Process exited before completing request")));
}

void system_line_tell_crash(struct view text, bool is_system, struct buf *out, struct event *event)
{
    struct view rest;
    struct view title = text_first_line(text, is_system, &rest);
    struct view id;
    if (split_request(title, &id, &title) && !event_has(event, COL_REQUEST_ID))
        event_set_text(event, COL_REQUEST_ID, id);
    event_set_kind(event, KIND_CRASH);
    event_set_severity(event, SEVERITY_ERROR);
    event->failure = FAILURE_CRASH;
    struct view second = text_first_line(rest, is_system, &rest);
    if (view_starts_with(second, VIEW("Runtime.")))
        event_set_text(event, COL_ERROR_TYPE, view_slice(second, 0, skip_word(second, 0)));
    event_set_text(event, COL_TITLE,
                   text_title(out, view_trim(title), event_text(event, COL_REQUEST_ID)));
}
