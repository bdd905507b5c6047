millrace run "$SAMPLES/bucket/D-records" -o a -q && millrace run "$SAMPLES/bucket/D-records" -o a --baseline a --force
