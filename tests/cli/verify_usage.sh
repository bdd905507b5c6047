mkdir empty bucket
millrace verify
millrace verify empty
millrace verify nowhere
millrace verify empty bucket
millrace verify empty --sample 4/3
millrace verify empty --sample 1
millrace quarantine empty
millrace quarantine empty bucket
millrace quarantine empty extract
millrace quarantine empty extract "$SAMPLES/damaged"
millrace quarantine empty -o bytes
