millrace quarantine --help
