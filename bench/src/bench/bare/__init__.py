"""Handlers as one writes them in an afternoon: the peers of the commands over HTTP."""
