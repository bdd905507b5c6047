cp -r "$SAMPLES/bucket" bucket
millrace run bucket -o out -q --since 2030-01-01
cat out/ledger.json
