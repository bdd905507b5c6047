millrace run "$SAMPLES/damaged" -o out -q -j 1
millrace quarantine out
millrace quarantine out extract "$SAMPLES/damaged"
cut -d, -f1-6 quarantine/index.ndjson
cat quarantine/000002-*
