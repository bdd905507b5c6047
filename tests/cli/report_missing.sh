millrace report nowhere
