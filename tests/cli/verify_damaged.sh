# How many bytes the reports have is not this test's matter.
verify() {
    millrace verify "$@" | sed 's/[0-9]* files, [0-9]* bytes/N files, N bytes/; s/[0-9]* bytes, the manifest says [0-9]*/N bytes, the manifest says N/'
    echo "exit ${PIPESTATUS[0]}"
}
millrace run "$SAMPLES/damaged" -o out -q -j 1
verify out
verify out --against "$SAMPLES/damaged"
cp -r "$SAMPLES/damaged" damaged
rm damaged/C-truncated
touch out/events/new
printf x >> out/report.md
printf x | dd of=out/quarantine.ndjson bs=1 seek=1 conv=notrunc status=none
verify out --against damaged
