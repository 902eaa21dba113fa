"""How vouchers end."""
