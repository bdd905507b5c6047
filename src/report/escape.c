#include "report/escape.h"

#include "util/text.h"

/* What to write for the ASCII byte at v.data[at], or NULL for the byte itself
 * (or its shown form where it is a control). */
typedef const char *special_fn(struct view v, size_t at);

static const char *special_html_text(struct view v, size_t at)
{
    switch (v.data[at]) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    }
    return NULL;
}

static const char *special_html_attribute(struct view v, size_t at)
{
    switch (v.data[at]) {
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '`':
        return "&#96;";
    }
    return special_html_text(v, at);
}

/* Node.js sends the line ends inside a message as CR, others as CR LF. */
static const char *special_line_end(struct view v, size_t at)
{
    switch (v.data[at]) {
    case '\n':
        return "\n";
    case '\t':
        return "\t";
    case '\r':
        return at + 1 < v.size && v.data[at + 1] == '\n' ? "" : "\n";
    }
    return NULL;
}

static const char *special_html_block(struct view v, size_t at)
{
    const char *line_end = special_line_end(v, at);
    return line_end ? line_end : special_html_text(v, at);
}

static bool is_word(struct view v, size_t at)
{
    char byte = at < v.size ? v.data[at] : ' ';
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte_is_digit(byte);
}

static const char *special_markdown(struct view v, size_t at)
{
    switch (v.data[at]) {
    case '\\':
        return "\\\\";
    case '`':
        return "\\`";
    case '*':
        return "\\*";
    case '_':
        return "\\_";
    case '[':
        return "\\[";
    case ']':
        return "\\]";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '|':
        return "&#124;"; /* a backslash before a pipe means other things inside tables */
    case '~':
        return "\\~";
    case '$':
        return "\\$";
    case ':':
        return at + 1 < v.size && v.data[at + 1] == '/' ? "\\:" : NULL;
    case '.':
        return at >= 3 && memcmp(v.data + at - 3, "www", 3) == 0 ? "\\." : NULL;
    case '@':
        /* Mentions and issue numbers are found in the rendered text, where a
         * backslash is gone already: a zero width space parts them. */
        return is_word(v, at + 1) ? "@&#8203;" : NULL;
    case '#':
        return is_word(v, at + 1) ? "#&#8203;" : NULL;
    }
    return NULL;
}

static const char *special_csv(struct view v, size_t at)
{
    return v.data[at] == '"' ? "\"\"" : NULL;
}

static const char *special_plain_quote(struct view v, size_t at)
{
    return v.data[at] == '\'' ? "'\\''" : NULL;
}

static const char *special_sql_quote(struct view v, size_t at)
{
    return v.data[at] == '\'' ? "''" : NULL;
}

/* Bash's $'…' and DuckDB's E'…' both read \\, \', \xNN and \uNNNN. */
static const char *special_escaped_quote(struct view v, size_t at)
{
    switch (v.data[at]) {
    case '\\':
        return "\\\\";
    case '\'':
        return "\\'";
    }
    return NULL;
}

static size_t walk(struct buf *out, struct view v, special_fn *special, size_t bytes_max)
{
    size_t begin = out->size, at = 0;
    while (at < v.size && !buf_failed(out)) {
        size_t before = out->size;
        unsigned length = utf8_length(v, at);
        const char *text = length == 1 ? special(v, at) : NULL;
        if (text != NULL)
            buf_append(out, text, strlen(text));
        else if (length == 1 && v.data[at] >= 0x20 && v.data[at] != 0x7f)
            buf_append_byte(out, v.data[at]);
        else
            text_for_terminal(out, view_slice(v, at, at + (length ? length : 1)));
        if (out->size - begin > bytes_max) {
            out->size = before;
            break;
        }
        at += length ? length : 1;
    }
    return at;
}

size_t escape_html(struct buf *out, struct view v, enum html_context context, size_t bytes_max)
{
    switch (context) {
    case HTML_TEXT:
        return walk(out, v, special_html_text, bytes_max);
    case HTML_BLOCK:
        return walk(out, v, special_html_block, bytes_max);
    case HTML_ATTRIBUTE:
        return walk(out, v, special_html_attribute, bytes_max);
    }
    return 0;
}

void escape_markdown(struct buf *out, struct view v)
{
    walk(out, v, special_markdown, SIZE_MAX);
}

void escape_markdown_block(struct buf *out, struct view v)
{
    walk(out, v, special_line_end, SIZE_MAX);
}

size_t escape_fence_size(struct view v)
{
    size_t longest = 2, run = 0;
    for (size_t i = 0; i < v.size; i++) {
        run = v.data[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest + 1;
}

void escape_csv(struct buf *out, struct view v)
{
    buf_append_byte(out, '"');
    if (v.size > 0 && memchr("=+-@\t\r", v.data[0], 6) != NULL)
        buf_append_byte(out, '\'');
    walk(out, v, special_csv, SIZE_MAX);
    buf_append_byte(out, '"');
}

/* Whether walk() would show some character in another form. */
static bool has_shown(struct view v)
{
    char held[16];
    for (size_t at = 0; at < v.size;) {
        unsigned length = utf8_length(v, at);
        if (length == 1 && (v.data[at] < 0x20 || v.data[at] == 0x7f))
            return true;
        if (length == 0)
            return true;
        if (length > 1) {
            struct buf shown = {.data = held, .capacity = sizeof(held) - 1};
            text_for_terminal(&shown, view_slice(v, at, at + length));
            if (shown.size != length || memcmp(held, v.data + at, length) != 0)
                return true;
        }
        at += length;
    }
    return false;
}

static bool is_shell_word(struct view v)
{
    for (size_t i = 0; i < v.size; i++) {
        if (!is_word(v, i) && memchr("_./:=@%+,-", v.data[i], 10) == NULL)
            return false;
    }
    return v.size > 0;
}

void escape_shell(struct buf *out, struct view v)
{
    bool is_shown = has_shown(v);
    const char *lead = v.size > 0 && v.data[0] == '-' ? "./" : "";
    if (!is_shown && is_shell_word(v)) {
        buf_printf(out, "%s", lead);
        buf_append_view(out, v);
        return;
    }
    buf_printf(out, "%s'%s", is_shown ? "$" : "", lead);
    walk(out, v, is_shown ? special_escaped_quote : special_plain_quote, SIZE_MAX);
    buf_append_byte(out, '\'');
}

void escape_sql(struct buf *out, struct view v)
{
    bool is_shown = has_shown(v);
    buf_printf(out, "%s'", is_shown ? "E" : "");
    walk(out, v, is_shown ? special_escaped_quote : special_sql_quote, SIZE_MAX);
    buf_append_byte(out, '\'');
}

struct view escape_cut(struct view v, size_t bytes_max)
{
    if (v.size <= bytes_max)
        return v;
    size_t end = bytes_max;
    while (end > 0 && bytes_max - end < 4 && ((unsigned char)v.data[end] & 0xc0) == 0x80)
        end--;
    return view_slice(v, 0, end);
}

/* Columns by East Asian Width (Unicode Standard Annex 11) and combining marks,
 * in whole blocks: what matters is that a table stays a table. */
static size_t width_of(uint32_t code)
{
    if ((code >= 0x300 && code < 0x370) || (code >= 0x200b && code <= 0x200d) || code == 0xfeff ||
        (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0x20d0 && code <= 0x20ff))
        return 0;
    bool is_wide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
                   (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
                   (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
                   (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1faff) ||
                   (code >= 0x20000 && code <= 0x3fffd);
    return is_wide ? 2 : 1;
}

/* The character at `at` of valid UTF-8. */
static uint32_t code_point(struct view v, size_t at, unsigned length)
{
    static const unsigned char lead_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (unsigned char)v.data[at] & lead_mask[length];
    for (unsigned i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)v.data[at + i] & 0x3fu);
    return code;
}

struct view escape_cut_columns(struct view shown, size_t columns)
{
    size_t at = 0, used = 0;
    while (at < shown.size) {
        unsigned length = utf8_length(shown, at);
        length = length ? length : 1;
        used += width_of(code_point(shown, at, length));
        if (used > columns)
            break;
        at += length;
    }
    return view_slice(shown, 0, at);
}

size_t escape_width(struct view shown)
{
    size_t used = 0;
    for (size_t at = 0; at < shown.size;) {
        unsigned length = utf8_length(shown, at);
        length = length ? length : 1;
        used += width_of(code_point(shown, at, length));
        at += length;
    }
    return used;
}
