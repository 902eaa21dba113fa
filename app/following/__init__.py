"""What households keep an eye on: favourite homes, saved searches, and what became of both."""
