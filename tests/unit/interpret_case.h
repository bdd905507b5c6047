/* interpret_case.h - one event in, all its columns out, as rows of a table.
 *
 * A row's `columns` lists every column that is not null, `name=value` and a
 * newline each, in the dataset's order; what is not listed is null. Left out
 * are the columns that say where the event lies. A level's line ends in its
 * severity number, `-` where that is null. The last line names a failure. */
#ifndef MILLRACE_INTERPRET_CASE_H
#define MILLRACE_INTERPRET_CASE_H

#include "interpret/interpret.h"
#include "util/text.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Rows leave out what does not apply to them. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define ID "6bc28136-3fa1-45b4-b517-5ab0ce6649d0"
#define TIME "2023-01-05T11:00:05.843Z"

struct interpret_case {
    const char *name;
    const char *message; /* NULL: none */
    const char *columns;
    /* NULL: not extracted. */
    const char *event;
    const char *request_id;
    const char *timestamp;
    bool is_foreign;
    bool was_repaired;
};

/* A copy with nothing but the promised slack behind it. */
static inline struct view padded(const char *text, size_t size)
{
    char *copy = malloc(size + 64);
    cr_assert_not_null(copy);
    memcpy(copy, text, size);
    memset(copy + size, 'x', 64);
    return view_of(copy, size);
}

static inline struct view padded_string(const char *text)
{
    return text == NULL ? VIEW_NULL : padded(text, strlen(text));
}

static inline void describe_cell(struct buf *out, enum column c, union cell cell)
{
    switch (column_info[c].type) {
    case TYPE_TIME_MS:
        text_time_ms(out, cell.integer);
        return;
    case TYPE_TEXT:
    case TYPE_JSON:
        buf_append_view(out, cell.text);
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

static inline void describe(const struct event *e, struct buf *out)
{
    for (enum column c = 0; c < COL_SOURCE_OBJECT; c++) {
        if (!event_has(e, c) || c == COL_SEVERITY_NUMBER)
            continue;
        buf_printf(out, "%s=", column_info[c].name);
        describe_cell(out, c, e->cell[c]);
        if (c == COL_LEVEL && event_has(e, COL_SEVERITY_NUMBER))
            buf_printf(out, " %" PRId64, e->cell[COL_SEVERITY_NUMBER].integer);
        else if (c == COL_LEVEL)
            buf_append(out, " -", 2);
        buf_append_byte(out, '\n');
    }
    cr_assert_eq(event_has(e, COL_SEVERITY_NUMBER), e->severity != SEVERITY_NONE);
    if (e->failure != FAILURE_NONE)
        buf_printf(out, "failure=%s\n", e->failure == FAILURE_TIMEOUT ? "timeout" : "crash");
    if (e->is_ignored)
        buf_printf(out, "ignored\n");
}

static inline struct interpreter *new_interpreter(const struct interpret_options *options)
{
    enum cpu cpu;
    cpu_choose(&cpu);
    struct interpreter *in = interpreter_new(cpu, options, 64 << 20);
    cr_assert_not_null(in);
    return in;
}

static inline void check_case(struct interpreter *in, const struct interpret_case *c)
{
    struct raw_event raw = {
        .message = padded_string(c->message),
        .extracted_event = padded_string(c->event),
        .extracted_request_id = padded_string(c->request_id),
        .extracted_timestamp = padded_string(c->timestamp),
        .is_extracted = c->event != NULL || c->request_id != NULL || c->timestamp != NULL,
        .is_foreign = c->is_foreign,
        .was_repaired = c->was_repaired,
    };
    struct event_context context = {0};
    struct event event;
    cr_assert_eq(interpret_event(in, &raw, &context, &event), RC_OK);
    struct buf out = {0};
    describe(&event, &out);
    struct view expected = view_of_string(c->columns);
    cr_expect(view_equals(buf_view(&out), expected), "%s\n--- columns\n%.*s--- expected\n%s",
              c->name, (int)out.size, out.data, c->columns);
    cr_expect_eq(event.is_extracted, raw.is_extracted);
    cr_expect_not(event.is_unverified);
    buf_done(&out);
    free((char *)raw.message.data);
    free((char *)raw.extracted_event.data);
    free((char *)raw.extracted_request_id.data);
    free((char *)raw.extracted_timestamp.data);
}

static inline void check_cases(const struct interpret_case *cases, size_t count)
{
    static const struct view codes[] = {{"ForceRetryExecution", 19}};
    struct interpret_options options = {RAW_AUTO, codes, 1};
    struct interpreter *in = new_interpreter(&options);
    for (size_t i = 0; i < count; i++)
        check_case(in, &cases[i]);
    interpreter_free(in);
}

#define CHECK_CASES(cases) check_cases(cases, sizeof(cases) / sizeof((cases)[0]))

#endif
