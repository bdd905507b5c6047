millrace bench --help
