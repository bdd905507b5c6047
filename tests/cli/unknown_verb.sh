millrace frobnicate x
