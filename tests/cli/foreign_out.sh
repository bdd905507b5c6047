mkdir out
echo mine >out/file
millrace run "$SAMPLES/bucket" -o out
