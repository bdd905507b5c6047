#include "split/splitter_state.h"

#include <stdlib.h>

struct splitter *splitter_new(enum cpu cpu, size_t record_bytes_max)
{
    assert(record_bytes_max > 0);
    seam_scan_fn *scan = seam_scan_kernel(cpu);
    assert(scan != NULL);

    struct splitter *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    s->scan = scan;
    s->record_bytes_max = record_bytes_max;
    splitter_begin(s, TEXT_DOCUMENTS);
    return s;
}

void splitter_free(struct splitter *s)
{
    free(s);
}

static enum split_mode first_mode(enum text_form form)
{
    switch (form) {
    case TEXT_DOCUMENTS:
        return MODE_BETWEEN;
    case TEXT_ARRAY:
        return MODE_ARRAY_START;
    case TEXT_LINES:
        return MODE_LINE;
    case TEXT_EXPORT:
        return MODE_ENTRY_NONE;
    case TEXT_BINARY:
        return MODE_BINARY;
    }
    assert(false);
    return MODE_BINARY;
}

void splitter_begin(struct splitter *s, enum text_form form)
{
    s->text = VIEW("");
    s->is_final = false;
    s->given = 0;
    s->sought = 0;
    s->candidates_count = 0;
    s->candidates_next = 0;
    s->ahead_bytes = SOUGHT_AHEAD_BYTES;
    s->is_run_start = true;
    s->is_array = form == TEXT_ARRAY;
    s->byte_before = '\0';
    split_enter(s, first_mode(form));
}

static size_t moved(size_t position, size_t by)
{
    return position > by ? position - by : 0;
}

/* Candidates are kept where the caller drops what was given: a seam may wait
 * for the bytes that decide. */
static void move_candidates(struct splitter *s, size_t by)
{
    size_t kept = 0;
    for (size_t i = s->candidates_next; i < s->candidates_count; i++) {
        size_t at = s->sought_from + s->candidates[i];
        if (at >= by)
            s->candidates[kept++] = (uint32_t)(at - by);
    }
    s->candidates_count = kept;
    s->candidates_next = 0;
    s->sought_from = 0;
    s->sought = moved(s->sought, by);
}

void splitter_feed(struct splitter *s, struct view text, bool final)
{
    assert(!s->is_final);
    assert(final || text.size >= s->text.size - s->given);

    if (s->given > 0) {
        move_candidates(s, s->given);
        s->scanned = moved(s->scanned, s->given);
        s->given = 0;
    }
    assert(s->sought <= text.size);
    if (s->scanned > text.size)
        s->scanned = text.size;
    s->text = text;
    s->is_final = final;
}

size_t splitter_consumed(const struct splitter *s)
{
    return s->given;
}

enum step split_give(struct splitter *s, size_t end, enum piece_kind kind, struct piece *ret)
{
    assert(end > s->given && end <= s->text.size);
    *ret = (struct piece){.begin = s->given, .size = end - s->given, .kind = kind};
    s->given = end;
    s->byte_before = s->text.data[end - 1];
    s->is_run_start = false;
    if (s->scanned < end)
        s->scanned = end;
    return STEP_PIECE;
}

enum step split_give_damaged(struct splitter *s, size_t end, const char *reason, struct piece *ret)
{
    split_give(s, end, PIECE_DAMAGED, ret);
    ret->reason = reason;
    ret->continues = s->is_resumed;
    s->is_resumed = true;
    return STEP_PIECE;
}

enum step split_enter(struct splitter *s, enum split_mode mode)
{
    s->mode = mode;
    s->scanned = s->given;
    s->is_resumed = false;
    s->is_over = false;
    return STEP_AGAIN;
}

size_t split_mark_size(const struct splitter *s, bool *ret_is_cut)
{
    const struct view mark = VIEW("\xEF\xBB\xBF");
    *ret_is_cut = false;
    if (!s->is_run_start)
        return 0;
    if (view_starts_with(s->text, mark))
        return mark.size;
    *ret_is_cut = !s->is_final && s->text.size < mark.size && view_starts_with(mark, s->text);
    return 0;
}

static enum step step(struct splitter *s, struct piece *ret)
{
    switch (s->mode) {
    case MODE_BETWEEN:
    case MODE_STRAY:
    case MODE_DOCUMENT:
    case MODE_DOCUMENT_OVER:
        return split_step_documents(s, ret);
    case MODE_ARRAY_START:
    case MODE_ARRAY:
    case MODE_ELEMENT:
    case MODE_LOST:
        return split_step_array(s, ret);
    case MODE_LINE:
    case MODE_ENTRY_NONE:
    case MODE_ENTRY:
    case MODE_BINARY:
        return split_step_lines(s, ret);
    }
    assert(false);
    return STEP_WAIT;
}

enum rc splitter_next(struct splitter *s, struct piece *ret)
{
    for (;;) {
        switch (step(s, ret)) {
        case STEP_PIECE:
            return RC_OK;
        case STEP_AGAIN:
            break;
        case STEP_WAIT:
            assert(!s->is_final || s->given == s->text.size);
            return RC_END;
        }
    }
}
