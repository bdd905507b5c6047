millrace run "$SAMPLES/bucket" -o out -j 1
echo "exit $?" >&2
cat out/ledger.json
millrace run "$SAMPLES/bucket" -o out
