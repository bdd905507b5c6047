/* One array of documents: `[{…},{…}]`. Depth and strings end an element, which
 * is exact as long as the text is valid. Where it cannot be valid (a bracket
 * that closes the other kind, an object where a key must come, an object's
 * start in a string by the fast rule) the element is given up to the next
 * place that looks like `},{` between two documents. */

#include "split/splitter_state.h"

/* `}`, white space, `,`, white space: what lies between two elements, as far as
 * it is looked for in damaged text. */
#define JOINT_BYTES_MAX (2 * SEAM_SPACE_MAX + 2)

enum answer split_array_opens(struct view text, size_t at)
{
    if (text.data[at] != '[')
        return ANSWER_NO;
    size_t end = at + 1 + SEAM_SPACE_MAX;
    size_t i = at + 1;
    while (i < text.size && i < end && byte_is_space(text.data[i]))
        i++;
    if (i == text.size)
        return ANSWER_UNKNOWN;
    return text.data[i] == '{' ? ANSWER_YES : ANSWER_NO;
}

enum step split_enter_array(struct splitter *s, struct piece *ret)
{
    split_give(s, s->given + 1, PIECE_SEPARATOR, ret);
    split_enter(s, MODE_ARRAY);
    return STEP_PIECE;
}

static enum step enter_value(struct splitter *s)
{
    s->value_reason = s->text.data[s->given] == '{' ? NULL : REASON_ELEMENT;
    s->nesting = (struct nesting){0};
    s->first_key_size = 0;
    return split_enter(s, MODE_ELEMENT);
}

static enum step step_array_start(struct splitter *s, struct piece *ret)
{
    bool is_cut;
    size_t end = split_skip_space(s->text, s->given + split_mark_size(s, &is_cut));
    if (is_cut)
        return STEP_WAIT;
    if (end > s->given)
        return split_give(s, end, PIECE_SEPARATOR, ret);
    if (s->given == s->text.size)
        return STEP_WAIT;

    switch (s->text.data[s->given]) {
    case '{':
    case ',':
    case ']':
        return split_enter(s, MODE_ARRAY);
    case '[':
        return split_enter_array(s, ret);
    }
    /* The run begins within an element, whose start lies behind a border. */
    split_enter(s, MODE_LOST);
    s->value_reason = REASON_STRAY;
    s->first_key_size = 0;
    return STEP_AGAIN;
}

static enum step step_array(struct splitter *s, struct piece *ret)
{
    size_t end = s->given;
    while (end < s->text.size && (byte_is_space(s->text.data[end]) || s->text.data[end] == ','))
        end++;
    if (end < s->text.size && s->text.data[end] == ']') {
        split_give(s, end + 1, PIECE_SEPARATOR, ret);
        split_enter(s, MODE_BETWEEN);
        return STEP_PIECE;
    }
    if (end > s->given)
        return split_give(s, end, PIECE_SEPARATOR, ret);
    return s->given == s->text.size ? STEP_WAIT : enter_value(s);
}

enum walk {
    WALK_ON,
    WALK_BEHIND, /* the value ends with this byte */
    WALK_BEFORE, /* the value ends before this byte */
    WALK_BROKEN, /* the text cannot be valid */
    WALK_WAIT,   /* what decides lies past the end of the text */
};

static enum walk walk_string_byte(struct splitter *s, size_t at)
{
    struct nesting *n = &s->nesting;
    char byte = s->text.data[at];
    if (n->is_escaped) {
        n->is_escaped = false;
        return WALK_ON;
    }
    n->is_escaped = byte == '\\';
    n->is_in_string = byte != '"';
    if (byte != '{')
        return WALK_ON;
    switch (seam_sign(s->text, at)) {
    case SEAM_FAST:
        return WALK_BROKEN;
    case SEAM_UNKNOWN:
        return s->is_final ? WALK_ON : WALK_WAIT;
    case SEAM_PARITY:
    case SEAM_NEVER:
        break;
    }
    return WALK_ON;
}

static bool is_in_object(const struct nesting *n)
{
    unsigned level = n->depth - 1;
    return n->depth > 0 && (n->is_object[level / 64] >> level % 64 & 1) != 0;
}

static enum walk walk_open(struct nesting *n, bool is_object)
{
    bool is_key_due = n->is_behind_comma && is_in_object(n);
    if (is_key_due || n->depth == JSON_DEPTH_MAX)
        return WALK_BROKEN;
    uint64_t bit = UINT64_C(1) << n->depth % 64;
    uint64_t *word = &n->is_object[n->depth / 64];
    *word = is_object ? *word | bit : *word & ~bit;
    n->depth++;
    n->is_behind_comma = false;
    return WALK_ON;
}

static enum walk walk_close(struct nesting *n, bool is_object)
{
    if (n->depth == 0 || is_in_object(n) != is_object)
        return WALK_BROKEN;
    n->depth--;
    n->is_behind_comma = false;
    return n->depth == 0 ? WALK_BEHIND : WALK_ON;
}

static enum walk walk_byte(struct splitter *s, size_t at)
{
    struct nesting *n = &s->nesting;
    if (n->is_in_string)
        return walk_string_byte(s, at);

    char byte = s->text.data[at];
    if (n->depth == 0 && (byte == ',' || byte == ']'))
        return WALK_BEFORE;
    switch (byte) {
    case '{':
    case '[':
        return walk_open(n, byte == '{');
    case '}':
    case ']':
        return walk_close(n, byte == '}');
    case ',':
        n->is_behind_comma = true;
        return WALK_ON;
    }
    n->is_in_string = byte == '"';
    n->is_behind_comma = n->is_behind_comma && byte_is_space(byte);
    return WALK_ON;
}

/* Remembers how the element begins: others in the array begin like it. */
static void note_first_key(struct splitter *s)
{
    if (s->is_over || s->value_reason != NULL)
        return;
    struct view key = start_first_key(s->text, s->given);
    assert(key.size <= sizeof(s->first_key));
    if (key.size > 0)
        memcpy(s->first_key, key.data, key.size);
    s->first_key_size = key.size;
}

/* Where the bytes before `scanned` may join two elements, `}` and `,`, the
 * position of that `}`. Otherwise `scanned`. */
static size_t joint_begin(const struct splitter *s)
{
    size_t before = split_trim(s->text, s->given, s->scanned);
    if (before > s->given && s->text.data[before - 1] == ',')
        before = split_trim(s->text, s->given, before - 1);
    bool is_joint = before > s->given && s->text.data[before - 1] == '}' &&
                    s->scanned - before <= JOINT_BYTES_MAX;
    return is_joint ? before - 1 : s->scanned;
}

/* The walk found the text broken at `scanned`. Where that is the start of an
 * object, the element before it ends there at the latest. */
static enum step enter_lost(struct splitter *s)
{
    note_first_key(s);
    s->mode = MODE_LOST;
    s->scanned = joint_begin(s);
    return STEP_AGAIN;
}

static enum step give_value(struct splitter *s, size_t end, struct piece *ret)
{
    if (s->is_over || end - s->given > s->record_bytes_max)
        return split_give_damaged(s, end, REASON_OVER, ret);
    if (s->value_reason != NULL)
        return split_give_damaged(s, end, s->value_reason, ret);
    return split_give(s, end, PIECE_DOCUMENT, ret);
}

static enum step end_value(struct splitter *s, size_t end, struct piece *ret)
{
    if (end == s->given)
        return split_enter(s, MODE_ARRAY);
    give_value(s, end, ret);
    split_enter(s, MODE_ARRAY);
    return STEP_PIECE;
}

/* All of the text was looked at and the value does not end in it. */
static enum step value_at_text_end(struct splitter *s, struct piece *ret)
{
    if (s->is_final) {
        if (s->given == s->text.size)
            return STEP_WAIT;
        /* Parts that were given before hold their white space too. */
        bool is_over = s->is_over || s->text.size - s->given > s->record_bytes_max;
        size_t end = is_over ? s->text.size : split_trim(s->text, s->given, s->text.size);
        give_value(s, end, ret);
        split_enter(s, MODE_BETWEEN);
        return STEP_PIECE;
    }
    if (s->scanned - s->given <= (s->is_over ? 0 : s->record_bytes_max))
        return STEP_WAIT;
    note_first_key(s);
    s->is_over = true;
    /* What may prove to be a joint stays whole. */
    size_t end = joint_begin(s);
    return end > s->given ? split_give_damaged(s, end, REASON_OVER, ret) : STEP_WAIT;
}

static enum step step_element(struct splitter *s, struct piece *ret)
{
    while (s->scanned < s->text.size) {
        size_t at = s->scanned;
        switch (walk_byte(s, at)) {
        case WALK_ON:
            s->scanned = at + 1;
            break;
        case WALK_BEHIND:
            return end_value(s, at + 1, ret);
        case WALK_BEFORE:
            return end_value(s, at, ret);
        case WALK_BROKEN:
            return enter_lost(s);
        case WALK_WAIT:
            return value_at_text_end(s, ret);
        }
    }
    return value_at_text_end(s, ret);
}

/* Whether the `}` at text[at] ends an element and another begins behind it. */
static enum answer is_joint(const struct splitter *s, size_t at)
{
    for (unsigned part = 0; part < 2; part++) {
        size_t end = at + 1 + SEAM_SPACE_MAX;
        for (at++; at < s->text.size && at < end && byte_is_space(s->text.data[at]);)
            at++;
        if (at >= s->text.size)
            return ANSWER_UNKNOWN;
        if (s->text.data[at] != (part == 0 ? ',' : '{'))
            return ANSWER_NO;
    }
    enum answer answer = start_is_envelope(s->text, at);
    if (answer == ANSWER_NO && s->first_key_size > 0)
        return start_has_key(s->text, at, view_of(s->first_key, s->first_key_size));
    return answer;
}

static enum step step_lost(struct splitter *s, struct piece *ret)
{
    for (;;) {
        size_t at = view_find_byte(s->text, '}', s->scanned);
        enum answer answer = at < s->text.size ? is_joint(s, at) : ANSWER_UNKNOWN;
        if (answer == ANSWER_NO || (answer == ANSWER_UNKNOWN && s->is_final && at < s->text.size)) {
            s->scanned = at + 1;
            continue;
        }
        if (answer == ANSWER_YES)
            return end_value(s, at + 1, ret);
        s->scanned = at;
        return value_at_text_end(s, ret);
    }
}

enum step split_step_array(struct splitter *s, struct piece *ret)
{
    switch (s->mode) {
    case MODE_ARRAY_START:
        return step_array_start(s, ret);
    case MODE_ARRAY:
        return step_array(s, ret);
    case MODE_ELEMENT:
        return step_element(s, ret);
    case MODE_LOST:
        return step_lost(s, ret);
    case MODE_BETWEEN:
    case MODE_STRAY:
    case MODE_DOCUMENT:
    case MODE_DOCUMENT_OVER:
    case MODE_LINE:
    case MODE_ENTRY_NONE:
    case MODE_ENTRY:
    case MODE_BINARY:
        break;
    }
    assert(false);
    return STEP_WAIT;
}
