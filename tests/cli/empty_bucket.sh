mkdir bucket
millrace run bucket -o out
