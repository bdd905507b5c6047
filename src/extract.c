#include "extract.h"

#include "commit/atomic_file.h"
#include "commit/publish.h"
#include "commit/quarantine.h"
#include "extract_inner.h"
#include "input/source.h"
#include "limits.h"
#include "plan/discover.h"
#include "util/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLUG_BYTES_MAX = 40 };

static const char index_name[] = "index.ndjson";

struct extractor {
    const struct extract *x;
    struct extract_summary *summary;
    struct discovery found;
    const struct object **sorted; /* by name */
    struct place place;
    int to;            /* open folder to write to */
    struct buf opened; /* name of the object in `source`; empty: none */
    bool is_open;
    struct source source;
    struct inner_reader *inner;
    struct file_writer *index;
    struct buf line, shown, wanted;
};

/* What became of one span. */
struct given {
    char file[SLUG_BYTES_MAX + 48]; /* empty: none */
    const char *content;
    const char *why; /* with "none" */
    uint64_t bytes;
};

static void notice(const struct extractor *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void notice(const struct extractor *e, const char *format, ...)
{
    struct err line;
    va_list args;
    va_start(args, format);
    vsnprintf(line.text, sizeof(line.text), format, args);
    va_end(args);
    e->x->on_notice(e->x->context, line.text);
}

/* ---- Objects by name ---- */

static int by_name(const void *a, const void *b)
{
    const struct object *const *x = a, *const *y = b;
    return view_compare((*x)->name, (*y)->name);
}

static int name_to_object(const void *key, const void *entry)
{
    return view_compare(*(const struct view *)key, (*(const struct object *const *)entry)->name);
}

static enum rc find_objects(struct extractor *e, struct err *err)
{
    const struct options *o = e->x->options;
    struct discover_options d = {
        .sources = e->x->sources,
        .sources_count = e->x->sources_count,
        .files_from = o->files_from,
        .include = o->include.items,
        .include_count = o->include.count,
        .exclude = o->exclude.items,
        .exclude_count = o->exclude.count,
    };
    TRY(discover(&d, &e->found, err));
    e->sorted = calloc(e->found.count + 1, sizeof(*e->sorted));
    if (e->sorted == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the list of objects");
    for (size_t i = 0; i < e->found.count; i++)
        e->sorted[i] = &e->found.objects[i];
    if (e->found.count > 0)
        qsort(e->sorted, e->found.count, sizeof(*e->sorted), by_name);
    return RC_OK;
}

/* Spans of an object follow each other: it stays open until another's come. */
static enum rc open_object(struct extractor *e, struct view name, const char **ret_why,
                           struct err *err)
{
    char path[PATH_MAX];
    struct err why;
    *ret_why = NULL;
    if (e->is_open && view_equals(buf_view(&e->opened), name))
        return RC_OK;
    inner_forget(e->inner);
    source_close(&e->source);
    e->is_open = false;
    const struct object **hit = e->found.count == 0 ? NULL
                                                    : bsearch(&name, e->sorted, e->found.count,
                                                              sizeof(*e->sorted), name_to_object);
    if (hit == NULL) {
        *ret_why = "the object is not below the sources";
        return RC_OK;
    }
    buf_clear(&e->opened);
    if (!buf_append_view(&e->opened, name))
        return err_set(err, RC_NO_MEMORY, "no memory for a name");
    if (!object_path(&e->found, *hit, path, sizeof(path)))
        return err_set(err, RC_FAILED, "%.*s: the path is too long", (int)name.size, name.data);
    struct source_range range = {path, (*hit)->size, 0, (*hit)->size};
    enum rc rc = source_open(&e->source, &range, &why);
    if (rc == RC_USAGE)
        *ret_why = "the object changed while it was read";
    else if (rc != RC_OK)
        return err_set(err, rc, "%s", why.text);
    e->is_open = rc == RC_OK;
    return RC_OK;
}

/* ---- One span ---- */

/* The excerpt is what is left of the first bytes once bytes that are not UTF-8
 * have become U+FFFD: the same is done to `bytes` before they are compared. A
 * span that grew in steps has the first step's excerpt. RC_END: not the same. */
static enum rc find_excerpt(struct extractor *e, struct view bytes, struct view excerpt,
                            struct err *err)
{
    static const struct view replaced = {"\xef\xbf\xbd", 3};
    while (view_ends_with(excerpt, replaced))
        excerpt.size -= replaced.size; /* perhaps a character that was cut */
    if (bytes.size > EXCERPT_BYTES_MAX)
        bytes.size = EXCERPT_BYTES_MAX;
    buf_clear(&e->shown);
    buf_clear(&e->wanted);
    text_json_string(&e->shown, bytes);
    text_json_string(&e->wanted, excerpt);
    if (buf_failed(&e->shown) || buf_failed(&e->wanted))
        return err_set(err, RC_NO_MEMORY, "no memory for an excerpt");
    struct view wanted = view_of(e->wanted.data, e->wanted.size - 1); /* its quote */
    return view_starts_with(buf_view(&e->shown), wanted) ? RC_OK : RC_END;
}

static void append_slug(char *to, size_t capacity, struct view reason)
{
    size_t used = 0;
    for (size_t i = 0; i < reason.size && used + 1 < capacity; i++) {
        char byte = reason.data[i];
        bool is_letter = ((byte | 32) >= 'a' && (byte | 32) <= 'z') || byte_is_digit(byte);
        if (is_letter)
            to[used++] = byte_is_digit(byte) ? byte : (char)(byte | 32);
        else if (used > 0 && to[used - 1] != '-')
            to[used++] = '-';
    }
    while (used > 0 && to[used - 1] == '-')
        used--;
    to[used] = '\0';
}

static enum rc write_bytes(struct extractor *e, uint64_t number, const struct quarantine_span *span,
                           struct view bytes, struct given *given, struct err *err)
{
    char slug[SLUG_BYTES_MAX + 1];
    append_slug(slug, sizeof(slug), span->reason);
    bool is_unit = strcmp(given->content, "unit") == 0;
    snprintf(given->file, sizeof(given->file), "%06" PRIu64 "-%s%s.bin", number,
             slug[0] != '\0' ? slug : "damage", is_unit ? "-unit" : "");
    given->bytes = bytes.size;
    e->summary->bytes += bytes.size;
    e->summary->units += is_unit;
    e->summary->spans += !is_unit;
    return file_write(e->to, given->file, bytes, err);
}

static enum rc give_none(struct extractor *e, uint64_t number, const struct quarantine_span *span,
                         const char *why, struct given *given)
{
    given->content = "none";
    given->why = why;
    e->summary->missing++;
    notice(e, "span %" PRIu64 " of %.*s: %s", number, (int)span->object.size, span->object.data,
           why);
    return RC_OK;
}

static enum rc give_inner(struct extractor *e, uint64_t number, const struct quarantine_span *span,
                          struct given *given, struct err *err)
{
    struct view bytes;
    enum rc rc = inner_find(e->inner, e->source.bytes, span, &bytes, err);
    if (rc == RC_OK)
        rc = find_excerpt(e, bytes, span->excerpt, err);
    if (rc == RC_OK) {
        given->content = "span";
        return write_bytes(e, number, span, bytes, given, err);
    }
    if (rc != RC_END)
        return rc;
    TRY(inner_unit(e->inner, e->source.bytes, span->offset, &bytes, err));
    given->content = "unit";
    TRY(write_bytes(e, number, span, bytes, given, err));
    notice(e,
           "%s: the stored unit around span %" PRIu64 ", as its bytes inside %.*s cannot be "
           "decoded again",
           given->file, number, (int)span->layer.size, span->layer.data);
    return RC_OK;
}

static enum rc give_span(struct extractor *e, uint64_t number, const struct quarantine_span *span,
                         struct given *given, struct err *err)
{
    const char *why;
    TRY(open_object(e, span->object, &why, err));
    struct view object = e->source.bytes;
    if (why == NULL && span->offset >= object.size)
        why = "the object is shorter than it was";
    if (why == NULL && !span->is_inner && span->length > object.size - span->offset)
        why = "the object is shorter than it was";
    if (why != NULL)
        return give_none(e, number, span, why, given);
    if (span->is_inner)
        return give_inner(e, number, span, given, err);
    struct view bytes = view_of(object.data + span->offset, (size_t)span->length);
    enum rc rc = find_excerpt(e, bytes, span->excerpt, err);
    if (rc == RC_END)
        return give_none(e, number, span, "the object holds other bytes there than it did", given);
    TRY(rc);
    given->content = "span";
    return write_bytes(e, number, span, bytes, given, err);
}

static enum rc write_index_line(struct extractor *e, const struct quarantine_span *span,
                                const struct given *given, struct err *err)
{
    buf_clear(&e->line);
    buf_append(&e->line, "{\"file\":", 8);
    if (given->file[0] != '\0')
        text_json_string(&e->line, view_of_string(given->file));
    else
        buf_append(&e->line, "null", 4);
    buf_printf(&e->line, ",\"content\":\"%s\",\"bytes\":%" PRIu64 ",", given->content,
               given->bytes);
    if (given->why != NULL) {
        buf_append(&e->line, "\"why\":", 6);
        text_json_string(&e->line, view_of_string(given->why));
        buf_append_byte(&e->line, ',');
    }
    /* The span's own members, as in quarantine.ndjson: its line without the brace. */
    size_t brace = e->line.size;
    quarantine_append(&e->line, span);
    if (buf_failed(&e->line))
        return err_set(err, RC_NO_MEMORY, "no memory for the index");
    memmove(e->line.data + brace, e->line.data + brace + 1, e->line.size - brace - 1);
    e->line.size--;
    return file_writer_write(e->index, buf_view(&e->line), err);
}

/* ---- All of them ---- */

static enum rc read_spans(struct extractor *e, struct line_file *f, struct err *err)
{
    struct json_value line;
    struct quarantine_span span;
    enum rc rc;
    while ((rc = line_file_next(f, &line, err)) == RC_OK) {
        struct given given = {.content = "none"};
        if (!quarantine_read(f, line, &span))
            return err_set(err, RC_MISMATCH,
                           "%s/quarantine.ndjson: line %" PRIu64 " has another form; see "
                           "millrace verify",
                           e->x->from, f->number);
        TRY(give_span(e, f->number, &span, &given, err));
        TRY(write_index_line(e, &span, &given, err));
    }
    if (rc == RC_BAD_INPUT) {
        struct err why = *err;
        return err_set(err, RC_MISMATCH, "%s/quarantine.ndjson: %.200s; see millrace verify",
                       e->x->from, why.text);
    }
    return rc == RC_END ? RC_OK : rc;
}

/* What the folder may hold already: what the same command wrote. */
static enum rc check_out(struct extractor *e, bool *ret_is_free, struct err *err)
{
    char index[PATH_MAX];
    bool is_ours;
    const char *out = e->place.out;
    TRY(publish_is_free(out, ret_is_free, err));
    if (*ret_is_free)
        return RC_OK;
    if (snprintf(index, sizeof(index), "%s/%s", out, index_name) >= (int)sizeof(index))
        return err_set(err, RC_USAGE, "%s: the path is too long", out);
    TRY(path_exists(AT_FDCWD, index, &is_ours, err));
    return is_ours ? RC_OK
                   : err_set(err, RC_USAGE, "%s: is not empty; choose another -o", out);
}

static enum rc check_outside(const struct extractor *e, struct err *err)
{
    char from[PATH_MAX];
    const char *to = e->place.out;
    TRY(place_check_apart(&e->place, &e->found, err));
    if (realpath(e->x->from, from) == NULL)
        return err_errno_named(err, "%s: cannot open the folder", e->x->from);
    size_t size = strlen(from);
    if (strncmp(to, from, size) == 0 && (to[size] == '/' || to[size] == '\0'))
        return err_set(err, RC_USAGE, "%s: lies inside %s; choose an -o beside it", to, from);
    return RC_OK;
}

static enum rc write_all(struct extractor *e, struct line_file *f, struct err *err)
{
    bool is_free;
    TRY(place_find(&e->place, e->x->options, err));
    TRY(find_objects(e, err));
    TRY(check_outside(e, err));
    TRY(check_out(e, &is_free, err));
    e->inner = inner_new();
    if (e->inner == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to begin");
    TRY(publish_begin(&e->place, &e->to, err));
    TRY(file_writer_open(e->to, index_name, &e->index, err));
    TRY(read_spans(e, f, err));
    struct file_writer *index = e->index;
    e->index = NULL;
    TRY(file_writer_close(index, NULL, NULL, err));
    return publish_end(&e->place, is_free, "holds other bytes than these; choose another -o", err);
}

static void extractor_done(struct extractor *e)
{
    file_writer_abandon(e->index);
    inner_free(e->inner);
    source_done(&e->source);
    if (e->to >= 0)
        close(e->to);
    place_done(&e->place);
    free(e->sorted);
    discovery_done(&e->found);
    buf_done(&e->opened);
    buf_done(&e->line);
    buf_done(&e->shown);
    buf_done(&e->wanted);
}

enum rc extract_spans(const struct extract *x, struct extract_summary *ret, struct err *err)
{
    struct extractor e = {.x = x, .summary = ret, .to = -1};
    struct line_file f;
    *ret = (struct extract_summary){0};
    TRY(quarantine_open(&f, x->from, err));
    place_init(&e.place);
    enum rc rc = write_all(&e, &f, err);
    extractor_done(&e);
    line_file_close(&f);
    return rc;
}
