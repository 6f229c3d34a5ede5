"""Use cases: post a batch of events, check the books."""
