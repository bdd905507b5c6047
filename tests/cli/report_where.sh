millrace run "$SAMPLES/bucket/D-records" -o a -q && cp -r a b && millrace report a b
