printf "%s" "{\"a\":\"}{\"}{\"b\":2}" | millrace split -
