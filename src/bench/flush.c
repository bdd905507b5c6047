#include "bench/portion.h"
#include "parquet/page.h"
#include "parquet/reader.h"
#include "util/array.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

/* Footers of a flush's files: a few hundred bytes per column and file. */
#define FOOTER_BYTES_MAX MIB(64)

/* What a flush wrote, read again. */
struct flushed {
    struct bench_thread *thread;
    int folder;
    struct page_expander *expander;
    struct arena arena;
    struct buf file;
    uint64_t file_bytes; /* of all files */
    struct buf bodies;   /* plain bytes of every page, one behind the other */
    size_t *sizes;       /* of each page */
    size_t count, capacity;
    struct buf files;   /* struct dataset_file after struct dataset_file, */
    struct arena paths; /* … and their paths */
    struct buf compressed;
};

static enum rc no_memory(struct flushed *f)
{
    return err_set(&f->thread->err, RC_NO_MEMORY, "no memory for pages; try a smaller -j");
}

static enum rc read_file(struct flushed *f, const struct dataset_file *file)
{
    struct err *err = &f->thread->err;
    buf_clear(&f->file);
    if (!buf_reserve(&f->file, file->bytes))
        return no_memory(f);
    int fd = openat(f->folder, file->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno_at(err, f->folder, file->path, "cannot open it");
    ssize_t got = read(fd, f->file.data, file->bytes);
    close(fd);
    f->file.size = file->bytes;
    return got == (ssize_t)file->bytes
               ? RC_OK
               : err_errno_at(err, f->folder, file->path, "cannot read it whole");
}

static enum rc add_page(struct flushed *f, const struct page_header *header, struct view page)
{
    struct buf body = {0};
    if (!ARRAY_HAS_ROOM(f->sizes, f->count, f->capacity, 256))
        return no_memory(f);
    enum rc rc = page_expand(f->expander, header, page, SIZE_MAX / 2, &body, &f->thread->err);
    if (rc == RC_OK && !buf_append_view(&f->bodies, buf_view(&body)))
        rc = no_memory(f);
    if (rc == RC_OK)
        f->sizes[f->count++] = body.size;
    buf_done(&body);
    return rc;
}

static enum rc add_chunk(struct flushed *f, struct view file, const struct chunk *c)
{
    size_t at = (size_t)chunk_begin(c);
    size_t end = at + (size_t)c->compressed_bytes;
    while (at < end) {
        struct page_header header;
        size_t size;
        if (!page_header_parse(view_slice(file, at, end), &header, &size))
            return err_set(&f->thread->err, RC_FAILED, "a page just written cannot be read");
        at += size;
        TRY(add_page(f, &header, view_slice(file, at, at + header.compressed_size)));
        at += header.compressed_size;
    }
    return RC_OK;
}

/* The file once more, by itself: what the disk alone takes. */
static enum rc write_again(struct flushed *f, const char *path)
{
    struct err *err = &f->thread->err;
    double began = meter_now_s();
    int fd = openat(f->folder, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno_at(err, f->folder, path, "cannot make it");
    size_t at = 0;
    enum rc rc = RC_OK;
    while (at < f->file.size && rc == RC_OK) {
        ssize_t put = write(fd, f->file.data + at, f->file.size - at);
        if (put <= 0)
            rc = err_errno_at(err, f->folder, path, "cannot write it");
        else
            at += (size_t)put;
    }
    if (rc == RC_OK && fsync(fd) != 0)
        rc = err_errno_at(err, f->folder, path, "cannot sync it");
    close(fd);
    if (rc == RC_OK)
        meter_add(f->thread, LIMIT_WRITE, began, f->file.size, 0);
    unlinkat(f->folder, path, 0);
    return rc;
}

static enum rc take_file(struct flushed *f, const struct dataset_file *file)
{
    struct reader reader;
    char again[64];
    TRY(read_file(f, file));
    f->file_bytes += file->bytes;
    arena_reset(&f->arena);
    TRY(reader_open(&reader, buf_view(&f->file), &f->arena, &f->thread->err));
    for (size_t g = 0; g < reader.footer.groups_count; g++) {
        for (size_t i = 0; i < COLUMN_COUNT; i++)
            TRY(add_chunk(f, buf_view(&f->file), &reader.footer.groups[g].chunks[i]));
    }
    snprintf(again, sizeof(again), "again-%u", f->thread->number);
    TRY(write_again(f, again));
    if (unlinkat(f->folder, file->path, 0) != 0)
        return err_errno_at(&f->thread->err, f->folder, file->path, "cannot remove it");
    return RC_OK;
}

static enum rc on_file(void *context, const struct dataset_file *file, struct err *err)
{
    struct flushed *f = context;
    struct dataset_file kept = *file;
    struct view path = view_of_string(file->path);
    path.size++; /* the NUL too */
    kept.path = arena_copy(&f->paths, path).data;
    return kept.path != NULL && buf_append(&f->files, &kept, sizeof(kept))
               ? RC_OK
               : err_set(err, RC_NO_MEMORY, "no memory for the list of files");
}

static enum rc zstd_pages(struct flushed *f, uint64_t json_bytes)
{
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    size_t bound = ZSTD_compressBound(f->bodies.size);
    if (zstd == NULL || !buf_reserve(&f->compressed, bound)) {
        ZSTD_freeCCtx(zstd);
        return no_memory(f);
    }
    page_zstd_init(zstd);
    memset(f->compressed.data, 1, bound);
    const char *at = f->bodies.data;
    size_t failed = 0;
    double began = meter_now_s();
    for (size_t i = 0; i < f->count; at += f->sizes[i++])
        failed += ZSTD_isError(ZSTD_compress2(zstd, f->compressed.data, bound, at, f->sizes[i]));
    meter_add(f->thread, LIMIT_ZSTD, began, f->bodies.size, json_bytes);
    ZSTD_freeCCtx(zstd);
    return failed == 0 ? RC_OK : err_set(&f->thread->err, RC_FAILED, "zstd cannot compress a page");
}

enum rc stage_parquet(struct bench_thread *t, struct rows *rows, dataset_file_fn *on_each,
                      void *context)
{
    return rows_flush(rows, t->pass->folder, t->number, 0, on_each, context, &t->err);
}

static enum rc take_files(struct flushed *f)
{
    for (size_t at = 0; at < f->files.size; at += sizeof(struct dataset_file)) {
        struct dataset_file file;
        memcpy(&file, f->files.data + at, sizeof(file));
        TRY(take_file(f, &file));
    }
    return RC_OK;
}

/* What the steps took, as meters of their own. */
static void add_steps(const struct flushed *f, const struct steps *steps, uint64_t json_bytes)
{
    static const enum stage stages[STEP_COUNT] = {[STEP_ORDER] = STAGE_ORDER,
                                                  [STEP_DICTIONARY] = STAGE_DICTIONARY,
                                                  [STEP_ENCODE] = STAGE_ENCODE,
                                                  [STEP_ZSTD] = STAGE_ZSTD,
                                                  [STEP_WRITE] = STAGE_WRITE};
    for (enum step step = 0; step < STEP_COUNT; step++) {
        uint64_t bytes = step == STEP_WRITE ? f->file_bytes : f->bodies.size;
        meter_add(f->thread, stages[step], meter_now_s() - steps->spent_s[step], bytes, json_bytes);
    }
}

static enum rc flush(struct flushed *f, struct rows *rows, uint64_t json_bytes)
{
    struct bench_thread *t = f->thread;
    struct steps steps = {0};
    rows_watch(rows, &steps);
    double began = meter_now_s();
    enum rc rc = stage_parquet(t, rows, on_file, f);
    double spent_s = meter_now_s() - began;
    rows_watch(rows, NULL);
    TRY(rc);
    TRY(take_files(f));
    meter_add(t, STAGE_PARQUET, meter_now_s() - spent_s, f->bodies.size, json_bytes);
    add_steps(f, &steps, json_bytes);
    t->meters[LIMIT_WRITE].json += json_bytes;
    return zstd_pages(f, json_bytes);
}

enum rc flush_rows(struct bench_thread *t, struct rows *rows, uint64_t json_bytes)
{
    struct flushed f = {.thread = t, .folder = t->pass->folder, .expander = page_expander_new()};
    arena_init(&f.arena, (size_t)FOOTER_BYTES_MAX);
    arena_init(&f.paths, (size_t)FOOTER_BYTES_MAX);
    enum rc rc = f.expander != NULL ? flush(&f, rows, json_bytes) : no_memory(&f);
    page_expander_free(f.expander);
    arena_done(&f.arena);
    arena_done(&f.paths);
    buf_done(&f.file);
    buf_done(&f.bodies);
    buf_done(&f.files);
    buf_done(&f.compressed);
    free(f.sizes);
    return rc;
}
