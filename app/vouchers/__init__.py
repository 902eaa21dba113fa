"""Issue and balance of housing vouchers."""
