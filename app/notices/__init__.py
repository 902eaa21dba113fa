"""What people are told: the inbox of everybody, and the outbox of SMS, mail and print with its record."""
