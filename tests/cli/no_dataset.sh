millrace run "$SAMPLES/bucket" -o out -q --no-dataset
ls out
