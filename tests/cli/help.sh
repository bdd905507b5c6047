millrace --help
