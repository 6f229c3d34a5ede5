"""The stories of Hansenzhai through the public API."""
