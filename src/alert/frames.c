#include "alert/frames.h"

struct list {
    struct frame at[FRAMES_MAX];
    size_t count;
};

struct search {
    struct list in_app, all;
    struct frame last;
    bool is_innermost_last; /* Python */
};

/* A folder of the runtime or of installed packages, at the start of a path's
 * segment. */
static bool is_foreign_folder(struct view rest)
{
    switch (rest.size > 0 ? rest.data[0] : '\0') {
    case 'a':
        return view_starts_with(rest, VIEW("aws-lambda-go"));
    case 'd':
        return view_starts_with(rest, VIEW("dist-packages/"));
    case 'g':
        return view_starts_with(rest, VIEW("gems/"));
    case 'n':
        return view_starts_with(rest, VIEW("node_modules/"));
    case 's':
        return view_starts_with(rest, VIEW("site-packages/"));
    case 'u':
        return view_starts_with(rest, VIEW("usr/local/go/src/")) ||
               view_starts_with(rest, VIEW("usr/lib/"));
    case 'v':
        return view_starts_with(rest, VIEW("var/runtime/")) ||
               view_starts_with(rest, VIEW("var/lang/"));
    case 'w':
        return view_starts_with(rest, VIEW("webpack/bootstrap"));
    }
    return false;
}

static bool starts_with_any(struct view v, const struct view *prefixes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (view_starts_with(v, prefixes[i]))
            return true;
    }
    return false;
}

bool frame_is_in_app(const struct frame *f)
{
    static const struct view files[] = {
        VIEW("node:"), VIEW("internal/"), VIEW("runtime/"), VIEW("<frozen"), VIEW("<internal:"),
    };
    static const struct view functions[] = {
        VIEW("java."),
        VIEW("javax."),
        VIEW("jdk."),
        VIEW("sun."),
        VIEW("com.sun."),
        VIEW("com.amazonaws.services.lambda.runtime"),
        VIEW("lambdainternal."),
        VIEW("System."),
        VIEW("Microsoft."),
        VIEW("Amazon.Lambda."),
        VIEW("runtime."),
        VIEW("github.com/aws/aws-lambda-go"),
    };
    if (starts_with_any(f->file, files, sizeof(files) / sizeof(files[0])) ||
        starts_with_any(f->function, functions, sizeof(functions) / sizeof(functions[0])))
        return false;
    for (size_t at = 0; at < f->file.size; at = view_find_byte(f->file, '/', at) + 1) {
        if (is_foreign_folder(view_from(f->file, at)))
            return false;
    }
    /* V8 prints its own functions without a file. */
    return !view_equals(f->file, VIEW("<anonymous>")) && !view_equals(f->file, VIEW("native"));
}

static void list_add(struct list *l, const struct frame *f, bool is_innermost_last)
{
    if (l->count == FRAMES_MAX) {
        if (!is_innermost_last)
            return;
        memmove(l->at, l->at + 1, (FRAMES_MAX - 1) * sizeof(l->at[0]));
        l->count--;
    }
    l->at[l->count++] = *f;
}

static void search_add(struct search *s, struct view function, struct view file)
{
    struct frame f = {function, file};
    if (view_equals(f.function, s->last.function) && view_equals(f.file, s->last.file))
        return;
    s->last = f;
    list_add(&s->all, &f, s->is_innermost_last);
    if (frame_is_in_app(&f))
        list_add(&s->in_app, &f, s->is_innermost_last);
}

static size_t view_find_last(struct view v, char byte)
{
    size_t at = v.size;
    while (at > 0 && v.data[at - 1] != byte)
        at--;
    return at > 0 ? at - 1 : v.size;
}

/* Takes one `:digits` off the end. */
static bool strip_number(struct view *v)
{
    size_t end = v->size;
    while (end > 0 && byte_is_digit(v->data[end - 1]))
        end--;
    if (end == v->size || end == 0 || v->data[end - 1] != ':')
        return false;
    v->size = end - 1;
    return true;
}

/* `path:line:column` or `path:line`. */
static bool strip_position(struct view *place)
{
    bool found = strip_number(place);
    if (found)
        strip_number(place);
    return found;
}

/* What stands in the parentheses of a frame and is not a list of parameters. */
static bool is_place(struct view *inside)
{
    return strip_position(inside) || view_equals(*inside, VIEW("<anonymous>")) ||
           view_equals(*inside, VIEW("native")) || view_equals(*inside, VIEW("Unknown Source")) ||
           view_equals(*inside, VIEW("Native Method")) || view_ends_with(*inside, VIEW(".java")) ||
           view_ends_with(*inside, VIEW(".kt"));
}

/* `function (place)`, `function(place)`: Node.js and Java. */
static bool parse_call(struct view call, struct frame *ret)
{
    if (call.size < 3 || call.data[call.size - 1] != ')')
        return false;
    size_t open = view_find_last(call, '(');
    if (open == call.size)
        return false;
    struct view place = view_slice(call, open + 1, call.size - 1);
    if (!is_place(&place))
        return false;
    *ret = (struct frame){view_trim(view_slice(call, 0, open)), place};
    return true;
}

/* `Namespace.Class.Method(Type name) in file:line n`, or without the file. */
static bool parse_dotnet(struct view call, struct frame *ret)
{
    size_t line = view_find(call, VIEW(":line "), 0);
    size_t in = view_find(call, VIEW(") in "), 0);
    size_t open = view_find_byte(call, '(', 0);
    /* V8 puts a space here: `Promise.all (index 0)`. */
    if (open == call.size || open == 0 || call.data[open - 1] == ' ')
        return false;
    struct view file = VIEW("");
    if (in < line && line < call.size)
        file = view_slice(call, in + 5, line);
    else if (call.data[call.size - 1] != ')')
        return false;
    *ret = (struct frame){view_slice(call, 0, open), file};
    return true;
}

static struct view without(struct view v, struct view prefix)
{
    return view_starts_with(v, prefix) ? view_from(v, prefix.size) : v;
}

static bool parse_at(struct view line, struct frame *ret)
{
    if (!view_starts_with(line, VIEW("at ")))
        return false;
    struct view call = view_trim(view_from(line, 3));
    call = without(without(call, VIEW("async ")), VIEW("new "));
    if (call.size == 0)
        return false;
    if (parse_call(call, ret) || parse_dotnet(call, ret))
        return true;
    *ret = (struct frame){VIEW(""), call};
    return strip_position(&ret->file);
}

/* `File "path", line n, in function` */
static bool parse_python(struct view line, struct frame *ret)
{
    if (!view_starts_with(line, VIEW("File \"")))
        return false;
    size_t close = view_find_byte(line, '"', 6);
    if (!view_starts_with(view_from(line, close), VIEW("\", line ")))
        return false;
    size_t in = view_find(line, VIEW(", in "), close);
    struct view function = in < line.size ? view_trim(view_from(line, in + 5)) : VIEW("");
    /* The runtime's JSON holds the line of code in the same string. */
    *ret = (struct frame){function, view_slice(line, 6, close)};
    return true;
}

/* `path:line:in 'function'`, from Ruby 3.4 on with an apostrophe at both ends. */
static bool parse_ruby(struct view line, struct frame *ret)
{
    line = without(line, VIEW("from "));
    size_t in = view_find(line, VIEW(":in "), 0);
    if (in == line.size)
        return false;
    struct view file = view_slice(line, 0, in);
    struct view function = view_from(line, in + 4);
    if (!strip_number(&file))
        return false;
    while (function.size > 0 && (function.data[0] == '`' || function.data[0] == '\''))
        function = view_from(function, 1);
    size_t close = view_find_byte(function, '\'', 0);
    *ret = (struct frame){view_slice(function, 0, close), file};
    return true;
}

/* `path.go:line +0x1d`, with the function in the line before. */
static bool parse_go(struct view line, struct view before, struct frame *ret)
{
    struct view file = view_slice(line, 0, view_find_byte(line, ' ', 0));
    if (!strip_number(&file) || !view_ends_with(file, VIEW(".go")))
        return false;
    size_t open = view_find_last(before, '(');
    *ret = (struct frame){view_slice(before, 0, open), file};
    return true;
}

/* Skips the no-break spaces that CloudWatch's console form puts before code. */
static struct view trim_line(struct view line)
{
    line = view_trim(line);
    while (view_starts_with(line, VIEW("\xc2\xa0")))
        line = view_trim(view_from(line, 2));
    return line;
}

/* `function(place)` alone, as Java's JSON has it; a message that ends in
 * parentheses is not one. */
static bool parse_bare_call(struct view line, struct frame *ret)
{
    return parse_call(line, ret) && view_find_byte(ret->function, ' ', 0) == ret->function.size;
}

static void add_line(struct search *s, struct view line, struct view before)
{
    struct frame f;
    if (parse_python(line, &f)) {
        s->is_innermost_last = true;
        search_add(s, f.function, f.file);
    } else if (parse_at(line, &f) || parse_bare_call(line, &f) || parse_ruby(line, &f) ||
               parse_go(line, before, &f)) {
        search_add(s, f.function, f.file);
    }
}

/* Whether further lines cannot change the result. */
static bool is_settled(const struct search *s)
{
    return s->in_app.count == FRAMES_MAX && !s->is_innermost_last;
}

/* The string value behind `"name":` at or after *at, which moves behind it. */
static bool next_string(struct view text, struct view name, size_t *at, struct view *ret)
{
    size_t begin = view_find(text, name, *at);
    if (begin == text.size)
        return false;
    begin += name.size;
    while (begin < text.size && byte_is_space(text.data[begin]))
        begin++;
    if (begin == text.size || text.data[begin] != '"')
        return false;
    size_t end = ++begin;
    while (end < text.size && text.data[end] != '"')
        end += text.data[end] == '\\' ? 2 : 1;
    if (end >= text.size)
        return false;
    *ret = view_slice(text, begin, end);
    *at = end + 1;
    return true;
}

/* `[{"path":…,"line":…,"label":…},…]` */
static void add_array(struct search *s, struct view stack)
{
    for (size_t at = 0; at < stack.size && !is_settled(s);) {
        struct view path, label;
        if (!next_string(stack, VIEW("\"path\":"), &at, &path) ||
            !next_string(stack, VIEW("\"label\":"), &at, &label))
            return;
        search_add(s, label, path);
    }
}

static void add_lines(struct search *s, struct view stack)
{
    struct view before = VIEW("");
    for (size_t at = 0; at < stack.size && !is_settled(s);) {
        size_t end = at;
        while (end < stack.size && stack.data[end] != '\n' && stack.data[end] != '\r')
            end++;
        struct view line = trim_line(view_slice(stack, at, end));
        add_line(s, line, before);
        before = line;
        at = end + 1;
    }
}

size_t frames_find(struct view stack, struct frame ret_frames[FRAMES_MAX])
{
    struct search s = {.last = {VIEW_NULL, VIEW_NULL}};
    if (stack.size > STACK_BYTES_MAX)
        stack.size = STACK_BYTES_MAX;
    if (stack.size > 0 && stack.data[0] == '[' &&
        view_find(stack, VIEW("\"label\":"), 0) < stack.size)
        add_array(&s, stack);
    else
        add_lines(&s, stack);
    const struct list *best = s.in_app.count > 0 ? &s.in_app : &s.all;
    memcpy(ret_frames, best->at, best->count * sizeof(best->at[0]));
    return best->count;
}
