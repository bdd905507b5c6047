millrace run "$SAMPLES/bucket" -o out -q
millrace run "$SAMPLES/bucket" -o out --raw always
