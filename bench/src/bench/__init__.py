"""Benchmarks: each piece of work beside a peer that does the same, in one run."""
