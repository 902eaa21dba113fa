"""Doors to what lies outside the database."""
