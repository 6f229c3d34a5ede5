"""The fault campaign: the real stack under faults, judged from outside."""
