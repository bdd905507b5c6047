for object in "$SAMPLES"/bucket/*; do millrace inspect "$object" | sed "1s/.*samples/samples/"; done
