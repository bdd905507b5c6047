mkdir bucket
for i in 1 2 3; do cp "$(find "$SAMPLES/bucket" -type f | sort | sed -n ${i}p)" bucket/$i; done
millrace plan bucket -o PLAN > /dev/null
touch -d @0 bucket/1
echo >> bucket/2
millrace run --plan PLAN --shard 0/1 -o out; echo "exit $?"
millrace run --plan PLAN --shard 0/1 -o out --allow-drift -q; echo "exit $?"
millrace merge out -q; echo "exit $?"
grep 'changed since' out/quarantine.ndjson
millrace verify out -q; echo "exit $?"
