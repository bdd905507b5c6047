millrace explain --json "$SAMPLES/bucket/D-records"
