mkdir bucket && echo '{}' > bucket/a
millrace plan bucket; echo "exit $?"
millrace plan bucket -o PLAN --shards 0; echo "exit $?"
millrace plan bucket -o PLAN --shards 2 > /dev/null
millrace run --plan PLAN -o out; echo "exit $?"
millrace run --shard 0/2 -o out; echo "exit $?"
millrace run --plan PLAN --shard 0/3 -o out; echo "exit $?"
millrace run --plan PLAN --shard 2/2 -o out; echo "exit $?"
millrace run --plan PLAN --shard x -o out; echo "exit $?"
millrace run --plan PLAN --shard 0/2 --raw never -o out; echo "exit $?"
millrace run --plan PLAN --shard 0/2 bucket -o out; echo "exit $?"
millrace run --plan PLAN --shard 0/2 --dry-run -o out; echo "exit $?"
millrace run --plan bucket/a --shard 0/2 -o out; echo "exit $?"
millrace run --plan nowhere --shard 0/2 -o out; echo "exit $?"
millrace merge; echo "exit $?"
millrace merge out other; echo "exit $?"
head -c -5 PLAN > cut
millrace run --plan cut --shard 0/2 -o out; echo "exit $?"
sed 's/bucket/bucker/' PLAN > altered
millrace run --plan altered --shard 0/2 -o out; echo "exit $?"
