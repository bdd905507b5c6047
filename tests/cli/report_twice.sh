millrace run "$SAMPLES/bucket/D-records" -o a -q && millrace report a ./a -o sum
