mkdir -p bucket/2023/01/05/12 && echo '{}' > bucket/2023/01/05/12/a && echo '{}' > bucket/b
touch -d @1672920000.25 bucket/2023/01/05/12/a bucket/b
printf '3\t1672920000.25\tb\0003\t1672920000\t2023/01/05/12/a\0000\t-\tempty\0007\t-\tx.partial\000' > list
millrace plan bucket --files-from list -o PLAN -v | grep -v "^plan "; echo "exit $?"
millrace run --plan PLAN --shard 0/1 -o out -q; echo "exit $?"
printf '3\t1672920000.5\tb\000' > list
millrace plan bucket --files-from list -o PLAN2 > /dev/null
millrace run --plan PLAN2 --shard 0/1 -o out2 -q; echo "exit $?"
for bad in '3\tb\000' '3\t1.\tb\000' 'x\t1\tb\000' '3\t1\t../b\000' '3\t1\t/b\000' '3\t1\t\000' '99999999999999999999\t1\tb\000' '18446744073709551615\t1\tb\000' '3\t1\tb\0003\t1\tb\000'; do
    printf "$bad" | millrace plan bucket --files-from - -o PLAN3; echo "exit $?"
done
