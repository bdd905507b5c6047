#include "interpret/level.h"

struct word {
    struct view text;
    enum severity severity;
};

struct view level_name(enum severity severity)
{
    switch (severity) {
    case SEVERITY_NONE:
        return VIEW_NULL;
    case SEVERITY_TRACE:
        return VIEW("TRACE");
    case SEVERITY_DEBUG:
        return VIEW("DEBUG");
    case SEVERITY_INFO:
        return VIEW("INFO");
    case SEVERITY_WARN:
        return VIEW("WARN");
    case SEVERITY_ERROR:
        return VIEW("ERROR");
    case SEVERITY_FATAL:
        return VIEW("FATAL");
    }
    return VIEW_NULL;
}

static enum severity find_word(const struct word *words, size_t count, struct view text)
{
    for (size_t i = 0; i < count; i++) {
        if (view_equals(words[i].text, text))
            return words[i].severity;
    }
    return SEVERITY_NONE;
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What a line may say, most frequent first. */
static const struct word line_words[] = {
    {{"INFO", 4}, SEVERITY_INFO},    {{"ERROR", 5}, SEVERITY_ERROR},
    {{"WARN", 4}, SEVERITY_WARN},    {{"DEBUG", 5}, SEVERITY_DEBUG},
    {{"WARNING", 7}, SEVERITY_WARN}, {{"TRACE", 5}, SEVERITY_TRACE},
    {{"FATAL", 5}, SEVERITY_FATAL},  {{"CRITICAL", 8}, SEVERITY_FATAL},
};

enum severity level_of_word(struct view word)
{
    static const struct word others[] = {
        {{"CRIT", 4}, SEVERITY_FATAL},        {{"FAIL", 4}, SEVERITY_ERROR},
        {{"INFORMATION", 11}, SEVERITY_INFO}, {{"DBUG", 4}, SEVERITY_DEBUG},
        {{"TRCE", 4}, SEVERITY_TRACE},
    };
    enum severity severity = find_word(line_words, COUNT_OF(line_words), word);
    return severity != SEVERITY_NONE ? severity : find_word(others, COUNT_OF(others), word);
}

struct view level_in_upper_case(struct view text, struct buf *out)
{
    buf_clear(out);
    if (!buf_reserve(out, text.size))
        return VIEW_NULL;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        out->data[i] = byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
    }
    out->size = text.size;
    return buf_view(out);
}

enum severity level_of_number(struct view number)
{
    static const struct word numbers[] = {
        {{"10", 2}, SEVERITY_TRACE}, {{"20", 2}, SEVERITY_DEBUG}, {{"30", 2}, SEVERITY_INFO},
        {{"40", 2}, SEVERITY_WARN},  {{"50", 2}, SEVERITY_ERROR}, {{"60", 2}, SEVERITY_FATAL},
    };
    return find_word(numbers, COUNT_OF(numbers), number);
}

/* Words are short: what is longer than any of them is none. */
#define WORD_BYTES_MAX 16

static bool is_between(char byte, char first, char last)
{
    return byte >= first && byte <= last;
}

static size_t run_of_letters(struct view text, size_t at)
{
    size_t end = at;
    while (end < text.size && end - at <= WORD_BYTES_MAX &&
           (is_between(text.data[end], 'A', 'Z') || is_between(text.data[end], 'a', 'z')))
        end++;
    return end - at;
}

static bool is_end_of_word(struct view text, size_t at)
{
    return at == text.size || byte_is_space(text.data[at]);
}

/* The levels that Node.js writes, with their tab: most lines begin so. */
static enum severity level_before_tab(struct view text)
{
    switch (text.data[0]) {
    case 'I':
        return view_starts_with(text, VIEW("INFO\t")) ? SEVERITY_INFO : SEVERITY_NONE;
    case 'D':
        return view_starts_with(text, VIEW("DEBUG\t")) ? SEVERITY_DEBUG : SEVERITY_NONE;
    case 'W':
        return view_starts_with(text, VIEW("WARN\t")) ? SEVERITY_WARN : SEVERITY_NONE;
    case 'E':
        return view_starts_with(text, VIEW("ERROR\t")) ? SEVERITY_ERROR : SEVERITY_NONE;
    default:
        return SEVERITY_NONE;
    }
}

struct level_mark level_mark_word(struct view text)
{
    struct level_mark none = {SEVERITY_NONE, 0, false};
    if (text.size == 0 || !is_between(text.data[0], 'A', 'Z'))
        return none;
    enum severity known = level_before_tab(text);
    if (known != SEVERITY_NONE)
        return (struct level_mark){known, level_name(known).size, false};
    struct view warning = VIEW("LAMBDA_WARNING:");
    if (view_starts_with(text, warning))
        return (struct level_mark){SEVERITY_WARN, warning.size, true};
    if (view_starts_with(text, VIEW("FATAL ERROR:")))
        return none;

    size_t size = run_of_letters(text, 0);
    enum severity severity = find_word(line_words, COUNT_OF(line_words), view_slice(text, 0, size));
    if (severity == SEVERITY_NONE)
        return none;
    if (is_end_of_word(text, size))
        return (struct level_mark){severity, size, false};
    if (text.data[size] == ':')
        return (struct level_mark){severity, size + 1, true};
    return none;
}

struct level_mark level_mark_bracket(struct view text)
{
    static const struct word powershell[] = {
        {{"Information", 11}, SEVERITY_INFO}, {{"Warning", 7}, SEVERITY_WARN},
        {{"Error", 5}, SEVERITY_ERROR},       {{"Debug", 5}, SEVERITY_DEBUG},
        {{"Trace", 5}, SEVERITY_TRACE},       {{"Critical", 8}, SEVERITY_FATAL},
    };
    struct level_mark none = {SEVERITY_NONE, 0, false};
    if (text.size == 0 || text.data[0] != '[')
        return none;
    size_t size = run_of_letters(text, 1);
    size_t end = size + 2;
    if (end > text.size || text.data[end - 1] != ']' || !is_end_of_word(text, end))
        return none;
    struct view word = view_slice(text, 1, 1 + size);
    enum severity severity = find_word(line_words, COUNT_OF(line_words), word);
    if (severity != SEVERITY_NONE)
        return (struct level_mark){severity, end, false};
    severity = find_word(powershell, COUNT_OF(powershell), word);
    if (severity == SEVERITY_NONE)
        return none;
    if (view_starts_with(view_from(text, end), VIEW(" - ")))
        end += 2;
    return (struct level_mark){severity, end, false};
}

struct level_mark level_mark_token(struct view text)
{
    static const struct word tokens[] = {
        {{"info", 4}, SEVERITY_INFO},  {{"fail", 4}, SEVERITY_ERROR}, {{"warn", 4}, SEVERITY_WARN},
        {{"dbug", 4}, SEVERITY_DEBUG}, {{"trce", 4}, SEVERITY_TRACE}, {{"crit", 4}, SEVERITY_FATAL},
    };
    enum { TOKEN_BYTES = 4 };
    struct level_mark none = {SEVERITY_NONE, 0, false};
    if (text.size < TOKEN_BYTES)
        return none;
    struct view behind = view_from(text, TOKEN_BYTES);
    if (behind.size > 0 && behind.data[0] != '\t' && !view_starts_with(behind, VIEW("  ")))
        return none;
    enum severity severity = find_word(tokens, COUNT_OF(tokens), view_slice(text, 0, TOKEN_BYTES));
    return (struct level_mark){severity, severity == SEVERITY_NONE ? 0 : TOKEN_BYTES, false};
}
