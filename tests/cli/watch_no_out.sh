millrace watch "$SAMPLES/bucket"
