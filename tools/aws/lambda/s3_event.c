/* s3-event: the objects an S3 notification names, for a shell.
 *
 * Reads the notification (Lambda's event, JSON) from standard input and prints a
 * line per created object:
 *
 *     BUCKET TAB PATH TAB NAME TAB SIZE
 *
 * PATH is the key as a URL wants it (RFC 3986: all but unreserved characters and
 * `/` as %XX). NAME is the key as a path below a folder: what a file name cannot
 * hold or should not (empty, `.` and `..` parts, control characters) is %XX too,
 * so that no key leads out of the folder. Keys arrive form-encoded, as S3 writes
 * them: `+` is a space.
 *
 * The test event that S3 sends when notifications are set up gives no line.
 * Anything else that is no notification of created objects ends with status 1
 * and one line: the caller must not take it for "nothing to do".
 * Source: Amazon S3 User Guide, "Event message structure" (versions 2.x). */
#include "interpret/json_member.h"

#include <stdio.h>

enum {
    EVENT_BYTES_MAX = 6 << 20, /* Lambda's own limit on a payload */
    KEY_BYTES_MAX = 1024,      /* S3's limit on a key */
};

static const char hex[] = "0123456789ABCDEF";

struct reader {
    struct json_parser *parser;
    struct buf texts; /* reserved once: views into it stay */
};

static struct view text_of(struct reader *r, struct json_value value)
{
    if (value.type == JSON_STRING)
        return json_string_text(value, CPU_SCALAR, &r->texts);
    return value.type == JSON_NUMBER ? value.raw : VIEW_NULL;
}

static bool member(const struct reader *r, struct json_value object, const char *name,
                   struct json_value *ret)
{
    return json_member_find(r->parser, object, view_of_string(name), ret);
}

static unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* The key's bytes; false where its encoding is broken or it is too long. */
static bool decode_key(struct view encoded, struct buf *key)
{
    for (size_t i = 0; i < encoded.size; i++) {
        char byte = encoded.data[i] == '+' ? ' ' : encoded.data[i];
        if (byte == '%') {
            if (encoded.size - i < 3 || hex_digit(encoded.data[i + 1]) > 15 ||
                hex_digit(encoded.data[i + 2]) > 15)
                return false;
            byte = (char)(hex_digit(encoded.data[i + 1]) << 4 | hex_digit(encoded.data[i + 2]));
            i += 2;
        }
        if (!buf_append_byte(key, byte))
            return false;
    }
    return key->size > 0 && key->size <= KEY_BYTES_MAX;
}

static void put_encoded(char byte)
{
    printf("%%%c%c", hex[(unsigned char)byte >> 4], hex[(unsigned char)byte & 15]);
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

static void print_path(struct view key)
{
    for (size_t i = 0; i < key.size; i++) {
        if (is_unreserved(key.data[i]) || key.data[i] == '/')
            putchar(key.data[i]);
        else
            put_encoded(key.data[i]);
    }
}

static void print_part(struct view part)
{
    if (part.size == 0)
        printf("%%00"); /* no name has this: it stands for "nothing" */
    bool is_dots = view_equals(part, VIEW(".")) || view_equals(part, VIEW(".."));
    for (size_t i = 0; i < part.size; i++) {
        unsigned char c = (unsigned char)part.data[i];
        if (is_dots || c < 0x20 || c == 0x7f)
            put_encoded(part.data[i]);
        else
            putchar(c);
    }
}

static void print_name(struct view key)
{
    for (size_t begin = 0; begin <= key.size;) {
        size_t end = view_find_byte(key, '/', begin);
        if (begin > 0)
            putchar('/');
        print_part(view_slice(key, begin, end));
        begin = end + 1;
    }
}

static bool is_bucket_name(struct view name)
{
    for (size_t i = 0; i < name.size; i++)
        if (!is_unreserved(name.data[i]))
            return false;
    return name.size >= 3 && name.size <= 63 && name.data[0] != '.';
}

static bool is_digits(struct view v)
{
    for (size_t i = 0; i < v.size; i++)
        if (v.data[i] < '0' || v.data[i] > '9')
            return false;
    return v.size > 0 && v.size <= 19;
}

static int fail(const char *what)
{
    fprintf(stderr, "s3-event: %s\n", what);
    return 1;
}

/* One element of Records. */
static int print_record(struct reader *r, struct json_value record, struct buf *key)
{
    struct json_value name, s3, bucket, object, value;
    if (!member(r, record, "eventName", &name) ||
        !view_starts_with(text_of(r, name), VIEW("ObjectCreated:")))
        return fail("a record is not about a created object");
    if (!member(r, record, "s3", &s3) || !member(r, s3, "bucket", &bucket) ||
        !member(r, s3, "object", &object) || !member(r, bucket, "name", &value))
        return fail("a record names no bucket or object");
    struct view bucket_name = text_of(r, value);
    if (!is_bucket_name(bucket_name))
        return fail("a record's bucket has a name that no bucket can have");
    buf_clear(key);
    if (!member(r, object, "key", &value) || !decode_key(text_of(r, value), key))
        return fail("a record's key is missing, too long or not form-encoded");
    if (!member(r, object, "size", &value) || !is_digits(text_of(r, value)))
        return fail("a record gives no size");
    printf("%.*s\t", (int)bucket_name.size, bucket_name.data);
    print_path(buf_view(key));
    putchar('\t');
    print_name(buf_view(key));
    struct view size = text_of(r, value);
    printf("\t%.*s\n", (int)size.size, size.data);
    return 0;
}

static int print_event(struct reader *r, struct json_value event)
{
    struct json_value records, value, record;
    if (member(r, event, "Event", &value) && view_equals(text_of(r, value), VIEW("s3:TestEvent")))
        return 0;
    if (!member(r, event, "Records", &records) || records.type != JSON_ARRAY)
        return fail("not an S3 notification: it has no Records");
    struct buf key = {0};
    int status = 0;
    struct json_cursor c = json_open(r->parser, records);
    while (status == 0 && json_next_element(r->parser, &c, &record))
        status = print_record(r, record, &key);
    buf_done(&key);
    return status;
}

static bool read_all(struct buf *text)
{
    while (text->size <= EVENT_BYTES_MAX && buf_reserve(text, 1 << 16)) {
        size_t got = fread(text->data + text->size, 1, 1 << 16, stdin);
        if (got == 0)
            return !ferror(stdin);
        text->size += got;
    }
    return false;
}

int main(void)
{
    struct buf text = {0};
    struct err err;
    struct json_value event;
    struct reader r = {.parser = json_parser_new(CPU_SCALAR, EVENT_BYTES_MAX)};
    int status = 1;
    if (r.parser == NULL || !read_all(&text) || !buf_reserve(&r.texts, text.size))
        fail("cannot read the event, or it is larger than Lambda's limit");
    else if (json_parse(r.parser, buf_view(&text), &event, &err) != RC_OK)
        fail(err.text);
    else
        status = print_event(&r, event);
    if (fflush(stdout) != 0)
        status = 1;
    json_parser_free(r.parser);
    buf_done(&r.texts);
    buf_done(&text);
    return status;
}
