#include "parquet/thrift.h"

#include <assert.h>

void thrift_writer_init(struct thrift_writer *w, struct buf *out)
{
    *w = (struct thrift_writer){.out = out};
}

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static int64_t unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

static void put_varint(struct buf *out, uint64_t value)
{
    char bytes[10];
    size_t size = 0;
    while (value >= 0x80) {
        bytes[size++] = (char)(value | 0x80);
        value >>= 7;
    }
    bytes[size++] = (char)value;
    buf_append(out, bytes, size);
}

void thrift_begin(struct thrift_writer *w)
{
    assert(w->depth < THRIFT_DEPTH_MAX);
    w->last_field[w->depth++] = 0;
}

void thrift_end(struct thrift_writer *w)
{
    assert(w->depth > 0);
    w->depth--;
    buf_append_byte(w->out, THRIFT_STOP);
}

static void put_field(struct thrift_writer *w, int16_t id, enum thrift_type type)
{
    int16_t *last = &w->last_field[w->depth - 1];
    int delta = id - *last;
    assert(delta > 0 && delta <= 15);
    buf_append_byte(w->out, (char)(delta << 4 | (int)type));
    *last = id;
}

void thrift_field_bool(struct thrift_writer *w, int16_t id, bool value)
{
    put_field(w, id, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void thrift_field_i16(struct thrift_writer *w, int16_t id, int16_t value)
{
    put_field(w, id, THRIFT_I16);
    put_varint(w->out, zigzag(value));
}

void thrift_field_i32(struct thrift_writer *w, int16_t id, int32_t value)
{
    put_field(w, id, THRIFT_I32);
    put_varint(w->out, zigzag(value));
}

void thrift_field_i64(struct thrift_writer *w, int16_t id, int64_t value)
{
    put_field(w, id, THRIFT_I64);
    put_varint(w->out, zigzag(value));
}

void thrift_field_binary(struct thrift_writer *w, int16_t id, struct view value)
{
    put_field(w, id, THRIFT_BINARY);
    thrift_element_binary(w, value);
}

void thrift_field_struct(struct thrift_writer *w, int16_t id)
{
    put_field(w, id, THRIFT_STRUCT);
    thrift_begin(w);
}

void thrift_field_empty_struct(struct thrift_writer *w, int16_t id)
{
    thrift_field_struct(w, id);
    thrift_end(w);
}

void thrift_field_list(struct thrift_writer *w, int16_t id, enum thrift_type element, size_t count)
{
    put_field(w, id, THRIFT_LIST);
    if (count < 15) {
        buf_append_byte(w->out, (char)(count << 4 | element));
        return;
    }
    buf_append_byte(w->out, (char)(0xf0 | element));
    put_varint(w->out, count);
}

void thrift_element_bool(struct thrift_writer *w, bool value)
{
    buf_append_byte(w->out, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void thrift_element_i32(struct thrift_writer *w, int32_t value)
{
    put_varint(w->out, zigzag(value));
}

void thrift_element_i64(struct thrift_writer *w, int64_t value)
{
    put_varint(w->out, zigzag(value));
}

void thrift_element_binary(struct thrift_writer *w, struct view value)
{
    put_varint(w->out, value.size);
    buf_append_view(w->out, value);
}

void thrift_reader_init(struct thrift_reader *r, struct view in)
{
    *r = (struct thrift_reader){.in = in};
}

static size_t bytes_left(const struct thrift_reader *r)
{
    return r->in.size - r->at;
}

static uint8_t read_byte(struct thrift_reader *r)
{
    if (r->is_failed || bytes_left(r) == 0) {
        r->is_failed = true;
        return 0;
    }
    return (uint8_t)r->in.data[r->at++];
}

static uint64_t read_varint(struct thrift_reader *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = read_byte(r);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return r->is_failed ? 0 : value;
    }
    r->is_failed = true;
    return 0;
}

static int64_t read_integer(struct thrift_reader *r, int64_t low, int64_t high)
{
    int64_t value = unzigzag(read_varint(r));
    if (value < low || value > high) {
        r->is_failed = true;
        return 0;
    }
    return value;
}

bool thrift_read_bool(struct thrift_reader *r)
{
    uint8_t byte = read_byte(r);
    /* 0 for false is what some writers leave in lists. */
    if (byte > THRIFT_FALSE)
        r->is_failed = true;
    return byte == THRIFT_TRUE;
}

int32_t thrift_read_i32(struct thrift_reader *r)
{
    return (int32_t)read_integer(r, INT32_MIN, INT32_MAX);
}

int64_t thrift_read_i64(struct thrift_reader *r)
{
    return read_integer(r, INT64_MIN, INT64_MAX);
}

struct view thrift_read_binary(struct thrift_reader *r)
{
    uint64_t size = read_varint(r);
    if (r->is_failed || size > bytes_left(r)) {
        r->is_failed = true;
        return VIEW_NULL;
    }
    struct view value = view_slice(r->in, r->at, r->at + (size_t)size);
    r->at += (size_t)size;
    return value;
}

void thrift_enter(struct thrift_reader *r)
{
    if (r->depth >= THRIFT_DEPTH_MAX) {
        r->is_failed = true;
        return;
    }
    r->last_field[r->depth++] = 0;
}

bool thrift_next(struct thrift_reader *r, struct thrift_field *ret_field)
{
    uint8_t byte = read_byte(r);
    if (r->is_failed)
        return false;
    if (byte == THRIFT_STOP) {
        r->depth--;
        return false;
    }
    int16_t *last = &r->last_field[r->depth - 1];
    int64_t id = byte >> 4 ? *last + (byte >> 4) : read_integer(r, INT16_MIN, INT16_MAX);
    unsigned type = byte & 15;
    if (r->is_failed || id > INT16_MAX || type == THRIFT_STOP || type > THRIFT_STRUCT) {
        r->is_failed = true;
        return false;
    }
    *last = (int16_t)id;
    *ret_field = (struct thrift_field){(int16_t)id, (enum thrift_type)type};
    return true;
}

static void skip_bytes(struct thrift_reader *r, size_t count)
{
    if (r->is_failed || count > bytes_left(r))
        r->is_failed = true;
    else
        r->at += count;
}

/* The header of a list or set: its length, its elements' type. */
static size_t read_list(struct thrift_reader *r, enum thrift_type *ret_element)
{
    uint8_t byte = read_byte(r);
    uint64_t count = byte >> 4;
    if (count == 15)
        count = read_varint(r);
    unsigned type = byte & 15;
    if (r->is_failed || count > bytes_left(r) || type > THRIFT_STRUCT) {
        r->is_failed = true;
        return 0;
    }
    *ret_element = (enum thrift_type)type;
    return (size_t)count;
}

static void skip_element(struct thrift_reader *r, enum thrift_type type)
{
    /* In a list a boolean takes a byte; as a field it is in the header. */
    if (type == THRIFT_TRUE || type == THRIFT_FALSE)
        skip_bytes(r, 1);
    else
        thrift_skip(r, type);
}

static void skip_list(struct thrift_reader *r)
{
    enum thrift_type element = THRIFT_STOP;
    size_t count = read_list(r, &element);
    for (; count > 0 && !r->is_failed; count--)
        skip_element(r, element);
}

static void skip_map(struct thrift_reader *r)
{
    uint64_t count = read_varint(r);
    if (count == 0)
        return;
    uint8_t types = read_byte(r);
    if (r->is_failed || count > bytes_left(r) || types >> 4 > THRIFT_STRUCT ||
        (types & 15) > THRIFT_STRUCT) {
        r->is_failed = true;
        return;
    }
    for (; count > 0 && !r->is_failed; count--) {
        skip_element(r, (enum thrift_type)(types >> 4));
        skip_element(r, (enum thrift_type)(types & 15));
    }
}

static void skip_struct(struct thrift_reader *r)
{
    struct thrift_field field;
    thrift_enter(r);
    while (thrift_next(r, &field))
        thrift_skip(r, field.type);
}

/* A container inside a container counts as a level even where it is no
 * struct, so that lists of lists cannot recurse without bound. */
static void skip_nested(struct thrift_reader *r, void (*skip)(struct thrift_reader *))
{
    unsigned depth = r->depth;
    thrift_enter(r);
    if (!r->is_failed)
        skip(r);
    r->depth = depth;
}

void thrift_skip(struct thrift_reader *r, enum thrift_type type)
{
    switch (type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
        return;
    case THRIFT_BYTE:
        skip_bytes(r, 1);
        return;
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
        read_varint(r);
        return;
    case THRIFT_DOUBLE:
        skip_bytes(r, 8);
        return;
    case THRIFT_BINARY:
        thrift_read_binary(r);
        return;
    case THRIFT_LIST:
    case THRIFT_SET:
        skip_nested(r, skip_list);
        return;
    case THRIFT_MAP:
        skip_nested(r, skip_map);
        return;
    case THRIFT_STRUCT:
        skip_struct(r);
        return;
    case THRIFT_STOP:
        break;
    }
    r->is_failed = true;
}

static bool is_type(struct thrift_reader *r, struct thrift_field field, enum thrift_type wanted)
{
    if (field.type != wanted)
        r->is_failed = true;
    return !r->is_failed;
}

bool thrift_get_bool(struct thrift_reader *r, struct thrift_field field)
{
    if (field.type != THRIFT_TRUE && field.type != THRIFT_FALSE)
        r->is_failed = true;
    return field.type == THRIFT_TRUE;
}

int16_t thrift_get_i16(struct thrift_reader *r, struct thrift_field field)
{
    return is_type(r, field, THRIFT_I16) ? (int16_t)read_integer(r, INT16_MIN, INT16_MAX) : 0;
}

int32_t thrift_get_i32(struct thrift_reader *r, struct thrift_field field)
{
    return is_type(r, field, THRIFT_I32) ? thrift_read_i32(r) : 0;
}

int64_t thrift_get_i64(struct thrift_reader *r, struct thrift_field field)
{
    return is_type(r, field, THRIFT_I64) ? thrift_read_i64(r) : 0;
}

struct view thrift_get_binary(struct thrift_reader *r, struct thrift_field field)
{
    return is_type(r, field, THRIFT_BINARY) ? thrift_read_binary(r) : VIEW_NULL;
}

bool thrift_get_struct(struct thrift_reader *r, struct thrift_field field)
{
    if (is_type(r, field, THRIFT_STRUCT))
        thrift_enter(r);
    return !r->is_failed;
}

size_t thrift_get_list(struct thrift_reader *r, struct thrift_field field, enum thrift_type element)
{
    if (!is_type(r, field, THRIFT_LIST))
        return 0;
    enum thrift_type found = THRIFT_STOP;
    size_t count = read_list(r, &found);
    /* Both spellings of a list of booleans exist. */
    bool is_same = found == element || (element == THRIFT_TRUE && found == THRIFT_FALSE);
    if (!r->is_failed && count > 0 && !is_same)
        r->is_failed = true;
    return r->is_failed ? 0 : count;
}
