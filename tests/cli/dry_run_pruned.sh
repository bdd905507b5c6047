millrace run "$SAMPLES/bucket" --dry-run -v --since 2024-01-01 | grep -v "^plan "
