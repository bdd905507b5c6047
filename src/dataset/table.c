#include "dataset/table.h"

#include "dataset/schema.h"
#include "interpret/level.h"
#include "util/copy.h"

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
    /* A row that did not fit may have begun one more. */
    size_t blocks = t->rows / TABLE_BLOCK_ROWS + 1;
    blocks = blocks < TABLE_BLOCKS_MAX ? blocks : TABLE_BLOCKS_MAX;
    for (unsigned i = 0; i < TABLE_COLUMNS; i++) {
        memset(t->blocks[i], 0, blocks * sizeof(t->blocks[i][0]));
        t->columns[i] = (struct table_column){.last = TABLE_NULL};
    }
    memset(t->recent, 0xff, sizeof(t->recent));
    memset(t->kinds, 0xff, sizeof(t->kinds));
    memset(t->levels, 0xff, sizeof(t->levels));
    t->every = UINT64_MAX;
    t->any = 0;
    t->record = 0;
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

/* Memory at *ret_at; false when there is not so much. */
static bool take(struct table *t, size_t bytes, size_t *ret_at)
{
    bytes = align(bytes);
    if (bytes > t->memory_bytes - t->used)
        return false;
    *ret_at = t->used;
    t->used += bytes;
    return true;
}

/* ---- Texts ---- */

/* Equal bytes of one size, without a call for the short texts that most are. */
static inline bool is_same(const char *a, const char *b, size_t size)
{
    if (size < sizeof(uint64_t)) {
        unsigned differ = 0;
        for (size_t i = 0; i < size; i++)
            differ |= (unsigned)(a[i] ^ b[i]);
        return differ == 0;
    }
    if (size > 64)
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

static inline bool is_text_at(const struct table *t, uint32_t position, struct view text)
{
    return position != TABLE_NULL && text_size_at(t->memory, position) == text.size &&
           is_same(t->memory + position + sizeof(uint32_t), text.data, text.size);
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

static bool place_text(struct table *t, struct table_column *c, size_t bytes, size_t *ret_at)
{
    if (bytes > RUN_TEXT_BYTES_MAX)
        return take(t, bytes, ret_at);
    if (bytes > c->text_end - c->text_at) {
        if (!take(t, RUN_BYTES, &c->text_at)) {
            c->text_end = c->text_at;
            return false;
        }
        c->text_end = c->text_at + RUN_BYTES;
    }
    *ret_at = c->text_at;
    c->text_at += bytes;
    return true;
}

/* Where the text is from now on; TABLE_NULL when the table is full. */
static uint32_t append_text(struct table *t, unsigned column, struct view text)
{
    uint32_t size = (uint32_t)text.size;
    size_t at;
    if (!place_text(t, &t->columns[column], sizeof(size) + text.size, &at))
        return TABLE_NULL;
    memcpy(t->memory + at, &size, sizeof(size));
    copy_short(t->memory + at + sizeof(size), text.data, size);
    return (uint32_t)at;
}

/* Where the text is, now or from now on; TABLE_NULL when the table is full. */
static uint32_t store_text(struct table *t, unsigned column, struct view text)
{
    struct table_column *c = &t->columns[column];
    if (c->misses == TABLE_MISSES_MAX)
        return append_text(t, column, text);
    uint64_t hash = rough_hash(text);
    uint32_t tag = (uint32_t)hash;
    static_assert(TABLE_RECENT == 1 << (64 - 58), "a slot is the hash's upper bits");
    struct table_recent *met = &t->recent[column][hash >> 58];
    if (met->tag == tag && is_text_at(t, met->position, text)) {
        c->misses = 0;
        return met->position;
    }
    uint32_t at = append_text(t, column, text);
    if (at != TABLE_NULL) {
        *met = (struct table_recent){tag, at};
        c->misses++;
    }
    return at;
}

/* ---- Rows ---- */

/* The first value of a block of rows. */
static bool begin_cells(struct table *t, unsigned column)
{
    size_t bytes = TABLE_BLOCK_ROWS * cell_bytes(t, column);
    size_t at;
    if (!take(t, bytes, &at))
        return false;
    void *cells = t->memory + at;
    /* Every position TABLE_NULL. Other cells only count where the row has them. */
    if (TABLE_SORTED >> column & 1)
        memset(cells, 0xff, bytes);
    t->blocks[column][t->rows / TABLE_BLOCK_ROWS] = cells;
    t->columns[column].cells = cells;
    return true;
}

static inline bool set_text(struct table *t, unsigned column, struct view text)
{
    struct table_column *c = &t->columns[column];
    if (c->cells == NULL && !begin_cells(t, column))
        return false;
    /* Most columns say the same for all rows of a record. */
    uint32_t at = is_text_at(t, c->last, text) ? c->last : store_text(t, column, text);
    if (at == TABLE_NULL)
        return false;
    c->last = at;
    ((uint32_t *)c->cells)[t->rows % TABLE_BLOCK_ROWS] = at;
    return true;
}

/* A text that is always the same bytes at the same address: `position` is where it was met
 * first. */
static inline bool set_word(struct table *t, unsigned column, uint32_t *position, struct view text)
{
    struct table_column *c = &t->columns[column];
    if (c->cells == NULL && !begin_cells(t, column))
        return false;
    if (*position == TABLE_NULL)
        *position = store_text(t, column, text);
    if (*position == TABLE_NULL)
        return false;
    c->last = *position;
    ((uint32_t *)c->cells)[t->rows % TABLE_BLOCK_ROWS] = *position;
    return true;
}

/* Whether they are one, not only equal. */
static inline bool is_one(struct view a, struct view b)
{
    return a.data == b.data && a.size == b.size;
}

/* The kind and the level where they are words of this program; takes them out of *texts. */
static inline bool set_words(struct table *t, const struct event *e, uint64_t *texts)
{
    struct view kind = event_text(e, COL_KIND), level = event_text(e, COL_LEVEL);
    if (is_one(kind, kind_text(e->kind))) {
        if (!set_word(t, COL_KIND, &t->kinds[e->kind], kind))
            return false;
        *texts &= ~(UINT64_C(1) << COL_KIND);
    }
    if (e->severity != SEVERITY_NONE && is_one(level, level_name(e->severity))) {
        if (!set_word(t, COL_LEVEL, &t->levels[e->severity], level))
            return false;
        *texts &= ~(UINT64_C(1) << COL_LEVEL);
    }
    return true;
}

/* The texts of the row before, in these columns. */
static inline bool repeat_texts(struct table *t, uint64_t columns)
{
    for (; columns != 0; columns &= columns - 1) {
        unsigned column = (unsigned)__builtin_ctzll(columns);
        struct table_column *c = &t->columns[column];
        if (c->cells == NULL && !begin_cells(t, column))
            return false;
        ((uint32_t *)c->cells)[t->rows % TABLE_BLOCK_ROWS] = c->last;
    }
    return true;
}

static inline bool set_number(struct table *t, unsigned column, int64_t number)
{
    struct table_column *c = &t->columns[column];
    if (c->cells == NULL && !begin_cells(t, column))
        return false;
    ((int64_t *)c->cells)[t->rows % TABLE_BLOCK_ROWS] = number;
    return true;
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

static bool begin_block(struct table *t)
{
    size_t at;
    if (t->masks[t->rows / TABLE_BLOCK_ROWS] != NULL)
        return true; /* a row that did not fit has begun it */
    if (!take(t, TABLE_BLOCK_ROWS * sizeof(uint64_t), &at))
        return false;
    t->masks[t->rows / TABLE_BLOCK_ROWS] = (uint64_t *)(void *)(t->memory + at);
    for (unsigned i = 0; i < TABLE_COLUMNS; i++)
        t->columns[i].cells = NULL;
    return true;
}

/* False when the table is full: the row is not there then, though some of its
 * texts are. */
static bool add_row(struct table *t, const struct event *e, struct view folder)
{
    if (t->rows % TABLE_BLOCK_ROWS == 0 && !begin_block(t))
        return false;
    if (!set_text(t, TABLE_FOLDER, folder))
        return false;
    uint64_t texts = e->present & t->texts;
    if (e->record != 0 && e->record == t->record) {
        if (!repeat_texts(t, texts & EVENT_RECORD_COLUMNS))
            return false;
        texts &= ~EVENT_RECORD_COLUMNS;
    }
    if (!set_words(t, e, &texts))
        return false;
    for (; texts != 0; texts &= texts - 1) {
        unsigned column = (unsigned)__builtin_ctzll(texts);
        if (!set_text(t, column, e->cell[column].text))
            return false;
    }
    for (uint64_t numbers = e->present & ~t->texts; numbers != 0; numbers &= numbers - 1) {
        unsigned column = (unsigned)__builtin_ctzll(numbers);
        if (!set_number(t, column, number_of(t, &e->cell[column], column)))
            return false;
    }
    t->masks[t->rows / TABLE_BLOCK_ROWS][t->rows % TABLE_BLOCK_ROWS] = e->present;
    t->record = e->record;
    t->every &= e->present;
    t->any |= e->present;
    t->rows++;
    return true;
}

/* The row's texts, added up; RC_TOO_BIG past the format's sizes. */
static enum rc text_bytes(const struct table *t, const struct event *e, struct view folder,
                          size_t *ret_bytes)
{
    size_t bytes = folder.size;
    for (uint64_t texts = e->present & t->texts; texts != 0; texts &= texts - 1) {
        size_t size = e->cell[__builtin_ctzll(texts)].text.size;
        if (size > (size_t)VALUE_BYTES_MAX)
            return RC_TOO_BIG;
        bytes += size;
    }
    *ret_bytes = bytes;
    return RC_OK;
}

/* An empty table makes room for a row that is larger than all of it. */
static enum rc grow(struct table *t, size_t text_bytes_total)
{
    /* No row of so much text takes more. */
    size_t bytes = text_bytes_total +
                   TABLE_COLUMNS * (size_t)(RUN_BYTES + TABLE_BLOCK_ROWS * sizeof(int64_t) +
                                            sizeof(uint32_t) + ALIGNMENT) +
                   TABLE_BLOCK_ROWS * sizeof(uint64_t);
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

/* Cells of a row that did not fit are null again, and the texts added last are no
 * row's any more. */
static void take_back_row(struct table *t)
{
    t->record = 0;
    for (uint64_t texts = t->texts; texts != 0; texts &= texts - 1) {
        uint32_t *cells = t->columns[__builtin_ctzll(texts)].cells;
        if (cells != NULL)
            cells[t->rows % TABLE_BLOCK_ROWS] = TABLE_NULL;
    }
}

static enum rc refuse_or_grow(struct table *t, const struct event *e, struct view folder)
{
    size_t bytes;
    take_back_row(t);
    TRY(text_bytes(t, e, folder, &bytes));
    if (t->rows > 0)
        return RC_FULL;
    /* What it has left behind goes with the old memory. */
    table_reset(t);
    TRY(grow(t, bytes));
    bool is_added = add_row(t, e, folder);
    assert(is_added);
    (void)is_added;
    return RC_OK;
}

enum rc table_add(struct table *t, const struct event *e, struct view folder)
{
    assert(e->present >> COLUMN_COUNT == 0);
    if (t->rows == TABLE_ROWS_MAX)
        return RC_FULL;
    return add_row(t, e, folder) ? RC_OK : refuse_or_grow(t, e, folder);
}
