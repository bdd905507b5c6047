millrace run "$PWD/nowhere" -o out
