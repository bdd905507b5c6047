millrace inspect --json "$SAMPLES/damaged"
