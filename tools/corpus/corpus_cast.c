#include "corpus_cast.h"

#include "util/buf.h"
#include "util/text.h"

#include <stdio.h>
#include <stdlib.h>

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL) {
        fputs("millrace-corpus: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

/* How each style spells a level in a line's head; NULL: it never does. */
static const char *level_word(enum style style, enum row_level level)
{
    static const char *const plain[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
    static const char *const python[] = {NULL, "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
    static const char *const ruby[] = {NULL, "DEBUG", " INFO", " WARN", "ERROR", "FATAL"};
    static const char *const dotnet[] = {"trce", "dbug", "info", "warn", "fail", "crit"};
    if (level > LEVEL_FATAL)
        return NULL;
    if (style == STYLE_PYTHON)
        return python[level];
    if (style == STYLE_RUBY)
        return ruby[level];
    if (style == STYLE_DOTNET)
        return dotnet[level];
    return plain[level];
}

static bool style_says_level(enum style style)
{
    return style != STYLE_NODE8 && style != STYLE_GO && style != STYLE_POWERSHELL;
}

/* Whether the row's level is what the body's author meant. */
static bool style_can_carry(enum style style, const struct body *b)
{
    if (b->styles != 0 && (b->styles & STYLE_BIT(style)) == 0)
        return false;
    if (b->form == BODY_MESSAGE)
        return true;
    if (style_says_level(style))
        return level_word(style, b->line_level) != NULL;
    return b->line_level == LEVEL_INFO || (b->form == BODY_PAYLOAD && b->level != LEVEL_OF_LINE);
}

static void append_head(struct buf *out, enum style style, enum row_level level)
{
    const char *word = level_word(style, level);
    switch (style) {
    case STYLE_NODE:
    case STYLE_DOTNET:
        buf_printf(out, "<<time>>\t<<id>>\t<<event>>%s\t", word);
        return;
    case STYLE_NODE8:
        buf_printf(out, "<<time>>\t<<id>>\t<<event>>");
        return;
    case STYLE_PYTHON:
        buf_printf(out, "[%s]\t<<time>>\t<<id>>\t", word);
        return;
    case STYLE_JAVA:
        buf_printf(out, "[%s] ", word);
        return;
    case STYLE_LOG4J:
        buf_printf(out, "<<timelog>> <<id>> %s Handler - ", word);
        return;
    case STYLE_RUBY:
        buf_printf(out, "%c, [<<timemicro>> #8] %s <<id>> -- : ", word[word[0] == ' '], word);
        return;
    case STYLE_GO:
        buf_printf(out, "<<timego>> ");
        return;
    case STYLE_POWERSHELL:
        buf_printf(out, "[Information] - ");
        return;
    case STYLE_JSON:
        buf_printf(out,
                   "{\"timestamp\":\"<<time>>\",\"level\":\"%s\",\"requestId\":\"<<id>>\","
                   "\"message\":",
                   word);
        return;
    case STYLE_COUNT:
        return;
    }
}

static struct template *compose(enum style style, const struct body *b)
{
    if (b->form == BODY_MESSAGE)
        return template_new(b->text);
    struct buf text = {0};
    append_head(&text, style, b->line_level);
    if (style == STYLE_JSON && b->form == BODY_TEXT)
        text_json_string(&text, view_of_string(b->text));
    else
        buf_append_view(&text, view_of_string(b->text));
    if (style == STYLE_JSON)
        buf_append_byte(&text, '}');
    buf_append(&text, "\n", 2); /* with the NUL */
    if (buf_failed(&text)) {
        fputs("millrace-corpus: out of memory\n", stderr);
        exit(1);
    }
    struct template *t = template_new(text.data);
    buf_done(&text);
    return t;
}

/* The same words after other heads are other problems to a reader: text in the
 * JSON format is a message, and log4j2's class stays in the text. */
static const char *problem_suffix(enum style style, const struct body *b)
{
    if (b->form != BODY_TEXT)
        return "";
    if (style == STYLE_JSON)
        return "-json";
    return style == STYLE_LOG4J ? "-log4j" : "";
}

static uint32_t problem_of(struct cast *c, const struct body *b, enum style style,
                           const struct line *line)
{
    if (b->problem == NULL || line->kind == ROW_CRASH)
        return PROBLEM_NONE;
    const char *suffix = problem_suffix(style, b);
    for (uint32_t i = 0; i < c->problems_count; i++)
        if (c->problems[i].body == b && strcmp(c->problems[i].suffix, suffix) == 0)
            return i;
    c->problems[c->problems_count] = (struct problem){b, suffix, line->kind, line->level};
    return c->problems_count++;
}

static void line_init(struct cast *c, struct line *line, const struct body *b, enum style style)
{
    enum row_level own = b->level == LEVEL_OF_LINE ? b->line_level : b->level;
    line->template = compose(style, b);
    line->kind = b->form == BODY_MESSAGE                          ? b->kind
                 : b->form == BODY_PAYLOAD || style == STYLE_JSON ? ROW_LOG
                                                                  : ROW_TEXT;
    line->level = own;
    line->weight = b->weight;
    line->is_ignored = b->is_ignored;
    line->has_event = b->form == BODY_MESSAGE
                          ? strstr(b->text, "<<event>>") != NULL
                          : style == STYLE_NODE || style == STYLE_NODE8 || style == STYLE_DOTNET;
    line->problem = problem_of(c, b, style, line);
}

static void draw_init(struct draw *d, const struct repertoire *r, enum pick pick)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < r->count; i++)
        total += r->lines[i].weight;
    d->table = allocate(total + 1, sizeof *d->table);
    for (uint32_t i = 0; i < r->count; i++) {
        const struct line *line = &r->lines[i];
        if (pick == PICK_EXTRACTED && !line->has_event)
            continue;
        if (pick == PICK_ONE_LINE && !template_is_one_line(line->template))
            continue;
        for (uint32_t n = 0; n < line->weight; n++)
            d->table[d->count++] = (uint16_t)i;
    }
}

static void repertoire_init(struct cast *c, struct repertoire *r, enum style style,
                            const struct body *bodies, size_t count)
{
    r->lines = allocate(count, sizeof *r->lines);
    for (size_t i = 0; i < count; i++)
        if (style_can_carry(style, &bodies[i]))
            line_init(c, &r->lines[r->count++], &bodies[i], style);
    for (enum pick pick = 0; pick < PICK_COUNT; pick++)
        draw_init(&r->draws[pick], r, pick);
}

static const struct line *line_of_problem(const struct cast *c, enum style style, const char *name)
{
    const struct repertoire *r = &c->trouble[style];
    for (uint32_t i = 0; i < r->count; i++) {
        uint32_t problem = r->lines[i].problem;
        if (problem != PROBLEM_NONE && strcmp(c->problems[problem].body->problem, name) == 0)
            return &r->lines[i];
    }
    return NULL;
}

void cast_init(struct cast *c)
{
    memset(c, 0, sizeof *c);
    /* A body has at most three settings. */
    c->problems = allocate(problem_bodies_count * 3, sizeof *c->problems);
    for (enum style style = 0; style < STYLE_COUNT; style++) {
        repertoire_init(c, &c->traffic[style], style, traffic_bodies, traffic_bodies_count);
        repertoire_init(c, &c->trouble[style], style, problem_bodies, problem_bodies_count);
        c->incident[style] = line_of_problem(c, style, "payment-declined");
    }
    for (enum system_line i = 0; i < SYSTEM_LINE_COUNT; i++) {
        const struct system_body *b = &system_bodies[i];
        c->system[i] = (struct line){
            .template = template_new(b->text),
            .kind = b->kind,
            .level = b->level,
            .problem = PROBLEM_NONE,
            .has_event = strstr(b->text, "<<event>>") != NULL,
        };
    }
}

static void repertoire_done(struct repertoire *r)
{
    for (uint32_t i = 0; i < r->count; i++)
        template_free(r->lines[i].template);
    for (enum pick pick = 0; pick < PICK_COUNT; pick++)
        free(r->draws[pick].table);
    free(r->lines);
}

void cast_done(struct cast *c)
{
    for (enum style style = 0; style < STYLE_COUNT; style++) {
        repertoire_done(&c->traffic[style]);
        repertoire_done(&c->trouble[style]);
    }
    for (enum system_line i = 0; i < SYSTEM_LINE_COUNT; i++)
        template_free(c->system[i].template);
    free(c->problems);
}

const struct line *repertoire_draw(const struct repertoire *r, enum pick pick,
                                   struct random *random)
{
    const struct draw *d = &r->draws[pick];
    return d->count == 0 ? NULL : &r->lines[d->table[random_below(random, d->count)]];
}
