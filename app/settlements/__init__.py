"""Developer settlement (房企结算): what falls due for homes bought with vouchers, and how it is paid."""
