"""Money in: what households pay themselves, by bank transfer into a development's supervised account."""
