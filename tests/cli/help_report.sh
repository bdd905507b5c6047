millrace report --help
