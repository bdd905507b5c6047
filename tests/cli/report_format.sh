millrace report a --format xml
