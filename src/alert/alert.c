#include "alert/alert.h"

#include "alert/details.h"
#include "alert/fingerprint.h"
#include "alert/key.h"
#include "alert/rules.h"
#include "alert/sample.h"
#include "util/hash.h"
#include "json/unescape.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    /* Spans and strings past these vary too much to be worth a table. */
    SPANS_COUNTED_MAX = 64,
    UNESCAPED_BYTES_MAX = 1024,
};

struct alert_maker {
    struct buf title;
    struct buf platform_title;
    char account_id[KEY_BYTES_MAX], region[KEY_BYTES_MAX], log_group[KEY_BYTES_MAX];
    char names[TOPS_MAX][VALUE_BYTES_MAX];
    char values[TOPS_MAX][VALUE_BYTES_MAX];
    char escaped[UNESCAPED_BYTES_MAX + INPUT_SLACK_BYTES];
    char unescaped[UNESCAPED_BYTES_MAX + INPUT_SLACK_BYTES];
};

struct alert_maker *alert_maker_new(void)
{
    return calloc(1, sizeof(struct alert_maker));
}

void alert_maker_free(struct alert_maker *m)
{
    if (m == NULL)
        return;
    buf_done(&m->title);
    buf_done(&m->platform_title);
    free(m);
}

int alert_compare_order(const struct alert *a, const struct alert *b)
{
    const struct sample *left = &a->sample, *right = &b->sample;
    if (left->has_timestamp != right->has_timestamp)
        return left->has_timestamp ? -1 : 1;
    if (left->has_timestamp && left->timestamp_ms != right->timestamp_ms)
        return left->timestamp_ms < right->timestamp_ms ? -1 : 1;
    return sample_compare_position(left, right);
}

static int compare_texts(struct view a, struct view b)
{
    if (view_is_null(a) != view_is_null(b))
        return view_is_null(a) ? 1 : -1;
    return view_compare(a, b);
}

int alert_head_compare(const struct alert_head *a, const struct alert_head *b)
{
    int order = (a->kind > b->kind) - (a->kind < b->kind);
    if (order == 0)
        order = compare_texts(a->level, b->level);
    if (order == 0)
        order = compare_texts(a->title, b->title);
    if (order == 0)
        order = compare_texts(a->masked, b->masked);
    return order != 0 ? order : compare_texts(a->owner, b->owner);
}

int alert_top_compare(uint64_t hash, struct view name, uint64_t other_hash, struct view other_name)
{
    if (hash != other_hash)
        return hash < other_hash ? -1 : 1;
    return view_compare(name, other_name);
}

/* Keeps the name and value if the name's hash is among the smallest. Of two
 * equal names the first stays. */
static void offer_top(struct alert_maker *m, struct alert *a, struct view name, struct view value)
{
    char scratch[VALUE_BYTES_MAX];
    name = key_bounded(name, VALUE_BYTES_MAX, scratch);
    uint64_t hash = hash64(name);
    unsigned at = 0;
    for (; at < a->tops_count; at++) {
        int order = alert_top_compare(hash, name, a->tops[at].hash, a->tops[at].name);
        if (order == 0)
            return;
        if (order < 0)
            break;
    }
    if (at == TOPS_MAX)
        return;
    unsigned slot = a->tops_count;
    if (slot == TOPS_MAX)
        slot = (unsigned)((a->tops[--a->tops_count].name.data - m->names[0]) / VALUE_BYTES_MAX);
    memmove(&a->tops[at + 1], &a->tops[at], (a->tops_count - at) * sizeof(a->tops[0]));
    a->tops_count++;
    memcpy(m->names[slot], name.data, name.size);
    value = key_bounded(value, VALUE_BYTES_MAX, m->values[slot]);
    if (value.data != m->values[slot] && value.size > 0)
        memcpy(m->values[slot], value.data, value.size);
    a->tops[at] = (struct alert_top){hash, view_of(m->names[slot], name.size),
                                     view_of(m->values[slot], value.size)};
}

static void offer_spans(struct alert_maker *m, struct alert *a, const struct fingerprint *f)
{
    unsigned ordinals[MASK_COUNT] = {0};
    size_t count = f->spans_count < SPANS_COUNTED_MAX ? f->spans_count : SPANS_COUNTED_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct mask_span *span = &f->spans[i];
        char name[32];
        const char *label = mask_label(span->mask);
        size_t size = strlen(label);
        unsigned ordinal = ++ordinals[span->mask];
        memcpy(name, label, size);
        name[size++] = ' ';
        if (ordinal >= 10)
            name[size++] = (char)('0' + ordinal / 10);
        name[size++] = (char)('0' + ordinal % 10);
        offer_top(m, a, view_of(name, size), view_slice(f->text, span->begin, span->end));
    }
}

static struct view unescaped(struct alert_maker *m, struct view inside)
{
    if (inside.size > UNESCAPED_BYTES_MAX || view_find_byte(inside, '\\', 0) == inside.size)
        return inside;
    memcpy(m->escaped, inside.data, inside.size);
    size_t size = unescape_scalar(m->unescaped, view_of(m->escaped, inside.size));
    return size != UNESCAPE_INVALID ? view_of(m->unescaped, size) : inside;
}

static void offer_details(struct alert_maker *m, struct alert *a, const struct event *e)
{
    enum { PREFIX_BYTES = 8 };
    char name[PREFIX_BYTES + UNESCAPED_BYTES_MAX];
    if (!event_has(e, COL_DETAILS))
        return;
    memcpy(name, "details.", PREFIX_BYTES);
    struct details d;
    struct details_member member;
    details_begin(&d, e->cell[COL_DETAILS].text);
    while (details_next(&d, &member)) {
        struct view key = unescaped(m, member.key);
        if (key.size > UNESCAPED_BYTES_MAX)
            continue;
        memcpy(name + PREFIX_BYTES, key.data, key.size);
        struct view value = member.is_string ? unescaped(m, member.value) : member.value;
        offer_top(m, a, view_of(name, PREFIX_BYTES + key.size), value);
    }
}

static struct view first_line(struct view text)
{
    text = view_trim(text);
    size_t end = 0;
    while (end < text.size && text.data[end] != '\n' && text.data[end] != '\r')
        end++;
    return view_trim(view_slice(text, 0, end));
}

/* What a reader calls the problem. */
static struct view name_of(struct alert_maker *m, const struct event *e, struct view masked_text)
{
    struct view title = view_trim(event_text(e, COL_TITLE));
    struct view type = event_text(e, COL_ERROR_TYPE);
    struct view error = first_line(event_text(e, COL_ERROR_MESSAGE));
    if (title.size > 0)
        return text_cut(title, HEAD_BYTES_MAX);
    if (error.size == 0) {
        struct view line = first_line(event_text(e, COL_MESSAGE));
        if (line.size == 0)
            line = type.size > 0 ? type : first_line(masked_text);
        return text_cut(line, HEAD_BYTES_MAX);
    }
    buf_clear(&m->title);
    if (type.size > 0) {
        buf_append_view(&m->title, text_cut(type, HEAD_BYTES_MAX));
        buf_append(&m->title, ": ", 2);
    }
    buf_append_view(&m->title, text_cut(error, HEAD_BYTES_MAX));
    return text_cut(buf_view(&m->title), HEAD_BYTES_MAX);
}

/* A failure of the platform is one per function: its name leads, and the id of
 * the one request that happens to be the sample's is left out. */
static struct view platform_name_of(struct alert_maker *m, const struct event *e, struct view name)
{
    struct view function = event_text(e, COL_LOG_GROUP);
    name = view_slice(name, 0, view_find(name, VIEW(" (RequestId: "), 0));
    for (size_t slash; (slash = view_find_byte(function, '/', 0)) + 1 < function.size;)
        function = view_from(function, slash + 1);
    buf_clear(&m->platform_title);
    if (function.size > 0) {
        buf_append_view(&m->platform_title, text_cut(function, KEY_BYTES_MAX));
        buf_append(&m->platform_title, ": ", 2);
    }
    buf_append_view(&m->platform_title, name);
    return text_cut(buf_view(&m->platform_title), HEAD_BYTES_MAX);
}

static void fill_sample(struct sample *s, const struct event *e, struct view level)
{
    *s = (struct sample){
        .has_timestamp = event_has(e, COL_TIMESTAMP),
        .offset = event_has(e, COL_SOURCE_OFFSET) ? e->cell[COL_SOURCE_OFFSET].integer : 0,
        .account_id = event_text(e, COL_ACCOUNT_ID),
        .region = event_text(e, COL_REGION),
        .log_group = event_text(e, COL_LOG_GROUP),
        .log_stream = event_text(e, COL_LOG_STREAM),
        .event_id = event_text(e, COL_EVENT_ID),
        .request_id = event_text(e, COL_REQUEST_ID),
        .level = level,
        .title = event_text(e, COL_TITLE),
        .message = event_text(e, COL_MESSAGE),
        .details = event_text(e, COL_DETAILS),
        .stack = event_text(e, COL_STACK),
        .reason = event_text(e, COL_REASON),
        .error_type = event_text(e, COL_ERROR_TYPE),
        .error_message = event_text(e, COL_ERROR_MESSAGE),
        .object = event_text(e, COL_SOURCE_OBJECT),
    };
    if (s->has_timestamp)
        s->timestamp_ms = e->cell[COL_TIMESTAMP].integer;
    if (event_has(e, COL_RECORD_INDEX))
        s->record_index = (int32_t)e->cell[COL_RECORD_INDEX].integer;
    if (event_has(e, COL_EVENT_INDEX))
        s->event_index = (int32_t)e->cell[COL_EVENT_INDEX].integer;
    s->hash = sample_hash(s);
}

bool alert_make(struct alert_maker *m, const struct event *e, const struct fingerprint *f,
                const struct rules_verdict *verdict, struct alert *ret)
{
    struct view level = view_is_null(verdict->level) ? event_text(e, COL_LEVEL) : verdict->level;
    ret->fingerprint = f->value;
    ret->rule = f->rule;
    ret->head = (struct alert_head){
        .kind = e->kind,
        .level = text_cut(level, KEY_BYTES_MAX),
        .title = name_of(m, e, f->text),
        .masked = text_cut(f->masked, HEAD_BYTES_MAX),
        .owner = text_cut(verdict->owner, KEY_BYTES_MAX),
    };
    if (f->rule == RULE_PLATFORM)
        ret->head.title = platform_name_of(m, e, ret->head.title);
    fill_sample(&ret->sample, e, level);
    const struct sample *s = &ret->sample;
    ret->account_id = key_bounded(s->account_id, KEY_BYTES_MAX, m->account_id);
    ret->region = key_bounded(s->region, KEY_BYTES_MAX, m->region);
    ret->log_group = key_bounded(s->log_group, KEY_BYTES_MAX, m->log_group);
    ret->has_stream = !view_is_null(s->log_stream);
    ret->stream_hash = ret->has_stream ? hash64(s->log_stream) : 0;
    ret->has_request = !view_is_null(s->request_id);
    ret->request_hash = ret->has_request ? hash64(s->request_id) : 0;
    ret->tops_count = 0;
    offer_spans(m, ret, f);
    offer_details(m, ret, e);
    return !buf_failed(&m->title) && !buf_failed(&m->platform_title);
}
