#include "glance/record.h"

#include "glance/eight.h"
#include "interpret/region.h"
#include "limits.h"
#include "json/repair.h"

#include <assert.h>
#include <stdlib.h>

/* What stands between the id of an event and its message, and between that and what was
 * extracted of it, as CloudWatch writes them. */
#define FOUR_DIGITS MOLD_DIGIT MOLD_DIGIT MOLD_DIGIT MOLD_DIGIT
#define NUMBER ",\"timestamp\":"
#define NUMBER_DIGITS MOLD_FIRST_DIGIT FOUR_DIGITS FOUR_DIGITS FOUR_DIGITS
#define NUMBER_MOLD NUMBER NUMBER_DIGITS ",\"message\":\""
#define TIME ",\"extractedFields\":{\"timestamp\":\""
#define TIME_MOLD TIME MOLD_TIME
#define ID "\",\"request_id\":\""
#define ID_MOLD ID MOLD_UUID "\",\"event\":\""
enum {
    NUMBER_AT = sizeof(NUMBER) - 1,
    NUMBER_BYTES = sizeof(NUMBER_MOLD) - 1,
    NUMBER_QUOTES = 5,
    TIME_AT = sizeof(TIME) - 1,
    TIME_END = sizeof(TIME_MOLD) - 1,
    ID_AT = TIME_END + sizeof(ID) - 1,
    ID_END = ID_AT + UUID_BYTES,
    EXTRACTED_BYTES = TIME_END + sizeof(ID_MOLD) - 1,
    EXTRACTED_QUOTES = 13,
    STAMP_TIME_BYTES = TIME_END - TIME_AT,
    /* A time, a UUID, and behind each a tab as it is written. */
    STAMP_WRITTEN_BYTES = STAMP_TIME_BYTES + 2 + UUID_BYTES + 2,
};

static void make_molds(struct record_glancer *ret, enum cpu cpu)
{
    /* One byte after the other is slower than eight at once, below. */
    ret->fits = cpu != CPU_SCALAR ? mold_kernel(cpu) : NULL;
    mold_make(VIEW(NUMBER_MOLD), &ret->number);
    mold_make(VIEW(TIME_MOLD), &ret->time);
    mold_make(VIEW(ID_MOLD), &ret->id);
}

void record_glancer_init(struct record_glancer *ret, enum cpu cpu)
{
    *ret = (struct record_glancer){
        .map = string_map_kernel(cpu),
        .escapes_are_valid = escapes_kernel(cpu),
        .find_flaw = flaw_kernel(cpu),
    };
    make_molds(ret, cpu);
    if (ret->map == NULL)
        ret->map = string_map_scalar;
    if (ret->escapes_are_valid == NULL)
        ret->escapes_are_valid = escapes_scalar;
}

void record_glancer_done(struct record_glancer *g)
{
    free(g->entries);
    *g = (struct record_glancer){0};
}

/* ---- Parts ---- */

/* Text is read in its order, and so are its quotes: `quote` is the number of those
 * before `at`, counted from the last map's first. */
struct reader {
    struct record_glancer *g;
    struct view text;
    size_t at;
    size_t quote;
};

/* Whether `words` stand at `at`, of as many bytes. With the words known where it
 * is compiled into, a few loads and one jump. */
__attribute__((always_inline)) static inline bool stand(const char *at, struct view words)
{
    return words.size < 8 ? memcmp(at, words.data, words.size) == 0
                          : view_repeats(view_of(at, words.size), words);
}

/* Takes words that hold so many quotes. */
__attribute__((always_inline)) static inline bool take(struct reader *r, struct view words,
                                                       size_t quotes)
{
    if (r->at + words.size > r->text.size || !stand(r->text.data + r->at, words))
        return false;
    r->at += words.size;
    r->quote += quotes;
    return true;
}

__attribute__((always_inline)) static inline bool take_byte(struct reader *r, char byte)
{
    bool is_there = r->at < r->text.size && r->text.data[r->at] == byte;
    r->at += is_there;
    return is_there;
}

/* Maps the strings behind those that are mapped. False at the text's end. */
static bool map_more(struct record_glancer *g)
{
    char last[STRING_BLOCK_BYTES] = {0};
    if (g->mapped_to >= g->text.size)
        return false;
    size_t left = g->text.size - g->mapped_to;
    const char *from = g->text.data + g->mapped_to;
    size_t count = left / STRING_BLOCK_BYTES;
    if (count == 0) {
        from = memcpy(last, from, left);
        count = 1;
    }
    if (count > RECORD_MAP_BLOCKS)
        count = RECORD_MAP_BLOCKS;
    struct string_map map = {.escaped = g->escaped, .ends = g->ends, .blocks = g->blocks};
    g->ends_count = g->map(from, count, &map);
    g->escaped = map.escaped;
    g->doubts = map.doubts;
    g->mapped_from = g->mapped_to;
    g->mapped_to += count * STRING_BLOCK_BYTES;
    return true;
}

/* Whether what is mapped of [begin, end) holds doubts. */
static bool has_doubts(const struct record_glancer *g, size_t begin, size_t end)
{
    if (begin < g->mapped_from)
        begin = g->mapped_from;
    if (end > g->mapped_to)
        end = g->mapped_to;
    return string_map_has_doubts(g->blocks, begin - g->mapped_from, end - g->mapped_from);
}

static bool inside_is_sound(const struct record_glancer *g, struct view inside)
{
    struct flaw_strings strings = {.is_inside = true};
    return g->find_flaw(inside, 0, &strings) == inside.size && g->escapes_are_valid(inside);
}

/* The string at r->at where it does not end in what is mapped. */
static bool take_string_beyond(struct reader *r, struct view *ret)
{
    struct record_glancer *g = r->g;
    size_t begin = r->at;
    bool is_doubtful = false;
    do {
        is_doubtful = is_doubtful || (g->doubts != 0 && has_doubts(g, begin, g->mapped_to));
        r->quote -= g->ends_count;
        if (!map_more(g))
            return false;
    } while (r->quote >= g->ends_count);
    size_t end = g->mapped_from + g->ends[r->quote++];
    if (end >= r->text.size)
        return false;
    *ret = view_slice(r->text, begin, end);
    r->at = end + 1;
    is_doubtful = is_doubtful || (g->doubts != 0 && has_doubts(g, begin, end));
    return !is_doubtful || inside_is_sound(g, *ret);
}

/* What is left of a string behind its opening quote: its inside. */
__attribute__((always_inline)) static inline bool take_string(struct reader *r, struct view *ret)
{
    const struct record_glancer *g = r->g;
    if (r->quote >= g->ends_count)
        return take_string_beyond(r, ret);
    size_t begin = r->at, end = g->mapped_from + g->ends[r->quote++];
    assert(end >= begin);
    *ret = view_slice(r->text, begin, end);
    r->at = end + 1;
    return g->doubts == 0 || !has_doubts(g, begin, end) || inside_is_sound(g, *ret);
}

/* A string without escapes; an empty one is null. */
static bool take_name(struct reader *r, struct view *ret)
{
    if (!take_string(r, ret) || view_has_byte(*ret, '\\'))
        return false;
    if (ret->size == 0)
        *ret = VIEW_NULL;
    return true;
}

/* The number that 13 digits write: most are milliseconds. */
static int64_t thirteen_digits(const char *digits)
{
    const uint64_t seen = UINT64_C(0xffffff); /* those that both hold */
    uint64_t first = eight_load(digits), last = eight_load(digits + 5);
    last = (last & ~seen) | (EIGHT('0') & seen);
    return (int64_t)(eight_number(first) * 100000 + eight_number(last));
}

/* A JSON integer of at most 15 digits, not negative, and the comma behind it. */
static bool take_number(struct reader *r, int64_t *ret)
{
    enum { DIGITS_MAX = 15 };
    size_t begin = r->at;
    int64_t value = 0;
    while (r->at < r->text.size && r->at - begin < DIGITS_MAX && byte_is_digit(r->text.data[r->at]))
        value = value * 10 + (r->text.data[r->at++] - '0');
    size_t digits = r->at - begin;
    *ret = value;
    return digits > 0 && (digits == 1 || r->text.data[begin] != '0') && take_byte(r, ',');
}

/* ---- Events ---- */

/* One member of what was extracted, and whether another one follows. */
__attribute__((always_inline)) static inline bool take_extracted(struct reader *r, struct view *to,
                                                                 bool *ret_more)
{
    if (!view_is_null(*to) || !take_string(r, to))
        return false;
    *ret_more = take_byte(r, ',');
    return true;
}

/* {"timestamp":"…","request_id":"…","event":"…"} behind its brace: in any order,
 * but mostly in this one. */
static bool read_extracted(struct reader *r, struct glimpse *glimpse)
{
    bool is_sound = true, has_more = true;
    do {
        bool is_known = false;
        if (take(r, VIEW("\"timestamp\":\""), 3)) {
            is_known = true;
            is_sound = take_extracted(r, &glimpse->extracted_timestamp, &has_more);
        }
        if (is_sound && has_more && take(r, VIEW("\"request_id\":\""), 3)) {
            is_known = true;
            is_sound = take_extracted(r, &glimpse->extracted_request_id, &has_more);
        }
        if (is_sound && has_more && take(r, VIEW("\"event\":\""), 3)) {
            is_known = true;
            is_sound = take_extracted(r, &glimpse->extracted_event, &has_more);
        }
        is_sound = is_sound && is_known;
    } while (is_sound && has_more);
    return is_sound && take_byte(r, '}') && !view_is_null(glimpse->extracted_request_id) &&
           !view_is_null(glimpse->extracted_event);
}

/* The same with what stands before it, if it is written as mostly. Of strings that are
 * known to be sound their ends are only counted. */
static bool take_extracted_fast(struct reader *r, struct glimpse *glimpse)
{
    const struct record_glancer *g = r->g;
    const char *p = r->text.data + r->at;
    if (g->fits == NULL || r->at + EXTRACTED_BYTES > r->text.size || !g->fits(&g->time, p) ||
        !g->fits(&g->id, p + TIME_END))
        return false;
    glimpse->extracted_timestamp = view_of(p + TIME_AT, TIME_END - TIME_AT);
    glimpse->extracted_request_id = view_of(p + ID_AT, UUID_BYTES);
    glimpse->is_stamped = true;
    r->at += EXTRACTED_BYTES;
    r->quote += EXTRACTED_QUOTES;
    return true;
}

/* From behind the id to the message's opening quote, if it is written as mostly. */
static bool take_number_fast(struct reader *r, int64_t *ret)
{
    const struct record_glancer *g = r->g;
    const char *p = r->text.data + r->at;
    if (g->fits == NULL || r->at + NUMBER_BYTES > r->text.size || !g->fits(&g->number, p))
        return false;
    *ret = thirteen_digits(p + NUMBER_AT);
    r->at += NUMBER_BYTES;
    r->quote += NUMBER_QUOTES;
    return true;
}

static bool read_entry(struct reader *r, struct record_entry *ret)
{
    struct glimpse *glimpse = &ret->glimpse;
    glimpse->has_timestamp = true;
    glimpse->extracted_timestamp = VIEW_NULL;
    /* One by one: in a chain the second is read back at once as sixteen bytes, and waits
     * until both stores of eight have left the store buffer. */
    glimpse->extracted_request_id = VIEW_NULL;
    glimpse->extracted_event = VIEW_NULL;
    glimpse->is_stamped = false;
    if (!take(r, VIEW("{\"id\":\""), 3) || !take_string(r, &ret->id))
        return false;
    if (!take_number_fast(r, &glimpse->timestamp_ms) &&
        (!take(r, VIEW(",\"timestamp\":"), 2) || !take_number(r, &glimpse->timestamp_ms) ||
         !take(r, VIEW("\"message\":\""), 3)))
        return false;
    if (!take_string(r, &glimpse->message))
        return false;
    if (take_extracted_fast(r, glimpse))
        return take_string(r, &glimpse->extracted_event) && take_byte(r, '}') && take_byte(r, '}');
    if (take(r, VIEW(",\"extractedFields\":{"), 2) && !read_extracted(r, glimpse))
        return false;
    return take_byte(r, '}');
}

static bool make_room(struct record_glancer *g)
{
    if (g->count < g->capacity)
        return true;
    size_t capacity = g->capacity ? 2 * g->capacity : 256;
    if (capacity > GLANCE_ENTRIES_MAX)
        return false;
    struct record_entry *entries = realloc(g->entries, capacity * sizeof(*entries));
    if (entries == NULL)
        return false;
    g->entries = entries;
    g->capacity = capacity;
    return true;
}

/* The array behind its bracket. */
static bool read_entries(struct reader *r)
{
    if (take_byte(r, ']'))
        return true;
    size_t begin = r->at;
    do {
        if (!make_room(r->g))
            return false;
        struct record_entry *entry = &r->g->entries[r->g->count];
        if (!read_entry(r, entry))
            return false;
        r->g->count++;
        /* So far whoever counted the record before has asked. */
        if (r->at - begin >= RECORD_AHEAD_BYTES)
            record_entry_ask_ahead(entry);
    } while (take_byte(r, ','));
    return take_byte(r, ']');
}

/* ---- Records ---- */

/* Top-level members that were seen, a bit each. */
enum {
    SEEN_TYPE = 1,
    SEEN_OWNER = 2,
    SEEN_GROUP = 4,
    SEEN_STREAM = 8,
    SEEN_FILTERS = 16,
    SEEN_POLICY = 32,
    SEEN_EVENTS = 64,
};

/* ["…","…"] behind its bracket. */
static bool read_filters(struct reader *r)
{
    struct view filter;
    if (take_byte(r, ']'))
        return true;
    do {
        if (!take(r, VIEW("\""), 1) || !take_string(r, &filter))
            return false;
    } while (take_byte(r, ','));
    return take_byte(r, ']');
}

/* One member; which one is told as a bit, 0 where it is not known. */
static unsigned read_member(struct reader *r, struct record *ret)
{
    struct view policy;
    if (take(r, VIEW("\"messageType\":\"DATA_MESSAGE\""), 4))
        return SEEN_TYPE;
    if (take(r, VIEW("\"owner\":\""), 3))
        return take_name(r, &ret->account_id) ? SEEN_OWNER : 0;
    if (take(r, VIEW("\"logGroup\":\""), 3))
        return take_name(r, &ret->log_group) ? SEEN_GROUP : 0;
    if (take(r, VIEW("\"logStream\":\""), 3))
        return take_name(r, &ret->log_stream) ? SEEN_STREAM : 0;
    if (take(r, VIEW("\"subscriptionFilters\":["), 2))
        return read_filters(r) ? SEEN_FILTERS : 0;
    if (take(r, VIEW("\"policyLevel\":\""), 3))
        return take_name(r, &policy) ? SEEN_POLICY : 0;
    if (take(r, VIEW("\"logEvents\":["), 2))
        return read_entries(r) ? SEEN_EVENTS : 0;
    return 0;
}

/* Nothing is mapped; what comes next begins at `at`, which is not escaped. */
static void map_from(struct record_glancer *g, size_t at)
{
    g->mapped_from = g->mapped_to = at;
    g->ends_count = g->quote = 0;
    g->escaped = g->doubts = 0;
}

void record_glance_begin(struct record_glancer *g, struct view text)
{
    g->text = text;
    map_from(g, 0);
}

/* The number of ends before `at`, which is mapped. */
static size_t count_before(const struct record_glancer *g, size_t at)
{
    size_t offset = at - g->mapped_from;
    /* Mostly where the last record has stopped. */
    size_t count = g->quote <= g->ends_count ? g->quote : 0;
    if (count > 0 && g->ends[count - 1] >= offset)
        count = 0;
    while (count < g->ends_count && g->ends[count] < offset)
        count++;
    return count;
}

bool record_glance_at(struct record_glancer *g, size_t at, struct record *ret, size_t *ret_end)
{
    size_t rest = g->text.size - at;
    struct reader r = {.g = g, .at = at, .text = g->text};
    if (rest > RECORD_BYTES_OWN)
        r.text.size = at + RECORD_BYTES_OWN;
    unsigned seen = 0;
    g->count = 0;
    *ret = (struct record){.kind = DOCUMENT_RECORD};
    /* A brace is no backslash: what begins with it needs nothing from before. */
    if (at < g->mapped_from || at >= g->mapped_to)
        map_from(g, at);
    r.quote = count_before(g, at);
    if (!take_byte(&r, '{'))
        return false;
    do {
        size_t begin = r.at;
        unsigned member = read_member(&r, ret);
        if (member == 0 || (seen & member) != 0)
            return false;
        seen |= member;
        /* ARNs tell the region wherever they stand but in what the record carries. */
        if (member != SEEN_EVENTS && view_is_null(ret->region))
            ret->region = region_in_arns(view_slice(r.text, begin, r.at));
    } while (take_byte(&r, ','));
    g->quote = r.quote;
    *ret_end = r.at + 1;
    return take_byte(&r, '}') && (seen & SEEN_TYPE) != 0 && (seen & SEEN_EVENTS) != 0;
}

bool record_glance(struct record_glancer *g, struct view document, struct record *ret)
{
    size_t end;
    record_glance_begin(g, document);
    return record_glance_at(g, 0, ret, &end) && end == document.size;
}

/* ---- The full path ---- */

static struct view text_of(struct view inside, enum cpu cpu, struct buf *scratch)
{
    return view_is_null(inside) ? VIEW_NULL : json_inside_text(inside, cpu, scratch);
}

/* Whether the message is what a filter took apart, put together again. */
static bool is_stamped(const struct glimpse *g, struct stamps *stamps, int64_t *ret_ms)
{
    enum { TAB_BYTES = 2, STAMP_ID_AT = STAMP_TIME_BYTES + TAB_BYTES };
    struct view event = g->extracted_event;
    if (!g->is_stamped || g->message.size < STAMP_WRITTEN_BYTES + event.size)
        return false;
    struct view time = view_slice(g->message, 0, STAMP_TIME_BYTES);
    struct view id = view_slice(g->message, STAMP_ID_AT, STAMP_ID_AT + UUID_BYTES);
    struct view rest = view_from(g->message, STAMP_WRITTEN_BYTES);
    struct view behind = view_from(rest, event.size);
    return view_repeats(time, g->extracted_timestamp) &&
           stand(time.data + time.size, VIEW("\\t")) && view_repeats(id, g->extracted_request_id) &&
           stand(id.data + id.size, VIEW("\\t")) && view_starts_with(rest, event) &&
           (behind.size == 0 || view_equals(behind, VIEW("\\n"))) &&
           head_time(stamps, g->extracted_timestamp, ret_ms);
}

/* The message of which the event is a part: its escapes are undone once for both. */
static void open_stamped(const struct glimpse *g, enum cpu cpu, struct buf *scratch,
                         struct raw_event *ret)
{
    size_t begin = scratch->size;
    buf_append_view(scratch, g->extracted_timestamp);
    buf_append_byte(scratch, '\t');
    buf_append_view(scratch, g->extracted_request_id);
    buf_append_byte(scratch, '\t');
    size_t event = scratch->size;
    struct view text = json_inside_text(g->extracted_event, cpu, scratch);
    /* Without escapes it is where it was. */
    if (scratch->size == event)
        buf_append_view(scratch, text);
    size_t end = scratch->size;
    if (g->message.size > STAMP_WRITTEN_BYTES + g->extracted_event.size)
        buf_append_byte(scratch, '\n');
    ret->message = view_slice(buf_view(scratch), begin, scratch->size);
    ret->extracted_event = view_slice(buf_view(scratch), event, end);
    ret->extracted_timestamp = g->extracted_timestamp;
    ret->extracted_request_id = g->extracted_request_id;
    ret->is_stamped = true;
}

bool record_entry_open(const struct record_entry *entry, struct stamps *stamps, enum cpu cpu,
                       struct buf *scratch, struct raw_event *ret)
{
    const struct glimpse *g = &entry->glimpse;
    buf_clear(scratch);
    /* Whole before the first view into it is taken. */
    if (!buf_reserve(scratch, entry->id.size + g->message.size + g->extracted_event.size +
                                  g->extracted_request_id.size + g->extracted_timestamp.size))
        return false;
    struct view id = text_of(entry->id, cpu, scratch);
    *ret = (struct raw_event){
        .id = id.size > 0 ? id : VIEW_NULL,
        .has_timestamp = g->has_timestamp,
        .timestamp_ms = g->timestamp_ms,
        .is_extracted = !view_is_null(g->extracted_event),
    };
    if (is_stamped(g, stamps, &ret->stamp_ms)) {
        open_stamped(g, cpu, scratch, ret);
        return true;
    }
    ret->message = text_of(g->message, cpu, scratch);
    ret->extracted_timestamp = text_of(g->extracted_timestamp, cpu, scratch);
    ret->extracted_request_id = text_of(g->extracted_request_id, cpu, scratch);
    ret->extracted_event = text_of(g->extracted_event, cpu, scratch);
    return true;
}
