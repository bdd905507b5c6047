millrace run bucket -o out --fail-on "errors>3"
