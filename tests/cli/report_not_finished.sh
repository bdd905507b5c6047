mkdir day; millrace report day
