"""An embedded Elasticsearch node for development and tests."""
