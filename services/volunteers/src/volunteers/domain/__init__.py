"""Pure rules of people and organisations: numbers, checks, lock-out. No I/O."""
