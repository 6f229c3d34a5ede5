"""Pure: which event tells whom what. No I/O."""
