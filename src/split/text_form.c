#include "split/document_start.h"
#include "split/line_form.h"
#include "split/splitter_state.h"

/* The form shows in this much text, however much is at hand. */
#define HEAD_BYTES_MAX ((size_t)MIB(16))

/* Document starts that are tried, and how far each is read for its keys, before
 * the text is taken for lines. */
#define STARTS_MAX 64
#define START_BYTES_MAX ((size_t)MIB(1))

/* What a walk from seam to seam carries. */
struct seam_walk {
    seam_scan_fn *scan;
    struct view head;
    bool is_whole;
};

/* Whether head[begin..end), from one fast seam to the next or the end, is a
 * document of the archive. Records alone are no sign: events of other services
 * have them too, and Lambda functions log those. */
static bool is_archive_document(const struct seam_walk *w, size_t begin, size_t end)
{
    struct view text = view_slice(w->head, begin, end);
    struct document_keys keys = document_keys_of(text);
    if (keys.has_events)
        return true;
    if (keys.is_envelope)
        return view_find(text, VIEW("\"data\""), 0) < text.size;
    bool is_cut = !keys.is_whole && end == w->head.size && !w->is_whole;
    return is_cut && start_is_envelope(w->head, begin) == ANSWER_YES;
}

static bool has_document_at_seam(const struct seam_walk *w)
{
    struct seam_state state = {0};
    uint32_t candidates[CANDIDATES_MAX + 64];
    size_t at = 0;
    size_t begin = w->head.size; /* of the document that awaits its end */
    while (at < w->head.size) {
        size_t count = w->scan(w->head, &at, &state, candidates, CANDIDATES_MAX);
        for (size_t i = 0; i < count; i++) {
            if (!seam_is_fast(w->head, candidates[i]))
                continue;
            if (begin < w->head.size && is_archive_document(w, begin, candidates[i]))
                return true;
            begin = candidates[i];
        }
    }
    return begin < w->head.size && is_archive_document(w, begin, w->head.size);
}

/* Whether a document of CloudWatch begins in head[begin..end), no seam before
 * it: behind a damaged start. */
static bool has_document_in(struct view head, size_t begin, size_t end)
{
    struct view region = view_slice(head, 0, end);
    size_t at = begin;
    for (unsigned tries = 0; tries < STARTS_MAX; at++) {
        at = view_find_byte(region, '{', at);
        if (at == region.size)
            return false;
        if (!seam_is_fast(head, at) || start_is_envelope(head, at) != ANSWER_YES)
            continue;
        size_t rest = head.size - at;
        size_t size = rest < START_BYTES_MAX ? rest : START_BYTES_MAX;
        if (document_keys_of(view_of(head.data + at, size)).has_events)
            return true;
        tries++;
    }
    return false;
}

static bool has_export_time_line(struct view head)
{
    for (size_t at = 0; at < head.size; at = view_find_byte(head, '\n', at) + 1) {
        if (line_has_export_time(view_from(head, at)))
            return true;
    }
    return false;
}

enum text_form text_form_of(struct view head, bool whole, bool is_export_name, enum cpu cpu)
{
    if (head.size > HEAD_BYTES_MAX) {
        head.size = HEAD_BYTES_MAX;
        whole = false;
    }
    if (view_starts_with(head, VIEW("\xEF\xBB\xBF")))
        head = view_from(head, 3);
    size_t begin = split_skip_space(head, 0);
    if (begin == head.size)
        return TEXT_LINES;
    if (head.data[begin] == '{')
        return TEXT_DOCUMENTS;
    if (split_array_opens(head, begin) == ANSWER_YES)
        return TEXT_ARRAY;

    struct seam_walk walk = {seam_scan_kernel(cpu), head, whole};
    if (has_document_at_seam(&walk))
        return TEXT_DOCUMENTS;
    /* A function may log such a document, so in text it counts in the first
     * line only, where a damaged start would leave it. */
    bool is_binary = text_has_control(head);
    size_t end = is_binary ? head.size : view_find_byte(head, '\n', begin);
    if (has_document_in(head, begin, end))
        return TEXT_DOCUMENTS;
    if (is_binary)
        return TEXT_BINARY;
    if (is_export_name && has_export_time_line(view_from(head, begin)))
        return TEXT_EXPORT;
    return TEXT_LINES;
}
