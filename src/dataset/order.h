/* order.h - the order in which a table's rows are written.
 *
 * (folder, log_group, log_stream, timestamp, event_id, source_object,
 * source_offset, record_index, event_index), nulls first, texts by bytes; rows
 * that agree in all of it stay in the order of adding. Texts are ranked once,
 * rows are then sorted by numbers (radix), and only rows that share a stream
 * and a millisecond are compared. One per worker; memory is kept. */
#ifndef MILLRACE_ORDER_H
#define MILLRACE_ORDER_H

#include "dataset/table.h"
#include "parquet/dictionary.h"

struct order {
    struct dictionary dictionary;
    struct buf positions; /* uint32_t per row */
    struct buf ids;       /* uint32_t per row */
    struct buf sorted;    /* uint32_t per distinct text */
    struct buf ranks;     /* uint32_t per distinct text */
    struct buf keys[2];   /* struct order_key per row: they take turns */
    unsigned key_bits;    /* how many of them are used */
    struct buf rows;      /* uint32_t per row: the result */
};

void order_done(struct order *o);

/* *ret_rows are t->rows row numbers, valid until the next call. False when out
 * of memory. */
bool order_rows(struct order *o, const struct table *t, const uint32_t **ret_rows);

#endif
