mkdir bucket
echo line >bucket/object
millrace run bucket -o bucket/out
