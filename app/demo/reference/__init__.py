"""The reference district: the numbers of a real round of 2016, made up again household by household."""
