#include "dataset/views.h"

#include <inttypes.h>

/* A column that files hold as well is the file's: a folder's name may be cut. */
static void append_events(struct buf *out, const struct partition_by *by)
{
    bool has_day = false;
    for (size_t i = 0; i < by->count; i++)
        has_day |= by->columns[i] == PARTITION_DAY;
    buf_printf(out,
               "\n-- Every event, a row each.\n"
               "CREATE OR REPLACE VIEW events AS\n"
               "SELECT * EXCLUDE (filename)%s\n"
               "FROM read_parquet('" PARTITION_FOLDER "/**/*.parquet', filename = true,\n"
               "  hive_partitioning = false);\n",
               has_day
                   ? ",\n"
                     "  nullif(regexp_extract(filename, '/dt=([^/]+)/', 1), '" PARTITION_NO_VALUE
                     "') AS dt"
                   : "");
    buf_printf(out,
               "\n-- One request from its first line to its last.\n"
               "CREATE OR REPLACE MACRO request(id) AS TABLE\n"
               "SELECT \"timestamp\", level, coalesce(title, message) AS text, details\n"
               "FROM events WHERE request_id = id\n"
               "ORDER BY \"timestamp\", source_object, source_offset, event_index;\n"
               "\n-- Every event of a group. A failure that two events tell of counts once there.\n"
               "CREATE OR REPLACE MACRO alert(id) AS TABLE\n"
               "SELECT * FROM events WHERE fingerprint = id\n"
               "ORDER BY \"timestamp\", source_object, source_offset, event_index;\n");
}

void views_append(struct buf *out, const struct partition_by *by, uint64_t report_json_bytes)
{
    buf_printf(out, "-- Views over this folder for DuckDB, which is to be started in it:\n"
                    "--   duckdb -init " VIEWS_FILE "\n");
    if (by != NULL)
        append_events(out, by);
    buf_printf(
        out,
        "\n-- The report's groups, the most frequent first.\n"
        "CREATE OR REPLACE VIEW groups AS\n"
        "SELECT g.* FROM (SELECT unnest(groups) AS g FROM read_json('report.json',\n"
        "  maximum_object_size = %" PRIu64 ", columns = {groups: 'STRUCT(\n"
        "    fingerprint VARCHAR, rule VARCHAR, kind VARCHAR, \"level\" VARCHAR, title VARCHAR,\n"
        "    template VARCHAR, owner VARCHAR, \"count\" UBIGINT, requests UBIGINT, streams "
        "UBIGINT,\n"
        "    first_seen TIMESTAMPTZ, last_seen TIMESTAMPTZ, accounts JSON, regions JSON,\n"
        "    log_groups JSON, by_hour JSON, top JSON, samples JSON)[]'}));\n",
        report_json_bytes);
    buf_printf(
        out,
        "\n-- Where every byte and every event went.\n"
        "CREATE OR REPLACE VIEW ledger AS\n"
        "SELECT * FROM read_json('ledger.json', columns = {objects: 'JSON', stored_bytes: 'JSON',\n"
        "  decoded_bytes: 'JSON', records: 'JSON', events: 'JSON', levels: 'JSON', kinds: 'JSON',\n"
        "  dataset: 'JSON', repaired_records: 'UBIGINT', quarantine: 'JSON'});\n"
        "\n-- What could not be read.\n"
        "CREATE OR REPLACE VIEW quarantine AS\n"
        "SELECT * FROM read_json('quarantine.ndjson', format = 'newline_delimited', columns = {\n"
        "  object: 'VARCHAR', \"offset\": 'UBIGINT', length: 'UBIGINT', layer: 'VARCHAR',\n"
        "  inner_offset: 'UBIGINT', reason: 'VARCHAR', excerpt: 'VARCHAR'});\n");
}
