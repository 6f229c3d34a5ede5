"""Wishes, claims, beneficiaries and fulfilment."""
