"""Mechanisms every domain leans on; knows no word of the domain and imports nothing of ours."""
