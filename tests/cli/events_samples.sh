millrace events "$SAMPLES/bucket"
