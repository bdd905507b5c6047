/* order.h - the order in which a table's rows are written.
 *
 * (folder, log_group, log_stream, timestamp, event_id, source_object,
 * source_offset, record_index, event_index), nulls first, texts by bytes; rows
 * that agree in all of it stay in the order of adding. The events of a record
 * mostly are in order already: stretches of such rows are sorted, by numbers
 * (radix) once their texts are ranked, and single rows only where stretches of
 * one stream overlap. One per worker; memory is kept. */
#ifndef MILLRACE_ORDER_H
#define MILLRACE_ORDER_H

#include "dataset/table.h"
#include "parquet/dictionary.h"

struct order {
    struct dictionary dictionary;
    struct buf positions;        /* uint32_t per stretch */
    struct buf ids;              /* uint32_t per stretch */
    struct buf sorted;           /* uint32_t per distinct text */
    struct buf ranks;            /* uint32_t per distinct text */
    struct buf stretches;        /* struct order_key per stretch; room for one per row */
    struct buf sorted_stretches; /* the same: they take turns */
    struct buf keys[2]; /* struct order_key per row that is sorted alone: they take turns */
    struct buf rows;    /* uint32_t per row: the result */
};

void order_done(struct order *o);

/* *ret_rows are t->rows row numbers, valid until the next call. False when out
 * of memory. */
bool order_rows(struct order *o, const struct table *t, const uint32_t **ret_rows);

#endif
