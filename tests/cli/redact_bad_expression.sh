printf '# cards\n\\d{16}\ncustomer=(\\d+\n' > redact.txt
millrace run "$SAMPLES/bucket" -o out --redact redact.txt
