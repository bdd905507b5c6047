#include "dataset/order.h"

#include <assert.h>
#include <stdlib.h>

/* From the top: the ranks of folder, group and stream, then the time. */
struct order_key {
    uint64_t key;
    uint32_t row;
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

/* Shifts the rank of each row's text into its key; null has rank 0. */
static bool add_rank(struct order *o, const struct table *t, unsigned column)
{
    uint32_t *positions = resize(&o->positions, t->rows, sizeof(*positions));
    uint32_t *ids = resize(&o->ids, t->rows, sizeof(*ids));
    if (positions == NULL || ids == NULL)
        return false;
    /* Rows mostly share these texts with the row before: only others are numbered. */
    size_t count = 0;
    uint32_t before = TABLE_NULL;
    for (size_t row = 0; row < t->rows; row++) {
        uint32_t position = table_position(t, row, column);
        positions[count] = position;
        count += position != before && position != TABLE_NULL;
        before = position;
    }
    if (dictionary_number_texts(&o->dictionary, t->memory, positions, count, SIZE_MAX, ids) !=
            DICTIONARY_DONE ||
        !rank_entries(o, t))
        return false;

    struct order_key *keys = (struct order_key *)(void *)o->keys[0].data;
    const uint32_t *ranks = (const uint32_t *)(const void *)o->ranks.data;
    unsigned bits = bits_for(o->dictionary.count);
    size_t next = 0;
    uint64_t rank = 0;
    before = TABLE_NULL;
    for (size_t row = 0; row < t->rows; row++) {
        uint32_t position = table_position(t, row, column);
        if (position != before)
            rank = position == TABLE_NULL ? 0 : ranks[ids[next++]];
        before = position;
        keys[row].key = keys[row].key << bits | rank;
    }
    o->key_bits += bits;
    return true;
}

/* Shifts the times into the keys, counted from the earliest, null as 0. Where
 * they take more bits than are left the late ones share the last number:
 * compare_rows() tells them apart. */
static void add_times(struct order *o, const struct table *t)
{
    struct order_key *keys = (struct order_key *)(void *)o->keys[0].data;
    uint64_t all = UINT64_MAX >> o->key_bits;
    int64_t first = INT64_MAX;
    int64_t last = INT64_MIN;
    for (size_t row = 0; row < t->rows; row++) {
        if (!table_has(t, row, COL_TIMESTAMP))
            continue;
        int64_t time = table_number(t, row, COL_TIMESTAMP);
        first = time < first ? time : first;
        last = time > last ? time : last;
    }
    uint64_t range = last < first ? 0 : (uint64_t)last - (uint64_t)first;
    uint64_t most = range < all ? range + 1 : all;
    unsigned bits = bits_for(most);
    for (size_t row = 0; row < t->rows; row++) {
        uint64_t time = 0;
        if (table_has(t, row, COL_TIMESTAMP)) {
            uint64_t since = (uint64_t)table_number(t, row, COL_TIMESTAMP) - (uint64_t)first;
            time = since < most ? since + 1 : most;
        }
        keys[row].key = keys[row].key << bits | time;
    }
    o->key_bits += bits;
}

static bool fill_keys(struct order *o, const struct table *t)
{
    struct order_key *keys = resize(&o->keys[0], t->rows, sizeof(*keys));
    if (keys == NULL || resize(&o->keys[1], t->rows, sizeof(*keys)) == NULL)
        return false;
    for (size_t row = 0; row < t->rows; row++)
        keys[row] = (struct order_key){0, (uint32_t)row};
    o->key_bits = 0;
    /* At most TABLE_ROWS_MAX distinct texts each: 60 bits at worst, and what
     * is left holds some time. */
    static_assert(TABLE_ROWS_MAX < 1 << 20, "ranks and times fit a key");
    if (!add_rank(o, t, TABLE_FOLDER) || !add_rank(o, t, COL_LOG_GROUP) ||
        !add_rank(o, t, COL_LOG_STREAM))
        return false;
    add_times(o, t);
    return true;
}

/* Stable passes, the least significant digit first. */
static struct order_key *sort_keys(struct order *o, size_t count)
{
    struct order_key *from = (struct order_key *)(void *)o->keys[0].data;
    struct order_key *to = (struct order_key *)(void *)o->keys[1].data;
    for (unsigned shift = 0; shift < o->key_bits; shift += DIGIT_BITS) {
        uint32_t at[DIGIT_VALUES] = {0};
        for (size_t i = 0; i < count; i++)
            at[from[i].key >> shift & (DIGIT_VALUES - 1)]++;
        uint32_t sum = 0;
        for (unsigned i = 0; i < DIGIT_VALUES; i++) {
            uint32_t here = at[i];
            at[i] = sum;
            sum += here;
        }
        for (size_t i = 0; i < count; i++)
            to[at[from[i].key >> shift & (DIGIT_VALUES - 1)]++] = from[i];
        struct order_key *sorted = to;
        to = from;
        from = sorted;
    }
    return from;
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

static int compare_rows(const void *left, const void *right, void *context)
{
    const struct table *t = context;
    uint32_t a = ((const struct order_key *)left)->row;
    uint32_t b = ((const struct order_key *)right)->row;
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

/* A few rows, mostly in order already. */
static void insertion_sort(const struct table *t, struct order_key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct order_key key = keys[i];
        size_t at = i;
        for (; at > 0 && compare_rows(&keys[at - 1], &key, (void *)t) > 0; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

/* Rows of one stream and one millisecond. */
static void sort_ties(const struct table *t, struct order_key *keys, size_t count)
{
    for (size_t begin = 0; begin < count;) {
        size_t end = begin + 1;
        while (end < count && keys[end].key == keys[begin].key)
            end++;
        if (end - begin <= INSERTION_MAX)
            insertion_sort(t, keys + begin, end - begin);
        else
            qsort_r(keys + begin, end - begin, sizeof(*keys), compare_rows, (void *)t);
        begin = end;
    }
}

bool order_rows(struct order *o, const struct table *t, const uint32_t **ret_rows)
{
    assert(t->rows > 0);
    uint32_t *rows = resize(&o->rows, t->rows, sizeof(*rows));
    if (rows == NULL || !fill_keys(o, t))
        return false;
    struct order_key *keys = sort_keys(o, t->rows);
    sort_ties(t, keys, t->rows);
    for (size_t i = 0; i < t->rows; i++)
        rows[i] = keys[i].row;
    *ret_rows = rows;
    return true;
}
