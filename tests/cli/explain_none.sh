echo "nothing to see here" | millrace explain -
