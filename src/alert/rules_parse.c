#include "alert/rules_parse.h"

struct parser {
    struct view line;
    size_t at;
    char *storage;
    const char *reason;
};

static bool fail(struct parser *p, const char *reason)
{
    p->reason = reason;
    return false;
}

static void skip_space(struct parser *p)
{
    while (p->at < p->line.size && byte_is_space(p->line.data[p->at]))
        p->at++;
}

static bool is_at_end(const struct parser *p)
{
    return p->at == p->line.size || p->line.data[p->at] == '#';
}

static bool eat(struct parser *p, struct view token)
{
    if (!view_starts_with(view_from(p->line, p->at), token))
        return false;
    p->at += token.size;
    return true;
}

static struct view eat_word(struct parser *p)
{
    size_t begin = p->at;
    while (p->at < p->line.size) {
        char byte = p->line.data[p->at];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && byte != '_')
            break;
        p->at++;
    }
    return view_slice(p->line, begin, p->at);
}

static bool eat_string(struct parser *p, struct view *ret)
{
    char *to = p->storage;
    if (!eat(p, VIEW("\"")))
        return fail(p, "a string in double quotes is missing");
    for (; p->at < p->line.size && p->line.data[p->at] != '"'; p->at++) {
        bool is_quote = p->line.data[p->at] == '\\' && p->at + 1 < p->line.size &&
                        p->line.data[p->at + 1] == '"';
        p->at += is_quote;
        *to++ = p->line.data[p->at];
        /* `\\` before the closing quote is an escaped backslash, not a quote. */
        if (!is_quote && p->line.data[p->at] == '\\' && p->at + 1 < p->line.size)
            *to++ = p->line.data[++p->at];
    }
    if (!eat(p, VIEW("\"")))
        return fail(p, "the string does not end");
    *ret = view_of(p->storage, (size_t)(to - p->storage));
    p->storage = to;
    return true;
}

static bool column_of(struct view word, enum column *ret)
{
    static const struct {
        struct view name;
        enum column column;
    } fields[] = {
        {VIEW("level"), COL_LEVEL},        {VIEW("title"), COL_TITLE},
        {VIEW("message"), COL_MESSAGE},    {VIEW("log_group"), COL_LOG_GROUP},
        {VIEW("account"), COL_ACCOUNT_ID},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (view_equals(word, fields[i].name)) {
            *ret = fields[i].column;
            return true;
        }
    }
    return false;
}

static bool eat_condition(struct parser *p, struct rule_line *rule)
{
    if (rule->conditions_count == RULE_CONDITIONS_MAX)
        return fail(p, "too many conditions");
    struct condition *c = &rule->conditions[rule->conditions_count];
    size_t begin = p->at;
    if (!column_of(eat_word(p), &c->column)) {
        p->at = begin;
        return fail(p, "expected level, title, message, log_group, account or ->");
    }
    c->is_regex = eat(p, VIEW("~"));
    if (!c->is_regex && !eat(p, VIEW("=")))
        return fail(p, "expected = or ~");
    c->place = p->at + 1;
    if (!eat_string(p, &c->pattern))
        return false;
    rule->conditions_count++;
    return true;
}

/* *ret is static: a level has one spelling in outputs. */
static bool level_of(struct view word, struct view *ret)
{
    static const struct view levels[] = {VIEW("TRACE"), VIEW("DEBUG"), VIEW("INFO"),
                                         VIEW("WARN"),  VIEW("ERROR"), VIEW("FATAL")};
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (view_equals(word, levels[i])) {
            *ret = levels[i];
            return true;
        }
    }
    return false;
}

static bool eat_level(struct parser *p, struct view *ret)
{
    size_t begin = p->at;
    struct view word;
    if (p->at < p->line.size && p->line.data[p->at] == '"') {
        if (!eat_string(p, &word))
            return false;
    } else {
        word = eat_word(p);
    }
    if (level_of(word, ret))
        return true;
    p->at = begin;
    return fail(p, "expected TRACE, DEBUG, INFO, WARN, ERROR or FATAL");
}

static bool eat_effect(struct parser *p, struct effects *effects)
{
    size_t begin = p->at;
    struct view word = eat_word(p);
    if (view_equals(word, VIEW("ignore"))) {
        effects->ignore = true;
        return true;
    }
    bool is_group = view_equals(word, VIEW("group"));
    bool is_level = view_equals(word, VIEW("level"));
    if (!is_group && !is_level && !view_equals(word, VIEW("owner"))) {
        p->at = begin;
        return fail(p, "expected ignore, group, owner or level");
    }
    if (!eat(p, VIEW("=")))
        return fail(p, "expected =");
    if (is_level)
        return eat_level(p, &effects->level);
    size_t value = p->at;
    struct view *to = is_group ? &effects->group : &effects->owner;
    if (!eat_string(p, to))
        return false;
    if (to->size > 0)
        return true;
    p->at = value;
    return fail(p, "the string is empty");
}

/* Every part ends at white space, the end or a comment. */
static bool eat_gap(struct parser *p)
{
    if (!is_at_end(p) && !byte_is_space(p->line.data[p->at]))
        return fail(p, "expected white space");
    skip_space(p);
    return true;
}

static bool eat_rule(struct parser *p, struct rule_line *rule)
{
    while (!eat(p, VIEW("->"))) {
        if (is_at_end(p))
            return fail(p, "expected -> and an effect");
        if (!eat_condition(p, rule) || !eat_gap(p))
            return false;
    }
    skip_space(p);
    if (is_at_end(p))
        return fail(p, "expected an effect");
    while (!is_at_end(p)) {
        if (!eat_effect(p, &rule->effects) || !eat_gap(p))
            return false;
    }
    return true;
}

enum rc rule_parse_line(struct view line, char *storage, struct rule_line *ret, size_t *ret_column,
                        const char **ret_reason)
{
    struct parser p = {.line = line, .storage = storage};
    *ret = (struct rule_line){0};
    skip_space(&p);
    if (is_at_end(&p))
        return RC_END;
    if (eat_rule(&p, ret))
        return RC_OK;
    *ret_column = p.at + 1;
    *ret_reason = p.reason;
    return RC_BAD_INPUT;
}
