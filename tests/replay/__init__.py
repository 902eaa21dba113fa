"""The reference round once more, by people at browsers: every step over HTTP, totals against the plan."""
