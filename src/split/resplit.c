#include "split/resplit.h"

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
static enum lead lead_of(const struct resplit *r, size_t at, bool is_behind_document)
{
    struct view text = r->text;
    if (at == 0)
        return LEAD_FIRST;
    if (!start_may_have_key(text, at))
        return LEAD_NONE;
    if (start_is_envelope(text, at) == ANSWER_YES)
        return LEAD_ENVELOPE;
    if (!seam_is_fast(text, at))
        return LEAD_NONE;
    if (is_behind_document || text.data[at - 1] == '\n')
        return LEAD_LOOSE;
    if (!view_is_null(r->first_key) && start_has_key(text, at, r->first_key) == ANSWER_YES)
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

/* Whether the sound object text[begin..end), no envelope, is a document: damage also
 * leaves sound objects that were part of one. */
static bool is_document(struct view text, size_t begin, size_t end, enum lead lead)
{
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

/* The end of the document at text[at], or 0 where none is. *ret_looked is how many
 * looks that costs: one at each byte up to where it ends or fails, and one more at
 * those of a sound one, for its keys. */
static size_t try_document(struct resplit *r, size_t at, enum lead lead, size_t *ret_looked)
{
    struct document_end end = document_ends_at(&r->ends, at);
    if (end.looked > r->budget) {
        struct view affordable = view_slice(r->text, at, at + r->budget);
        return json_document_end(affordable, ret_looked);
    }
    *ret_looked = end.is_sound ? 2 * end.looked : end.looked;
    size_t behind = at + end.looked;
    if (end.is_sound && (end.is_envelope || is_document(r->text, at, behind, lead)))
        return behind;
    return 0;
}

/* The first document at or behind `at`; text.size where there is none or the
 * budget is spent. A document further on is looked at again by the next call,
 * so it counts only if the budget lasts for that. */
static size_t find_document(struct resplit *r, size_t *ret_end)
{
    struct view text = r->text;
    bool is_behind_document = r->at > 0;
    for (size_t at = r->at; r->budget > 0; at++) {
        at = view_find_byte(text, '{', at);
        if (at == text.size)
            return at;
        enum lead lead = lead_of(r, at, is_behind_document);
        if (lead == LEAD_NONE)
            continue;
        is_behind_document = false;
        size_t looked;
        size_t end = try_document(r, at, lead, &looked);
        r->budget -= looked < r->budget ? looked : r->budget;
        if (end > 0 && (at == r->at || looked <= r->budget)) {
            *ret_end = end;
            return at;
        }
    }
    return text.size;
}

void resplit_begin(struct resplit *r, struct view text)
{
    r->text = text;
    r->at = 0;
    r->budget = text.size * RESPLIT_PASSES_MAX;
    bool has_brace = text.size > 0 && text.data[0] == '{';
    r->first_key = has_brace ? start_first_key(text, 0) : VIEW_NULL;
    document_ends_begin(&r->ends, text);
}

void resplit_done(struct resplit *r)
{
    document_ends_done(&r->ends);
}

enum rc resplit_next(struct resplit *r, struct piece *ret)
{
    struct view text = r->text;
    size_t begin = r->at;
    if (begin == text.size)
        return RC_END;

    size_t document_end = text.size;
    size_t document = find_document(r, &document_end);
    if (document == begin) {
        *ret = (struct piece){begin, document_end - begin, PIECE_DOCUMENT, NULL, false};
        r->at = document_end;
        return RC_OK;
    }
    if (split_skip_space(text, begin) >= document)
        *ret = (struct piece){begin, document - begin, PIECE_SEPARATOR, NULL, false};
    else
        *ret = (struct piece){begin, document - begin, PIECE_DAMAGED, REASON_INVALID, false};
    r->at = document;
    return RC_OK;
}
