/* views.h - duckdb.sql: what DuckDB needs to know of a finished OUT.
 *
 * SQL that DuckDB reads in the folder itself (`cd OUT && duckdb -init duckdb.sql`):
 * views over the dataset, the groups of the report, the ledger and the
 * quarantine, all by relative paths, so that the tree can be moved and is the
 * same wherever it was made. */
#ifndef MILLRACE_VIEWS_H
#define MILLRACE_VIEWS_H

#include "dataset/partition.h"

#define VIEWS_FILE "duckdb.sql"

/* Appends the text. `by` is how the dataset is laid out, NULL where there is no
 * dataset file: DuckDB refuses a view over none. DuckDB reads report.json as one
 * object, of which it must know the size. buf_failed() tells of memory. */
void views_append(struct buf *out, const struct partition_by *by, uint64_t report_json_bytes);

#endif
