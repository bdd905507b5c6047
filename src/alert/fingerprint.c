#include "alert/fingerprint.h"

#include "alert/key.h"
#include "util/hash.h"

#include <assert.h>
#include <stdlib.h>

/* Error types and codes are names; what is longer is cut. */
enum { NAME_BYTES_MAX = 256 };

struct fingerprinter {
    mask_map_fn *map;
    struct buf lines;  /* the two lines of rule 5 */
    struct buf masked; /* for people */
    struct buf masked_key;
    struct buf parts; /* what is hashed */
    struct mask_span spans[MASK_SPANS_MAX];
};

struct fingerprinter *fingerprinter_new(enum cpu cpu)
{
    struct fingerprinter *f = calloc(1, sizeof(*f));
    if (f != NULL)
        f->map = mask_map_kernel(cpu);
    return f;
}

void fingerprinter_free(struct fingerprinter *f)
{
    if (f == NULL)
        return;
    buf_done(&f->lines);
    buf_done(&f->masked);
    buf_done(&f->masked_key);
    buf_done(&f->parts);
    free(f);
}

enum failure event_failure(const struct event *e)
{
    if (e->failure != FAILURE_NONE)
        return e->failure;
    if (e->kind == KIND_TIMEOUT)
        return FAILURE_TIMEOUT;
    return e->kind == KIND_CRASH ? FAILURE_CRASH : FAILURE_NONE;
}

bool event_is_alert(const struct event *e, enum level_class level)
{
    if (e->kind == KIND_METRIC)
        return false;
    return level == CLASS_ERROR || level == CLASS_FATAL || event_failure(e) != FAILURE_NONE ||
           event_asks_for_action(e);
}

void fingerprint_text(uint64_t value, char ret_text[FINGERPRINT_TEXT_BYTES])
{
    memcpy(ret_text, "fp1-", 4);
    for (unsigned i = 0; i < 16; i++)
        ret_text[4 + i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
}

static void add_part(struct fingerprinter *f, struct view part)
{
    unsigned char length[4];
    buf_append_byte(&f->parts, view_is_null(part) ? 0 : 1);
    if (view_is_null(part))
        return;
    for (unsigned i = 0; i < 4; i++)
        length[i] = (unsigned char)(part.size >> 8 * i);
    buf_append(&f->parts, length, sizeof(length));
    buf_append_view(&f->parts, part);
}

/* Digits in names of functions come from compilers: `lambda$0`, `__12`. */
static void add_function(struct fingerprinter *f, struct view name)
{
    char kept[NAME_BYTES_MAX];
    size_t size = 0;
    name = text_cut(name, NAME_BYTES_MAX);
    for (size_t i = 0; i < name.size; i++) {
        bool is_digit = byte_is_digit(name.data[i]);
        if (!is_digit || i == 0 || !byte_is_digit(name.data[i - 1]))
            kept[size++] = is_digit ? '0' : name.data[i];
    }
    add_part(f, view_of(kept, size));
}

static void add_frames(struct fingerprinter *f, const struct fingerprint *p)
{
    for (size_t i = 0; i < p->frames_count; i++) {
        add_function(f, p->frames[i].function);
        add_part(f, p->frames[i].file);
    }
}

static bool is_blank(struct view v)
{
    return view_trim(v).size == 0;
}

/* The first two lines that are not empty; newlines may have come as `\r`. */
static struct view first_lines(struct fingerprinter *f, struct view text)
{
    unsigned lines = 0;
    buf_clear(&f->lines);
    for (size_t at = 0; at < text.size && lines < 2 && f->lines.size < MASK_TEXT_BYTES_MAX;) {
        size_t end = at;
        while (end < text.size && text.data[end] != '\n' && text.data[end] != '\r')
            end++;
        struct view line = view_trim(view_slice(text, at, end));
        if (line.size > 0) {
            if (lines++ > 0)
                buf_append_byte(&f->lines, '\n');
            buf_append_view(&f->lines, text_cut(line, MASK_TEXT_BYTES_MAX));
        }
        at = end + 1;
    }
    return buf_view(&f->lines);
}

/* A payload that could not be read leaves its text as the message. */
static bool is_unsound(const struct event *e)
{
    return view_starts_with(event_text(e, COL_ATTRIBUTES), VIEW("{\"payload_error\":"));
}

static struct view first_present(const struct event *e)
{
    static const enum column order[] = {COL_MESSAGE, COL_ERROR_MESSAGE, COL_REASON, COL_DETAILS,
                                        COL_ATTRIBUTES};
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        struct view text = event_text(e, order[i]);
        if (!is_blank(text))
            return text;
    }
    return VIEW("");
}

static enum alert_rule rule_of(const struct event *e, struct view user_group)
{
    if (!view_is_null(user_group))
        return RULE_USER;
    if (event_failure(e) != FAILURE_NONE)
        return RULE_PLATFORM;
    if (!is_blank(event_text(e, COL_TITLE)))
        return RULE_TITLE;
    return e->kind == KIND_LOG && !is_unsound(e) ? RULE_STACK : RULE_TEXT;
}

static struct view text_to_mask(struct fingerprinter *f, const struct event *e)
{
    struct view title = event_text(e, COL_TITLE);
    if (!is_blank(title))
        return title;
    if (e->kind == KIND_LOG && !is_unsound(e))
        return first_present(e);
    return first_lines(f, event_text(e, COL_MESSAGE));
}

static void add_parts(struct fingerprinter *f, const struct event *e, enum level_class level,
                      struct view user_group, const struct fingerprint *p)
{
    static const struct view levels[CLASS_COUNT] = {
        [CLASS_TRACE] = VIEW("trace"), [CLASS_DEBUG] = VIEW("debug"), [CLASS_INFO] = VIEW("info"),
        [CLASS_WARN] = VIEW("warn"),   [CLASS_ERROR] = VIEW("error"), [CLASS_FATAL] = VIEW("fatal"),
        [CLASS_OTHER] = VIEW("other"),
    };
    switch (p->rule) {
    case RULE_USER:
        add_part(f, user_group);
        return;
    case RULE_PLATFORM:
        add_part(f, event_failure(e) == FAILURE_TIMEOUT ? VIEW("timeout") : VIEW("crash"));
        add_part(f, event_text(e, COL_LOG_GROUP));
        return;
    case RULE_TITLE:
    case RULE_STACK:
        add_part(f, levels[level]);
        add_part(f, text_cut(event_has(e, COL_ERROR_TYPE) ? event_text(e, COL_ERROR_TYPE)
                                                          : event_text(e, COL_CODE),
                             NAME_BYTES_MAX));
        add_part(f, buf_view(&f->masked_key));
        add_frames(f, p);
        return;
    case RULE_TEXT:
        add_part(f, buf_view(&f->masked_key));
        return;
    }
}

bool fingerprint_event(struct fingerprinter *f, const struct event *e, enum level_class level,
                       struct view user_group, struct fingerprint *ret)
{
    *ret = (struct fingerprint){
        .rule = rule_of(e, user_group), .group = user_group, .spans = f->spans};
    ret->text = text_cut(view_trim(text_to_mask(f, e)), MASK_TEXT_BYTES_MAX);
    ret->spans_count = mask_find(f->map, ret->text, f->spans);
    buf_clear(&f->masked);
    mask_append(&f->masked, ret->text, f->spans, ret->spans_count);
    ret->masked = buf_view(&f->masked);
    if (ret->rule == RULE_STACK && event_has(e, COL_STACK))
        ret->frames_count = frames_find(event_text(e, COL_STACK), ret->frames);

    buf_clear(&f->masked_key);
    mask_append_key(&f->masked_key, ret->text, f->spans, ret->spans_count);
    buf_clear(&f->parts);
    buf_append(&f->parts, "fp1", 3);
    buf_append_byte(&f->parts, (char)ret->rule);
    add_parts(f, e, level, user_group, ret);
    ret->value = hash64(buf_view(&f->parts));
    return !buf_failed(&f->lines) && !buf_failed(&f->masked) && !buf_failed(&f->masked_key) &&
           !buf_failed(&f->parts);
}
