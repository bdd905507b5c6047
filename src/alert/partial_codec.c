#include "alert/partial_codec.h"

#include "alert/distinct.h"
#include "alert/key.h"
#include "alert/sample.h"
#include "util/hash.h"

#include <assert.h>

static const struct view magic = {"millrace partial 2\n", 19};
enum { MAGIC_NAME_BYTES = 17 }; /* of it that every version begins with */

enum { HAS_TIMESTAMP = 1, IS_CUT = 2 };

void codec_scratch_done(struct codec_scratch *s)
{
    hours_done(&s->hours);
}

void codec_put_header(struct buf *out, bool is_merged)
{
    buf_append_view(out, magic);
    buf_append_byte(out, is_merged ? 1 : 0);
}

bool codec_read_header(struct wire_reader *r)
{
    struct view head = wire_bytes(r, r->size < magic.size ? 0 : magic.size);
    if (!view_equals(head, magic)) {
        if (head.size > 0 && memcmp(head.data, magic.data, MAGIC_NAME_BYTES) == 0)
            wire_fail_version(r);
        wire_fail(r, "it is not a partial");
    }
    unsigned is_merged = wire_byte(r);
    if (is_merged > 1)
        wire_fail(r, "it is of an unknown kind");
    return is_merged == 1;
}

static bool read_flag(struct wire_reader *r)
{
    unsigned byte = wire_byte(r);
    if (byte > 1)
        wire_fail(r, "a flag is neither 0 nor 1");
    return byte == 1;
}

static void put_tally(struct buf *out, const struct tally *t)
{
    wire_put_number(out, t->count);
    for (size_t i = 0; i < t->count; i++) {
        wire_put_text(out, t->entries[i].key);
        wire_put_number(out, t->entries[i].count);
    }
    buf_append_byte(out, t->is_sampled ? 1 : 0);
    wire_put_number(out, t->other);
}

/* A key, copied to `copy` so that reading may go on. */
static struct view read_key(struct wire_reader *r, char copy[KEY_BYTES_MAX])
{
    struct view key = wire_text(r, KEY_BYTES_MAX);
    if (view_is_null(key)) {
        wire_fail(r, "a key is missing");
        return VIEW("");
    }
    memcpy(copy, key.data, key.size);
    return view_of(copy, key.size);
}

/* `into` may be NULL: then it is only read over. */
static void read_tally(struct wire_reader *r, struct tally *into)
{
    uint64_t count = wire_number_up_to(r, MAP_KEYS_MAX);
    for (uint64_t i = 0; i < count && !wire_failed(r); i++) {
        char copy[KEY_BYTES_MAX];
        struct view key = read_key(r, copy);
        uint64_t number = wire_number(r);
        if (into != NULL && !wire_failed(r) && !tally_add(into, key, number))
            wire_fail_memory(r);
    }
    bool is_sampled = read_flag(r);
    uint64_t other = wire_number(r);
    if (into != NULL) {
        into->is_sampled |= is_sampled;
        into->other += other;
    }
}

static void put_distinct(struct buf *out, const struct distinct *d)
{
    buf_append_byte(out, distinct_is_exact(d) ? 1 : 0);
    if (!distinct_is_exact(d)) {
        buf_append(out, d->registers, (size_t)1 << HLL_PRECISION);
        return;
    }
    wire_put_number(out, d->count);
    for (size_t i = 0; i < d->count; i++)
        wire_put_word(out, d->hashes[i]);
}

static void read_distinct(struct wire_reader *r, struct distinct *into)
{
    if (!read_flag(r)) {
        struct view registers = wire_bytes(r, (size_t)1 << HLL_PRECISION);
        if (wire_failed(r))
            return;
        if (!distinct_registers_are_possible((const uint8_t *)registers.data))
            wire_fail(r, "a register is impossible");
        else if (!distinct_merge_registers(into, (const uint8_t *)registers.data))
            wire_fail_memory(r);
        return;
    }
    uint64_t count = wire_number_up_to(r, DISTINCT_EXACT_MAX);
    for (uint64_t i = 0; i < count && !wire_failed(r); i++) {
        uint64_t hash = wire_word(r);
        if (!wire_failed(r) && !distinct_add(into, hash))
            wire_fail_memory(r);
    }
}

static void put_hours(struct buf *out, const struct hours *h)
{
    int64_t before = 0;
    buf_append_byte(out, h->is_by_day ? 1 : 0);
    wire_put_number(out, h->count);
    for (size_t i = 0; i < h->count; i++) {
        wire_put_number(out, (uint64_t)(h->at[i].hour - before));
        wire_put_number(out, h->at[i].count);
        before = h->at[i].hour;
    }
}

static void read_hours(struct wire_reader *r, struct codec_scratch *s, struct hours *into)
{
    enum { END = TIME_END_MS / HOUR_MS, FIRST = TIME_FIRST_MS / HOUR_MS };
    hours_clear(&s->hours);
    s->hours.is_by_day = read_flag(r);
    uint64_t count = wire_number_up_to(r, s->hours.is_by_day ? HOURS_DAYS_MAX : HOURS_MAX);
    int64_t hour = 0;
    for (uint64_t i = 0; i < count && !wire_failed(r); i++) {
        uint64_t step = wire_number_up_to(r, END);
        uint64_t number = wire_number(r);
        hour += (int64_t)step;
        if (step == 0 || hour < FIRST || hour >= END || (s->hours.is_by_day && hour % 24 != 0))
            wire_fail(r, "an hour is impossible");
        else if (!hours_add(&s->hours, hour, number))
            wire_fail_memory(r);
    }
    if (!wire_failed(r) && !hours_merge(into, &s->hours))
        wire_fail_memory(r);
}

static void put_table(struct buf *out, const struct key_table *t)
{
    wire_put_number(out, t->count);
    for (size_t i = 0; i < t->count; i++) {
        wire_put_text(out, t->entries[i].key);
        for (unsigned c = 0; c < t->counters; c++)
            wire_put_number(out, t->entries[i].counters[c]);
    }
    buf_append_byte(out, t->has_other ? 1 : 0);
    for (unsigned c = 0; c < t->counters && t->has_other; c++)
        wire_put_number(out, t->other[c]);
}

static void read_table(struct wire_reader *r, struct key_table *into)
{
    uint64_t counters[TABLE_COUNTERS_MAX];
    uint64_t count = wire_number_up_to(r, into->keys_max);
    for (uint64_t i = 0; i < count && !wire_failed(r); i++) {
        char copy[KEY_BYTES_MAX];
        struct view key = read_key(r, copy);
        for (unsigned c = 0; c < into->counters; c++)
            counters[c] = wire_number(r);
        if (wire_failed(r))
            return;
        uint64_t *row = key_table_find(into, key);
        if (row == NULL)
            wire_fail_memory(r);
        else
            key_table_fold(into, row, counters);
    }
    if (!read_flag(r))
        return;
    for (unsigned c = 0; c < into->counters; c++)
        counters[c] = wire_number(r);
    into->has_other = true;
    key_table_fold(into, into->other, counters);
}

/* The plain numbers of a summary, in the order of the file. */
#define SUMMARY_NUMBERS 8
static void summary_numbers(struct summary *t, uint64_t *ret[SUMMARY_NUMBERS])
{
    ret[0] = &t->events;
    ret[1] = &t->alerts;
    ret[2] = &t->extracted_events;
    ret[3] = &t->report_lines;
    ret[4] = &t->without_time;
    ret[5] = &t->unknown_levels;
    ret[6] = &t->clock_skewed;
    ret[7] = &t->clock_skew_ms_max;
}

void codec_put_counts(struct buf *out, const struct counts *c)
{
    struct summary t = c->totals;
    uint64_t *numbers[SUMMARY_NUMBERS];
    summary_numbers(&t, numbers);
    for (size_t i = 0; i < SUMMARY_NUMBERS; i++)
        wire_put_number(out, *numbers[i]);
    wire_put_word(out, t.rules_hash_min);
    wire_put_word(out, t.rules_hash_max);
    buf_append_byte(out, t.has_time ? 1 : 0);
    if (t.has_time) {
        wire_put_signed(out, t.first_ms);
        wire_put_signed(out, t.last_ms);
    }
    for (size_t i = 0; i < CLASS_COUNT; i++)
        put_hours(out, &t.by_class[i]);
    put_hours(out, &c->alert_hours);
    put_distinct(out, &t.requests);
    put_table(out, &c->accounts);
    put_table(out, &c->log_groups);
    put_table(out, &c->functions);
}

/* Two plausible times in order. */
static void read_span(struct wire_reader *r, int64_t *ret_first_ms, int64_t *ret_last_ms)
{
    *ret_first_ms = wire_signed(r);
    *ret_last_ms = wire_signed(r);
    if (!wire_failed(r) && (*ret_first_ms > *ret_last_ms || !time_is_plausible(*ret_first_ms) ||
                            !time_is_plausible(*ret_last_ms)))
        wire_fail(r, "a time is impossible");
}

static void read_totals(struct wire_reader *r, struct counts *into)
{
    struct counts own;
    uint64_t *numbers[SUMMARY_NUMBERS];
    counts_init_empty(&own);
    summary_numbers(&own.totals, numbers);
    for (size_t i = 0; i < SUMMARY_NUMBERS; i++)
        *numbers[i] = wire_number(r);
    own.totals.rules_hash_min = wire_word(r);
    own.totals.rules_hash_max = wire_word(r);
    own.totals.has_time = read_flag(r);
    if (own.totals.has_time)
        read_span(r, &own.totals.first_ms, &own.totals.last_ms);
    if (!wire_failed(r) && !counts_merge(into, &own))
        wire_fail_memory(r);
    counts_done(&own);
}

void codec_read_counts(struct wire_reader *r, struct codec_scratch *s, struct counts *into)
{
    read_totals(r, into);
    for (size_t i = 0; i < CLASS_COUNT; i++)
        read_hours(r, s, &into->totals.by_class[i]);
    read_hours(r, s, &into->alert_hours);
    read_distinct(r, &into->totals.requests);
    read_table(r, &into->accounts);
    read_table(r, &into->log_groups);
    read_table(r, &into->functions);
}

static void put_head(struct buf *out, const struct alert_head *h)
{
    buf_append_byte(out, (char)h->kind);
    wire_put_text(out, h->level);
    wire_put_text(out, h->title);
    wire_put_text(out, h->masked);
    wire_put_text(out, h->owner);
}

/* Only from memory: the texts stay where they are. */
static void read_head(struct wire_reader *r, struct alert_head *ret)
{
    unsigned kind = wire_byte(r);
    if (kind >= KIND_COUNT)
        wire_fail(r, "a kind is unknown");
    ret->kind = (enum kind)kind;
    ret->level = wire_text(r, KEY_BYTES_MAX);
    ret->title = wire_text(r, HEAD_BYTES_MAX);
    ret->masked = wire_text(r, HEAD_BYTES_MAX);
    ret->owner = wire_text(r, KEY_BYTES_MAX);
}

static void put_sample(struct buf *out, const struct sample *s)
{
    buf_append_byte(out, (char)((s->has_timestamp ? HAS_TIMESTAMP : 0) | (s->is_cut ? IS_CUT : 0)));
    wire_put_word(out, s->hash);
    wire_put_signed(out, s->timestamp_ms);
    wire_put_signed(out, s->offset);
    wire_put_signed(out, s->record_index);
    wire_put_signed(out, s->event_index);
    for (size_t i = 0; i < SAMPLE_TEXTS; i++)
        wire_put_text(out, sample_text_of(s, i));
}

static int32_t read_index(struct wire_reader *r)
{
    int64_t value = wire_signed(r);
    if (value < INT32_MIN || value > INT32_MAX) {
        wire_fail(r, "an index is too large");
        return 0;
    }
    return (int32_t)value;
}

/* Only from memory: the texts stay where they are. */
static void read_sample(struct wire_reader *r, struct sample *ret)
{
    unsigned flags = wire_byte(r);
    if (flags > (HAS_TIMESTAMP | IS_CUT))
        wire_fail(r, "a flag is unknown");
    *ret = (struct sample){.has_timestamp = (flags & HAS_TIMESTAMP) != 0,
                           .is_cut = (flags & IS_CUT) != 0};
    ret->hash = wire_word(r);
    ret->timestamp_ms = wire_signed(r);
    ret->offset = wire_signed(r);
    ret->record_index = read_index(r);
    ret->event_index = read_index(r);
    for (size_t i = 0; i < SAMPLE_TEXTS; i++)
        *sample_text(ret, i) = wire_text(r, SAMPLE_BYTES_MAX);
    if (sample_texts_size(ret) > SAMPLE_BYTES_MAX)
        wire_fail(r, "a sample is too long");
}

static void put_piece(struct buf *out, struct buf *piece)
{
    wire_put_text(out, buf_view(piece));
    /* A piece that could not be made fails the whole. */
    out->failed |= buf_failed(piece);
    buf_done(piece);
}

/* The group's name and its first sample stand in one piece, so that both can be
 * offered at once; every other sample is a piece of its own. */
static void put_samples(struct buf *out, const struct group *g)
{
    struct alert_head head = {g->kind, g->level, g->title, g->masked, g->owner};
    wire_put_number(out, g->samples_count);
    for (unsigned i = 0; i < g->samples_count; i++) {
        struct buf piece = {0};
        if (i == 0)
            put_head(&piece, &head);
        put_sample(&piece, &g->samples[i]);
        put_piece(out, &piece);
    }
}

static void read_samples(struct wire_reader *r, struct group *into)
{
    uint64_t count = wire_number_up_to(r, SAMPLES_MAX), before = 0;
    if (count == 0)
        wire_fail(r, "a group has no sample");
    for (uint64_t i = 0; i < count && !wire_failed(r); i++) {
        struct wire_reader inner;
        struct alert_head head = {0};
        struct sample sample;
        wire_reader_over(&inner, wire_text(r, CODEC_ALERT_BYTES_MAX), r->path, r->err);
        if (i == 0)
            read_head(&inner, &head);
        read_sample(&inner, &sample);
        if (wire_failed(r) || wire_failed(&inner) || (i > 0 && sample.hash <= before)) {
            wire_fail(r, "a sample is damaged");
            return;
        }
        before = sample.hash;
        if (!group_offer_sample(into, &sample, &head))
            wire_fail_memory(r);
    }
}

void codec_put_group(struct buf *out, const struct group *g)
{
    wire_put_number(out, g->count);
    buf_append_byte(out, (char)g->rule);
    buf_append_byte(out, g->has_time ? 1 : 0);
    if (g->has_time) {
        wire_put_signed(out, g->first_ms);
        wire_put_signed(out, g->last_ms);
    }
    put_tally(out, &g->accounts);
    put_tally(out, &g->regions);
    put_tally(out, &g->log_groups);
    put_distinct(out, &g->streams);
    put_distinct(out, &g->requests);
    put_hours(out, &g->hours);
    wire_put_number(out, g->tops_count);
    for (size_t i = 0; i < g->tops_count; i++) {
        wire_put_text(out, g->tops[i].name);
        put_tally(out, &g->tops[i].values);
    }
    put_samples(out, g);
}

static void read_tops(struct wire_reader *r, struct group *into)
{
    uint64_t count = wire_number_up_to(r, TOPS_MAX);
    for (uint64_t i = 0; i < count && !wire_failed(r); i++) {
        struct view name = wire_text(r, VALUE_BYTES_MAX);
        struct tally *values = NULL;
        if (view_is_null(name))
            wire_fail(r, "a name is missing");
        if (!wire_failed(r) && !group_top(into, hash64(name), name, &values))
            wire_fail_memory(r);
        read_tally(r, values);
    }
}

void codec_read_group(struct wire_reader *r, struct codec_scratch *s, struct group *into)
{
    into->count += wire_number(r);
    unsigned rule = wire_byte(r);
    if (rule < RULE_USER || rule > RULE_TEXT || (into->rule != 0 && into->rule != rule))
        wire_fail(r, "a rule is unknown");
    into->rule = (enum alert_rule)rule;
    if (read_flag(r)) {
        int64_t first_ms, last_ms;
        read_span(r, &first_ms, &last_ms);
        if (!wire_failed(r))
            group_add_times(into, first_ms, last_ms);
    }
    read_tally(r, &into->accounts);
    read_tally(r, &into->regions);
    read_tally(r, &into->log_groups);
    read_distinct(r, &into->streams);
    read_distinct(r, &into->requests);
    read_hours(r, s, &into->hours);
    read_tops(r, into);
    read_samples(r, into);
}

void codec_put_alert(struct buf *out, const struct alert *a)
{
    struct sample kept = a->sample;
    sample_cut(&kept);
    wire_put_word(out, a->fingerprint);
    buf_append_byte(out, (char)a->rule);
    put_head(out, &a->head);
    wire_put_text(out, a->account_id);
    wire_put_text(out, a->region);
    wire_put_text(out, a->log_group);
    buf_append_byte(out, a->has_stream ? 1 : 0);
    wire_put_word(out, a->stream_hash);
    buf_append_byte(out, a->has_request ? 1 : 0);
    wire_put_word(out, a->request_hash);
    wire_put_number(out, a->tops_count);
    for (unsigned i = 0; i < a->tops_count; i++) {
        wire_put_text(out, a->tops[i].name);
        wire_put_text(out, a->tops[i].value);
    }
    put_sample(out, &kept);
}

void codec_read_alert(struct wire_reader *r, struct alert *ret)
{
    assert(r->fd < 0);
    ret->fingerprint = wire_word(r);
    unsigned rule = wire_byte(r);
    if (rule < RULE_USER || rule > RULE_TEXT)
        wire_fail(r, "a rule is unknown");
    ret->rule = (enum alert_rule)rule;
    read_head(r, &ret->head);
    ret->account_id = wire_text(r, KEY_BYTES_MAX);
    ret->region = wire_text(r, KEY_BYTES_MAX);
    ret->log_group = wire_text(r, KEY_BYTES_MAX);
    ret->has_stream = read_flag(r);
    ret->stream_hash = wire_word(r);
    ret->has_request = read_flag(r);
    ret->request_hash = wire_word(r);
    ret->tops_count = (unsigned)wire_number_up_to(r, TOPS_MAX);
    for (unsigned i = 0; i < ret->tops_count; i++) {
        struct alert_top *top = &ret->tops[i];
        top->name = wire_text(r, VALUE_BYTES_MAX);
        top->value = wire_text(r, VALUE_BYTES_MAX);
        if (view_is_null(top->name) || view_is_null(top->value)) {
            wire_fail(r, "a name or value is missing");
            return;
        }
        top->hash = hash64(top->name);
    }
    read_sample(r, &ret->sample);
}

void codec_put_end(struct buf *out)
{
    buf_append_byte(out, 0);
}

void codec_put_pending(struct buf *out, const struct pending *p)
{
    buf_append_byte(out, 1);
    wire_put_word(out, p->request);
    buf_append_byte(out, (char)p->cause);
    wire_put_text(out, p->blob);
}

bool codec_read_pending(struct wire_reader *r, struct pending *ret)
{
    if (!read_flag(r))
        return false;
    struct wire_reader inner;
    struct alert alert;
    ret->request = wire_word(r);
    unsigned cause = wire_byte(r);
    if (cause != FAILURE_TIMEOUT && cause != FAILURE_CRASH)
        wire_fail(r, "a cause is unknown");
    ret->cause = (enum failure)cause;
    ret->blob = wire_text(r, CODEC_ALERT_BYTES_MAX);
    if (wire_failed(r))
        return false;
    wire_reader_over(&inner, ret->blob, r->path, r->err);
    codec_read_alert(&inner, &alert);
    if (wire_failed(&inner) || inner.window.size > 0)
        wire_fail(r, "a failure is damaged");
    return !wire_failed(r);
}

static void put_body(struct buf *out, const struct buf *body)
{
    wire_put_number(out, body->size);
    buf_append_view(out, buf_view(body));
    out->failed |= buf_failed(body);
}

void codec_put_group_record(struct buf *out, uint64_t fingerprint, const struct buf *plain,
                            const struct buf *resolved)
{
    int parts = (plain != NULL ? CODEC_PLAIN : 0) | (resolved != NULL ? CODEC_RESOLVED : 0);
    buf_append_byte(out, 1);
    wire_put_word(out, fingerprint);
    buf_append_byte(out, (char)parts);
    if (plain != NULL)
        put_body(out, plain);
    if (resolved != NULL)
        put_body(out, resolved);
}

bool codec_read_group_record(struct wire_reader *r, uint64_t *ret_fingerprint, unsigned *ret_parts)
{
    if (!read_flag(r))
        return false;
    *ret_fingerprint = wire_word(r);
    *ret_parts = wire_byte(r);
    if (*ret_parts == 0 || *ret_parts > (CODEC_PLAIN | CODEC_RESOLVED))
        wire_fail(r, "a group is of an unknown kind");
    return !wire_failed(r);
}

uint64_t codec_read_size(struct wire_reader *r)
{
    uint64_t size = wire_number(r);
    if (!wire_failed(r) && size > r->size - r->offset)
        wire_fail(r, "a group is longer than the file");
    return wire_failed(r) ? 0 : size;
}
