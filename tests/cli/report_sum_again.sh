millrace run "$SAMPLES/bucket/A-members" -o a -q
millrace run "$SAMPLES/bucket/D-records" -o b -q
millrace report a b -o sum -q && cp -r sum before
millrace report a b -o sum -q
echo "the same again: exit $?"
diff -r before sum && ls
millrace report a b -o sum -q --max-groups 1
echo "another: exit $?"
diff -r before sum && ls
