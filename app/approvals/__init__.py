"""A frozen request that a second person decides."""
