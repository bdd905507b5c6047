printf 'title="noise" -> ignore\n' > rules
millrace run "$SAMPLES/bucket/D-records" -o a -q --rules rules
millrace run "$SAMPLES/bucket/D-records" -o b --baseline a
