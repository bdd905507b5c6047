#include "bench/bench_thread.h"
#include "decode/unwrap.h"
#include "input/source.h"

#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>

/* What the stages of this pass work with. */
struct text_tools {
    struct source source;
    struct unwrapper *unwrapper;
    struct splitter *splitter;
    struct inflate_loop inflate;
    char *copy; /* as large as the largest run of text, written once */
    size_t copy_bytes;
    size_t sum; /* of what was read, so that nothing can be left out */
};

typedef enum rc text_fn(struct bench_thread *t, struct text_tools *tools,
                        const struct input_object *o);

/* ---- The machine ---- */

static const struct input_run *runs_of(const struct bench_thread *t, const struct input_object *o,
                                       size_t *ret_count)
{
    *ret_count = o->runs_end - o->runs_begin;
    return &t->pass->inputs->runs[o->runs_begin];
}

/* The C library's vectorised search for a byte that no text holds. */
static enum rc read_text(struct bench_thread *t, struct text_tools *tools,
                         const struct input_object *o)
{
    size_t count;
    const struct input_run *runs = runs_of(t, o, &count);
    for (size_t i = 0; i < count; i++) {
        double began = meter_now_s();
        tools->sum += view_find_byte(runs[i].text, '\x01', 0);
        meter_add(t, LIMIT_READ, began, runs[i].text.size, runs[i].text.size);
    }
    return RC_OK;
}

static enum rc copy_text(struct bench_thread *t, struct text_tools *tools,
                         const struct input_object *o)
{
    size_t count;
    const struct input_run *runs = runs_of(t, o, &count);
    /* One object behind the other, so that the copies are no closer than the texts. */
    for (size_t i = 0; i < count; i++) {
        struct view text = runs[i].text;
        size_t at = (size_t)(text.data - t->pass->inputs->text.data) % tools->copy_bytes;
        size_t first = text.size < tools->copy_bytes - at ? text.size : tools->copy_bytes - at;
        double began = meter_now_s();
        memcpy(tools->copy + at, text.data, first);
        memcpy(tools->copy, text.data + first, text.size - first);
        meter_add(t, LIMIT_COPY, began, text.size, text.size);
        tools->sum += (unsigned char)tools->copy[at];
    }
    return RC_OK;
}

static enum rc inflate_text(struct bench_thread *t, struct text_tools *tools,
                            const struct input_object *o)
{
    double began = meter_now_s();
    uint64_t bytes = inflate_loop_run(&tools->inflate, o->stored, 0);
    if (bytes > 0)
        meter_add(t, LIMIT_INFLATE, began, bytes, bytes);
    return RC_OK;
}

/* ---- The stages ---- */

/* A page that was asked for is there once a byte of it was read. */
static size_t touch(struct view bytes)
{
    size_t sum = 0;
    for (size_t at = 0; at < bytes.size; at += KIB(4))
        sum += (unsigned char)bytes.data[at];
    return sum;
}

static enum rc read_object(struct bench_thread *t, struct text_tools *tools,
                           const struct input_object *o)
{
    char path[PATH_MAX];
    uint64_t size = o->object->size;
    if (!object_path(&t->pass->inputs->found, o->object, path, sizeof(path)))
        return err_set(&t->err, RC_FAILED, "%s: the path is too long", path);
    struct source_range range = {.path = path, .size = size, .end = size};
    double began = meter_now_s();
    TRY(source_open(&tools->source, &range, &t->err));
    tools->sum += touch(tools->source.bytes);
    source_close(&tools->source);
    meter_add(t, STAGE_READ, began, size, o->text_bytes);
    return RC_OK;
}

enum rc stage_unwrap(struct text_tools *tools, struct view stored, uint64_t *ret_bytes,
                     struct err *err)
{
    struct text window;
    enum rc rc;
    *ret_bytes = 0;
    unwrap_begin(tools->unwrapper, stored, (struct unwrap_range){0, stored.size, false}, 0);
    while ((rc = unwrap_next(tools->unwrapper, &window, err)) == RC_OK || rc == RC_TOO_BIG) {
        *ret_bytes += window.bytes.size;
        unwrap_consume(tools->unwrapper, window.bytes.size);
    }
    return rc == RC_END ? RC_OK : rc;
}

static enum rc unwrap_object(struct bench_thread *t, struct text_tools *tools,
                             const struct input_object *o)
{
    uint64_t bytes;
    /* What is stored as text passes through as it is. */
    if (o->text_bytes == o->stored.size)
        return RC_OK;
    double began = meter_now_s();
    TRY(stage_unwrap(tools, o->stored, &bytes, &t->err));
    meter_add(t, STAGE_UNWRAP, began, bytes, bytes);
    return RC_OK;
}

enum rc stage_split(struct text_tools *tools, const struct input_run *run)
{
    struct piece piece;
    enum rc rc;
    splitter_begin(tools->splitter, run->form);
    splitter_feed(tools->splitter, run->text, true);
    while ((rc = splitter_next(tools->splitter, &piece)) == RC_OK)
        tools->sum += piece.size;
    return rc == RC_END ? RC_OK : rc;
}

static enum rc split_text(struct bench_thread *t, struct text_tools *tools,
                          const struct input_object *o)
{
    size_t count;
    const struct input_run *runs = runs_of(t, o, &count);
    for (size_t i = 0; i < count; i++) {
        if (runs[i].form == TEXT_BINARY)
            continue;
        double began = meter_now_s();
        TRY(stage_split(tools, &runs[i]));
        meter_add(t, STAGE_SPLIT, began, runs[i].text.size, runs[i].text.size);
    }
    return RC_OK;
}

/* ---- The pass ---- */

static void on_damage(void *context, const struct damage *damage)
{
    (void)context;
    (void)damage;
}

static enum rc tools_init(struct bench_thread *t, struct text_tools *tools)
{
    const struct pass *p = t->pass;
    size_t record_max = p->object_options->record_bytes_max;
    for (size_t i = t->objects_begin; i < t->objects_end; i++)
        tools->copy_bytes += p->inputs->objects[i].text_bytes;
    tools->copy_bytes += tools->copy_bytes == 0;
    tools->unwrapper =
        unwrap_new(record_max + SPLITTER_AHEAD_BYTES + WINDOW_FILL_BYTES, on_damage, NULL);
    tools->splitter = splitter_new(p->object_options->cpu, record_max);
    if (!p->is_by_kernel_only)
        tools->copy = malloc(tools->copy_bytes);
    bool is_whole = tools->unwrapper != NULL && tools->splitter != NULL &&
                    (tools->copy != NULL || p->is_by_kernel_only) &&
                    inflate_loop_init(&tools->inflate, p->inputs->member_bytes_max);
    if (!is_whole)
        return err_set(&t->err, RC_NO_MEMORY, "no memory for a thread; try a smaller -j");
    if (tools->copy != NULL)
        memset(tools->copy, 1, tools->copy_bytes);
    return RC_OK;
}

static void tools_done(struct text_tools *tools)
{
    source_done(&tools->source);
    unwrap_free(tools->unwrapper);
    splitter_free(tools->splitter);
    inflate_loop_done(&tools->inflate);
    free(tools->copy);
}

/* Waits for the others even where this thread has failed: they wait for it. */
static void together(struct bench_thread *t, struct text_tools *tools, text_fn *fn)
{
    const struct pass *p = t->pass;
    pthread_barrier_wait(p->barrier);
    for (size_t i = t->objects_begin; i < t->objects_end && t->rc == RC_OK; i++) {
        t->rc = fn(t, tools, &p->inputs->objects[i]);
        if (t->rc == RC_OK && p->hooks->is_stopping(p->hooks->context))
            t->rc = RC_STOPPED;
    }
}

void text_pass(struct bench_thread *t)
{
    static text_fn *const once[] = {read_text, copy_text, inflate_text, read_object, unwrap_object};
    struct text_tools tools = {0};
    t->rc = tools_init(t, &tools);
    for (size_t i = 0; i < sizeof(once) / sizeof(once[0]) && !t->pass->is_by_kernel_only; i++)
        together(t, &tools, once[i]);
    together(t, &tools, split_text);
    pthread_barrier_wait(t->pass->barrier);
    tools_done(&tools);
}
