mkdir -p a/b c/b
echo x >a/b/object
echo y >c/b/object
millrace run a/b c/b -o out
