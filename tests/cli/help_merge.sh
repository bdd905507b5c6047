millrace merge --help
