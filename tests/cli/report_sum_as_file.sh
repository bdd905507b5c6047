millrace run "$SAMPLES/bucket/D-records" -o a -q
millrace run "$SAMPLES/bucket/A-members" -o b -q
millrace report a b -o week.html
