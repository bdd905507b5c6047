echo hello >there
millrace inspect there missing
