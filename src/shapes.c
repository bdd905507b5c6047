#include "shapes.h"

#include "decode/unwrap.h"
#include "input/source.h"
#include "object.h"
#include "split/document_start.h"
#include "split/splitter.h"

#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SHAPE_BYTES = 96,
    /* Layers to a depth of three and a handful of contents: what is more is one line. */
    SHAPES_MAX = 64,
};

struct shape {
    char name[SHAPE_BYTES];
    uint64_t objects, bytes;
};

struct shapes {
    struct unwrapper *unwrapper;
    struct source source;
    enum cpu cpu;
    const char *damage; /* of the object at hand: its first reason */
    char name[SHAPE_BYTES];
    struct shape shapes[SHAPES_MAX];
    size_t count;
};

static void note_damage(void *context, const struct damage *damage)
{
    struct shapes *s = context;
    if (s->damage == NULL)
        s->damage = damage->reason;
}

struct shapes *shapes_new(enum cpu cpu)
{
    struct shapes *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    s->cpu = cpu;
    s->unwrapper = unwrap_new(MEMBER_BYTES_MAX, note_damage, s);
    if (s->unwrapper == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

void shapes_free(struct shapes *s)
{
    if (s == NULL)
        return;
    unwrap_free(s->unwrapper);
    source_done(&s->source);
    free(s);
}

/* ---- One object ---- */

static const char *documents_name(struct view text)
{
    size_t begin = view_find_byte(text, '{', 0);
    struct document_keys keys = document_keys_of(view_from(text, begin));
    if (!keys.is_envelope)
        return "other JSON documents";
    if (!keys.has_events)
        return "saved events";
    size_t raw = view_find(text, VIEW("\"rawData\""), 0);
    return raw < view_find(text, VIEW("\"logEvents\""), 0) ? "failed deliveries" : "records";
}

static const char *content_name(struct shapes *s, const struct text *text, struct view name)
{
    struct view bytes = text->bytes;
    switch (text_form_of(bytes, text->is_final, object_has_export_name(name), s->cpu)) {
    case TEXT_DOCUMENTS:
        return documents_name(bytes);
    case TEXT_ARRAY:
        return "an array of documents";
    case TEXT_LINES:
        return "lines";
    case TEXT_EXPORT:
        return "lines of an export";
    case TEXT_BINARY:
        break;
    }
    return "binary: not text";
}

static enum rc name_shape(struct shapes *s, struct view head, struct view object, struct err *err)
{
    struct text text;
    struct err why;
    s->damage = NULL;
    unwrap_begin(s->unwrapper, head, (struct unwrap_range){0, head.size, false}, 0);
    enum rc rc = unwrap_next(s->unwrapper, &text, &why);
    if (rc == RC_NO_MEMORY)
        return err_set(err, rc, "%s", why.text);
    const char *layers = unwrap_layers(s->unwrapper);
    if (layers[0] == '\0')
        layers = "stored";
    if (rc == RC_OK)
        snprintf(s->name, sizeof(s->name), "%-18s %s", layers, content_name(s, &text, object));
    else
        snprintf(s->name, sizeof(s->name), "%-18s %s", "not readable",
                 s->damage != NULL ? s->damage : "nothing in it");
    return RC_OK;
}

static void count(struct shapes *s, uint64_t bytes)
{
    size_t i = 0;
    while (i < s->count && strcmp(s->shapes[i].name, s->name) != 0)
        i++;
    if (i == SHAPES_MAX)
        i = SHAPES_MAX - 1;
    if (i == s->count) {
        bool is_last = ++s->count == SHAPES_MAX;
        snprintf(s->shapes[i].name, SHAPE_BYTES, "%s", is_last ? "others" : s->name);
    }
    s->shapes[i].objects++;
    s->shapes[i].bytes += bytes;
}

enum rc shapes_add(struct shapes *s, const struct discovery *d, const struct object *o,
                   const char **ret_shape, struct err *err)
{
    char path[PATH_MAX];
    uint64_t head = o->size < SHAPE_HEAD_BYTES ? o->size : SHAPE_HEAD_BYTES;
    if (!object_path(d, o, path, sizeof(path)))
        return err_set(err, RC_FAILED, "%.*s: the path is too long", (int)o->name.size,
                       o->name.data);
    struct source_range range = {path, o->size, 0, head};
    TRY(source_open(&s->source, &range, err));
    enum rc rc = name_shape(s, view_slice(s->source.bytes, 0, head), o->name, err);
    source_close(&s->source);
    TRY(rc);
    count(s, o->size);
    *ret_shape = s->name;
    return RC_OK;
}

/* ---- All of them ---- */

static int by_bytes(const void *a, const void *b)
{
    const struct shape *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return strcmp(x->name, y->name);
}

void shapes_print(const struct shapes *s)
{
    struct shape sorted[SHAPES_MAX];
    memcpy(sorted, s->shapes, s->count * sizeof(*sorted));
    qsort(sorted, s->count, sizeof(*sorted), by_bytes);
    for (size_t i = 0; i < s->count; i++)
        printf("shape     %-42s %8" PRIu64 " object%s %15" PRIu64 " bytes\n", sorted[i].name,
               sorted[i].objects, sorted[i].objects == 1 ? ", " : "s,", sorted[i].bytes);
}
