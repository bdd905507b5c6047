millrace --version
