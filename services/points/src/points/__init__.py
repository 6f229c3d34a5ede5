"""Three double-entry books: points, hours, gifts."""
