#include "dataset/table.h"

#include "dataset/schema.h"

#include <assert.h>
#include <stdlib.h>

enum {
    /* Texts of a column share runs of this size; larger than a quarter of it
     * they get memory of their own, so that little of a run stays unused. */
    RUN_BYTES = 32 * 1024,
    RUN_TEXT_BYTES_MAX = RUN_BYTES / 4,
    ALIGNMENT = 8,
};

static_assert(TABLE_COLUMNS <= 64, "a row's presence is a 64-bit mask");

bool table_init(struct table *t, size_t bytes_max)
{
    memset(t, 0, sizeof(*t));
    t->bytes_max = bytes_max;
    t->memory_bytes = bytes_max;
    t->memory = malloc(bytes_max + TEXT_SLACK);
    t->texts = UINT64_C(1) << TABLE_FOLDER;
    for (unsigned i = 0; i < COLUMN_COUNT; i++) {
        t->texts |= (uint64_t)schema_is_text((enum column)i) << i;
        t->reals |= (uint64_t)(column_info[i].type == TYPE_DOUBLE) << i;
        t->small |= (uint64_t)(column_info[i].type == TYPE_INT32) << i;
    }
    table_reset(t);
    return t->memory != NULL;
}

void table_done(struct table *t)
{
    free(t->memory);
    *t = (struct table){0};
}

void table_reset(struct table *t)
{
    size_t blocks = (t->rows + TABLE_BLOCK_ROWS - 1) / TABLE_BLOCK_ROWS;
    for (unsigned i = 0; i < TABLE_COLUMNS; i++) {
        memset(t->blocks[i], 0, blocks * sizeof(t->blocks[i][0]));
        struct table_column *c = &t->columns[i];
        memset(c->recent, 0xff, sizeof(c->recent));
        c->cells = NULL;
        c->present = 0;
        c->text_at = 0;
        c->text_end = 0;
    }
    memset(t->masks, 0, blocks * sizeof(t->masks[0]));
    t->rows = 0;
    t->used = 0;
    /* Memory that one giant row asked for is given back. */
    if (t->memory_bytes > t->bytes_max) {
        char *memory = malloc(t->bytes_max + TEXT_SLACK);
        if (memory == NULL)
            return;
        free(t->memory);
        t->memory = memory;
        t->memory_bytes = t->bytes_max;
    }
}

static bool is_text(const struct table *t, unsigned column)
{
    return t->texts >> column & 1;
}

static size_t cell_bytes(const struct table *t, unsigned column)
{
    return is_text(t, column) ? sizeof(uint32_t) : sizeof(int64_t);
}

static size_t align(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t take(struct table *t, size_t bytes)
{
    size_t at = t->used;
    t->used += align(bytes);
    assert(t->used <= t->memory_bytes);
    return at;
}

/* What store_text() takes for a new text: nothing where it fits the run. */
static size_t text_bytes(const struct table_column *c, struct view text)
{
    size_t bytes = sizeof(uint32_t) + text.size;
    if (bytes > RUN_TEXT_BYTES_MAX)
        return align(bytes);
    return bytes <= c->text_end - c->text_at ? 0 : RUN_BYTES;
}

/* What add_row() takes, exactly but for texts that repeat. */
static size_t row_bytes(const struct table *t, const struct event *e, struct view folder)
{
    size_t block = t->rows / TABLE_BLOCK_ROWS;
    size_t bytes = t->masks[block] ? 0 : TABLE_BLOCK_ROWS * sizeof(uint64_t);
    uint64_t present = e->present | UINT64_C(1) << TABLE_FOLDER;
    for (; present != 0; present &= present - 1) {
        unsigned column = (unsigned)__builtin_ctzll(present);
        if (t->blocks[column][block] == NULL)
            bytes += TABLE_BLOCK_ROWS * cell_bytes(t, column);
        if (is_text(t, column))
            bytes += text_bytes(&t->columns[column],
                                column == TABLE_FOLDER ? folder : e->cell[column].text);
    }
    return bytes;
}

/* No row of `bytes` of text takes more than this. */
static size_t row_bytes_bound(size_t bytes)
{
    return bytes +
           TABLE_COLUMNS * (size_t)(RUN_BYTES + TABLE_BLOCK_ROWS * sizeof(int64_t) +
                                    sizeof(uint32_t) + ALIGNMENT) +
           TABLE_BLOCK_ROWS * sizeof(uint64_t);
}

/* An empty table makes room for a row that is larger than all of it. */
static enum rc grow(struct table *t, size_t bytes)
{
    if (bytes <= t->memory_bytes)
        return RC_OK;
    if (bytes > TABLE_NULL)
        return RC_TOO_BIG;
    char *memory = malloc(bytes + TEXT_SLACK);
    if (memory == NULL)
        return RC_NO_MEMORY;
    free(t->memory);
    t->memory = memory;
    t->memory_bytes = bytes;
    return RC_OK;
}

static enum rc make_room(struct table *t, const struct event *e, struct view folder)
{
    size_t bytes = folder.size;
    for (uint64_t texts = e->present & t->texts; texts != 0; texts &= texts - 1) {
        size_t size = e->cell[__builtin_ctzll(texts)].text.size;
        if (size > (size_t)VALUE_BYTES_MAX)
            return RC_TOO_BIG;
        bytes += size;
    }
    if (t->rows == TABLE_ROWS_MAX)
        return RC_FULL;
    /* The exact size only matters near the end. */
    if (t->used + row_bytes_bound(bytes) <= t->bytes_max)
        return RC_OK;
    size_t exact = row_bytes(t, e, folder);
    if (t->used + exact <= t->bytes_max)
        return RC_OK;
    return t->rows > 0 ? RC_FULL : grow(t, exact);
}

/* Equal bytes of one size, without a call for the short texts that most are. */
static inline bool is_same(const char *a, const char *b, size_t size)
{
    if (size < sizeof(uint64_t) || size > 64)
        return memcmp(a, b, size) == 0;
    uint64_t x, y;
    for (size_t at = 0; at + sizeof(x) < size; at += sizeof(x)) {
        memcpy(&x, a + at, sizeof(x));
        memcpy(&y, b + at, sizeof(y));
        if (x != y)
            return false;
    }
    memcpy(&x, a + size - sizeof(x), sizeof(x));
    memcpy(&y, b + size - sizeof(y), sizeof(y));
    return x == y;
}

/* A hash of the size and both ends: a text that shares them all with another
 * one is compared for nothing, and that is all. */
static inline uint64_t rough_hash(struct view text)
{
    uint64_t head = 0;
    uint64_t tail = 0;
    if (text.size >= sizeof(head)) {
        memcpy(&head, text.data, sizeof(head));
        memcpy(&tail, text.data + text.size - sizeof(tail), sizeof(tail));
    } else {
        for (size_t i = 0; i < text.size; i++)
            head = head << 8 | (uint8_t)text.data[i];
    }
    uint64_t hash = (head ^ text.size) * UINT64_C(0x9e3779b97f4a7c15);
    return (hash ^ hash >> 29 ^ tail) * UINT64_C(0xbf58476d1ce4e5b9);
}

static size_t place_text(struct table *t, struct table_column *c, size_t bytes)
{
    if (bytes > RUN_TEXT_BYTES_MAX)
        return take(t, bytes);
    if (bytes > c->text_end - c->text_at) {
        c->text_at = take(t, RUN_BYTES);
        c->text_end = c->text_at + RUN_BYTES;
    }
    size_t at = c->text_at;
    c->text_at += bytes;
    return at;
}

static uint32_t store_text(struct table *t, struct table_column *c, struct view text)
{
    uint64_t hash = rough_hash(text);
    uint32_t tag = (uint32_t)hash;
    size_t slot = hash >> 58;
    static_assert(TABLE_RECENT == 1 << (64 - 58), "a slot is the hash's upper bits");
    uint32_t met = c->recent[slot].position;
    if (c->recent[slot].tag == tag && met != TABLE_NULL &&
        text_size_at(t->memory, met) == text.size &&
        is_same(t->memory + met + sizeof(uint32_t), text.data, text.size))
        return met;

    uint32_t size = (uint32_t)text.size;
    size_t at = place_text(t, c, sizeof(size) + text.size);
    memcpy(t->memory + at, &size, sizeof(size));
    if (size > 0)
        memcpy(t->memory + at + sizeof(size), text.data, size);
    c->recent[slot].tag = tag;
    c->recent[slot].position = (uint32_t)at;
    return (uint32_t)at;
}

/* The first value of a block of rows. */
static void begin_cells(struct table *t, unsigned column)
{
    size_t bytes = TABLE_BLOCK_ROWS * cell_bytes(t, column);
    void *cells = t->memory + take(t, bytes);
    /* Every position TABLE_NULL; numbers are looked at where present. */
    memset(cells, 0xff, bytes);
    t->blocks[column][t->rows / TABLE_BLOCK_ROWS] = cells;
    t->columns[column].cells = cells;
}

static inline void add_text(struct table *t, unsigned column, struct view text)
{
    struct table_column *c = &t->columns[column];
    if (c->cells == NULL)
        begin_cells(t, column);
    ((uint32_t *)c->cells)[t->rows % TABLE_BLOCK_ROWS] = store_text(t, c, text);
    c->present++;
}

static inline void add_number(struct table *t, unsigned column, int64_t number)
{
    struct table_column *c = &t->columns[column];
    if (c->cells == NULL)
        begin_cells(t, column);
    ((int64_t *)c->cells)[t->rows % TABLE_BLOCK_ROWS] = number;
    c->present++;
}

/* A cell's number as its column holds it. */
static int64_t number_of(const struct table *t, const union cell *cell, unsigned column)
{
    if (t->reals >> column & 1)
        return real_as_number(cell->real);
    int64_t number = cell->integer;
    if ((t->small >> column & 1) == 0)
        return number;
    return number > INT32_MAX ? INT32_MAX : number < INT32_MIN ? INT32_MIN : number;
}

static void begin_block(struct table *t)
{
    t->masks[t->rows / TABLE_BLOCK_ROWS] =
        (uint64_t *)(void *)(t->memory + take(t, TABLE_BLOCK_ROWS * sizeof(uint64_t)));
    for (unsigned i = 0; i < TABLE_COLUMNS; i++)
        t->columns[i].cells = NULL;
}

static void add_row(struct table *t, const struct event *e, struct view folder)
{
    if (t->rows % TABLE_BLOCK_ROWS == 0)
        begin_block(t);
    t->masks[t->rows / TABLE_BLOCK_ROWS][t->rows % TABLE_BLOCK_ROWS] = e->present;
    add_text(t, TABLE_FOLDER, folder);
    for (uint64_t texts = e->present & t->texts; texts != 0; texts &= texts - 1) {
        unsigned column = (unsigned)__builtin_ctzll(texts);
        add_text(t, column, e->cell[column].text);
    }
    for (uint64_t numbers = e->present & ~t->texts; numbers != 0; numbers &= numbers - 1) {
        unsigned column = (unsigned)__builtin_ctzll(numbers);
        add_number(t, column, number_of(t, &e->cell[column], column));
    }
    t->rows++;
}

enum rc table_add(struct table *t, const struct event *e, struct view folder)
{
    assert(e->present >> COLUMN_COUNT == 0);
    TRY(make_room(t, e, folder));
    add_row(t, e, folder);
    return RC_OK;
}
