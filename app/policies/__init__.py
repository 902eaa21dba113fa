"""Voucher policies: versioned files and the pure rules they parameterise."""
