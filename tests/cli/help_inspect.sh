millrace inspect --help
