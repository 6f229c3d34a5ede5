"""One module per piece of work: `run(setting) -> Outcome`."""
