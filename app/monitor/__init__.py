"""Voucher prices against comparable cash sales: signals for a person, each with its interval and its why."""
