#include "plan/listing.h"

#include "util/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_BYTES = 1024 * 1024, NS_DIGITS = 9 };

#define SECOND_NS INT64_C(1000000000)

/* ---- The numbers of an entry ---- */

/* Digits from *at on; false where there are none or too many. */
static bool take_digits(struct view *at, uint64_t *ret)
{
    uint64_t value = 0;
    size_t used = 0;
    for (; used < at->size && byte_is_digit(at->data[used]); used++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(at->data[used] - '0'), &value))
            return false;
    }
    *at = view_from(*at, used);
    *ret = value;
    return used > 0;
}

static bool take_byte(struct view *at, char byte)
{
    if (at->size == 0 || at->data[0] != byte)
        return false;
    *at = view_from(*at, 1);
    return true;
}

bool listing_take_number(struct view *at, uint64_t *ret)
{
    return take_digits(at, ret) && take_byte(at, '\t');
}

/* Digits past the ninth are dropped. */
static bool take_fraction(struct view *at, int64_t *ret_ns)
{
    size_t digits = 0;
    *ret_ns = 0;
    for (; digits < at->size && byte_is_digit(at->data[digits]); digits++) {
        if (digits < NS_DIGITS)
            *ret_ns = *ret_ns * 10 + (at->data[digits] - '0');
    }
    *at = view_from(*at, digits);
    for (size_t i = digits; i < NS_DIGITS; i++)
        *ret_ns *= 10;
    return digits > 0;
}

static bool take_mtime(struct view *at, struct listed *ret)
{
    uint64_t seconds;
    int64_t fraction = 0;
    ret->mtime_ns = 0;
    ret->mtime_form = MTIME_UNKNOWN;
    if (at->size > 1 && at->data[0] == '-' && at->data[1] == '\t') {
        *at = view_from(*at, 2);
        return true;
    }
    bool is_negative = take_byte(at, '-');
    if (!take_digits(at, &seconds) || seconds > (uint64_t)(INT64_MAX / SECOND_NS - 1))
        return false;
    ret->mtime_form = MTIME_SECONDS;
    if (take_byte(at, '.')) {
        ret->mtime_form = MTIME_NANOSECONDS;
        if (!take_fraction(at, &fraction))
            return false;
    }
    ret->mtime_ns = (int64_t)seconds * SECOND_NS + fraction;
    if (is_negative)
        ret->mtime_ns = -ret->mtime_ns;
    return take_byte(at, '\t');
}

bool listing_take_numbers(struct view *at, struct listed *ret)
{
    ret->has_size = true;
    return listing_take_number(at, &ret->size) && take_mtime(at, ret);
}

void listing_append_numbers(struct buf *out, const struct object *o)
{
    uint64_t ns = o->mtime_ns < 0 ? 0 - (uint64_t)o->mtime_ns : (uint64_t)o->mtime_ns;
    buf_printf(out, "%" PRIu64 "\t", o->size);
    if (o->mtime_form == MTIME_UNKNOWN)
        buf_append(out, "-\t", 2);
    else
        buf_printf(out, "%s%" PRIu64, o->mtime_ns < 0 ? "-" : "", ns / SECOND_NS);
    if (o->mtime_form == MTIME_NANOSECONDS)
        buf_printf(out, ".%09" PRIu64, ns % SECOND_NS);
    if (o->mtime_form != MTIME_UNKNOWN)
        buf_append_byte(out, '\t');
}

/* ---- Entries ---- */

struct list {
    int fd;
    const char *name;
    struct buf text; /* what was read and not handed out */
    size_t at;
    bool is_end;
    char end_byte; /* of entries: NUL or newline */
    uint64_t number;
};

static enum rc read_more(struct list *l, struct err *err)
{
    if (l->at > 0) {
        memmove(l->text.data, l->text.data + l->at, l->text.size - l->at);
        l->text.size -= l->at;
        l->at = 0;
    }
    if (!buf_reserve(&l->text, READ_BYTES))
        return err_set(err, RC_NO_MEMORY, "%s: no memory to read it", l->name);
    ssize_t got = read(l->fd, l->text.data + l->text.size, READ_BYTES);
    if (got < 0 && errno != EINTR)
        return err_errno(err, "%s: cannot read --files-from", l->name);
    l->is_end = got == 0;
    l->text.size += got > 0 ? (size_t)got : 0;
    return RC_OK;
}

static enum rc look_at_form(struct list *l, struct err *err)
{
    while (l->text.size < LISTING_PATH_BYTES_MAX && !l->is_end)
        TRY(read_more(l, err));
    size_t looked = l->text.size < LISTING_PATH_BYTES_MAX ? l->text.size : LISTING_PATH_BYTES_MAX;
    struct view head = view_of(l->text.data, looked);
    l->end_byte = view_find_byte(head, '\0', 0) < looked ? '\0' : '\n';
    return RC_OK;
}

/* RC_END behind the last. */
static enum rc next_entry(struct list *l, struct view *ret, struct err *err)
{
    for (;;) {
        struct view rest = view_of(l->text.data + l->at, l->text.size - l->at);
        size_t end = view_find_byte(rest, l->end_byte, 0);
        if (end == rest.size && !l->is_end && end <= LISTING_PATH_BYTES_MAX) {
            TRY(read_more(l, err));
            continue;
        }
        if (rest.size == 0)
            return RC_END;
        l->number++;
        if (end > LISTING_PATH_BYTES_MAX)
            return err_set(err, RC_USAGE, "%s: entry %" PRIu64 " is longer than a path", l->name,
                           l->number);
        *ret = view_slice(rest, 0, end);
        l->at += end < rest.size ? end + 1 : end;
        return RC_OK;
    }
}

/* Nothing outside the source is read: links are not followed, so `..` is all
 * that could lead there. */
static bool is_below(struct view path)
{
    if (path.size == 0 || path.data[0] == '/' || view_find_byte(path, '\0', 0) < path.size)
        return false;
    for (size_t begin = 0; begin <= path.size;) {
        size_t end = view_find_byte(path, '/', begin);
        if (view_equals(view_slice(path, begin, end), VIEW("..")))
            return false;
        begin = end + 1;
    }
    return true;
}

static enum rc hand_out(const struct list *l, struct view entry, listed_fn *on_listed,
                        void *context, struct err *err)
{
    struct listed listed = {.path = entry};
    if (l->end_byte == '\0') {
        if (!listing_take_numbers(&entry, &listed))
            return err_set(err, RC_USAGE,
                           "%s: entry %" PRIu64
                           " is not of the form size TAB mtime TAB path, with a NUL at its end",
                           l->name, l->number);
        listed.path = entry;
    }
    if (!is_below(listed.path))
        return err_set(err, RC_USAGE, "%s: entry %" PRIu64 " is not a path below the source",
                       l->name, l->number);
    return on_listed(context, &listed, err);
}

static enum rc read_entries(struct list *l, listed_fn *on_listed, void *context, struct err *err)
{
    TRY(look_at_form(l, err));
    struct view entry;
    enum rc rc;
    while ((rc = next_entry(l, &entry, err)) == RC_OK) {
        if (entry.size > 0 || l->end_byte == '\0')
            TRY(hand_out(l, entry, on_listed, context, err));
    }
    return rc == RC_END ? RC_OK : rc;
}

enum rc listing_read(int fd, const char *name, listed_fn *on_listed, void *context, struct err *err)
{
    struct list l = {.fd = fd, .name = name};
    enum rc rc = read_entries(&l, on_listed, context, err);
    buf_done(&l.text);
    return rc;
}
