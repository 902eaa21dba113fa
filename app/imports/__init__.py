"""Sales tables from spreadsheets: read, checked, previewed, and applied as a whole or not at all."""
