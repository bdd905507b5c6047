millrace explain "$SAMPLES/bucket/D-records"
