#include "split/document_start.h"
#include "split/splitter_state.h"
#include "json/json.h"

/* How a `{` in damaged text came to be looked at, which says what a sound
 * object there is worth. */
enum lead {
    LEAD_NONE,
    LEAD_FIRST,    /* the text begins with it */
    LEAD_ENVELOPE, /* a key follows that envelopes begin with */
    LEAD_LOOSE,    /* it begins like the documents around it */
};

/* Documents of one stream begin alike, and no newline stands in a valid string.
 * `is_behind_document`: a sound one ended before, so no container is open. */
static enum lead lead_of(struct view text, size_t at, bool is_behind_document)
{
    if (at == 0)
        return LEAD_FIRST;
    if (start_is_envelope(text, at) == ANSWER_YES)
        return LEAD_ENVELOPE;
    if (!seam_is_fast(text, at))
        return LEAD_NONE;
    if (is_behind_document || text.data[at - 1] == '\n')
        return LEAD_LOOSE;
    struct view key = start_first_key(text, 0);
    if (!view_is_null(key) && start_has_key(text, at, key) == ANSWER_YES)
        return LEAD_LOOSE;
    return LEAD_NONE;
}

/* Whether what stands behind the object text[..end) shows that it was part of a
 * larger one. At the start of a line nothing shows that. */
static bool is_fragment(struct view text, size_t end)
{
    size_t next = split_skip_space(text, end);
    if (next == text.size || (next > end && text.data[next - 1] == '\n'))
        return false;
    char behind = text.data[next];
    return behind == ',' || behind == ':' || behind == '}' || behind == ']';
}

/* Whether the sound object text[begin..end) is a document: damage also leaves
 * sound objects that were part of one. */
static bool is_document(struct view text, size_t begin, size_t end, enum lead lead)
{
    if (document_keys_of(view_slice(text, begin, end)).is_envelope)
        return true;
    size_t next = split_skip_space(text, end);
    bool is_at_border = next == text.size || text.data[next] == '{';
    bool is_empty = split_skip_space(text, begin + 1) == end - 1; /* mostly from a string */
    switch (lead) {
    case LEAD_FIRST:
        return is_empty ? is_at_border : !is_fragment(text, end);
    case LEAD_LOOSE:
        return is_at_border;
    case LEAD_ENVELOPE:
    case LEAD_NONE:
        return false;
    }
    return false;
}

/* The end of the document at text[at], or 0 where none is. *ret_looked is how
 * many bytes that took to find out, at most `budget`. */
static size_t try_document(struct view text, size_t at, enum lead lead, size_t budget,
                           size_t *ret_looked)
{
    struct view rest = view_from(text, at);
    if (rest.size > budget)
        rest.size = budget;
    size_t size = json_document_end(rest, ret_looked);
    if (size == 0)
        return 0;
    *ret_looked += size;
    return is_document(text, at, at + size, lead) ? at + size : 0;
}

/* The first document at or behind `from`; text.size where there is none or the
 * budget is spent. A document further on is looked at again by the next call,
 * so it counts only if the budget lasts for that. */
static size_t find_document(struct view text, size_t from, size_t *budget, size_t *ret_end)
{
    bool is_behind_document = from > 0;
    for (size_t at = from; *budget > 0; at++) {
        at = view_find_byte(text, '{', at);
        if (at == text.size)
            return at;
        enum lead lead = lead_of(text, at, is_behind_document);
        if (lead == LEAD_NONE)
            continue;
        is_behind_document = false;
        size_t looked;
        size_t end = try_document(text, at, lead, *budget, &looked);
        *budget -= looked < *budget ? looked : *budget;
        if (end > 0 && (at == from || looked <= *budget)) {
            *ret_end = end;
            return at;
        }
    }
    return text.size;
}

enum rc resplit_next(struct view text, size_t *at, size_t *budget, struct piece *ret)
{
    assert(*at <= text.size);
    if (*at == text.size)
        return RC_END;

    size_t document_end = text.size;
    size_t begin = *at;
    size_t document = find_document(text, begin, budget, &document_end);
    if (document == begin) {
        *ret = (struct piece){begin, document_end - begin, PIECE_DOCUMENT, NULL, false};
        *at = document_end;
        return RC_OK;
    }
    if (split_skip_space(text, begin) >= document)
        *ret = (struct piece){begin, document - begin, PIECE_SEPARATOR, NULL, false};
    else
        *ret = (struct piece){begin, document - begin, PIECE_DAMAGED, REASON_INVALID, false};
    *at = document;
    return RC_OK;
}
