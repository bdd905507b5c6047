MILLRACE_CPU=mmx millrace run "$SAMPLES/bucket" -o out
