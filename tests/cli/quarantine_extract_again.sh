cp -r "$SAMPLES/damaged" bucket
millrace run bucket -o out -q
millrace quarantine out extract bucket -o bytes -q && cp -r bytes before
millrace quarantine out extract bucket -o bytes -q
echo "the same again: exit $?"
diff -r before bytes && ls
echo more >bytes/more
millrace quarantine out extract bucket -o bytes -q
echo "with more in it: exit $?"
ls bytes
mkdir other && echo more >other/more
millrace quarantine out extract bucket -o other -q
