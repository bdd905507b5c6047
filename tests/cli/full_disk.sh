millrace events "$SAMPLES/bucket" >/dev/full
