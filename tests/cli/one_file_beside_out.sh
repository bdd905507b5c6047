mkdir bucket
echo x >bucket/o
millrace run bucket/o -o bucket/out -q
ls bucket/out
