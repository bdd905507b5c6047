mkdir a
touch a/empty
millrace run a -o out
