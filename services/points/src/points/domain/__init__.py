"""Pure bookkeeping: events and a rule in, postings out. No I/O."""
