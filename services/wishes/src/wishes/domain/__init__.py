"""Pure rules of a wish: state in, state and events out. No I/O; time and ids are parameters."""
