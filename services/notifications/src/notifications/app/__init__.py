"""Use cases: note what must be told, send it, log a call."""
