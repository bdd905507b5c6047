#include "commit/manifest.h"

#include "commit/atomic_file.h"
#include "commit/field.h"
#include "commit/known_keys.h"
#include "commit/line_file.h"
#include "util/array.h"
#include "util/text.h"
#include "json/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum rc add(struct manifest *m, const struct manifest_entry *entry, struct err *err)
{
    if (!ARRAY_HAS_ROOM(m->entries, m->count, m->capacity, 64))
        return err_set(err, RC_NO_MEMORY, "no memory for the manifest");
    char *path = strdup(entry->file.path);
    if (path == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the manifest");
    m->entries[m->count] = *entry;
    m->entries[m->count++].file.path = path;
    return RC_OK;
}

enum rc manifest_add_dataset(struct manifest *m, const struct dataset_file *file, struct err *err)
{
    return add(m, &(struct manifest_entry){*file, true}, err);
}

enum rc manifest_add_known(struct manifest *m, const struct dataset_file *file, struct err *err)
{
    return add(m, &(struct manifest_entry){*file, false}, err);
}

enum rc manifest_add_file(struct manifest *m, int folder, const char *path, struct err *err)
{
    struct manifest_entry entry = {.file.path = path};
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

enum rc manifest_write(struct manifest *m, int folder, struct sync_queue *q, struct err *err)
{
    if (m->count > 0)
        qsort(m->entries, m->count, sizeof(*m->entries), by_path);
    struct file_writer *w;
    TRY(file_writer_open(folder, "manifest.jsonl", &w, err));
    file_writer_sync_by(w, q);
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
    return file_write_by(q, folder, "_SUCCESS", view_of(text, (size_t)size), err);
}

void manifest_done(struct manifest *m)
{
    for (size_t i = 0; i < m->count; i++)
        free((char *)m->entries[i].file.path);
    free(m->entries);
    *m = (struct manifest){0};
}

/* ---- Reading an earlier generation's ---- */

enum { MANIFEST_BYTES_MAX = 1024 * 1024 * 1024 };

/* A time past the calendar's years stands there as its plain number. */
static bool read_time(struct json_value v, int64_t *ret)
{
    char digits[24] = "";
    if (v.type != JSON_STRING)
        return false;
    struct view text = view_slice(v.raw, 1, v.raw.size - 1);
    if (text_read_time_ms(text, ret))
        return true;
    if (text.size >= sizeof(digits))
        return false;
    memcpy(digits, text.data, text.size);
    return sscanf(digits, "%" SCNd64, ret) == 1;
}

/* The line at hand: an entry, and where its path lies. */
struct read_line {
    struct json_parser *parser;
    struct manifest_entry entry;
    char path[PARTITION_PATH_BYTES];
};

static bool read_member(struct json_value key, struct json_value value, struct read_line *r)
{
    struct manifest_entry *e = &r->entry;
    if (json_string_equals(key, VIEW("path")))
        return field_path(value, r->path, sizeof(r->path));
    if (json_string_equals(key, VIEW("bytes")))
        return field_u64(value, &e->file.bytes);
    if (json_string_equals(key, VIEW("checksum")))
        return field_hash128(value, &e->file.checksum);
    if (json_string_equals(key, VIEW("rows"))) {
        e->is_dataset = true;
        return field_u64(value, &e->file.rows);
    }
    e->file.has_time = true;
    if (json_string_equals(key, VIEW("first")))
        return read_time(value, &e->file.first_ms);
    return json_string_equals(key, VIEW("last")) && read_time(value, &e->file.last_ms);
}

/* RC_BAD_INPUT, RC_NO_MEMORY. */
static enum rc read_entry(struct read_line *r, struct view line)
{
    struct json_value root, key, value;
    r->path[0] = '\0';
    r->entry = (struct manifest_entry){.file.path = r->path};
    enum rc rc = json_parse(r->parser, line, &root, NULL);
    if (rc != RC_OK || root.type != JSON_OBJECT)
        return rc == RC_NO_MEMORY ? rc : RC_BAD_INPUT;
    struct json_cursor c = json_open(r->parser, root);
    while (json_next_member(r->parser, &c, &key, &value)) {
        if (!read_member(key, value, r))
            return RC_BAD_INPUT;
    }
    return r->path[0] != '\0' ? RC_OK : RC_BAD_INPUT;
}

/* Whom to tell. */
struct earlier {
    dataset_file_fn *on_file;
    void *context;
};

static bool is_keys(const char *path)
{
    static const char prefix[] = KNOWN_KEYS_FOLDER "/";
    return strncmp(path, prefix, sizeof(prefix) - 1) == 0;
}

static enum rc add_lines(struct manifest *m, struct read_line *r, struct view text,
                         const struct earlier *to, struct err *err)
{
    for (size_t at = 0; at < text.size;) {
        size_t end = view_find_byte(text, '\n', at);
        enum rc rc = read_entry(r, view_slice(text, at, end));
        if (rc == RC_NO_MEMORY)
            return err_set(err, rc, "no memory for the manifest");
        if (rc != RC_OK)
            return err_set(err, RC_FAILED,
                           "manifest.jsonl is damaged at byte %zu; use --force to build anew", at);
        if (r->entry.is_dataset || is_keys(r->path)) {
            TRY(to->on_file(to->context, &r->entry.file, err));
            TRY(add(m, &r->entry, err));
        }
        at = end + 1;
    }
    return RC_OK;
}

enum rc manifest_add_earlier(struct manifest *m, int folder, dataset_file_fn *on_file,
                             void *context, struct err *err)
{
    struct buf text = {0};
    enum rc rc = file_read(folder, "manifest.jsonl", MANIFEST_BYTES_MAX, &text, err);
    struct read_line r = {.parser = json_parser_new(CPU_SCALAR, LINE_FILE_BYTES_MAX)};
    struct earlier to = {on_file, context};
    if (rc == RC_END)
        rc = err_set(err, RC_FAILED, "manifest.jsonl is gone; use --force to build anew");
    if (rc == RC_OK && r.parser == NULL)
        rc = err_set(err, RC_NO_MEMORY, "no memory for the manifest");
    if (rc == RC_OK)
        rc = add_lines(m, &r, buf_view(&text), &to, err);
    json_parser_free(r.parser);
    buf_done(&text);
    return rc;
}
