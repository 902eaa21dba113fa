"""Files that people attach to things: what each is, whose, and who may see it."""
