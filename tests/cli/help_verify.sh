millrace verify --help
