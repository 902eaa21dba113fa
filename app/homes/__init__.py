"""Developments, buildings, homes, their prices and the district's pool."""
