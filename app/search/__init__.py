"""The read model of homes, behind one SearchEngine protocol."""
