millrace plan --help
