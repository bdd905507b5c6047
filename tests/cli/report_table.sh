millrace run "$SAMPLES/bucket" -o a -q
millrace report a
