millrace run bucket -o out --fail-on new
