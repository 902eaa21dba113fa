"""A policy played on made-up vouchers, by the pure rules that the platform goes by: nothing is stored."""
