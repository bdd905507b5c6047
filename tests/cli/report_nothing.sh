millrace report
