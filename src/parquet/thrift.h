/* thrift.h - the part of Thrift's compact protocol that Parquet metadata uses.
 *
 * Follows the "Thrift Compact protocol" specification (Apache Thrift,
 * doc/specs/thrift-compact-protocol.md): ULEB128 and zigzag integers, field
 * headers with id deltas, lists and structs.
 *
 * The writer appends to a buf; a failed allocation shows in buf_failed().
 * The reader takes any bytes: the first thing that does not fit makes it fail
 * for good, every later read gives 0, and the caller tests thrift_failed()
 * once at the end. It never reads past its view, and nesting is bounded. */
#ifndef MILLRACE_THRIFT_H
#define MILLRACE_THRIFT_H

#include "util/buf.h"

/* FileMetaData nests seven deep (row group, chunk, metadata, encoding stats);
 * what is skipped may go a little deeper in files of other writers. */
#define THRIFT_DEPTH_MAX 16

enum thrift_type {
    THRIFT_STOP = 0,
    THRIFT_TRUE = 1,
    THRIFT_FALSE = 2,
    THRIFT_BYTE = 3,
    THRIFT_I16 = 4,
    THRIFT_I32 = 5,
    THRIFT_I64 = 6,
    THRIFT_DOUBLE = 7,
    THRIFT_BINARY = 8,
    THRIFT_LIST = 9,
    THRIFT_SET = 10,
    THRIFT_MAP = 11,
    THRIFT_STRUCT = 12,
};

struct thrift_writer {
    struct buf *out;
    unsigned depth;
    int16_t last_field[THRIFT_DEPTH_MAX];
};

void thrift_writer_init(struct thrift_writer *w, struct buf *out);

/* The outermost struct, and structs that are elements of a list. */
void thrift_begin(struct thrift_writer *w);
void thrift_end(struct thrift_writer *w);

void thrift_field_bool(struct thrift_writer *w, int16_t id, bool value);
void thrift_field_i16(struct thrift_writer *w, int16_t id, int16_t value);
void thrift_field_i32(struct thrift_writer *w, int16_t id, int32_t value);
void thrift_field_i64(struct thrift_writer *w, int16_t id, int64_t value);
void thrift_field_binary(struct thrift_writer *w, int16_t id, struct view value);
/* The fields of the nested struct follow, then thrift_end(). */
void thrift_field_struct(struct thrift_writer *w, int16_t id);
/* A struct without fields, the way Parquet's unions name a choice. */
void thrift_field_empty_struct(struct thrift_writer *w, int16_t id);
/* `count` elements follow. */
void thrift_field_list(struct thrift_writer *w, int16_t id, enum thrift_type element, size_t count);

void thrift_element_bool(struct thrift_writer *w, bool value);
void thrift_element_i32(struct thrift_writer *w, int32_t value);
void thrift_element_i64(struct thrift_writer *w, int64_t value);
void thrift_element_binary(struct thrift_writer *w, struct view value);

struct thrift_reader {
    struct view in;
    size_t at;
    unsigned depth;
    bool is_failed;
    int16_t last_field[THRIFT_DEPTH_MAX];
};

struct thrift_field {
    int16_t id;
    enum thrift_type type;
};

void thrift_reader_init(struct thrift_reader *r, struct view in);

static inline bool thrift_failed(const struct thrift_reader *r)
{
    return r->is_failed;
}

/* For the caller's own checks of values. */
static inline void thrift_fail(struct thrift_reader *r)
{
    r->is_failed = true;
}

void thrift_enter(struct thrift_reader *r);
/* The next field of the struct entered last; false at its end (which leaves
 * the struct) and after a failure. The caller reads the value or skips it. */
bool thrift_next(struct thrift_reader *r, struct thrift_field *ret_field);
void thrift_skip(struct thrift_reader *r, enum thrift_type type);

/* The value of a field; a field of another type is a failure. */
bool thrift_get_bool(struct thrift_reader *r, struct thrift_field field);
int16_t thrift_get_i16(struct thrift_reader *r, struct thrift_field field);
int32_t thrift_get_i32(struct thrift_reader *r, struct thrift_field field);
int64_t thrift_get_i64(struct thrift_reader *r, struct thrift_field field);
/* Borrows from the reader's view. */
struct view thrift_get_binary(struct thrift_reader *r, struct thrift_field field);
/* Enters the struct: thrift_next() gives its fields. False after a failure. */
bool thrift_get_struct(struct thrift_reader *r, struct thrift_field field);
/* The list's length. Never more than the bytes that are left, because every
 * element takes one at least; 0 after a failure. */
size_t thrift_get_list(struct thrift_reader *r, struct thrift_field field,
                       enum thrift_type element);

/* Elements of a list. Structs: thrift_enter(). */
bool thrift_read_bool(struct thrift_reader *r);
int32_t thrift_read_i32(struct thrift_reader *r);
int64_t thrift_read_i64(struct thrift_reader *r);
struct view thrift_read_binary(struct thrift_reader *r);

#endif
