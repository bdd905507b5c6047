/* Documents back to back: the seams end them. */

#include "split/splitter_state.h"

/* The next candidate for a seam, without taking it. False when the text has no
 * further one. */
static bool peek_candidate(struct splitter *s, size_t *ret_at)
{
    while (s->candidates_next == s->candidates_count) {
        size_t rest = s->text.size - s->sought;
        if (rest == 0)
            return false;
        struct view window =
            view_of(s->text.data + s->sought, rest < s->ahead_bytes ? rest : s->ahead_bytes);
        size_t at = 0;
        if (s->ahead_bytes < SOUGHT_AHEAD_BYTES)
            s->ahead_bytes *= 2;
        s->candidates_count = s->scan(window, &at, &s->seam, s->candidates, CANDIDATES_MAX);
        s->candidates_next = 0;
        s->sought_from = s->sought;
        s->sought += at;
    }
    *ret_at = s->sought_from + s->candidates[s->candidates_next];
    return true;
}

enum step split_enter_document(struct splitter *s)
{
    assert(s->text.data[s->given] == '{');
    while (s->candidates_next < s->candidates_count &&
           s->sought_from + s->candidates[s->candidates_next] <= s->given)
        s->candidates_next++;
    if (s->sought <= s->given) {
        s->sought = s->given + 1;
        s->seam.after_close = false;
    }
    s->quotes = (struct quote_state){0};
    return split_enter(s, MODE_DOCUMENT);
}

static enum step step_between(struct splitter *s, struct piece *ret)
{
    bool is_cut;
    size_t end = split_skip_space(s->text, s->given + split_mark_size(s, &is_cut));
    if (is_cut)
        return STEP_WAIT;
    if (end > s->given)
        return split_give(s, end, PIECE_SEPARATOR, ret);
    if (s->given == s->text.size)
        return STEP_WAIT;

    if (s->text.data[s->given] == '{')
        return split_enter_document(s);
    if (!s->is_array)
        return split_enter(s, MODE_STRAY);
    switch (split_array_opens(s->text, s->given)) {
    case ANSWER_YES:
        return split_enter_array(s, ret);
    case ANSWER_UNKNOWN:
        if (!s->is_final)
            return STEP_WAIT;
        break;
    case ANSWER_NO:
        break;
    }
    return split_enter(s, MODE_STRAY);
}

static enum step step_stray(struct splitter *s, struct piece *ret)
{
    for (;;) {
        size_t at = view_find_byte(s->text, '{', s->scanned);
        enum answer answer = ANSWER_UNKNOWN;
        if (at < s->text.size) {
            char before = at > s->given ? s->text.data[at - 1] : s->byte_before;
            answer = start_is_plausible(s->text, at, before);
            if (answer == ANSWER_NO || (answer == ANSWER_UNKNOWN && s->is_final)) {
                s->scanned = at + 1;
                continue;
            }
        }
        s->scanned = at;
        if (at > s->given)
            return split_give_damaged(s, at, REASON_STRAY, ret);
        return answer == ANSWER_YES ? split_enter_document(s) : STEP_WAIT;
    }
}

/* Where the first document in the text ends, by its brackets and strings alone;
 * 0 where it does not end. */
static size_t first_document_end(struct view text)
{
    bool in_string = false;
    size_t depth = 0;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (in_string) {
            if (byte == '\\')
                i++;
            in_string = byte != '"';
        } else if (byte == '"') {
            in_string = true;
        } else if (byte == '{' || byte == '[') {
            depth++;
        } else if ((byte == '}' || byte == ']') && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* The text from `given` holds more than record_bytes_max bytes without a seam. A
 * document that ends before the bound is no part of what is too large: what
 * follows it, blocks of zeros or white space, is no other one's beginning. */
static enum step document_past_bound(struct splitter *s, struct piece *ret)
{
    size_t size = first_document_end(view_of(s->text.data + s->given, s->record_bytes_max));
    if (size > 0) {
        split_give(s, s->given + size, PIECE_DOCUMENT, ret);
        split_enter(s, MODE_BETWEEN);
        return STEP_PIECE;
    }
    return split_enter(s, MODE_DOCUMENT_OVER);
}

/* Whether the candidate at text[at] is a seam of the document at `given`. */
static enum answer is_seam(struct splitter *s, size_t at)
{
    switch (seam_sign(s->text, at)) {
    case SEAM_FAST:
        return ANSWER_YES;
    case SEAM_NEVER:
        return ANSWER_NO;
    case SEAM_UNKNOWN:
        if (!s->is_final)
            return ANSWER_UNKNOWN;
        break;
    case SEAM_PARITY:
        break;
    }
    quotes_scan(s->text, s->scanned, at, &s->quotes);
    s->scanned = at;
    return s->quotes.is_in_string ? ANSWER_NO : ANSWER_YES;
}

static enum step step_document(struct splitter *s, struct piece *ret)
{
    size_t at;
    for (;;) {
        bool is_candidate = peek_candidate(s, &at);
        size_t seamless_end = is_candidate ? at : s->text.size;
        if (seamless_end - s->given > s->record_bytes_max)
            return document_past_bound(s, ret);
        if (!is_candidate)
            break;
        enum answer answer = is_seam(s, at);
        if (answer == ANSWER_UNKNOWN)
            return STEP_WAIT;
        if (answer == ANSWER_YES) {
            split_give(s, split_trim(s->text, s->given, at), PIECE_DOCUMENT, ret);
            split_enter(s, MODE_BETWEEN);
            return STEP_PIECE;
        }
        s->candidates_next++;
    }
    if (!s->is_final)
        return STEP_WAIT;
    split_give(s, split_trim(s->text, s->given, s->text.size), PIECE_DOCUMENT, ret);
    split_enter(s, MODE_BETWEEN);
    return STEP_PIECE;
}

/* The next candidate that may be a fast seam, or the text's end. */
static size_t next_fast_candidate(struct splitter *s, enum seam_sign *ret_sign)
{
    size_t at;
    while (peek_candidate(s, &at)) {
        *ret_sign = seam_sign(s->text, at);
        if (*ret_sign == SEAM_FAST || (*ret_sign == SEAM_UNKNOWN && !s->is_final))
            return at;
        s->candidates_next++;
    }
    *ret_sign = SEAM_UNKNOWN;
    return s->text.size;
}

static enum step step_document_over(struct splitter *s, struct piece *ret)
{
    enum seam_sign sign;
    size_t at = next_fast_candidate(s, &sign);
    if (at > s->given)
        return split_give_damaged(s, at, REASON_OVER, ret);
    return sign == SEAM_FAST ? split_enter_document(s) : STEP_WAIT;
}

enum step split_step_documents(struct splitter *s, struct piece *ret)
{
    switch (s->mode) {
    case MODE_BETWEEN:
        return step_between(s, ret);
    case MODE_STRAY:
        return step_stray(s, ret);
    case MODE_DOCUMENT:
        return step_document(s, ret);
    case MODE_DOCUMENT_OVER:
        return step_document_over(s, ret);
    case MODE_ARRAY_START:
    case MODE_ARRAY:
    case MODE_ELEMENT:
    case MODE_LOST:
    case MODE_LINE:
    case MODE_ENTRY_NONE:
    case MODE_ENTRY:
    case MODE_BINARY:
        break;
    }
    assert(false);
    return STEP_WAIT;
}

bool splitter_is_at_document(const struct splitter *s)
{
    return s->mode == MODE_BETWEEN && !s->is_array && s->given < s->text.size &&
           s->text.data[s->given] == '{';
}

/* In a sound document a candidate lies in a string, and so is no seam; the one
 * behind it is one where the fast rule says so. */
bool splitter_take_document(struct splitter *s, size_t end, struct piece *ret)
{
    assert(splitter_is_at_document(s) && end > s->given && end <= s->text.size);
    size_t next = split_skip_space(s->text, end);
    bool is_last = next == s->text.size;
    if (next - s->given > s->record_bytes_max ||
        (is_last ? !s->is_final : seam_sign(s->text, next) != SEAM_FAST))
        return false;
    split_give(s, end, PIECE_DOCUMENT, ret);
    split_enter(s, MODE_BETWEEN);
    s->ahead_bytes = SOUGHT_AHEAD_BYTES_MIN;
    return true;
}
