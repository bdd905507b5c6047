#include "interpret/plain_text.h"

static bool is_newline(char byte)
{
    return byte == '\n' || byte == '\r';
}

struct view text_without_final_newlines(struct view text)
{
    while (text.size > 0 && is_newline(text.data[text.size - 1]))
        text.size--;
    return text;
}

struct view text_without_final_newlines_of_system(struct view text)
{
    for (;;) {
        text = text_without_final_newlines(text);
        if (!view_ends_with(text, VIEW("\\n")) && !view_ends_with(text, VIEW("\\r")))
            return text;
        text.size -= 2;
    }
}

/* Lines end in \n or \r: runtimes that log through stdout write the newlines
 * inside a message as \r. Each byte is looked at once, whatever the mixture. */
struct lines {
    struct view text;
    size_t at;
    size_t next_newline;
    size_t next_return;
};

static struct lines lines_of(struct view text)
{
    return (struct lines){
        .text = text,
        .next_newline = view_find_byte(text, '\n', 0),
        .next_return = view_find_byte(text, '\r', 0),
    };
}

static bool next_line(struct lines *l, struct view *ret)
{
    if (l->at > l->text.size)
        return false;
    if (l->next_newline < l->at)
        l->next_newline = view_find_byte(l->text, '\n', l->at);
    if (l->next_return < l->at)
        l->next_return = view_find_byte(l->text, '\r', l->at);
    size_t end = l->next_newline < l->next_return ? l->next_newline : l->next_return;
    *ret = view_slice(l->text, l->at, end);
    l->at = end + 1;
    return true;
}

struct view text_first_line(struct view text, bool is_system, struct view *ret_rest)
{
    size_t begin = 0;
    while (begin < text.size && byte_is_space(text.data[begin]))
        begin++;
    struct view left = view_from(text, begin);
    size_t newline = view_find_byte(left, '\n', 0);
    size_t end = view_find_byte(view_slice(left, 0, newline), '\r', 0);
    size_t skip = 1;
    if (is_system) {
        size_t literal = view_find(view_slice(left, 0, end), VIEW("\\n"), 0);
        skip = literal < end ? 2 : 1;
        end = literal;
    }
    *ret_rest = end + skip <= left.size ? view_from(left, end + skip) : view_from(left, left.size);
    return view_slice(left, 0, end);
}

static bool is_word_byte(char byte)
{
    return byte_is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '_' || (unsigned char)byte >= 0x80;
}

/* All the phrases hold "emory"; few lines hold a y behind "emor". */
static bool says_memory(struct view line)
{
    for (size_t at = view_find_byte(line, 'y', 0); at < line.size;
         at = view_find_byte(line, 'y', at + 1)) {
        if (at >= 4 && memcmp(line.data + at - 4, "emor", 4) == 0)
            return true;
    }
    return false;
}

bool text_is_out_of_memory(struct view text)
{
    static const struct view phrases[] = {
        {"JavaScript heap out of memory", 29},
        {"java.lang.OutOfMemoryError", 26},
        {"fatal error: runtime: out of memory", 35},
        {"failed to allocate memory (NoMemoryError)", 41},
    };
    struct view rest;
    struct view line = text_first_line(text, false, &rest);
    if (!says_memory(line))
        return false;
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        if (view_find(line, phrases[i], 0) < line.size)
            return true;
    }
    struct view python = VIEW("MemoryError");
    return view_starts_with(line, python) &&
           (line.size == python.size || !is_word_byte(line.data[python.size]));
}

/* Spaces, tabs and the no-break spaces that Python's runtime indents with. */
static struct view trim_indent(struct view line)
{
    for (;;) {
        if (line.size > 0 && byte_is_space(line.data[0]))
            line = view_from(line, 1);
        else if (view_starts_with(line, VIEW("\xc2\xa0")))
            line = view_from(line, 2);
        else
            break;
    }
    return view_trim(line);
}

/* Where the digits that end at `end` begin. */
static size_t digits_begin(struct view v, size_t end)
{
    while (end > 0 && byte_is_digit(v.data[end - 1]))
        end--;
    return end;
}

/* `…:line:col` */
static bool ends_with_position(struct view line)
{
    size_t column = digits_begin(line, line.size);
    if (column == line.size || column == 0 || line.data[column - 1] != ':')
        return false;
    size_t number = digits_begin(line, column - 1);
    return number < column - 1 && number > 0 && line.data[number - 1] == ':';
}

static bool has_digit_behind(struct view line, struct view mark)
{
    size_t at = view_find(line, mark, 0);
    return at + mark.size < line.size && byte_is_digit(line.data[at + mark.size]);
}

static bool is_goroutine(struct view line)
{
    struct view word = VIEW("goroutine ");
    size_t at = word.size;
    while (at < line.size && byte_is_digit(line.data[at]))
        at++;
    return at > word.size && view_starts_with(view_from(line, at), VIEW(" ["));
}

static bool is_stack_frame(struct view line)
{
    struct view text = trim_indent(line);
    if (view_starts_with(text, VIEW("at "))) {
        size_t open = view_find_byte(text, '(', 0);
        return view_find_byte(text, ')', open) < text.size || ends_with_position(text);
    }
    if (view_starts_with(text, VIEW("File \"")))
        return has_digit_behind(text, VIEW("\", line "));
    if (view_starts_with(text, VIEW("goroutine ")))
        return is_goroutine(text);
    return line.size > 0 && line.data[0] == '\t' && has_digit_behind(line, VIEW(".go:"));
}

bool text_has_stack_frame(struct view text)
{
    struct lines lines = lines_of(text);
    struct view line;
    next_line(&lines, &line);
    while (next_line(&lines, &line)) {
        if (is_stack_frame(line))
            return true;
    }
    return false;
}

struct view text_title(struct buf *out, struct view title, struct view request_id)
{
    size_t begin = out->size;
    buf_append_view(out, title);
    if (!view_is_null(request_id)) {
        buf_append(out, " (RequestId: ", 13);
        buf_append_view(out, request_id);
        buf_append_byte(out, ')');
    }
    return buf_failed(out) ? VIEW_NULL : view_of(out->data + begin, out->size - begin);
}
