"""Double entry for voucher money."""
