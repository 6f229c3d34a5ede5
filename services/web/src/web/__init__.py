"""The browser front: renders, never decides."""
