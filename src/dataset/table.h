/* table.h - rows staged column by column until they are sorted and written.
 *
 * All cells lie in one run of memory that is taken once: per column blocks of
 * TABLE_BLOCK_ROWS cells, made when a row of the block has a value, and runs of
 * texts in their PLAIN form. A cell of a text column is the text's position; a
 * text that was met a short while ago in its column is not stored again.
 * One per worker; no allocation per row. */
#ifndef MILLRACE_TABLE_H
#define MILLRACE_TABLE_H

#include "interpret/event.h"
#include "parquet/format.h"
#include "util/err.h"

enum {
    /* The partition is staged like one more text column. */
    TABLE_FOLDER = COLUMN_COUNT,
    TABLE_COLUMNS = COLUMN_COUNT + 1,
    TABLE_BLOCK_ROWS = 1024,
    /* Bounds what a sort and a chunk's ids take: about 150 bytes a row at worst,
     * every text distinct. Rows of an ordinary size fill ROWS_BYTES_MAX first. */
    TABLE_ROWS_MAX = 256 * 1024,
    TABLE_BLOCKS_MAX = TABLE_ROWS_MAX / TABLE_BLOCK_ROWS,
};

#define TABLE_NULL UINT32_MAX /* no position */

/* Text columns that rows are sorted by, which asks for cells that are not there. */
#define TABLE_SORTED                                                                               \
    (UINT64_C(1) << TABLE_FOLDER | UINT64_C(1) << COL_LOG_GROUP | UINT64_C(1) << COL_LOG_STREAM |  \
     UINT64_C(1) << COL_EVENT_ID | UINT64_C(1) << COL_SOURCE_OBJECT)

/* Of every column, looked at for every row: small, and without what only a text
 * that differs from the one before needs. */
struct table_column {
    void *cells; /* the block of the row being added; NULL: none yet */
    /* Texts only. */
    uint32_t last;            /* position of the text added last, or TABLE_NULL */
    uint32_t misses;          /* texts in a row that were not met, at most TABLE_MISSES_MAX */
    size_t text_at, text_end; /* the free part of the column's run */
};

/* Texts that a column remembers, by a few bits of a hash, until so many in a row
 * were not among them: ids and messages mostly differ. */
enum { TABLE_RECENT = 64, TABLE_MISSES_MAX = 2048 };

struct table_recent {
    uint32_t tag, position; /* position TABLE_NULL: free */
};

struct table {
    char *memory;
    size_t memory_bytes; /* bytes_max, but for a row that is larger */
    size_t bytes_max;
    size_t used;
    size_t rows;
    uint64_t texts, reals, small; /* bit 1 << column; small: 32-bit numbers */
    uint64_t every, any;          /* columns that all rows, or some, have */
    uint64_t record;              /* event.record of the row added last */
    struct table_column columns[TABLE_COLUMNS];
    struct table_recent recent[TABLE_COLUMNS][TABLE_RECENT];
    /* Where the texts of kinds and known levels are; TABLE_NULL: not met yet. */
    uint32_t kinds[KIND_COUNT], levels[SEVERITY_FATAL + 1];
    uint64_t *masks[TABLE_BLOCKS_MAX]; /* event.present of each row */
    /* uint32_t positions or int64_t numbers; NULL: all null */
    void *blocks[TABLE_COLUMNS][TABLE_BLOCKS_MAX];
};

/* False when out of memory. */
bool table_init(struct table *t, size_t bytes_max);
void table_done(struct table *t);
void table_reset(struct table *t);

/* RC_FULL: nothing was added; an empty table takes a row of any size.
 * RC_TOO_BIG: the row can never be written: a text, or the row, is past the
 * format's 2 GiB. RC_NO_MEMORY. */
NODISCARD enum rc table_add(struct table *t, const struct event *e, struct view folder);

static inline bool table_has(const struct table *t, size_t row, unsigned column)
{
    return t->masks[row / TABLE_BLOCK_ROWS][row % TABLE_BLOCK_ROWS] >> column & 1;
}

/* Position of a text cell. A row that has none: TABLE_NULL in the columns of TABLE_SORTED,
 * anything in others. */
static inline uint32_t table_position(const struct table *t, size_t row, unsigned column)
{
    const uint32_t *block = t->blocks[column][row / TABLE_BLOCK_ROWS];
    return block != NULL ? block[row % TABLE_BLOCK_ROWS] : TABLE_NULL;
}

/* A number's cell; the row has it. */
static inline int64_t table_number(const struct table *t, size_t row, unsigned column)
{
    const int64_t *block = t->blocks[column][row / TABLE_BLOCK_ROWS];
    return block[row % TABLE_BLOCK_ROWS];
}

/* Null as TABLE_NULL gives it: sorts before everything. */
static inline struct view table_text(const struct table *t, uint32_t position)
{
    return position == TABLE_NULL ? VIEW_NULL : text_at(t->memory, position);
}

#endif
