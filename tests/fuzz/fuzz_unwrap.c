/* Whatever an object holds: its stored bytes are parsed, padding or quarantined
 * and no more, what is quarantined is told in order, and text is counted. */
#include "decode/unwrap.h"
#include "fuzz.h"

/* A window this small makes records of more than a few KiB too big. */
enum { WINDOW_BYTES_MAX = 64 * 1024, TEXT_BYTES_MAX = 64 << 20 };

struct told {
    uint64_t quarantined; /* stored bytes */
    uint64_t end;         /* of the last span */
};

static void on_damage(void *context, const struct damage *d)
{
    struct told *told = context;
    FUZZ_HOLDS(d->length > 0 && d->excerpt.size <= EXCERPT_BYTES_MAX);
    FUZZ_HOLDS(d->reason != NULL && d->layer != NULL);
    if (d->is_inner)
        return;
    FUZZ_HOLDS(d->offset >= told->end);
    told->end = d->offset + d->length;
    told->quarantined += d->length;
}

/* How much of a window a caller uses: all, or a part that the input says. */
static size_t appetite(unsigned how, const struct text *text)
{
    if (text->is_final || how % 4 == 0)
        return text->bytes.size;
    return how % 4 == 1 ? text->bytes.size / 2 : text->bytes.size - (text->bytes.size > 0);
}

static void read_range(struct unwrapper *u, struct told *told, struct view object,
                       struct unwrap_range range, unsigned how)
{
    uint64_t decoded = 0, records = 0;
    struct text text = {0};
    enum rc rc;
    *told = (struct told){0};
    unwrap_begin(u, object, range, how >> 4 & 3);
    while ((rc = unwrap_next(u, &text, NULL)) == RC_OK || rc == RC_TOO_BIG) {
        size_t used = rc == RC_TOO_BIG ? text.bytes.size : appetite(how, &text);
        if (used > 0) {
            struct origin origin = unwrap_origin(u, used - 1);
            FUZZ_HOLDS(origin.stored_offset < object.size);
            unwrap_count_record(u, 0);
            records++;
        }
        unwrap_consume(u, used);
        text.bytes = view_from(text.bytes, used);
        decoded += used;
        FUZZ_HOLDS(strlen(unwrap_layers(u)) < 64);
        /* The bomb's own test is elsewhere: this one must be quick. */
        if (decoded > TEXT_BYTES_MAX)
            return;
    }
    FUZZ_HOLDS(rc == RC_END);
    struct unwrap_bytes bytes = unwrap_account(u);
    struct unwrap_range chain = unwrap_chain(u);
    FUZZ_HOLDS(bytes.parsed + bytes.padding + bytes.quarantined == chain.end - chain.begin);
    FUZZ_HOLDS(bytes.quarantined == told->quarantined && told->end <= object.size);
    FUZZ_HOLDS(unwrap_decoded_bytes(u) == decoded);
    FUZZ_HOLDS(unwrap_unverified_records(u) <= records);
    if (!range.is_member_search)
        FUZZ_HOLDS(chain.begin == range.begin && chain.end == range.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct guard g;
    static struct told told;
    static struct unwrapper *u;
    if (u == NULL) {
        g = guard_new(FUZZ_BYTES_MAX + INPUT_SLACK_BYTES);
        u = unwrap_new(WINDOW_BYTES_MAX, on_damage, &told);
    }
    struct view in = view_of(data, size);
    unsigned how = fuzz_byte(&in);
    if (in.size > FUZZ_BYTES_MAX)
        return 0;
    struct view object = guard_copy(g, in, INPUT_SLACK_BYTES);
    read_range(u, &told, object, (struct unwrap_range){0, object.size, false}, how);
    enum object_head head = unwrap_head(u, object);
    if (head != HEAD_SMALL_MEMBERS)
        return 0;
    size_t cut = object.size / 2;
    read_range(u, &told, object, (struct unwrap_range){0, cut, true}, 0);
    read_range(u, &told, object, (struct unwrap_range){cut, object.size, true}, 0);
    return 0;
}
