mkdir rules
millrace run "$SAMPLES/bucket/D-records" -o a --rules rules
millrace run "$SAMPLES/bucket/D-records" -o a --redact rules
