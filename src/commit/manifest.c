#include "commit/manifest.h"

#include "commit/atomic_file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum rc add(struct manifest *m, const struct manifest_entry *entry, struct err *err)
{
    if (m->count == m->capacity) {
        size_t capacity = m->capacity ? m->capacity * 2 : 64;
        struct manifest_entry *entries = realloc(m->entries, capacity * sizeof(*entries));
        if (entries == NULL)
            return err_set(err, RC_NO_MEMORY, "no memory for the manifest");
        m->entries = entries;
        m->capacity = capacity;
    }
    m->entries[m->count++] = *entry;
    return RC_OK;
}

enum rc manifest_add_dataset(struct manifest *m, const struct dataset_file *file, struct err *err)
{
    return add(m, &(struct manifest_entry){*file, true}, err);
}

enum rc manifest_add_file(struct manifest *m, int folder, const char *path, struct err *err)
{
    struct manifest_entry entry = {0};
    snprintf(entry.file.path, sizeof(entry.file.path), "%s", path);
    TRY(file_checksum(folder, path, &entry.file.bytes, &entry.file.checksum, err));
    return add(m, &entry, err);
}

static int by_path(const void *a, const void *b)
{
    const struct manifest_entry *x = a, *y = b;
    return strcmp(x->file.path, y->file.path);
}

static void append_entry(const struct manifest_entry *e, struct buf *out)
{
    buf_append(out, "{\"path\":", 8);
    text_json_string(out, view_of_string(e->file.path));
    buf_printf(out, ",\"bytes\":%" PRIu64 ",\"checksum\":\"%016" PRIx64 "%016" PRIx64 "\"",
               e->file.bytes, e->file.checksum.high, e->file.checksum.low);
    if (e->is_dataset)
        buf_printf(out, ",\"rows\":%" PRIu64, e->file.rows);
    if (e->is_dataset && e->file.has_time) {
        buf_append(out, ",\"first\":\"", 10);
        text_time_ms(out, e->file.first_ms);
        buf_append(out, "\",\"last\":\"", 10);
        text_time_ms(out, e->file.last_ms);
        buf_append_byte(out, '"');
    }
    buf_append(out, "}\n", 2);
}

static enum rc write_lines(const struct manifest *m, struct file_writer *w, struct err *err)
{
    struct buf line = {0};
    enum rc rc = RC_OK;
    for (size_t i = 0; i < m->count && rc == RC_OK; i++) {
        buf_clear(&line);
        append_entry(&m->entries[i], &line);
        rc = buf_failed(&line) ? err_set(err, RC_NO_MEMORY, "no memory for the manifest")
                               : file_writer_write(w, buf_view(&line), err);
    }
    buf_done(&line);
    return rc;
}

enum rc manifest_write(struct manifest *m, int folder, struct err *err)
{
    if (m->count > 0)
        qsort(m->entries, m->count, sizeof(*m->entries), by_path);
    struct file_writer *w;
    TRY(file_writer_open(folder, "manifest.jsonl", &w, err));
    enum rc rc = write_lines(m, w, err);
    if (rc != RC_OK) {
        file_writer_abandon(w);
        return rc;
    }
    struct hash128 checksum;
    TRY(file_writer_close(w, NULL, &checksum, err));
    char text[40];
    int size =
        snprintf(text, sizeof(text), "%016" PRIx64 "%016" PRIx64 "\n", checksum.high, checksum.low);
    return file_write(folder, "_SUCCESS", view_of(text, (size_t)size), err);
}

void manifest_done(struct manifest *m)
{
    free(m->entries);
    *m = (struct manifest){0};
}

static enum rc write_objects(struct file_writer *w, const struct plan *plan,
                             const char *version_text, struct buf *line, struct err *err)
{
    buf_printf(line, "{\"version\":1,\"plan\":\"%s\",\"program\":", plan->hash);
    text_json_string(line, view_of_string(version_text));
    buf_append(line, "}\n", 2);
    for (size_t i = 0;; i++) {
        if (buf_failed(line))
            return err_set(err, RC_NO_MEMORY, "no memory for the list of objects");
        TRY(file_writer_write(w, buf_view(line), err));
        if (i == plan->objects->count)
            return RC_OK;
        const struct object *o = &plan->objects->objects[i];
        buf_clear(line);
        buf_append(line, "{\"name\":", 8);
        text_json_string(line, o->name);
        buf_printf(line, ",\"size\":%" PRIu64 "}\n", o->size);
    }
}

enum rc objects_write(int folder, const struct plan *plan, const char *version_text,
                      struct err *err)
{
    struct file_writer *w;
    struct buf line = {0};
    TRY(file_writer_open(folder, "objects.ndjson", &w, err));
    enum rc rc = write_objects(w, plan, version_text, &line, err);
    buf_done(&line);
    if (rc == RC_OK)
        return file_writer_close(w, NULL, NULL, err);
    file_writer_abandon(w);
    return rc;
}

enum rc objects_read_plan(int folder, char ret_plan_hash[33], struct err *err)
{
    static const char head[] = "{\"version\":1,\"plan\":\"";
    char text[sizeof(head) + 32] = "";
    int fd = openat(folder, "objects.ndjson", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return RC_END;
    if (fd < 0)
        return err_errno(err, "objects.ndjson: cannot open it");
    ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
    close(fd);
    if (got != (ssize_t)sizeof(text) - 1 || memcmp(text, head, sizeof(head) - 1) != 0)
        return err_set(err, RC_FAILED, "objects.ndjson is not of this version's form");
    memcpy(ret_plan_hash, text + sizeof(head) - 1, 32);
    ret_plan_hash[32] = '\0';
    return RC_OK;
}
