#include "commit/objects.h"

#include "commit/atomic_file.h"
#include "commit/field.h"
#include "commit/line_file.h"
#include "util/text.h"
#include "json/json.h"

#include <inttypes.h>

static const char file_name[] = "objects.ndjson";

/* ---- Writing ---- */

static enum rc write_line(struct file_writer *w, struct buf *line, struct err *err)
{
    if (buf_failed(line))
        return err_set(err, RC_NO_MEMORY, "no memory for the list of objects");
    enum rc rc = file_writer_write(w, buf_view(line), err);
    buf_clear(line);
    return rc;
}

static enum rc write_head(struct file_writer *w, const struct objects_head *head,
                          const char *program, struct buf *line, struct err *err)
{
    buf_printf(line,
               "{\"version\":1,\"plan\":\"%s\",\"options\":\"%s\",\"batches\":%" PRIu64
               ",\"generation\":%" PRIu64 ",\"program\":",
               head->plan, head->options, head->batches, head->generation);
    text_json_string(line, view_of_string(program));
    buf_append(line, "}\n", 2);
    return write_line(w, line, err);
}

struct copy {
    struct file_writer *w;
    struct buf *line;
};

static enum rc write_object(void *context, struct view name, uint64_t size, struct err *err)
{
    struct copy *c = context;
    buf_append(c->line, "{\"name\":", 8);
    text_json_string(c->line, name);
    buf_printf(c->line, ",\"size\":%" PRIu64 "}\n", size);
    return write_line(c->w, c->line, err);
}

static enum rc write_objects(struct file_writer *w, int earlier, const struct discovery *objects,
                             struct buf *line, struct err *err)
{
    struct copy c = {w, line};
    struct objects_head ignored;
    if (earlier >= 0)
        TRY(objects_read(earlier, &ignored, write_object, &c, err));
    for (size_t i = 0; i < objects->count; i++)
        TRY(write_object(&c, objects->objects[i].name, objects->objects[i].size, err));
    return RC_OK;
}

enum rc objects_write(const struct objects_place *at, const struct objects_head *head,
                      const struct discovery *objects, const char *program, struct err *err)
{
    struct file_writer *w;
    struct buf line = {0};
    TRY(file_writer_open(at->folder, file_name, &w, err));
    file_writer_sync_by(w, at->sync);
    enum rc rc = write_head(w, head, program, &line, err);
    if (rc == RC_OK)
        rc = write_objects(w, at->earlier, objects, &line, err);
    buf_done(&line);
    if (rc == RC_OK)
        return file_writer_close(w, NULL, NULL, err);
    file_writer_abandon(w);
    return rc;
}

/* ---- Reading ---- */

static bool read_hash(struct json_value v, char ret[33])
{
    if (v.type != JSON_STRING || v.raw.size != 34)
        return false;
    memcpy(ret, v.raw.data + 1, 32);
    ret[32] = '\0';
    return strspn(ret, "0123456789abcdef") == 32;
}

static bool read_head_member(struct json_value key, struct json_value value,
                             struct objects_head *ret)
{
    if (json_string_equals(key, VIEW("version")))
        return view_equals(value.raw, VIEW("1"));
    if (json_string_equals(key, VIEW("plan")))
        return read_hash(value, ret->plan);
    if (json_string_equals(key, VIEW("options")))
        return read_hash(value, ret->options);
    if (json_string_equals(key, VIEW("batches")))
        return field_u64(value, &ret->batches);
    if (json_string_equals(key, VIEW("generation")))
        return field_u64(value, &ret->generation);
    return json_string_equals(key, VIEW("program"));
}

static bool read_head(const struct line_file *f, struct json_value line, struct objects_head *ret)
{
    struct json_value key, value;
    *ret = (struct objects_head){0};
    struct json_cursor c = json_open(f->parser, line);
    while (json_next_member(f->parser, &c, &key, &value)) {
        if (!read_head_member(key, value, ret))
            return false;
    }
    return ret->plan[0] != '\0' && ret->options[0] != '\0' && ret->generation > 0;
}

static enum rc unlike(uint64_t line, struct err *err)
{
    return err_set(err, RC_FAILED, "%s: line %" PRIu64 " is not of this version's form", file_name,
                   line);
}

static enum rc read_lines(struct line_file *f, struct objects_head *ret, object_line_fn *on_object,
                          void *context, struct err *err)
{
    struct json_value line;
    enum rc rc;
    while ((rc = line_file_next(f, &line, err)) == RC_OK) {
        struct view name;
        uint64_t bytes;
        bool is_head = f->number == 1;
        if (is_head ? !read_head(f, line, ret)
                    : !line_text(f, line, "name", &name) || !line_number(f, line, "size", &bytes))
            return unlike(f->number, err);
        if (on_object == NULL)
            return RC_OK;
        if (!is_head)
            TRY(on_object(context, name, bytes, err));
    }
    if (rc == RC_BAD_INPUT)
        return unlike(f->number, err);
    if (rc == RC_END && f->number == 0 && on_object != NULL)
        return err_set(err, RC_FAILED, "%s: is empty", file_name);
    return rc == RC_END ? RC_OK : rc;
}

enum rc objects_read(int folder, struct objects_head *ret, object_line_fn *on_object, void *context,
                     struct err *err)
{
    struct line_file f;
    struct err why;
    enum rc rc = line_file_open(&f, folder, file_name, &why);
    if (rc == RC_END)
        return rc;
    if (rc != RC_OK)
        return rc == RC_BAD_INPUT ? err_set(err, RC_FAILED, "%s: %.200s", file_name, why.text)
                                  : err_set(err, rc, "%s", why.text);
    rc = read_lines(&f, ret, on_object, context, err);
    line_file_close(&f);
    return rc;
}
