#include "glance/record.h"

#include "glance/eight.h"
#include "interpret/region.h"
#include "limits.h"
#include "json/repair.h"

#include <stdlib.h>

void record_glancer_init(struct record_glancer *ret, enum cpu cpu)
{
    *ret = (struct record_glancer){
        .map = string_map_kernel(cpu),
        .escapes_are_valid = escapes_kernel(cpu),
        .find_flaw = flaw_kernel(cpu),
    };
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

struct reader {
    struct record_glancer *g;
    struct view text;
    size_t at;
};

/* With the words known where it is compiled into, a few loads. */
__attribute__((always_inline)) static inline bool take(struct reader *r, struct view words)
{
    if (r->text.size - r->at < words.size ||
        memcmp(r->text.data + r->at, words.data, words.size) != 0)
        return false;
    r->at += words.size;
    return true;
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
    g->map(from, count, &g->escaped, g->blocks);
    g->mapped_from = g->mapped_to;
    g->mapped_to += count * STRING_BLOCK_BYTES;
    g->blocks_end = g->blocks + count;
    g->blocks[count] = (struct string_block){0};
    return true;
}

static bool inside_is_sound(const struct record_glancer *g, struct view inside)
{
    struct flaw_strings strings = {.is_inside = true};
    return g->find_flaw(inside, 0, &strings) == inside.size && g->escapes_are_valid(inside);
}

/* The string whose inside begins at r->at and ends past its first 64 bytes. */
static bool take_long_string(struct reader *r, struct view *ret)
{
    struct record_glancer *g = r->g;
    size_t offset = r->at - g->mapped_from;
    const struct string_block *block = &g->blocks[offset / STRING_BLOCK_BYTES];
    uint64_t from = UINT64_MAX << offset % STRING_BLOCK_BYTES;
    uint64_t ends = block->ends & from, doubts = block->doubts & from, before = 0;
    while (ends == 0) {
        before |= doubts;
        if (++block == g->blocks_end) {
            if (!map_more(g))
                return false;
            block = g->blocks;
        }
        ends = block->ends;
        doubts = block->doubts;
    }
    size_t end = g->mapped_from + (size_t)(block - g->blocks) * STRING_BLOCK_BYTES +
                 (unsigned)__builtin_ctzll(ends);
    if (end >= r->text.size)
        return false;
    *ret = view_slice(r->text, r->at, end);
    r->at = end + 1;
    before |= doubts & (ends - 1) & ~ends;
    return before == 0 || inside_is_sound(g, *ret);
}

/* What is left of a string behind its opening quote: its inside. */
static bool take_string(struct reader *r, struct view *ret)
{
    struct record_glancer *g = r->g;
    while (r->at >= g->mapped_to) {
        if (!map_more(g))
            return false;
    }
    size_t offset = r->at - g->mapped_from;
    struct string_block next =
        string_block_at(&g->blocks[offset / STRING_BLOCK_BYTES], offset % STRING_BLOCK_BYTES);
    if (next.ends == 0)
        return take_long_string(r, ret);
    size_t size = (unsigned)__builtin_ctzll(next.ends);
    if (r->at + size >= r->text.size)
        return false;
    *ret = view_slice(r->text, r->at, r->at + size);
    r->at += size + 1;
    return (next.doubts & (next.ends - 1) & ~next.ends) == 0 || inside_is_sound(g, *ret);
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

/* A JSON integer of at most 15 digits, not negative, and the comma behind it. */
static bool take_number(struct reader *r, int64_t *ret)
{
    enum { DIGITS_MAX = 15 };
    size_t begin = r->at;
    int64_t value = 0;
    /* Most are milliseconds, of 13 digits. */
    if (r->text.size - begin >= 8 && eight_are_digits(eight_load(r->text.data + begin))) {
        value = (int64_t)eight_number(eight_load(r->text.data + begin));
        r->at += 8;
    }
    while (r->at < r->text.size && r->at - begin < DIGITS_MAX && byte_is_digit(r->text.data[r->at]))
        value = value * 10 + (r->text.data[r->at++] - '0');
    size_t digits = r->at - begin;
    *ret = value;
    return digits > 0 && (digits == 1 || r->text.data[begin] != '0') && take(r, VIEW(","));
}

/* ---- Events ---- */

/* {"timestamp":"…","request_id":"…","event":"…"}, in any order, behind its brace. */
static bool read_extracted(struct reader *r, struct glimpse *glimpse)
{
    do {
        struct view *to;
        if (take(r, VIEW("\"timestamp\":\"")))
            to = &glimpse->extracted_timestamp;
        else if (take(r, VIEW("\"request_id\":\"")))
            to = &glimpse->extracted_request_id;
        else if (take(r, VIEW("\"event\":\"")))
            to = &glimpse->extracted_event;
        else
            return false;
        if (!view_is_null(*to) || !take_string(r, to))
            return false;
    } while (take(r, VIEW(",")));
    return take(r, VIEW("}")) && !view_is_null(glimpse->extracted_request_id) &&
           !view_is_null(glimpse->extracted_event);
}

static bool read_entry(struct reader *r, struct record_entry *ret)
{
    struct glimpse *glimpse = &ret->glimpse;
    glimpse->has_timestamp = true;
    glimpse->extracted_timestamp = VIEW_NULL;
    glimpse->extracted_request_id = glimpse->extracted_event = VIEW_NULL;
    if (!take(r, VIEW("{\"id\":\"")) || !take_string(r, &ret->id) ||
        !take(r, VIEW(",\"timestamp\":")) || !take_number(r, &glimpse->timestamp_ms) ||
        !take(r, VIEW("\"message\":\"")) || !take_string(r, &glimpse->message))
        return false;
    if (take(r, VIEW(",\"extractedFields\":{")) && !read_extracted(r, glimpse))
        return false;
    return take(r, VIEW("}"));
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

/* Asks for as much memory further on as the text from `begin` has used up: a map
 * is made of 4 KiB in one go, and would wait for each line of them. Past the end
 * of the text it does nothing. */
static void ask_ahead(const struct reader *r, size_t begin)
{
    const char *from = r->text.data + begin + RECORD_AHEAD_BYTES;
    for (size_t i = 0; i < r->at - begin; i += STRING_BLOCK_BYTES)
        __builtin_prefetch(from + i);
}

/* The array behind its bracket. */
static bool read_entries(struct reader *r)
{
    if (take(r, VIEW("]")))
        return true;
    do {
        size_t begin = r->at;
        if (!make_room(r->g) || !read_entry(r, &r->g->entries[r->g->count]))
            return false;
        r->g->count++;
        ask_ahead(r, begin);
    } while (take(r, VIEW(",")));
    return take(r, VIEW("]"));
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
    if (take(r, VIEW("]")))
        return true;
    do {
        if (!take(r, VIEW("\"")) || !take_string(r, &filter))
            return false;
    } while (take(r, VIEW(",")));
    return take(r, VIEW("]"));
}

/* One member; which one is told as a bit, 0 where it is not known. */
static unsigned read_member(struct reader *r, struct record *ret)
{
    struct view policy;
    if (take(r, VIEW("\"messageType\":\"DATA_MESSAGE\"")))
        return SEEN_TYPE;
    if (take(r, VIEW("\"owner\":\"")))
        return take_name(r, &ret->account_id) ? SEEN_OWNER : 0;
    if (take(r, VIEW("\"logGroup\":\"")))
        return take_name(r, &ret->log_group) ? SEEN_GROUP : 0;
    if (take(r, VIEW("\"logStream\":\"")))
        return take_name(r, &ret->log_stream) ? SEEN_STREAM : 0;
    if (take(r, VIEW("\"subscriptionFilters\":[")))
        return read_filters(r) ? SEEN_FILTERS : 0;
    if (take(r, VIEW("\"policyLevel\":\"")))
        return take_name(r, &policy) ? SEEN_POLICY : 0;
    if (take(r, VIEW("\"logEvents\":[")))
        return read_entries(r) ? SEEN_EVENTS : 0;
    return 0;
}

void record_glance_begin(struct record_glancer *g, struct view text)
{
    g->text = text;
    g->mapped_from = g->mapped_to = 0;
    g->escaped = 0;
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
    if (at < g->mapped_from || at >= g->mapped_to) {
        g->mapped_from = g->mapped_to = at;
        g->escaped = 0;
    }
    if (!take(&r, VIEW("{")))
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
    } while (take(&r, VIEW(",")));
    *ret_end = r.at + 1;
    return take(&r, VIEW("}")) && (seen & SEEN_TYPE) != 0 && (seen & SEEN_EVENTS) != 0;
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

bool record_entry_open(const struct record_entry *entry, enum cpu cpu, struct buf *scratch,
                       struct raw_event *ret)
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
        .message = text_of(g->message, cpu, scratch),
        .extracted_timestamp = text_of(g->extracted_timestamp, cpu, scratch),
        .extracted_request_id = text_of(g->extracted_request_id, cpu, scratch),
        .extracted_event = text_of(g->extracted_event, cpu, scratch),
        .is_extracted = !view_is_null(g->extracted_event),
    };
    return true;
}
