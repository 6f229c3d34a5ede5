"""The four stories of Hansenzhai through the public API."""
