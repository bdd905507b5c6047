millrace run a -o out --min-level loud
millrace run a -o out --late 3x
millrace watch a -o out --interval soon
