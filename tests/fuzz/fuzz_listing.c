/* A list of objects of any bytes is refused with one line, or handed out entry by entry: each a
 * path below the source that stands in the list where a plain second reading of it finds one, with
 * numbers that can be written and read the same again. */
#include "fuzz.h"

#include "plan/listing.h"
#include "util/err.h"

#include <sys/mman.h>

/* What is left of the list, split by hand. */
struct reading {
    struct view rest;
    char end_byte;
};

static struct view next_plain(struct reading *r)
{
    FUZZ_HOLDS(r->rest.size > 0);
    size_t end = view_find_byte(r->rest, r->end_byte, 0);
    struct view entry = view_slice(r->rest, 0, end);
    r->rest = view_from(r->rest, end < r->rest.size ? end + 1 : end);
    return entry;
}

static void check_below(struct view path)
{
    FUZZ_HOLDS(path.size > 0 && path.data[0] != '/');
    FUZZ_HOLDS(view_find_byte(path, '\0', 0) == path.size);
    for (size_t begin = 0; begin <= path.size;) {
        size_t end = view_find_byte(path, '/', begin);
        FUZZ_HOLDS(!view_equals(view_slice(path, begin, end), VIEW("..")));
        begin = end + 1;
    }
}

static void check_numbers(const struct listed *listed, struct view entry)
{
    struct object o = {
        .size = listed->size, .mtime_ns = listed->mtime_ns, .mtime_form = listed->mtime_form};
    struct listed again;
    struct buf text = {0};
    FUZZ_HOLDS(listed->has_size && entry.size > listed->path.size);
    listing_append_numbers(&text, &o);
    struct view at = buf_view(&text);
    FUZZ_HOLDS(!buf_failed(&text) && listing_take_numbers(&at, &again) && at.size == 0);
    FUZZ_HOLDS(again.size == listed->size && again.mtime_ns == listed->mtime_ns &&
               again.mtime_form == listed->mtime_form);
    buf_done(&text);
}

static enum rc on_listed(void *context, const struct listed *listed, struct err *err)
{
    struct reading *r = context;
    struct view entry = next_plain(r);
    (void)err;
    /* Lines without a path are passed over. */
    while (r->end_byte == '\n' && entry.size == 0)
        entry = next_plain(r);
    FUZZ_HOLDS(view_ends_with(entry, listed->path));
    check_below(listed->path);
    if (r->end_byte == '\0')
        check_numbers(listed, entry);
    else
        FUZZ_HOLDS(!listed->has_size && entry.size == listed->path.size);
    return RC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int list = -1;
    if (list < 0)
        list = memfd_create("list", MFD_CLOEXEC);
    if (size > FUZZ_BYTES_MAX)
        return 0;
    FUZZ_HOLDS(list >= 0 && ftruncate(list, 0) == 0 &&
               pwrite(list, data, size, 0) == (ssize_t)size && lseek(list, 0, SEEK_SET) == 0);
    struct view text = view_of(data, size);
    size_t looked = size < LISTING_PATH_BYTES_MAX ? size : LISTING_PATH_BYTES_MAX;
    struct view head = view_slice(text, 0, looked);
    struct reading r = {text, view_find_byte(head, '\0', 0) < looked ? '\0' : '\n'};
    struct err err = {{0}};
    enum rc rc = listing_read(list, "list", on_listed, &r, &err);
    FUZZ_HOLDS(rc == RC_OK || rc == RC_USAGE);
    FUZZ_HOLDS((rc == RC_OK) == (err.text[0] == '\0') && strchr(err.text, '\n') == NULL);
    if (rc == RC_OK) {
        for (size_t i = 0; i < r.rest.size; i++)
            FUZZ_HOLDS(r.rest.data[i] == '\n');
    }
    return 0;
}
