"""Redevelopment projects, households and their agreements."""
