millrace run "$SAMPLES/bucket" --dry-run | grep -v "^plan "
