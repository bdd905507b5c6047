millrace run "$SAMPLES/bucket" -o out -q
cat out/duckdb.sql
millrace run "$SAMPLES/bucket" -o parted -q --partition-by level,account_id
diff out/duckdb.sql parted/duckdb.sql
