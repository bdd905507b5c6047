millrace run "$SAMPLES/damaged" -o out -j 1
echo "exit $?" >&2
cat out/quarantine.ndjson
