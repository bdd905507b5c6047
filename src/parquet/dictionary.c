#include "parquet/dictionary.h"

#include "util/hash.h"

#include <assert.h>

enum {
    /* Rarely outgrown, and cleared in a microsecond. */
    SLOTS_MIN = 2048,
    /* Numbers below are looked up in an array: counts, indexes, levels. */
    SMALL_NUMBERS = 256,
    /* Positions whose ids are remembered: a text that is stored once and used
     * often is not looked at again. */
    MEMO_BITS = 8,
    PREFETCH = 12, /* texts lie all over the memory */
};

void dictionary_done(struct dictionary *d)
{
    buf_done(&d->slots);
    buf_done(&d->hashes);
    buf_done(&d->entries);
    *d = (struct dictionary){0};
}

static uint64_t *slots_of(struct dictionary *d)
{
    return (uint64_t *)(void *)d->slots.data;
}

static bool slots_begin(struct dictionary *d, size_t slots)
{
    buf_clear(&d->slots);
    if (!buf_reserve(&d->slots, slots * sizeof(uint64_t)))
        return false;
    memset(d->slots.data, 0, slots * sizeof(uint64_t));
    d->slots_mask = slots - 1;
    return true;
}

static bool dictionary_begin(struct dictionary *d)
{
    buf_clear(&d->hashes);
    buf_clear(&d->entries);
    d->count = 0;
    d->bytes = 0;
    d->plain_bytes = 0;
    return slots_begin(d, SLOTS_MIN);
}

/* The upper half tells most other values apart without a look at them. */
static uint64_t slot_value(uint64_t hash, uint32_t id)
{
    return (hash >> 32) << 32 | (id + UINT32_C(1));
}

static uint32_t slot_id(uint64_t slot)
{
    return (uint32_t)slot - 1;
}

static bool is_same_tag(uint64_t slot, uint64_t hash)
{
    return slot >> 32 == hash >> 32;
}

/* Twice the slots, each entry at its new place. */
static bool grow(struct dictionary *d)
{
    if (!slots_begin(d, (d->slots_mask + 1) * 2))
        return false;
    const uint64_t *hashes = (const uint64_t *)(const void *)d->hashes.data;
    uint64_t *slots = slots_of(d);
    for (uint32_t id = 0; id < d->count; id++) {
        size_t at = hashes[id] & d->slots_mask;
        while (slots[at] != 0)
            at = (at + 1) & d->slots_mask;
        slots[at] = slot_value(hashes[id], id);
    }
    return true;
}

static bool append(struct dictionary *d, size_t at, uint64_t hash, int64_t entry)
{
    slots_of(d)[at] = slot_value(hash, d->count);
    buf_append(&d->hashes, &hash, sizeof(hash));
    if (!buf_append(&d->entries, &entry, sizeof(entry)) || buf_failed(&d->hashes))
        return false;
    d->count++;
    return d->count <= d->slots_mask / 2 || grow(d);
}

/* Where the text is or belongs. */
static size_t find_text(struct dictionary *d, const char *base, struct view text, uint64_t hash)
{
    const uint64_t *slots = slots_of(d);
    const int64_t *entries = dictionary_entries(d);
    size_t at = hash & d->slots_mask;
    while (slots[at] != 0) {
        if (is_same_tag(slots[at], hash) &&
            view_equals(text_at(base, (uint32_t)entries[slot_id(slots[at])]), text))
            break;
        at = (at + 1) & d->slots_mask;
    }
    return at;
}

struct memo {
    uint32_t position, id, size;
};

static struct memo *memo_of(struct memo memo[1 << MEMO_BITS], uint32_t position)
{
    return &memo[position * UINT32_C(0x9e3779b1) >> (32 - MEMO_BITS)];
}

/* Finds the text or gives it the next id. */
static enum dictionary_result number_text(struct dictionary *d, const char *base, uint32_t position,
                                          size_t bytes_max, uint32_t *ret_id)
{
    struct view text = text_at(base, position);
    uint64_t hash = hash64(text);
    size_t at = find_text(d, base, text, hash);
    uint64_t slot = slots_of(d)[at];
    if (slot != 0) {
        *ret_id = slot_id(slot);
        return DICTIONARY_DONE;
    }
    d->bytes += sizeof(uint32_t) + text.size;
    if (d->bytes > bytes_max)
        return DICTIONARY_TOO_BIG;
    *ret_id = d->count;
    return append(d, at, hash, position) ? DICTIONARY_DONE : DICTIONARY_NO_MEMORY;
}

/* Whether what was met so far lets no dictionary be expected: one of distinct
 * values saves nothing, and few come back only later. */
static bool hardly_repeats(const struct dictionary *d)
{
    return d->bytes > d->plain_bytes - d->plain_bytes / 32;
}

enum dictionary_result dictionary_number_texts(struct dictionary *d, const char *base,
                                               const uint32_t *positions, size_t count,
                                               size_t bytes_max, uint32_t *ret_ids)
{
    if (!dictionary_begin(d))
        return DICTIONARY_NO_MEMORY;
    struct memo memo[1 << MEMO_BITS];
    memset(memo, 0xff, sizeof(memo)); /* no text is at the last position */
    const struct memo *last = &memo[0];
    for (size_t i = 0; i < count; i++) {
        if (i + PREFETCH < count)
            __builtin_prefetch(base + positions[i + PREFETCH]);
        if (i == 0 || positions[i] != positions[i - 1]) {
            struct memo *m = memo_of(memo, positions[i]);
            last = m;
            if (m->position != positions[i]) {
                uint32_t id;
                enum dictionary_result result = number_text(d, base, positions[i], bytes_max, &id);
                if (result != DICTIONARY_DONE)
                    return result;
                *m = (struct memo){positions[i], id, text_size_at(base, positions[i])};
            }
        }
        ret_ids[i] = last->id;
        d->plain_bytes += sizeof(uint32_t) + last->size;
        if (i == DICTIONARY_TRIED && bytes_max != SIZE_MAX && hardly_repeats(d))
            return DICTIONARY_TOO_BIG;
    }
    return DICTIONARY_DONE;
}

/* Spreads a number over all bits (the finaliser of SplitMix64); no output
 * depends on it. */
static uint64_t hash_number(int64_t number)
{
    uint64_t h = (uint64_t)number + UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 31;
}

static size_t find_number(struct dictionary *d, int64_t number, uint64_t hash)
{
    const uint64_t *slots = slots_of(d);
    const int64_t *entries = dictionary_entries(d);
    size_t at = hash & d->slots_mask;
    while (slots[at] != 0) {
        if (is_same_tag(slots[at], hash) && entries[slot_id(slots[at])] == number)
            break;
        at = (at + 1) & d->slots_mask;
    }
    return at;
}

enum dictionary_result dictionary_number_numbers(struct dictionary *d, const int64_t *numbers,
                                                 size_t count, size_t number_bytes,
                                                 size_t bytes_max, uint32_t *ret_ids)
{
    if (!dictionary_begin(d))
        return DICTIONARY_NO_MEMORY;
    d->plain_bytes = (uint64_t)count * number_bytes;
    uint32_t small[SMALL_NUMBERS];
    memset(small, 0xff, sizeof(small)); /* no id is the largest */
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && numbers[i] == numbers[i - 1]) {
            ret_ids[i] = ret_ids[i - 1];
            continue;
        }
        bool is_small = (uint64_t)numbers[i] < SMALL_NUMBERS;
        if (is_small && small[numbers[i]] != UINT32_MAX) {
            ret_ids[i] = small[numbers[i]];
            continue;
        }
        uint64_t hash = hash_number(numbers[i]);
        size_t at = find_number(d, numbers[i], hash);
        uint64_t slot = slots_of(d)[at];
        if (slot != 0) {
            ret_ids[i] = slot_id(slot);
            continue;
        }
        d->bytes += number_bytes;
        if (d->bytes > bytes_max)
            return DICTIONARY_TOO_BIG;
        ret_ids[i] = d->count;
        if (is_small)
            small[numbers[i]] = d->count;
        if (!append(d, at, hash, numbers[i]))
            return DICTIONARY_NO_MEMORY;
    }
    return DICTIONARY_DONE;
}
