#include "commit/objects.h"

#include "commit/atomic_file.h"
#include "commit/field.h"
#include "util/text.h"
#include "json/json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char file_name[] = "objects.ndjson";

/* A name is at most a path; escaped, six bytes for each of its own. */
enum { LINE_BYTES_MAX = 64 * 1024 };

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

enum rc objects_write(int folder, int earlier, const struct objects_head *head,
                      const struct discovery *objects, const char *program, struct err *err)
{
    struct file_writer *w;
    struct buf line = {0};
    TRY(file_writer_open(folder, file_name, &w, err));
    enum rc rc = write_head(w, head, program, &line, err);
    if (rc == RC_OK)
        rc = write_objects(w, earlier, objects, &line, err);
    buf_done(&line);
    if (rc == RC_OK)
        return file_writer_close(w, NULL, NULL, err);
    file_writer_abandon(w);
    return rc;
}

/* ---- Reading ---- */

struct reading {
    struct json_parser *parser;
    struct buf text; /* an unescaped name */
};

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

static bool read_head(struct reading *r, struct view line, struct objects_head *ret)
{
    struct json_value root, key, value;
    *ret = (struct objects_head){0};
    if (json_parse(r->parser, line, &root, NULL) != RC_OK || root.type != JSON_OBJECT)
        return false;
    struct json_cursor c = json_open(r->parser, root);
    while (json_next_member(r->parser, &c, &key, &value)) {
        if (!read_head_member(key, value, ret))
            return false;
    }
    return ret->plan[0] != '\0' && ret->options[0] != '\0' && ret->generation > 0;
}

static bool read_object(struct reading *r, struct view line, struct view *ret_name,
                        uint64_t *ret_size)
{
    struct json_value root, key, value;
    bool has_size = false;
    *ret_name = VIEW_NULL;
    buf_clear(&r->text);
    if (json_parse(r->parser, line, &root, NULL) != RC_OK || root.type != JSON_OBJECT)
        return false;
    struct json_cursor c = json_open(r->parser, root);
    while (json_next_member(r->parser, &c, &key, &value)) {
        if (json_string_equals(key, VIEW("name")) && value.type == JSON_STRING)
            *ret_name = json_string_text(value, CPU_SCALAR, &r->text);
        else if (json_string_equals(key, VIEW("size")))
            has_size = field_u64(value, ret_size);
    }
    return has_size && !view_is_null(*ret_name);
}

static enum rc read_lines(struct reading *r, FILE *file, struct objects_head *ret,
                          object_line_fn *on_object, void *context, struct err *err)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    enum rc rc = RC_OK;
    uint64_t number = 0;
    for (; rc == RC_OK && (size = getline(&line, &capacity, file)) > 0; number++) {
        struct view name;
        uint64_t bytes;
        bool is_sound = size <= LINE_BYTES_MAX;
        if (is_sound && number == 0)
            is_sound = read_head(r, view_of(line, (size_t)size), ret);
        else if (is_sound)
            is_sound = read_object(r, view_of(line, (size_t)size), &name, &bytes);
        if (!is_sound)
            rc = err_set(err, RC_FAILED, "%s: line %" PRIu64 " is not of this version's form",
                         file_name, number + 1);
        else if (on_object == NULL)
            break;
        else if (number > 0)
            rc = on_object(context, name, bytes, err);
    }
    if (rc == RC_OK && ferror(file))
        rc = err_errno_at(err, fileno(file), ".", "cannot read");
    else if (rc == RC_OK && number == 0 && on_object != NULL)
        rc = err_set(err, RC_FAILED, "%s: is empty", file_name);
    free(line);
    return rc;
}

enum rc objects_read(int folder, struct objects_head *ret, object_line_fn *on_object, void *context,
                     struct err *err)
{
    int fd = openat(folder, file_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return RC_END;
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (file == NULL)
        return err_errno_at(err, folder, file_name, "cannot open it");
    struct reading r = {.parser = json_parser_new(CPU_SCALAR, LINE_BYTES_MAX)};
    enum rc rc = r.parser == NULL ? err_set(err, RC_NO_MEMORY, "no memory for the list of objects")
                                  : read_lines(&r, file, ret, on_object, context, err);
    json_parser_free(r.parser);
    buf_done(&r.text);
    fclose(file);
    return rc;
}
