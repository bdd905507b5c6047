#include "split/document_start.h"

#include <assert.h>

/* Keys with their quotes, so that one comparison finds a whole key. */
static const struct view envelope_keys[] = {
    VIEW("\"messageType\""),
    VIEW("\"owner\""),
    VIEW("\"logGroup\""),
    VIEW("\"logStream\""),
    VIEW("\"subscriptionFilters\""),
    VIEW("\"logEvents\""),
    VIEW("\"policyLevel\""),
    VIEW("\"rawData\""),
    VIEW("\"awslogs\""),
    VIEW("\"Records\""),
    VIEW("\"records\""),
    VIEW("\"invocationId\""),
    VIEW("\"deliveryStreamArn\""),
};
#define ENVELOPE_KEYS_COUNT (sizeof(envelope_keys) / sizeof(envelope_keys[0]))

#define FIRST_KEY_BYTES_MAX 62 /* with both quotes */

/* The text from the first byte behind `{` that is no white space, cut to what
 * may be looked at. */
static struct view key_text(struct view text, size_t at)
{
    assert(at < text.size && text.data[at] == '{');
    size_t end = text.size - at > START_AHEAD_BYTES ? at + START_AHEAD_BYTES : text.size;
    size_t i = at + 1;
    while (i < end && i < at + 1 + SEAM_SPACE_MAX && byte_is_space(text.data[i]))
        i++;
    return view_slice(text, i, end);
}

bool start_may_have_key(struct view text, size_t at)
{
    struct view behind = key_text(text, at);
    return behind.size == 0 || behind.data[0] == '"';
}

/* Whether `text` begins with `key`; unknown where it ends within the key. */
static enum answer begins_with_key(struct view text, struct view key)
{
    if (text.size > 1 && text.data[1] != key.data[1]) /* most keys, without a call */
        return ANSWER_NO;
    if (view_starts_with(text, key))
        return ANSWER_YES;
    if (text.size < key.size && view_starts_with(key, text))
        return ANSWER_UNKNOWN;
    return ANSWER_NO;
}

enum answer start_has_key(struct view text, size_t at, struct view key)
{
    return begins_with_key(key_text(text, at), key);
}

enum answer start_is_envelope(struct view text, size_t at)
{
    struct view behind = key_text(text, at);
    enum answer answer = ANSWER_NO;
    for (size_t i = 0; i < ENVELOPE_KEYS_COUNT; i++) {
        switch (begins_with_key(behind, envelope_keys[i])) {
        case ANSWER_YES:
            return ANSWER_YES;
        case ANSWER_UNKNOWN:
            answer = ANSWER_UNKNOWN;
            break;
        case ANSWER_NO:
            break;
        }
    }
    return answer;
}

struct view start_first_key(struct view text, size_t at)
{
    struct view behind = key_text(text, at);
    if (behind.size == 0 || behind.data[0] != '"')
        return VIEW_NULL;
    for (size_t i = 1; i < behind.size && i < FIRST_KEY_BYTES_MAX; i++) {
        if (behind.data[i] == '"')
            return view_slice(behind, 0, i + 1);
        if (behind.data[i] == '\\')
            return VIEW_NULL;
    }
    return VIEW_NULL;
}

enum answer start_is_plausible(struct view text, size_t at, char before)
{
    switch (seam_sign(text, at)) {
    case SEAM_FAST:
        break;
    case SEAM_PARITY:
    case SEAM_NEVER:
        return ANSWER_NO;
    case SEAM_UNKNOWN:
        return ANSWER_UNKNOWN;
    }
    if (before != ':' && before != ',' && before != '[')
        return ANSWER_YES;
    return start_is_envelope(text, at);
}

/* The end of the string that begins with the quote at text[begin]: behind its
 * closing quote, or text.size. */
static size_t string_end(struct view text, size_t begin)
{
    for (size_t i = begin + 1; i < text.size; i++) {
        if (text.data[i] == '\\')
            i++;
        else if (text.data[i] == '"')
            return i + 1;
    }
    return text.size;
}

bool start_is_deciding_key(struct view text)
{
    static const struct view keys[] = {VIEW("\"logEvents\""), VIEW("\"rawData\""),
                                       VIEW("\"awslogs\""), VIEW("\"Records\""),
                                       VIEW("\"records\"")};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (begins_with_key(text, keys[i]) == ANSWER_YES)
            return true;
    }
    return false;
}

static void note_key(struct view key, struct document_keys *keys)
{
    if (view_equals(key, VIEW("\"logEvents\"")) || view_equals(key, VIEW("\"rawData\"")))
        keys->is_envelope = keys->has_events = true;
    else if (start_is_deciding_key(key))
        keys->is_envelope = true;
}

struct document_keys document_keys_of(struct view text)
{
    assert(text.size > 0 && text.data[0] == '{');
    struct document_keys keys = {0};
    size_t depth = 0;
    bool is_key_next = false;
    for (size_t i = 0; i < text.size; i++) {
        switch (text.data[i]) {
        case '"': {
            size_t end = string_end(text, i);
            if (depth == 1 && is_key_next)
                note_key(view_slice(text, i, end), &keys);
            i = end - 1;
            break;
        }
        case '{':
        case '[':
            depth++;
            is_key_next = true;
            break;
        case '}':
        case ']':
            if (--depth == 0) {
                keys.is_whole = true;
                return keys;
            }
            break;
        case ',':
            is_key_next = true;
            break;
        case ':':
            is_key_next = false;
            break;
        }
    }
    return keys;
}
