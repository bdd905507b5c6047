millrace explain --help
