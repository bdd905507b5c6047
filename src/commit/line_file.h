/* line_file.h - files of one JSON object per line, read back in bounded memory.
 *
 * Any bytes may come: a line that is no JSON object is a verdict, and reading
 * can go on behind it. One thread at a time. */
#ifndef MILLRACE_LINE_FILE_H
#define MILLRACE_LINE_FILE_H

#include "util/buf.h"
#include "json/json.h"

/* A path escaped six bytes for one, with room for the rest of a line. */
#define LINE_FILE_BYTES_MAX (64 * 1024)

struct line_file {
    int fd;
    uint64_t number; /* of the line at hand, from 1 */
    uint64_t bytes;  /* read so far */
    struct buf text; /* what was read and not handed out yet */
    size_t at;
    bool is_end;
    struct view line; /* the line at hand, without its newline */
    struct json_parser *parser;
    struct buf strings; /* unescaped texts of the line at hand */
};

/* Opens `path` below `folder`. RC_END when it is not there, RC_BAD_INPUT when
 * it is no regular file, RC_IO, RC_NO_MEMORY. */
NODISCARD enum rc line_file_open(struct line_file *f, int folder, const char *path,
                                 struct err *err);
void line_file_close(struct line_file *f);

/* The next line. RC_END behind the last; RC_BAD_INPUT (err says which line and
 * why) for one that is no JSON object, is too long or has no newline. What is
 * taken from it borrows until the next call. */
NODISCARD enum rc line_file_next(struct line_file *f, struct json_value *ret_object,
                                 struct err *err);

/* Members of the line at hand. False where there is none of that type. */
bool line_member(struct line_file *f, struct json_value object, const char *name,
                 struct json_value *ret);
bool line_text(struct line_file *f, struct json_value object, const char *name, struct view *ret);
/* A number without sign, fraction or exponent. */
bool line_number(struct line_file *f, struct json_value object, const char *name, uint64_t *ret);

#endif
