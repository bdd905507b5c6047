millrace run --help
