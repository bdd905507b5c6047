mkdir bucket
echo x >bucket/o
echo 1 >bucket/o.partial
: >bucket/empty
ln -s o bucket/link
mkfifo bucket/pipe
millrace run --io threads bucket -o out -v -j 1 2>&1 | sort
