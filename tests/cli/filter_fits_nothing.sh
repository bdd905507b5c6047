millrace run "$SAMPLES/bucket/D-records" -o out -q --account 999
millrace report out
millrace report out --format md
