/* unwrap_reader.h - reads an object through an unwrapper and keeps all it said.
 *
 * The object lies so that the page behind its slack cannot be touched. */
#ifndef MILLRACE_TEST_UNWRAP_READER_H
#define MILLRACE_TEST_UNWRAP_READER_H

#include "decode/unwrap.h"
#include "decode_members.h"

#include <sys/mman.h>
#include <unistd.h>

struct guarded {
    char *map;
    size_t map_size;
    struct view bytes;
};

static inline struct guarded guarded_copy(struct view bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t used = (bytes.size + INPUT_SLACK_BYTES + page - 1) / page * page;
    struct guarded g = {.map_size = used + page};
    g.map = mmap(NULL, g.map_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(g.map != MAP_FAILED);
    char *data = g.map + used - INPUT_SLACK_BYTES - bytes.size;
    memcpy(data, bytes.data, bytes.size);
    memset(data + bytes.size, 0xa5, INPUT_SLACK_BYTES);
    cr_assert(mprotect(g.map, used, PROT_READ) == 0);
    cr_assert(mprotect(g.map + used, page, PROT_NONE) == 0);
    g.bytes = view_of(data, bytes.size);
    return g;
}

static inline void guarded_done(struct guarded *g)
{
    munmap(g->map, g->map_size);
}

/* What a reader was told, as text: one line per window's end and damage. */
struct reading {
    struct buf text; /* of all runs */
    struct buf runs; /* the same, with `|` where a run ends; `~` before it when truncated */
    struct buf
        damage; /* "layer offset+length reason\n", inner: "layer offset+length @a+b reason" */
    uint64_t damaged_bytes; /* stored */
    uint64_t damage_end;    /* of the last stored span */
    struct unwrap_bytes bytes;
    struct unwrap_range chain;
    uint64_t decoded_bytes;
    uint64_t unverified_records, records;
    bool is_unverified; /* some window was */
    unsigned windows, too_big;
    char layers[64]; /* of the first text */
};

static inline void reading_done(struct reading *r)
{
    buf_done(&r->text);
    buf_done(&r->runs);
    buf_done(&r->damage);
}

static inline void note_damage(void *context, const struct damage *d)
{
    struct reading *r = *(struct reading **)context;
    cr_assert(d->length > 0 && d->excerpt.size <= EXCERPT_BYTES_MAX);
    if (d->is_inner) {
        buf_printf(&r->damage, "%s %llu+%llu @%llu+%llu %s\n", d->layer,
                   (unsigned long long)d->offset, (unsigned long long)d->length,
                   (unsigned long long)d->inner_offset, (unsigned long long)d->inner_length,
                   d->reason);
        return;
    }
    cr_assert(d->offset >= r->damage_end);
    r->damage_end = d->offset + d->length;
    r->damaged_bytes += d->length;
    buf_printf(&r->damage, "%s %llu+%llu %s\n", d->layer, (unsigned long long)d->offset,
               (unsigned long long)d->length, d->reason);
}

/* How a reader uses its windows. */
struct appetite {
    uint64_t *random; /* consumes any part; NULL: everything at once */
    bool is_records;  /* consumes whole `{…}` and counts each as a record */
};

struct reader {
    struct unwrapper *u;
    struct reading *now;
};

static inline void reader_init(struct reader *reader, size_t window_bytes_max)
{
    reader->now = NULL;
    reader->u = unwrap_new(window_bytes_max, note_damage, &reader->now);
    cr_assert_not_null(reader->u);
}

/* Bytes up to the last `}`, every `{` counted as a record. */
static inline size_t use_records(struct unwrapper *u, struct reading *r, const struct text *text)
{
    size_t end = text->bytes.size;
    while (end > 0 && text->bytes.data[end - 1] != '}')
        end--;
    for (size_t at = 0; (at = view_find_byte(text->bytes, '{', at)) < end; at++) {
        unwrap_count_record(u, at);
        r->records++;
    }
    return end;
}

static inline size_t use_window(struct reader *reader, struct appetite appetite,
                                const struct text *text)
{
    struct reading *r = reader->now;
    size_t used = text->bytes.size;
    if (appetite.is_records)
        used = use_records(reader->u, r, text);
    else if (appetite.random != NULL && used > 0)
        used = test_random(appetite.random) % (used + 1);
    if (text->is_final)
        used = text->bytes.size;
    buf_append(&r->text, text->bytes.data, used);
    buf_append(&r->runs, text->bytes.data, used);
    if (text->is_final)
        buf_append_view(&r->runs, text->is_truncated ? VIEW("~|") : VIEW("|"));
    return used;
}

static inline struct reading read_range(struct reader *reader, struct view object,
                                        struct unwrap_range range, unsigned depth,
                                        struct appetite appetite)
{
    struct reading r = {0};
    reader->now = &r;
    unwrap_begin(reader->u, object, range, depth);
    struct text text = {0};
    struct err err;
    enum rc rc;
    while ((rc = unwrap_next(reader->u, &text, &err)) == RC_OK || rc == RC_TOO_BIG) {
        if (rc == RC_TOO_BIG) {
            r.too_big++;
            buf_append(&r.text, text.bytes.data, text.bytes.size);
            buf_append_view(&r.runs, VIEW("!"));
            unwrap_consume(reader->u, text.bytes.size);
            text.bytes.size = 0;
            continue;
        }
        if (r.windows++ == 0)
            snprintf(r.layers, sizeof(r.layers), "%s", unwrap_layers(reader->u));
        r.is_unverified |= text.is_unverified;
        size_t used = use_window(reader, appetite, &text);
        unwrap_consume(reader->u, used);
        text.bytes = view_from(text.bytes, used);
    }
    cr_assert_eq(rc, RC_END);
    cr_assert_eq(unwrap_next(reader->u, &text, &err), RC_END);
    r.bytes = unwrap_account(reader->u);
    r.chain = unwrap_chain(reader->u);
    r.decoded_bytes = unwrap_decoded_bytes(reader->u);
    r.unverified_records = unwrap_unverified_records(reader->u);
    /* What holds for every object whatever it is. */
    cr_assert_eq(r.bytes.parsed + r.bytes.padding + r.bytes.quarantined,
                 r.chain.end - r.chain.begin);
    cr_assert_eq(r.bytes.quarantined, r.damaged_bytes);
    cr_assert_eq(r.decoded_bytes, r.text.size);
    return r;
}

static inline struct reading read_object(struct reader *reader, struct view object)
{
    return read_range(reader, object, (struct unwrap_range){0, object.size, false}, 0,
                      (struct appetite){0});
}

static inline const char *text_of(struct buf *b)
{
    buf_append_byte(b, '\0');
    b->size--;
    return b->data;
}

#endif
