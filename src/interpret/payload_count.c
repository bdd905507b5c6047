#include "interpret/payload_count.h"

#include "interpret/level.h"
#include "interpret/platform_json.h"
#include "interpret/system_line.h"
#include "interpret/time_parse.h"
#include "limits.h"

#include <assert.h>
#include <strings.h>

/* Two objects are entered before a value is taken. */
static_assert(JSON_GLANCE_DEPTH_MAX + 2 <= JSON_DEPTH_MAX, "json_parse() accepts as much");

/* The members of an object that mean something. `seen` has a bit per key. */
struct read_scope {
    uint64_t seen;
    struct json_part at[KEY_COUNT];
};
static_assert(KEY_COUNT <= 64, "a bit per key");

struct reading {
    struct interpreter *in;
    struct read_scope outer;
    struct read_scope nested;      /* of a message that is an object */
    const struct read_scope *data; /* one of the two */
};

static const struct json_part *part_at(const struct read_scope *scope, enum key key)
{
    return (scope->seen >> key & 1) != 0 ? &scope->at[key] : NULL;
}

/* ---- The walk ---- */

static bool has_escape(struct view inside)
{
    return view_has_byte(inside, '\\');
}

/* Takes the members of the object that comes next. False also where a key that
 * means something comes twice: which of the two counts is for others to say. */
static bool read_members(struct reading *r, struct read_scope *scope, bool is_outer)
{
    struct json_glance *g = &r->in->glance;
    struct view key;
    scope->seen = 0;
    if (!json_glance_enter(g))
        return false;
    for (bool is_first = true;; is_first = false) {
        switch (json_glance_member(g, is_first, &key)) {
        case JSON_GLANCE_MEMBER:
            break;
        case JSON_GLANCE_END:
            return true;
        case JSON_GLANCE_FAULT:
            return false;
        }
        if (has_escape(key))
            return false;
        enum key id = members_key_of(key);
        uint64_t bit = (uint64_t)(id != KEY_OTHER) << id;
        if ((scope->seen & bit) != 0)
            return false;
        scope->seen |= bit;
        bool is_message = is_outer && id == KEY_MESSAGE;
        if (is_message && json_glance_is_object(g)) {
            if (!read_members(r, &r->nested, false))
                return false;
            r->data = &r->nested;
        } else if (!json_glance_value(g, &scope->at[id])) {
            return false;
        }
    }
}

static bool read_payload(struct reading *r, struct view json)
{
    r->data = &r->outer;
    return json_glance_begin(&r->in->glance, json) && read_members(r, &r->outer, true) &&
           json_glance_is_over(&r->in->glance);
}

/* The members called `names` of an object that was taken as a value. False where
 * one comes twice, or a key is written with escapes. */
static bool find_members(struct interpreter *in, struct view object, const struct view *names,
                         size_t count, struct json_part *ret)
{
    struct json_glance *g = &in->glance;
    struct view key;
    uint64_t seen = 0;
    if (!json_glance_begin(g, object) || !json_glance_enter(g))
        return false;
    for (bool is_first = true; json_glance_member(g, is_first, &key) == JSON_GLANCE_MEMBER;
         is_first = false) {
        struct json_part part;
        if (has_escape(key) || !json_glance_value(g, &part))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (!view_equals(names[i], key))
                continue;
            if ((seen >> i & 1) != 0)
                return false;
            seen |= UINT64_C(1) << i;
            ret[i] = part;
        }
    }
    return true;
}

/* ---- Lambda's own lines as JSON ---- */

enum { FACT_REQUEST_ID, FACT_STATUS, FACT_ERROR_TYPE, FACT_METRICS, FACTS };
static const struct view fact_names[FACTS] = {
    {"requestId", 9}, {"status", 6}, {"errorType", 9}, {"metrics", 7}};

enum { FIGURE_DURATION, FIGURE_INIT, FIGURE_BILLED, FIGURE_MEMORY, FIGURE_MEMORY_USED, FIGURES };
static const struct view figure_names[FIGURES] = {{"durationMs", 10},
                                                  {"initDurationMs", 14},
                                                  {"billedDurationMs", 16},
                                                  {"memorySizeMB", 12},
                                                  {"maxMemoryUsedMB", 15}};

/* A string or a number that says something, else null. False for a string with
 * escapes. */
static bool fact(struct json_part part, struct view *ret)
{
    *ret = VIEW_NULL;
    if ((part.type != JSON_STRING && part.type != JSON_NUMBER) || part.text.size == 0)
        return true;
    *ret = part.text;
    return part.type == JSON_NUMBER || !has_escape(part.text);
}

static bool read_figures(struct interpreter *in, struct view metrics, struct facts *ret)
{
    struct json_part parts[FIGURES] = {0};
    return find_members(in, metrics, figure_names, FIGURES, parts) &&
           fact(parts[FIGURE_DURATION], &ret->duration_ms) &&
           fact(parts[FIGURE_INIT], &ret->init_ms) && fact(parts[FIGURE_BILLED], &ret->billed_ms) &&
           fact(parts[FIGURE_MEMORY], &ret->memory_mb) &&
           fact(parts[FIGURE_MEMORY_USED], &ret->max_memory_mb);
}

static bool read_facts(struct interpreter *in, struct view record, struct view type,
                       struct facts *ret)
{
    struct json_part parts[FACTS] = {0};
    if (!find_members(in, record, fact_names, FACTS, parts) ||
        !fact(parts[FACT_REQUEST_ID], &ret->request_id) ||
        !fact(parts[FACT_STATUS], &ret->status) || !fact(parts[FACT_ERROR_TYPE], &ret->error_type))
        return false;
    if (parts[FACT_METRICS].type != JSON_OBJECT)
        return true;
    if (!read_figures(in, parts[FACT_METRICS].text, ret))
        return false;
    if (view_equals(type, VIEW("platform.initReport")))
        ret->init_ms = ret->duration_ms;
    return true;
}

/* The time of a member; 0 digits where it has none. False for escapes. */
static bool time_of(const struct json_part *part, bool may_be_number, struct time_text *ret)
{
    *ret = (struct time_text){0};
    if (part == NULL || (part->type != JSON_STRING && part->type != JSON_NUMBER) ||
        (part->type == JSON_NUMBER && !may_be_number))
        return true;
    *ret = time_parse_whole(may_be_number ? view_trim(part->text) : part->text);
    return part->type == JSON_NUMBER || !has_escape(part->text);
}

static bool count_platform(struct reading *r, struct view type, struct event *event)
{
    struct json_part record = r->outer.at[KEY_RECORD];
    struct facts facts = {.kind = platform_json_kind(type)};
    struct time_text time;
    if (has_escape(type) || view_equals(type, VIEW("platform.fault")) ||
        !time_of(part_at(&r->outer, KEY_TIME), false, &time) ||
        (record.type == JSON_OBJECT && !read_facts(r->in, record.text, type, &facts)))
        return false;
    bool is_success = facts.status.size == strlen("success") &&
                      strncasecmp(facts.status.data, "success", facts.status.size) == 0;
    if (facts.status.size > 0 && !is_success)
        return false;
    if (time.is_valid && !event_has(event, COL_LOGGED_AT))
        event_set_integer(event, COL_LOGGED_AT, time.ms);
    system_line_tell(&facts, NULL, event); /* no title without a status */
    return true;
}

/* ---- Payloads ---- */

/* Whether a code might be one to ignore. */
static bool may_be_ignored(const struct interpreter *in, const struct json_part *code)
{
    if (code == NULL || code->type != JSON_STRING)
        return false;
    bool is_one = has_escape(code->text);
    for (size_t i = 0; i < in->options->ignore_codes_count; i++) {
        struct view ignored = in->options->ignore_codes[i];
        is_one = is_one || (code->text.size == ignored.size &&
                            strncasecmp(code->text.data, ignored.data, ignored.size) == 0);
    }
    return is_one;
}

/* Whether a title might ask for action. */
static bool may_ask(const struct json_part *title)
{
    return title != NULL && title->type == JSON_STRING && title->text.size > 0 &&
           (title->text.data[0] == '[' || title->text.data[0] == '\\');
}

/* Null also where the payload's own members are the data. */
static const struct json_part *sibling_at(const struct reading *r, enum key key)
{
    return r->data != &r->outer ? part_at(&r->outer, key) : NULL;
}

/* A level as it is written. */
struct read_level {
    struct view text; /* null: there is none */
    bool is_number;
};

static bool level_says(const struct json_part *part, struct read_level *ret)
{
    if (part == NULL || (part->type != JSON_STRING && part->type != JSON_NUMBER))
        return false;
    struct view text = view_trim(part->text);
    if (text.size == 0)
        return false;
    *ret = (struct read_level){text, part->type == JSON_NUMBER};
    return true;
}

static struct read_level level_of(const struct reading *r)
{
    struct read_level level = {VIEW_NULL, false};
    (void)(level_says(part_at(r->data, KEY_LEVEL), &level) ||
           level_says(part_at(r->data, KEY_LOG_LEVEL), &level) ||
           level_says(sibling_at(r, KEY_LEVEL), &level) ||
           level_says(sibling_at(r, KEY_LOG_LEVEL), &level));
    return level;
}

/* *ret is the level's severity, NONE for a word of one's own, which `level` then
 * is, in upper case. False where the level makes the event an alert, or a stack
 * might. */
static bool read_severity(const struct reading *r, enum severity fallback, enum severity *ret,
                          struct view *ret_word)
{
    enum { LEVEL_BYTES_MAX = 64 };
    struct read_level level = level_of(r);
    const uint64_t traces =
        UINT64_C(1) << KEY_STACK | UINT64_C(1) << KEY_STACK_TRACE | UINT64_C(1) << KEY_ERROR;
    *ret_word = VIEW_NULL;
    *ret = fallback;
    if (view_is_null(level.text)) {
        if (fallback == SEVERITY_NONE && ((r->outer.seen | r->data->seen) & traces) != 0)
            return false;
        if (fallback == SEVERITY_NONE)
            *ret = SEVERITY_INFO;
    } else if (level.is_number) {
        *ret = level_of_number(level.text);
        *ret_word = level.text;
    } else {
        if (has_escape(level.text) || level.text.size > LEVEL_BYTES_MAX)
            return false;
        *ret = level_of_word(level.text);
        if (*ret == SEVERITY_NONE) {
            *ret_word = level_in_upper_case(level.text, &r->in->level);
            *ret = level_of_word(*ret_word);
        }
    }
    return *ret < SEVERITY_ERROR;
}

/* The first request id, null where there is none. False for one with escapes. */
static bool read_request_id(const struct reading *r, struct view *ret)
{
    static const enum key keys[] = {KEY_REQUEST_ID, KEY_AWS_REQUEST_ID, KEY_FUNCTION_REQUEST_ID};
    enum { COUNT = sizeof(keys) / sizeof(keys[0]) };
    *ret = VIEW_NULL;
    for (size_t i = 0; i < 2 * (size_t)COUNT && view_is_null(*ret); i++) {
        enum key key = keys[i % COUNT];
        const struct json_part *part = i < COUNT ? part_at(r->data, key) : sibling_at(r, key);
        if (part == NULL || (part->type != JSON_STRING && part->type != JSON_NUMBER))
            continue;
        if (part->type == JSON_STRING && has_escape(part->text))
            return false;
        if (line_is_request_id(part->text))
            *ret = part->text;
    }
    return true;
}

static bool read_time(const struct reading *r, struct time_text *ret)
{
    if (!time_of(part_at(r->data, KEY_TIMESTAMP), true, ret))
        return false;
    return ret->is_valid || time_of(sibling_at(r, KEY_TIMESTAMP), true, ret);
}

/* CloudWatch's embedded metric format. */
static bool read_kind(const struct reading *r, enum kind *ret)
{
    static const struct view names[] = {{"CloudWatchMetrics", 17}};
    struct json_part metrics = {.text = VIEW_NULL};
    const struct json_part *aws = part_at(&r->outer, KEY_AWS);
    bool is_object = aws != NULL && aws->type == JSON_OBJECT;
    if (is_object && !find_members(r->in, aws->text, names, 1, &metrics))
        return false;
    *ret = is_object && !view_is_null(metrics.text) ? KIND_METRIC : KIND_LOG;
    return true;
}

/* Hot: what lies behind so many tests looks rare to the compiler, which then makes it
 * small instead of fast. */
__attribute__((hot)) bool payload_count(struct interpreter *in, const struct line *line,
                                        struct view json, struct event *event)
{
    struct reading r;
    r.in = in;
    if (!read_payload(&r, json))
        return false;
    const struct json_part *type = part_at(&r.outer, KEY_TYPE);
    if (line->is_bare && line->level == SEVERITY_NONE && type != NULL &&
        type->type == JSON_STRING && part_at(&r.outer, KEY_RECORD) != NULL) {
        if (view_starts_with(type->text, VIEW("platform.")))
            return count_platform(&r, type->text, event);
        if (has_escape(type->text))
            return false;
    }
    enum kind kind;
    enum severity severity;
    struct view word, id;
    struct time_text time;
    if (may_be_ignored(in, part_at(&r.outer, KEY_CODE)) ||
        may_be_ignored(in, part_at(r.data, KEY_CODE)) || may_ask(part_at(r.data, KEY_TITLE)) ||
        !read_severity(&r, line->level, &severity, &word) || !read_kind(&r, &kind) ||
        !read_request_id(&r, &id) || !read_time(&r, &time))
        return false;
    event_set_kind(event, kind);
    event->severity = severity;
    if (severity != SEVERITY_NONE)
        event_set_severity(event, severity);
    else
        event_set_text(event, COL_LEVEL, word);
    if (!event_has(event, COL_REQUEST_ID))
        event_set_text(event, COL_REQUEST_ID, id);
    if (time.is_valid && !event_has(event, COL_LOGGED_AT))
        event_set_integer(event, COL_LOGGED_AT, time.ms);
    return true;
}
