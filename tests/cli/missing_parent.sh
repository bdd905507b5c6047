millrace run "$SAMPLES/bucket" -o no/such/parent/out
