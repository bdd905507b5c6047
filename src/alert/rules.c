#define PCRE2_CODE_UNIT_WIDTH 8

#include "alert/rules.h"

#include "alert/glob.h"
#include "alert/rules_parse.h"
#include "util/array.h"
#include "util/buf.h"

#include <fcntl.h>
#include <pcre2.h>
#include <stdlib.h>
#include <unistd.h>

/* One match may take about a millisecond; the interpreter is used, since what
 * the limits count differs in compiled matchers from one CPU to another. */
enum {
    MATCH_STEPS_MAX = 100000,
    MATCH_DEPTH_MAX = 1000,
    MATCH_HEAP_KIB_MAX = 1024,
};

struct test {
    enum column column;
    struct view glob; /* null where `regex` is set */
    pcre2_code *regex;
};

struct rule {
    struct test tests[RULE_CONDITIONS_MAX];
    size_t tests_count;
    struct effects effects;
};

struct rules {
    struct buf text;
    char *strings; /* the patterns and names of all rules */
    struct rule *rules;
    size_t count;
    size_t capacity;
    bool set_levels;
};

struct rules_scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
    bool is_failed; /* a match found no memory */
};

void rules_free(struct rules *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++) {
        for (size_t t = 0; t < r->rules[i].tests_count; t++)
            pcre2_code_free(r->rules[i].tests[t].regex);
    }
    free(r->rules);
    free(r->strings);
    buf_done(&r->text);
    free(r);
}

struct view rules_text(const struct rules *r)
{
    return buf_view(&r->text);
}

bool rules_set_levels(const struct rules *r)
{
    return r->set_levels;
}

static enum rc read_all(int fd, const char *path, struct buf *out, struct err *err)
{
    for (;;) {
        if (!buf_reserve(out, 4096))
            return err_set(err, RC_NO_MEMORY, "%s: out of memory", path);
        ssize_t got = read(fd, out->data + out->size, 4096);
        if (got < 0)
            return err_errno_named(err, "%s: cannot read it", path);
        if (got == 0)
            return RC_OK;
        out->size += (size_t)got;
        if (out->size > RULES_FILE_BYTES_MAX)
            return err_set(err, RC_USAGE, "%s: larger than %d bytes", path, RULES_FILE_BYTES_MAX);
    }
}

static enum rc read_file(const char *path, struct buf *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno_named(err, "%s: cannot read it", path);
    enum rc rc = read_all(fd, path, out, err);
    close(fd);
    return rc;
}

/* \C could split a character, and its meaning depends on the build. */
static enum rc compile(const struct condition *c, struct test *to, size_t *ret_column,
                       char *ret_reason, size_t reason_bytes)
{
    *to = (struct test){.column = c->column};
    if (!c->is_regex) {
        to->glob = c->pattern;
        return RC_OK;
    }
    int number;
    PCRE2_SIZE offset;
    to->regex = pcre2_compile((PCRE2_SPTR)c->pattern.data, c->pattern.size,
                              PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
                              &number, &offset, NULL);
    if (to->regex != NULL)
        return RC_OK;
    if (number == PCRE2_ERROR_HEAP_FAILED)
        return RC_NO_MEMORY;
    pcre2_get_error_message(number, (PCRE2_UCHAR *)ret_reason, reason_bytes);
    *ret_column = c->place + offset + 1;
    return RC_BAD_INPUT;
}

static enum rc add_rule(struct rules *r, const struct rule_line *line, size_t *ret_column,
                        char *ret_reason, size_t reason_bytes)
{
    if (!ARRAY_HAS_ROOM(r->rules, r->count, r->capacity, 16))
        return RC_NO_MEMORY;
    struct rule *rule = &r->rules[r->count++];
    *rule = (struct rule){.effects = line->effects};
    r->set_levels |= !view_is_null(line->effects.level);
    for (size_t i = 0; i < line->conditions_count; i++)
        TRY(compile(&line->conditions[i], &rule->tests[rule->tests_count++], ret_column, ret_reason,
                    reason_bytes));
    return RC_OK;
}

static enum rc add_line(struct rules *r, struct view line, char *storage, size_t number,
                        const char *path, struct err *err)
{
    char reason[256];
    const char *fixed;
    struct rule_line parsed;
    size_t column = 1;
    enum rc rc = rule_parse_line(line, storage, &parsed, &column, &fixed);
    if (rc == RC_END)
        return RC_OK;
    if (rc == RC_BAD_INPUT)
        return err_set(err, RC_USAGE, "%s:%zu:%zu: %s", path, number, column, fixed);
    if (r->count == RULES_MAX)
        return err_set(err, RC_USAGE, "%s:%zu:1: more than %d rules", path, number, RULES_MAX);
    rc = add_rule(r, &parsed, &column, reason, sizeof(reason));
    if (rc == RC_BAD_INPUT)
        return err_set(err, RC_USAGE, "%s:%zu:%zu: %s", path, number, column, reason);
    return rc == RC_OK ? RC_OK : err_set(err, rc, "%s: out of memory", path);
}

static enum rc parse(struct rules *r, const char *path, struct err *err)
{
    struct view text = buf_view(&r->text);
    r->strings = malloc(text.size + 1);
    if (r->strings == NULL)
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", path);
    /* A line's strings are never longer than the line: each has its own place. */
    size_t number = 1;
    for (size_t at = 0; at < text.size; number++) {
        size_t end = view_find_byte(text, '\n', at);
        TRY(add_line(r, view_slice(text, at, end), r->strings + at, number, path, err));
        at = end + 1;
    }
    return RC_OK;
}

static enum rc parse_or_free(struct rules *r, const char *name, enum rc rc, struct rules **ret,
                             struct err *err)
{
    if (rc == RC_OK)
        rc = parse(r, name, err);
    if (rc == RC_OK)
        *ret = r;
    else
        rules_free(r);
    return rc;
}

enum rc rules_load(const char *path, struct rules **ret, struct err *err)
{
    struct rules *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", path);
    return parse_or_free(r, path, read_file(path, &r->text, err), ret, err);
}

enum rc rules_parse(const char *name, struct view text, struct rules **ret, struct err *err)
{
    struct rules *r = calloc(1, sizeof(*r));
    if (r == NULL || !buf_append_view(&r->text, text)) {
        free(r);
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", name);
    }
    return parse_or_free(r, name, RC_OK, ret, err);
}

struct rules_scratch *rules_scratch_new(const struct rules *r)
{
    (void)r;
    struct rules_scratch *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    s->data = pcre2_match_data_create(1, NULL);
    s->context = pcre2_match_context_create(NULL);
    if (s->data == NULL || s->context == NULL) {
        rules_scratch_free(s);
        return NULL;
    }
    pcre2_set_match_limit(s->context, MATCH_STEPS_MAX);
    pcre2_set_depth_limit(s->context, MATCH_DEPTH_MAX);
    pcre2_set_heap_limit(s->context, MATCH_HEAP_KIB_MAX);
    return s;
}

void rules_scratch_free(struct rules_scratch *s)
{
    if (s == NULL)
        return;
    pcre2_match_data_free(s->data);
    pcre2_match_context_free(s->context);
    free(s);
}

static bool test_holds(const struct test *t, struct rules_scratch *s, const struct event *e)
{
    struct view text = event_text(e, t->column);
    if (view_is_null(text))
        return false;
    if (text.size > RULES_TEXT_BYTES_MAX)
        text.size = RULES_TEXT_BYTES_MAX;
    if (t->regex == NULL)
        return glob_matches(t->glob, text);
    int found = pcre2_match(t->regex, (PCRE2_SPTR)text.data, text.size, 0, 0, s->data, s->context);
    s->is_failed |= found == PCRE2_ERROR_NOMEMORY;
    return found >= 0;
}

static bool rule_holds(const struct rule *rule, struct rules_scratch *s, const struct event *e)
{
    for (size_t i = 0; i < rule->tests_count; i++) {
        if (!test_holds(&rule->tests[i], s, e))
            return false;
    }
    return true;
}

bool rules_apply(const struct rules *r, struct rules_scratch *s, const struct event *e,
                 struct rules_verdict *ret)
{
    *ret = (struct rules_verdict){0};
    s->is_failed = false;
    for (size_t i = 0; i < r->count; i++) {
        if (!rule_holds(&r->rules[i], s, e))
            continue;
        const struct effects *effects = &r->rules[i].effects;
        ret->is_ignored |= effects->ignore;
        if (view_is_null(ret->group))
            ret->group = effects->group;
        if (view_is_null(ret->owner))
            ret->owner = effects->owner;
        if (!view_is_null(effects->level))
            ret->level = effects->level;
    }
    return !s->is_failed;
}
