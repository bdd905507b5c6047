#define PCRE2_CODE_UNIT_WIDTH 8

#include "report/redact_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <pcre2.h>
#include <stdlib.h>
#include <unistd.h>

/* One search may take some milliseconds; the interpreter is used, since what
 * the limits count differs in compiled matchers from one CPU to another. */
enum {
    MATCH_STEPS_MAX = 1000000,
    MATCH_DEPTH_MAX = 1000,
    MATCH_HEAP_KIB_MAX = 1024,
};

struct redact_rules {
    struct buf text;
    pcre2_code *at[REDACT_RULES_MAX];
    size_t count;
    pcre2_match_data *data;
    pcre2_match_context *context;
    struct buf turns[2]; /* a rule reads one and writes the other */
};

void redact_rules_free(struct redact_rules *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++)
        pcre2_code_free(r->at[i]);
    pcre2_match_data_free(r->data);
    pcre2_match_context_free(r->context);
    buf_done(&r->turns[0]);
    buf_done(&r->turns[1]);
    buf_done(&r->text);
    free(r);
}

struct view redact_rules_text(const struct redact_rules *r)
{
    return buf_view(&r->text);
}

static enum rc read_all(int fd, const char *path, struct buf *out, struct err *err)
{
    for (;;) {
        if (!buf_reserve(out, 4096))
            return err_set(err, RC_NO_MEMORY, "%s: out of memory", path);
        ssize_t got = read(fd, out->data + out->size, 4096);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno_named(err, "%s: cannot read it", path);
        if (got == 0)
            return RC_OK;
        out->size += (size_t)got;
        if (out->size > REDACT_FILE_BYTES_MAX)
            return err_set(err, RC_USAGE, "%s: larger than %d bytes", path, REDACT_FILE_BYTES_MAX);
    }
}

/* \C could split a character, and its meaning depends on the build. */
static enum rc add_line(struct redact_rules *r, struct view line, size_t number, const char *path,
                        struct err *err)
{
    char reason[256];
    int code;
    PCRE2_SIZE offset;
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    if (view_trim(line).size == 0 || line.data[0] == '#')
        return RC_OK;
    if (r->count == REDACT_RULES_MAX)
        return err_set(err, RC_USAGE, "%s:%zu:1: more than %d expressions", path, number,
                       REDACT_RULES_MAX);
    r->at[r->count] = pcre2_compile((PCRE2_SPTR)line.data, line.size,
                                    PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
                                    &code, &offset, NULL);
    if (r->at[r->count] != NULL) {
        r->count++;
        return RC_OK;
    }
    if (code == PCRE2_ERROR_HEAP_FAILED)
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", path);
    pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof(reason));
    return err_set(err, RC_USAGE, "%s:%zu:%zu: %s", path, number, (size_t)offset + 1, reason);
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

static enum rc parse(struct redact_rules *r, const char *name, struct err *err)
{
    r->data = pcre2_match_data_create(2, NULL);
    r->context = pcre2_match_context_create(NULL);
    if (r->data == NULL || r->context == NULL)
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", name);
    pcre2_set_match_limit(r->context, MATCH_STEPS_MAX);
    pcre2_set_depth_limit(r->context, MATCH_DEPTH_MAX);
    pcre2_set_heap_limit(r->context, MATCH_HEAP_KIB_MAX);

    struct view text = buf_view(&r->text);
    size_t number = 1;
    for (size_t at = 0; at < text.size; number++) {
        size_t end = view_find_byte(text, '\n', at);
        TRY(add_line(r, view_slice(text, at, end), number, name, err));
        at = end + 1;
    }
    return RC_OK;
}

static enum rc parse_or_free(struct redact_rules *r, const char *name, enum rc rc,
                             struct redact_rules **ret, struct err *err)
{
    if (rc == RC_OK)
        rc = parse(r, name, err);
    if (rc == RC_OK)
        *ret = r;
    else
        redact_rules_free(r);
    return rc;
}

enum rc redact_rules_load(const char *path, struct redact_rules **ret, struct err *err)
{
    struct redact_rules *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", path);
    return parse_or_free(r, path, read_file(path, &r->text, err), ret, err);
}

enum rc redact_rules_parse(const char *name, struct view text, struct redact_rules **ret,
                           struct err *err)
{
    struct redact_rules *r = calloc(1, sizeof(*r));
    if (r == NULL || !buf_append_view(&r->text, text)) {
        free(r);
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", name);
    }
    return parse_or_free(r, name, RC_OK, ret, err);
}

/* What a match takes out: its first group if that took part, else all of it.
 * `pairs` is what pcre2_match() gave: 1 where only the whole was set, 0 where
 * there are more groups than pairs to put them in. */
static void span_of(const struct redact_rules *r, int pairs, size_t ret[2])
{
    const PCRE2_SIZE *found = pcre2_get_ovector_pointer(r->data);
    bool has_group = pairs != 1 && found[2] != PCRE2_UNSET;
    ret[0] = found[has_group ? 2 : 0];
    ret[1] = found[has_group ? 3 : 1];
}

static size_t next_character(struct view v, size_t at)
{
    do
        at++;
    while (at < v.size && ((unsigned char)v.data[at] & 0xc0) == 0x80);
    return at;
}

/* Appends `v` without what one expression matches; RC_FULL where it hit a limit. */
static enum rc apply_one(struct redact_rules *r, const pcre2_code *code, struct view v,
                         struct buf *out)
{
    size_t copied = 0, from = 0;
    while (from <= v.size) {
        int pairs = pcre2_match(code, (PCRE2_SPTR)v.data, v.size, from, 0, r->data, r->context);
        if (pairs == PCRE2_ERROR_NOMATCH)
            break;
        if (pairs < 0)
            return pairs == PCRE2_ERROR_NOMEMORY ? RC_NO_MEMORY : RC_FULL;
        size_t span[2], end = pcre2_get_ovector_pointer(r->data)[1];
        span_of(r, pairs, span);
        /* \K and look-behind may put a span before what was already taken. */
        if (span[1] > span[0] && span[0] >= copied) {
            buf_append_view(out, view_slice(v, copied, span[0]));
            buf_append_view(out, VIEW("[redacted]"));
            copied = span[1];
        }
        from = end > from ? end : next_character(v, from);
    }
    buf_append_view(out, view_from(v, copied));
    return buf_failed(out) ? RC_NO_MEMORY : RC_OK;
}

struct view redact_rules_apply(struct redact_rules *r, struct view v, bool *is_failed)
{
    if (view_is_null(v))
        return v;
    for (size_t i = 0; i < r->count; i++) {
        struct buf *to = &r->turns[i % 2];
        buf_clear(to);
        enum rc rc = apply_one(r, r->at[i], v, to);
        if (rc == RC_FULL)
            return VIEW("[redacted: an expression reached its limit here]");
        *is_failed |= rc == RC_NO_MEMORY;
        v = buf_view(to);
    }
    return v;
}
