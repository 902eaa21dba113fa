"""The demo: an embedded PostgreSQL, web and worker under one supervisor, and the reference district."""
