echo mine >out
millrace run "$SAMPLES/bucket" -o out
