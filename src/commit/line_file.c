#include "commit/line_file.h"

#include "commit/field.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024 };

void line_file_close(struct line_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    json_parser_free(f->parser);
    buf_done(&f->text);
    buf_done(&f->strings);
    *f = (struct line_file){.fd = -1};
}

enum rc line_file_open(struct line_file *f, int folder, const char *path, struct err *err)
{
    *f = (struct line_file){.fd = -1};
    int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return RC_END;
    if (fd < 0 && errno == ELOOP)
        return err_set(err, RC_BAD_INPUT, "is a symbolic link");
    if (fd < 0)
        return err_errno_at(err, folder, path, "cannot open it");
    f->fd = fd;
    f->parser = json_parser_new(CPU_SCALAR, LINE_FILE_BYTES_MAX);
    struct stat st;
    enum rc rc = RC_OK;
    if (f->parser == NULL)
        rc = err_set(err, RC_NO_MEMORY, "%s: no memory to read it", path);
    else if (fstat(fd, &st) != 0)
        rc = err_errno_at(err, folder, path, "cannot look at it");
    else if (!S_ISREG(st.st_mode))
        rc = err_set(err, RC_BAD_INPUT, "is not a regular file");
    if (rc != RC_OK)
        line_file_close(f);
    return rc;
}

/* Drops what was handed out and reads more. */
static enum rc fill(struct line_file *f, struct err *err)
{
    size_t rest = f->text.size - f->at;
    if (rest > 0)
        memmove(f->text.data, f->text.data + f->at, rest);
    f->text.size = rest;
    f->at = 0;
    if (!buf_reserve(&f->text, READ_BYTES))
        return err_set(err, RC_NO_MEMORY, "no memory to read lines");
    ssize_t got;
    do {
        got = read(f->fd, f->text.data + rest, READ_BYTES);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_errno_at(err, f->fd, ".", "cannot read");
    f->is_end = got == 0;
    f->text.size += (size_t)got;
    f->bytes += (size_t)got;
    return RC_OK;
}

/* Passes over a line that is too long. */
static enum rc skip_line(struct line_file *f, struct err *err)
{
    for (;;) {
        struct view rest = view_from(buf_view(&f->text), f->at);
        size_t end = view_find_byte(rest, '\n', 0);
        f->at += end < rest.size ? end + 1 : rest.size;
        if (end < rest.size || f->is_end)
            return RC_OK;
        TRY(fill(f, err));
    }
}

static enum rc take_line(struct line_file *f, struct err *err)
{
    for (;;) {
        struct view rest = view_from(buf_view(&f->text), f->at);
        size_t end = view_find_byte(rest, '\n', 0);
        if (end > LINE_FILE_BYTES_MAX) {
            f->number++;
            TRY(skip_line(f, err));
            return err_set(err, RC_BAD_INPUT, "line %" PRIu64 ": is too long", f->number);
        }
        if (end < rest.size) {
            f->number++;
            f->at += end + 1;
            f->line = view_of(rest.data, end);
            return RC_OK;
        }
        if (f->is_end && rest.size == 0)
            return RC_END;
        if (f->is_end) {
            f->number++;
            f->at = f->text.size;
            return err_set(err, RC_BAD_INPUT, "line %" PRIu64 ": breaks off", f->number);
        }
        TRY(fill(f, err));
    }
}

enum rc line_file_next(struct line_file *f, struct json_value *ret_object, struct err *err)
{
    TRY(take_line(f, err));
    buf_clear(&f->strings);
    /* Texts never grow when they are unescaped: no view moves. */
    if (!buf_reserve(&f->strings, f->line.size))
        return err_set(err, RC_NO_MEMORY, "no memory to read lines");
    struct err why = {0};
    enum rc rc = json_parse(f->parser, f->line, ret_object, &why);
    if (rc == RC_NO_MEMORY)
        return err_set(err, rc, "no memory to read lines");
    if (rc != RC_OK)
        return err_set(err, RC_BAD_INPUT, "line %" PRIu64 ": %s", f->number, why.text);
    if (ret_object->type != JSON_OBJECT)
        return err_set(err, RC_BAD_INPUT, "line %" PRIu64 ": is not a JSON object", f->number);
    return RC_OK;
}

bool line_member(struct line_file *f, struct json_value object, const char *name,
                 struct json_value *ret)
{
    struct json_cursor c = json_open(f->parser, object);
    struct json_value key;
    while (json_next_member(f->parser, &c, &key, ret)) {
        if (json_string_equals(key, view_of_string(name)))
            return true;
    }
    return false;
}

bool line_text(struct line_file *f, struct json_value object, const char *name, struct view *ret)
{
    struct json_value value;
    if (!line_member(f, object, name, &value) || value.type != JSON_STRING)
        return false;
    *ret = json_string_text(value, CPU_SCALAR, &f->strings);
    return !view_is_null(*ret);
}

bool line_number(struct line_file *f, struct json_value object, const char *name, uint64_t *ret)
{
    struct json_value v;
    return line_member(f, object, name, &v) && field_u64(v, ret);
}
