#include "alert/pending.h"

#include "alert/partial_codec.h"

#include <assert.h>
#include <stdlib.h>

enum { MALLOC_OVERHEAD = 16 /* what an allocator adds to a small piece */ };

void pending_table_clear(struct pending_table *t)
{
    for (size_t i = 0; i < t->capacity; i++) {
        free((char *)t->slots[i].blob.data);
        t->slots[i] = (struct pending){0};
    }
    t->count = 0;
    t->bytes = t->capacity * sizeof(*t->slots);
}

void pending_table_done(struct pending_table *t)
{
    pending_table_clear(t);
    free(t->slots);
    buf_done(&t->encoded);
    *t = (struct pending_table){0};
}

int pending_compare_key(uint64_t request, enum failure cause, uint64_t other_request,
                        enum failure other_cause)
{
    if (request != other_request)
        return request < other_request ? -1 : 1;
    return (cause > other_cause) - (cause < other_cause);
}

static struct pending *find_slot(struct pending *slots, size_t capacity, uint64_t request,
                                 enum failure cause)
{
    size_t at = (size_t)(request + (uint64_t)cause) & (capacity - 1);
    while (slots[at].blob.data != NULL &&
           pending_compare_key(slots[at].request, slots[at].cause, request, cause) != 0)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static bool grow(struct pending_table *t)
{
    if ((t->count + 1) * 2 <= t->capacity)
        return true;
    size_t capacity = t->capacity ? t->capacity * 2 : 64;
    struct pending *slots = calloc(capacity, sizeof(*slots));
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < t->capacity; i++) {
        const struct pending *p = &t->slots[i];
        if (p->blob.data != NULL)
            *find_slot(slots, capacity, p->request, p->cause) = *p;
    }
    free(t->slots);
    t->bytes += (capacity - t->capacity) * sizeof(*slots);
    t->slots = slots;
    t->capacity = capacity;
    return true;
}

bool pending_is_before(struct view a, struct view b)
{
    struct wire_reader left, right;
    struct alert left_alert, right_alert;
    wire_reader_over(&left, a, "", NULL);
    wire_reader_over(&right, b, "", NULL);
    codec_read_alert(&left, &left_alert);
    codec_read_alert(&right, &right_alert);
    assert(!wire_failed(&left) && !wire_failed(&right));
    int order = alert_compare_order(&left_alert, &right_alert);
    /* The same event under other rules: any order will do, but always the same. */
    return order != 0 ? order < 0 : view_compare(a, b) < 0;
}

bool pending_table_offer(struct pending_table *t, uint64_t request, enum failure cause,
                         const struct alert *a)
{
    buf_clear(&t->encoded);
    codec_put_alert(&t->encoded, a);
    if (buf_failed(&t->encoded) || !grow(t))
        return false;
    struct pending *slot = find_slot(t->slots, t->capacity, request, cause);
    bool is_new = slot->blob.data == NULL;
    if (!is_new && !pending_is_before(buf_view(&t->encoded), slot->blob))
        return true;
    char *blob = malloc(t->encoded.size);
    if (blob == NULL)
        return false;
    memcpy(blob, t->encoded.data, t->encoded.size);
    if (is_new) {
        t->count++;
        t->bytes += MALLOC_OVERHEAD;
    } else {
        t->bytes -= slot->blob.size;
        free((char *)slot->blob.data);
    }
    *slot = (struct pending){request, cause, view_of(blob, t->encoded.size)};
    t->bytes += t->encoded.size;
    return true;
}

static int compare(const void *a, const void *b)
{
    const struct pending *left = a, *right = b;
    return pending_compare_key(left->request, left->cause, right->request, right->cause);
}

void pending_table_sort(const struct pending_table *t, struct pending *ret_pending)
{
    size_t count = 0;
    for (size_t i = 0; i < t->capacity; i++) {
        if (t->slots[i].blob.data != NULL)
            ret_pending[count++] = t->slots[i];
    }
    assert(count == t->count);
    qsort(ret_pending, count, sizeof(*ret_pending), compare);
}
