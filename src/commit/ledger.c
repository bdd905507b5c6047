#include "commit/ledger.h"

#include "commit/field.h"
#include "limits.h"
#include "util/text.h"

#include <inttypes.h>
#include <stdlib.h>

/* The counters of ledger.json in the order they are printed: one table serves
 * adding, printing and reading back. */
struct counter {
    const char *section;
    const char *name;
    size_t offset;
};

#define COUNTER(section, name)                                                                     \
    {                                                                                              \
#section, #name, offsetof(struct ledger, section.name)                                     \
    }

static const struct counter counters[] = {
    COUNTER(objects, total),
    COUNTER(objects, clean),
    COUNTER(objects, damaged),
    COUNTER(stored_bytes, total),
    COUNTER(stored_bytes, parsed),
    COUNTER(stored_bytes, padding),
    COUNTER(stored_bytes, skipped),
    COUNTER(stored_bytes, quarantined),
    COUNTER(decoded_bytes, total),
    COUNTER(decoded_bytes, records),
    COUNTER(decoded_bytes, separators),
    COUNTER(decoded_bytes, quarantined),
    COUNTER(records, total),
    COUNTER(records, data),
    COUNTER(records, control),
    COUNTER(records, unverified),
    COUNTER(records, quarantined),
    COUNTER(events, total),
    COUNTER(events, rows),
    COUNTER(events, ignored),
    COUNTER(events, filtered),
    COUNTER(events, duplicates),
    COUNTER(events, quarantined),
};
static const struct counter dataset_counters[] = {
    COUNTER(dataset, files),
    COUNTER(dataset, rows),
    COUNTER(dataset, bytes),
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t *counter_at(struct ledger *l, const struct counter *c)
{
    return (uint64_t *)((char *)l + c->offset);
}

static uint64_t counter_value(const struct ledger *l, const struct counter *c)
{
    return *(const uint64_t *)((const char *)l + c->offset);
}

void ledger_init(struct ledger *l)
{
    *l = (struct ledger){0};
    tally_init(&l->levels, MAP_KEYS_MAX);
    tally_init(&l->quarantine_reasons, MAP_KEYS_MAX);
}

void ledger_done(struct ledger *l)
{
    tally_done(&l->levels);
    tally_done(&l->quarantine_reasons);
}

bool ledger_add(struct ledger *to, const struct ledger *from)
{
    for (size_t i = 0; i < COUNT_OF(counters); i++)
        *counter_at(to, &counters[i]) += counter_value(from, &counters[i]);
    for (size_t i = 0; i < COUNT_OF(dataset_counters); i++)
        *counter_at(to, &dataset_counters[i]) += counter_value(from, &dataset_counters[i]);
    for (size_t i = 0; i < KIND_COUNT; i++)
        to->kinds[i] += from->kinds[i];
    to->repaired_records += from->repaired_records;
    to->has_dedupe |= from->has_dedupe;
    return tally_merge(&to->levels, &from->levels) &&
           tally_merge(&to->quarantine_reasons, &from->quarantine_reasons);
}

bool ledger_holds(const struct ledger *l, const char **ret_what)
{
    if (l->stored_bytes.total != l->stored_bytes.parsed + l->stored_bytes.padding +
                                     l->stored_bytes.skipped + l->stored_bytes.quarantined)
        *ret_what = "stored_bytes";
    else if (l->decoded_bytes.total !=
             l->decoded_bytes.records + l->decoded_bytes.separators + l->decoded_bytes.quarantined)
        *ret_what = "decoded_bytes";
    else if (l->events.total != l->events.rows + l->events.ignored + l->events.filtered +
                                    l->events.duplicates + l->events.quarantined)
        *ret_what = "events";
    else
        return true;
    return false;
}

bool ledger_is_damaged(const struct ledger *l)
{
    return l->objects.damaged > 0 || l->stored_bytes.quarantined > 0 ||
           l->decoded_bytes.quarantined > 0 || l->records.unverified > 0 ||
           l->records.quarantined > 0 || l->events.quarantined > 0;
}

static void append_counters(const struct ledger *l, const struct counter *c, size_t count,
                            struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        bool opens = i == 0 || strcmp(c[i].section, c[i - 1].section) != 0;
        if (opens)
            buf_printf(out, "%s\"%s\":{", i == 0 ? "" : "},", c[i].section);
        buf_printf(out, "%s\"%s\":", opens ? "" : ",", c[i].name);
        if (c[i].offset == offsetof(struct ledger, events.duplicates) && !l->has_dedupe)
            buf_append(out, "null", 4);
        else
            buf_printf(out, "%" PRIu64, counter_value(l, &c[i]));
    }
    buf_append_byte(out, '}');
}

static int by_key(const void *a, const void *b)
{
    const struct tally_entry *const *x = a, *const *y = b;
    return view_compare((*x)->key, (*y)->key);
}

#define OTHER_KEY "(other)"

static void append_tally(const struct tally *t, struct buf *out)
{
    const struct tally_entry *sorted[MAP_KEYS_MAX];
    for (size_t i = 0; i < t->count; i++)
        sorted[i] = &t->entries[i];
    qsort(sorted, t->count, sizeof(sorted[0]), by_key);
    buf_append_byte(out, '{');
    for (size_t i = 0; i < t->count; i++) {
        if (i > 0)
            buf_append_byte(out, ',');
        text_json_string(out, sorted[i]->key);
        buf_printf(out, ":%" PRIu64, sorted[i]->count);
    }
    if (t->is_sampled)
        buf_printf(out, "%s\"" OTHER_KEY "\":%" PRIu64, t->count > 0 ? "," : "", t->other);
    buf_append_byte(out, '}');
}

void ledger_append_json(const struct ledger *l, struct buf *out)
{
    buf_append(out, "{\"version\":1,", 13);
    append_counters(l, counters, COUNT_OF(counters), out);
    buf_append(out, ",\"levels\":", 10);
    append_tally(&l->levels, out);
    buf_append(out, ",\"kinds\":{", 10);
    const char *comma = "";
    for (enum kind k = 0; k < KIND_COUNT; k++) {
        if (l->kinds[k] == 0)
            continue;
        buf_printf(out, "%s\"%s\":%" PRIu64, comma, kind_name(k), l->kinds[k]);
        comma = ",";
    }
    buf_append(out, "},", 2);
    append_counters(l, dataset_counters, COUNT_OF(dataset_counters), out);
    buf_printf(out, ",\"repaired_records\":%" PRIu64 ",\"quarantine\":", l->repaired_records);
    append_tally(&l->quarantine_reasons, out);
    buf_append_byte(out, '}');
}

/* Any failure but memory is a verdict on the text. */
static enum rc form(bool is_sound)
{
    return is_sound ? RC_OK : RC_BAD_INPUT;
}

static enum rc read_tally_entry(struct json_value key, struct json_value value, struct buf *scratch,
                                struct tally *t)
{
    uint64_t count;
    buf_clear(scratch);
    struct view name = json_string_text(key, CPU_SCALAR, scratch);
    if (view_is_null(name))
        return RC_NO_MEMORY;
    if (!field_u64(value, &count))
        return RC_BAD_INPUT;
    if (!view_equals(name, VIEW(OTHER_KEY)))
        return tally_add(t, name, count) ? RC_OK : RC_NO_MEMORY;
    t->other += count;
    t->is_sampled = true;
    return RC_OK;
}

static enum rc read_tally(const struct json_parser *p, struct json_value object, struct tally *t)
{
    struct buf scratch = {0};
    struct json_value key, value;
    enum rc rc = RC_OK;
    if (object.type != JSON_OBJECT)
        return RC_BAD_INPUT;
    struct json_cursor c = json_open(p, object);
    while (rc == RC_OK && json_next_member(p, &c, &key, &value))
        rc = read_tally_entry(key, value, &scratch, t);
    buf_done(&scratch);
    return rc;
}

static bool read_kinds(const struct json_parser *p, struct json_value object, struct ledger *l)
{
    struct json_value key, value;
    if (object.type != JSON_OBJECT)
        return false;
    struct json_cursor c = json_open(p, object);
    while (json_next_member(p, &c, &key, &value)) {
        enum kind k = 0;
        while (k < KIND_COUNT && !json_string_equals(key, view_of_string(kind_name(k))))
            k++;
        if (k == KIND_COUNT || !field_u64(value, &l->kinds[k]))
            return false;
    }
    return true;
}

static const struct counter *counter_find(const char *section, struct json_value key)
{
    for (size_t i = 0; i < COUNT_OF(counters) + COUNT_OF(dataset_counters); i++) {
        const struct counter *c =
            i < COUNT_OF(counters) ? &counters[i] : &dataset_counters[i - COUNT_OF(counters)];
        if (strcmp(c->section, section) == 0 && json_string_equals(key, view_of_string(c->name)))
            return c;
    }
    return NULL;
}

static bool read_section(const struct json_parser *p, const char *section, struct json_value object,
                         struct ledger *l)
{
    struct json_value key, value;
    if (object.type != JSON_OBJECT)
        return false;
    struct json_cursor c = json_open(p, object);
    while (json_next_member(p, &c, &key, &value)) {
        const struct counter *counter = counter_find(section, key);
        if (counter == NULL)
            return false;
        bool is_duplicates = counter->offset == offsetof(struct ledger, events.duplicates);
        if (is_duplicates)
            l->has_dedupe = value.type != JSON_NULL;
        if (is_duplicates && value.type == JSON_NULL)
            continue;
        if (!field_u64(value, counter_at(l, counter)))
            return false;
    }
    return true;
}

static enum rc read_member(const struct json_parser *p, struct json_value key,
                           struct json_value value, struct ledger *l)
{
    static const char *const sections[] = {"objects", "stored_bytes", "decoded_bytes",
                                           "records", "events",       "dataset"};
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        if (json_string_equals(key, view_of_string(sections[i])))
            return form(read_section(p, sections[i], value, l));
    }
    if (json_string_equals(key, VIEW("levels")))
        return read_tally(p, value, &l->levels);
    if (json_string_equals(key, VIEW("quarantine")))
        return read_tally(p, value, &l->quarantine_reasons);
    if (json_string_equals(key, VIEW("kinds")))
        return form(read_kinds(p, value, l));
    if (json_string_equals(key, VIEW("repaired_records")))
        return form(field_u64(value, &l->repaired_records));
    return form(json_string_equals(key, VIEW("version")) && view_equals(value.raw, VIEW("1")));
}

enum rc ledger_read_json(const struct json_parser *p, struct json_value object, struct ledger *ret)
{
    if (object.type != JSON_OBJECT)
        return RC_BAD_INPUT;
    struct json_cursor c = json_open(p, object);
    struct json_value key, value;
    while (json_next_member(p, &c, &key, &value))
        TRY(read_member(p, key, value, ret));
    return RC_OK;
}

enum rc ledger_read_text(struct view text, struct ledger *ret, struct err *err)
{
    struct json_value root;
    struct json_parser *p = json_parser_new(CPU_SCALAR, text.size + 1);
    if (p == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the ledger");
    enum rc rc = json_parse(p, text, &root, err);
    if (rc == RC_OK) {
        rc = ledger_read_json(p, root, ret);
        if (rc != RC_OK)
            err_set(err, rc,
                    rc == RC_NO_MEMORY ? "no memory for the ledger"
                                       : "is not of this version's form");
    }
    json_parser_free(p);
    return rc;
}
