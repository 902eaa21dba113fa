"""Vouchers meet homes: quote, lock, contract, verification."""
