"""The outside parts: PostgreSQL, password hashing, keys."""
