"""The relays that are compared, each a program: it says `ready` and works until it is ended.

A peer's program runs in the peers' own environment and imports nothing of ours.
"""
