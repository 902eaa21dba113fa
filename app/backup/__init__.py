"""Backups: the database, the files people sent, and what proves afterwards that both are whole."""
