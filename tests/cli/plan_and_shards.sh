cp -r "$SAMPLES/bucket" .
millrace plan bucket -o PLAN --shards 2 | grep -v "^plan "
millrace merge out --wait 0
millrace run --plan PLAN --shard 1/2 -o out -q; echo "exit $?"
millrace merge out --wait 0; echo "exit $?"
millrace run --plan PLAN --shard 0/2 -o out -q; echo "exit $?"
millrace merge out -q; echo "exit $?"
millrace merge out -q; echo "exit $?"
millrace run --plan PLAN --shard 0/2 -o out; echo "exit $?"
