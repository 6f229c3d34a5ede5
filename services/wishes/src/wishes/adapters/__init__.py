"""The outside parts: PostgreSQL."""
