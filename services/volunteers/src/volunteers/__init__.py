"""Organisations, people, accounts and the member file."""
