millrace run "$SAMPLES/bucket/A-members" -o a -q
millrace run "$SAMPLES/bucket/D-records" -o b -q
millrace report a b -o sum --fail-on "alerts>0"
echo "exit $?"
ls sum
