millrace run "$SAMPLES/bucket" -o out --fast
