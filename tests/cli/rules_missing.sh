millrace run "$SAMPLES/bucket/D-records" -o a --rules gone
