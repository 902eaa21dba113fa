"""What pages need that the filled district does not have by itself, a file a part."""
