"""A Stripe of the demo's and the tests' own: it keeps state, signs what it tells, and can fail on purpose."""
