#include "alert/sample.h"

#include "alert/key.h"
#include "util/hash.h"

#include <assert.h>
#include <stdlib.h>

static const size_t text_offsets[SAMPLE_TEXTS] = {
    offsetof(struct sample, account_id), offsetof(struct sample, region),
    offsetof(struct sample, log_group),  offsetof(struct sample, log_stream),
    offsetof(struct sample, event_id),   offsetof(struct sample, request_id),
    offsetof(struct sample, level),      offsetof(struct sample, title),
    offsetof(struct sample, message),    offsetof(struct sample, details),
    offsetof(struct sample, stack),      offsetof(struct sample, reason),
    offsetof(struct sample, error_type), offsetof(struct sample, error_message),
    offsetof(struct sample, object),
};

struct view *sample_text(struct sample *s, size_t i)
{
    return (struct view *)((char *)s + text_offsets[i]);
}

struct view sample_text_of(const struct sample *s, size_t i)
{
    return *(const struct view *)((const char *)s + text_offsets[i]);
}

static void put_number(unsigned char *to, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (unsigned char)(value >> 8 * i);
}

uint64_t sample_hash(const struct sample *s)
{
    if (!view_is_null(s->event_id))
        return hash64(s->event_id);
    unsigned char position[24];
    put_number(position, hash64(s->object), 8);
    put_number(position + 8, (uint64_t)s->offset, 8);
    put_number(position + 16, (uint32_t)s->record_index, 4);
    put_number(position + 20, (uint32_t)s->event_index, 4);
    return hash64(view_of(position, sizeof(position)));
}

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int sample_compare_position(const struct sample *a, const struct sample *b)
{
    int order = view_compare(a->object, b->object);
    if (order == 0)
        order = compare_numbers(a->offset, b->offset);
    if (order == 0)
        order = compare_numbers(a->record_index, b->record_index);
    if (order == 0)
        order = compare_numbers(a->event_index, b->event_index);
    return order;
}

int sample_compare(const struct sample *a, const struct sample *b)
{
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    int order = sample_compare_position(a, b);
    if (order == 0)
        order = compare_numbers(a->has_timestamp, b->has_timestamp);
    if (order == 0)
        order = compare_numbers(a->timestamp_ms, b->timestamp_ms);
    for (size_t i = 0; order == 0 && i < SAMPLE_TEXTS; i++) {
        struct view left = sample_text_of(a, i), right = sample_text_of(b, i);
        order = compare_numbers(view_is_null(left), view_is_null(right));
        if (order == 0)
            order = view_compare(left, right);
    }
    return order != 0 ? order : compare_numbers(a->is_cut, b->is_cut);
}

size_t sample_texts_size(const struct sample *s)
{
    size_t size = 0;
    for (size_t i = 0; i < SAMPLE_TEXTS; i++)
        size += sample_text_of(s, i).size;
    return size;
}

/* The largest length at which all texts cut to it fit. */
static size_t common_length(const struct sample *s)
{
    size_t low = SAMPLE_BYTES_MAX / SAMPLE_TEXTS, high = SAMPLE_BYTES_MAX;
    while (low < high) {
        size_t middle = (low + high + 1) / 2, size = 0;
        for (size_t i = 0; i < SAMPLE_TEXTS; i++) {
            size_t whole = sample_text_of(s, i).size;
            size += whole < middle ? whole : middle;
        }
        if (size <= SAMPLE_BYTES_MAX)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

void sample_cut(struct sample *s)
{
    if (sample_texts_size(s) <= SAMPLE_BYTES_MAX)
        return;
    size_t length = common_length(s);
    for (size_t i = 0; i < SAMPLE_TEXTS; i++) {
        struct view *text = sample_text(s, i);
        *text = text_cut(*text, length);
    }
    s->is_cut = true;
}

bool sample_copy(struct sample *to, const struct sample *from)
{
    size_t size = sample_texts_size(from);
    assert(size <= SAMPLE_BYTES_MAX);
    char *texts = malloc(size + 1);
    if (texts == NULL)
        return false;
    *to = *from;
    to->texts = texts;
    to->texts_bytes = size;
    for (size_t i = 0; i < SAMPLE_TEXTS; i++) {
        struct view *text = sample_text(to, i);
        if (view_is_null(*text))
            continue;
        memcpy(texts, text->data, text->size);
        text->data = texts;
        texts += text->size;
    }
    return true;
}

void sample_done(struct sample *s)
{
    free(s->texts);
    *s = (struct sample){0};
}
