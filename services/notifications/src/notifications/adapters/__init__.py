"""The outside parts: PostgreSQL, and the services that hold the addresses."""
