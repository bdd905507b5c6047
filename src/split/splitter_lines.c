/* Text without documents: lines, and the entries of an export. */

#include "split/line_form.h"
#include "split/splitter_state.h"

/* Gives what began at `given` and ends at `end`. */
static enum step give_text(struct splitter *s, size_t end, struct piece *ret)
{
    struct view text = view_slice(s->text, s->given, end);
    if (s->is_over || text.size > s->record_bytes_max)
        return split_give_damaged(s, end, REASON_OVER, ret);
    if (text_has_control(text))
        return split_give_damaged(s, end, REASON_CONTROL, ret);
    return split_give(s, end, PIECE_LINE, ret);
}

/* What begins at `given` goes on behind the text that was looked at. Past the
 * bound it is given in parts. */
static enum step wait_or_give_part(struct splitter *s, struct piece *ret)
{
    size_t size = s->scanned - s->given;
    if (size <= (s->is_over ? 0 : s->record_bytes_max))
        return STEP_WAIT;
    s->is_over = true;
    return split_give_damaged(s, s->scanned, REASON_OVER, ret);
}

/* A byte order mark where the run begins. */
static enum step step_mark(struct splitter *s, struct piece *ret)
{
    bool is_cut;
    size_t size = split_mark_size(s, &is_cut);
    if (is_cut)
        return STEP_WAIT;
    return size > 0 ? split_give(s, size, PIECE_SEPARATOR, ret) : STEP_AGAIN;
}

/* One line, or blank lines, from `given`. */
static enum step step_line(struct splitter *s, struct piece *ret)
{
    size_t newline = view_find_byte(s->text, '\n', s->scanned);
    if (newline == s->text.size && !s->is_final) {
        s->scanned = newline;
        return wait_or_give_part(s, ret);
    }
    size_t end = newline < s->text.size ? newline + 1 : newline;
    if (end == s->given)
        return STEP_WAIT;
    if (!s->is_over && line_is_blank(view_slice(s->text, s->given, end))) {
        while (end < s->text.size && s->text.data[end] == '\n')
            end++;
        split_give(s, end, PIECE_SEPARATOR, ret);
    } else {
        give_text(s, end, ret);
    }
    split_enter(s, s->mode);
    return STEP_PIECE;
}

static enum step step_entry_none(struct splitter *s, struct piece *ret)
{
    bool is_line_start = !s->is_over;
    if (is_line_start && line_has_export_time(view_from(s->text, s->given)))
        return split_enter(s, MODE_ENTRY);
    return step_line(s, ret);
}

static enum step give_entry(struct splitter *s, size_t end, struct piece *ret)
{
    if (end == s->given)
        return STEP_WAIT;
    give_text(s, end, ret);
    split_enter(s, MODE_ENTRY);
    return STEP_PIECE;
}

/* An entry goes up to the next line that begins with a time. */
static enum step step_entry(struct splitter *s, struct piece *ret)
{
    for (;;) {
        size_t newline = view_find_byte(s->text, '\n', s->scanned);
        s->scanned = newline;
        if (newline == s->text.size)
            break;
        struct view rest = view_from(s->text, newline + 1);
        if (line_has_export_time(rest))
            return give_entry(s, newline + 1, ret);
        if (!s->is_final && line_may_have_export_time(rest))
            break;
        s->scanned = newline + 1;
    }
    return s->is_final ? give_entry(s, s->text.size, ret) : wait_or_give_part(s, ret);
}

enum step split_step_lines(struct splitter *s, struct piece *ret)
{
    enum step step = step_mark(s, ret);
    if (step != STEP_AGAIN)
        return step;

    switch (s->mode) {
    case MODE_LINE:
        return step_line(s, ret);
    case MODE_ENTRY_NONE:
        return step_entry_none(s, ret);
    case MODE_ENTRY:
        return step_entry(s, ret);
    case MODE_BINARY:
        if (s->given == s->text.size)
            return STEP_WAIT;
        return split_give_damaged(s, s->text.size, REASON_CONTROL, ret);
    case MODE_BETWEEN:
    case MODE_STRAY:
    case MODE_DOCUMENT:
    case MODE_DOCUMENT_OVER:
    case MODE_ARRAY_START:
    case MODE_ARRAY:
    case MODE_ELEMENT:
    case MODE_LOST:
        break;
    }
    assert(false);
    return STEP_WAIT;
}
