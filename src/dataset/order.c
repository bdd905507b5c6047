#include "dataset/order.h"

#include <assert.h>
#include <stdlib.h>

/* A stretch: rows of the table that follow each other there and in the order, so that
 * only its first is looked at; or one row. The key, from the top: the ranks of folder,
 * group and stream, then the time. */
struct order_key {
    uint64_t key;
    uint32_t row, count;
};

struct keys {
    struct order_key *keys, *other; /* they take turns */
    size_t count;
    unsigned bits;      /* how many of a key are used, at least 1 before the time */
    unsigned time_bits; /* the lowest of these */
};

enum {
    DIGIT_BITS = 11, /* the counters of a pass fit the first-level cache */
    DIGIT_VALUES = 1 << DIGIT_BITS,
    INSERTION_MAX = 16,
};

void order_done(struct order *o)
{
    dictionary_done(&o->dictionary);
    buf_done(&o->positions);
    buf_done(&o->ids);
    buf_done(&o->sorted);
    buf_done(&o->ranks);
    buf_done(&o->stretches);
    buf_done(&o->sorted_stretches);
    buf_done(&o->keys[0]);
    buf_done(&o->keys[1]);
    buf_done(&o->rows);
    *o = (struct order){0};
}

static void *resize(struct buf *b, size_t count, size_t bytes)
{
    buf_clear(b);
    return buf_reserve(b, count * bytes) ? b->data : NULL;
}

struct text_context {
    const struct table *t;
    const int64_t *entries;
};

static int compare_entries(const void *left, const void *right, void *context)
{
    const struct text_context *c = context;
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return view_compare(table_text(c->t, (uint32_t)c->entries[a]),
                        table_text(c->t, (uint32_t)c->entries[b]));
}

/* o->ranks[id] counts up from 1 in the order of the texts. */
static bool rank_entries(struct order *o, const struct table *t)
{
    uint32_t count = o->dictionary.count;
    uint32_t *sorted = resize(&o->sorted, count, sizeof(*sorted));
    uint32_t *ranks = resize(&o->ranks, count, sizeof(*ranks));
    if (sorted == NULL || ranks == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = i;
    struct text_context context = {t, dictionary_entries(&o->dictionary)};
    qsort_r(sorted, count, sizeof(*sorted), compare_entries, &context);
    for (uint32_t i = 0; i < count; i++)
        ranks[sorted[i]] = i + 1;
    return true;
}

static unsigned bits_for(uint64_t value_max)
{
    return value_max == 0 ? 0 : 64 - (unsigned)__builtin_clzll(value_max);
}

/* Shifts the rank of each stretch's text into its key; null has rank 0. */
static bool add_rank(struct order *o, const struct table *t, struct keys *k, unsigned column)
{
    uint32_t *positions = resize(&o->positions, k->count, sizeof(*positions));
    uint32_t *ids = resize(&o->ids, k->count, sizeof(*ids));
    if (positions == NULL || ids == NULL)
        return false;
    /* Stretches mostly share these texts with the one before: only others are numbered. */
    size_t count = 0;
    uint32_t before = TABLE_NULL;
    for (size_t i = 0; i < k->count; i++) {
        uint32_t position = table_position(t, k->keys[i].row, column);
        positions[count] = position;
        count += position != before && position != TABLE_NULL;
        before = position;
    }
    if (dictionary_number_texts(&o->dictionary, t->memory, positions, count, SIZE_MAX, ids) !=
            DICTIONARY_DONE ||
        !rank_entries(o, t))
        return false;

    const uint32_t *ranks = (const uint32_t *)(const void *)o->ranks.data;
    unsigned bits = bits_for(o->dictionary.count);
    size_t next = 0;
    uint64_t rank = 0;
    before = TABLE_NULL;
    for (size_t i = 0; i < k->count; i++) {
        uint32_t position = table_position(t, k->keys[i].row, column);
        if (position != before)
            rank = position == TABLE_NULL ? 0 : ranks[ids[next++]];
        before = position;
        k->keys[i].key = k->keys[i].key << bits | rank;
    }
    k->bits += bits;
    return true;
}

/* Shifts the times into the keys, counted from the earliest, null as 0. Where
 * they take more bits than are left the late ones share the last number:
 * compare_rows() tells them apart. */
static void add_times(const struct table *t, struct keys *k)
{
    uint64_t all = UINT64_MAX >> k->bits;
    int64_t first = INT64_MAX;
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < k->count; i++) {
        if (!table_has(t, k->keys[i].row, COL_TIMESTAMP))
            continue;
        int64_t time = table_number(t, k->keys[i].row, COL_TIMESTAMP);
        first = time < first ? time : first;
        last = time > last ? time : last;
    }
    uint64_t range = last < first ? 0 : (uint64_t)last - (uint64_t)first;
    uint64_t most = range < all ? range + 1 : all;
    k->time_bits = bits_for(most);
    for (size_t i = 0; i < k->count; i++) {
        uint64_t time = 0;
        if (table_has(t, k->keys[i].row, COL_TIMESTAMP)) {
            uint64_t since =
                (uint64_t)table_number(t, k->keys[i].row, COL_TIMESTAMP) - (uint64_t)first;
            time = since < most ? since + 1 : most;
        }
        k->keys[i].key = k->keys[i].key << k->time_bits | time;
    }
    k->bits += k->time_bits;
}

/* Stable passes, the least significant digit first. */
static void radix_sort(struct keys *k)
{
    struct order_key *from = k->keys, *to = k->other;
    for (unsigned shift = 0; shift < k->bits; shift += DIGIT_BITS) {
        uint32_t at[DIGIT_VALUES] = {0};
        for (size_t i = 0; i < k->count; i++)
            at[from[i].key >> shift & (DIGIT_VALUES - 1)]++;
        uint32_t sum = 0;
        for (unsigned i = 0; i < DIGIT_VALUES; i++) {
            uint32_t here = at[i];
            at[i] = sum;
            sum += here;
        }
        for (size_t i = 0; i < k->count; i++)
            to[at[from[i].key >> shift & (DIGIT_VALUES - 1)]++] = from[i];
        struct order_key *sorted = to;
        to = from;
        from = sorted;
    }
    k->keys = from;
    k->other = to;
}

static int compare_numbers(const struct table *t, uint32_t a, uint32_t b, enum column column)
{
    bool has_a = table_has(t, a, column);
    bool has_b = table_has(t, b, column);
    if (!has_a || !has_b)
        return has_a - has_b;
    int64_t x = table_number(t, a, column);
    int64_t y = table_number(t, b, column);
    return (x > y) - (x < y);
}

static int compare_texts(const struct table *t, uint32_t a, uint32_t b, enum column column)
{
    uint32_t x = table_position(t, a, column);
    uint32_t y = table_position(t, b, column);
    if (x == y)
        return 0;
    if (x == TABLE_NULL || y == TABLE_NULL)
        return x == TABLE_NULL ? -1 : 1;
    return view_compare(table_text(t, x), table_text(t, y));
}

/* Of rows that share folder, group and stream. */
static int compare_rows(const struct table *t, uint32_t a, uint32_t b)
{
    int order = compare_numbers(t, a, b, COL_TIMESTAMP);
    if (order == 0)
        order = compare_texts(t, a, b, COL_EVENT_ID);
    if (order == 0)
        order = compare_texts(t, a, b, COL_SOURCE_OBJECT);
    if (order == 0)
        order = compare_numbers(t, a, b, COL_SOURCE_OFFSET);
    if (order == 0)
        order = compare_numbers(t, a, b, COL_RECORD_INDEX);
    if (order == 0)
        order = compare_numbers(t, a, b, COL_EVENT_INDEX);
    return order != 0 ? order : (a > b) - (a < b);
}

static int compare_keys(const void *left, const void *right, void *context)
{
    return compare_rows(context, ((const struct order_key *)left)->row,
                        ((const struct order_key *)right)->row);
}

/* A few keys, mostly in order already. */
static void insertion_sort(const struct table *t, struct order_key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct order_key key = keys[i];
        size_t at = i;
        for (; at > 0 && compare_rows(t, keys[at - 1].row, key.row) > 0; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

static void sort_equals(const struct table *t, struct order_key *keys, size_t count)
{
    if (count <= INSERTION_MAX)
        insertion_sort(t, keys, count);
    else
        qsort_r(keys, count, sizeof(*keys), compare_keys, (void *)t);
}

/* By the keys' numbers, then those of one stream and one millisecond by the rest. */
static void sort_keys(const struct table *t, struct keys *k)
{
    radix_sort(k);
    for (size_t begin = 0; begin < k->count;) {
        size_t end = begin + 1;
        while (end < k->count && k->keys[end].key == k->keys[begin].key)
            end++;
        sort_equals(t, k->keys + begin, end - begin);
        begin = end;
    }
}

/* ---- Stretches ---- */

/* Whether a row belongs behind the one before it, in the stretch of that one. */
static bool follows(const struct table *t, uint32_t row)
{
    static const unsigned shared[] = {TABLE_FOLDER, COL_LOG_GROUP, COL_LOG_STREAM};
    for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++) {
        if (table_position(t, row, shared[i]) != table_position(t, row - 1, shared[i]))
            return false;
    }
    return compare_rows(t, row - 1, row) < 0;
}

static bool find_stretches(struct order *o, const struct table *t, struct keys *ret)
{
    size_t count = 0;
    struct order_key *keys = resize(&o->stretches, t->rows, sizeof(*keys));
    if (keys == NULL)
        return false;
    for (uint32_t row = 0; row < t->rows; row++) {
        if (row > 0 && follows(t, row))
            keys[count - 1].count++;
        else
            keys[count++] = (struct order_key){0, row, 1};
    }
    struct order_key *other = resize(&o->sorted_stretches, count, sizeof(*keys));
    *ret = (struct keys){.keys = keys, .other = other, .count = count};
    return other != NULL;
}

static bool sort_stretches(struct order *o, const struct table *t, struct keys *k)
{
    /* At most TABLE_ROWS_MAX distinct texts each: 60 bits at worst, and what
     * is left holds some time. */
    static_assert(TABLE_ROWS_MAX < 1 << 20, "ranks and times fit a key");
    if (!add_rank(o, t, k, TABLE_FOLDER) || !add_rank(o, t, k, COL_LOG_GROUP) ||
        !add_rank(o, t, k, COL_LOG_STREAM))
        return false;
    add_times(t, k);
    sort_keys(t, k);
    return true;
}

static bool is_same_stream(const struct keys *k, size_t a, size_t b)
{
    return (k->keys[a].key ^ k->keys[b].key) >> k->time_bits == 0;
}

static uint32_t last_row(const struct order_key *stretch)
{
    return stretch->row + stretch->count - 1;
}

/* How many stretches from `begin` on have rows between each other's; their rows go to
 * *ret_rows. */
static size_t overlapping(const struct table *t, const struct keys *k, size_t begin,
                          size_t *ret_rows)
{
    uint32_t last = last_row(&k->keys[begin]);
    size_t end = begin + 1, rows = k->keys[begin].count;
    for (; end < k->count && is_same_stream(k, begin, end); end++) {
        if (compare_rows(t, last, k->keys[end].row) < 0)
            break;
        rows += k->keys[end].count;
        if (compare_rows(t, last, last_row(&k->keys[end])) < 0)
            last = last_row(&k->keys[end]);
    }
    *ret_rows = rows;
    return end - begin;
}

/* The rows of some stretches of one stream, one by one. */
static bool sort_rows(struct order *o, const struct table *t, const struct order_key *stretches,
                      size_t rows, uint32_t *ret_rows)
{
    struct keys k = {.keys = resize(&o->keys[0], rows, sizeof(*k.keys)),
                     .other = resize(&o->keys[1], rows, sizeof(*k.keys)),
                     .bits = 1}; /* of zeros: no shift is by all 64 */
    if (k.keys == NULL || k.other == NULL)
        return false;
    for (; k.count < rows; stretches++) {
        for (uint32_t i = 0; i < stretches->count; i++)
            k.keys[k.count++] = (struct order_key){0, stretches->row + i, 1};
    }
    add_times(t, &k);
    sort_keys(t, &k);
    for (size_t i = 0; i < rows; i++)
        ret_rows[i] = k.keys[i].row;
    return true;
}

bool order_rows(struct order *o, const struct table *t, const uint32_t **ret_rows)
{
    assert(t->rows > 0);
    struct keys k;
    uint32_t *rows = resize(&o->rows, t->rows, sizeof(*rows)), *to = rows;
    if (rows == NULL || !find_stretches(o, t, &k) || !sort_stretches(o, t, &k))
        return false;
    size_t begin = 0, count, stretches;
    for (; begin < k.count; begin += stretches, to += count) {
        stretches = overlapping(t, &k, begin, &count);
        if (stretches > 1 && !sort_rows(o, t, k.keys + begin, count, to))
            return false;
        for (size_t i = 0; stretches == 1 && i < count; i++)
            to[i] = k.keys[begin].row + (uint32_t)i;
    }
    *ret_rows = rows;
    return true;
}
