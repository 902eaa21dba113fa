"""Districts, organisations, people, roles and sign-ins."""
