-- Views over a finished OUT for DuckDB: run it in the folder that holds `out`
--   duckdb -init tools/deploy/duckdb.sql
CREATE OR REPLACE VIEW events AS
SELECT * FROM read_parquet('out/events/**/*.parquet', hive_partitioning = true,
                           hive_types = {'dt': VARCHAR});

-- What goes wrong, and since when.
CREATE OR REPLACE VIEW alerts AS
SELECT fingerprint, count(*) AS alerts, min("timestamp") AS first_seen,
       max("timestamp") AS last_seen, any_value(title) AS title, any_value(error_type) AS error_type,
       count(DISTINCT account_id) AS accounts, count(DISTINCT log_group) AS log_groups
FROM events WHERE fingerprint IS NOT NULL
GROUP BY fingerprint ORDER BY alerts DESC;

-- One request from its first line to its last.
CREATE OR REPLACE MACRO request(id) AS TABLE
SELECT "timestamp", level, coalesce(title, message) AS text, details
FROM events WHERE request_id = id ORDER BY "timestamp", source_object, source_offset, event_index;
