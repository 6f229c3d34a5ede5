"""Two kinds of trouble: what passes by itself and what does not. Policy reads the kind."""


class ChassisError(Exception):
    """Anything the chassis raises on its own account."""


class Transient(ChassisError):
    """The same call may succeed later: connection, deadlock, time-out. Nothing was changed."""


class Permanent(ChassisError):
    """The same call fails the same way for ever."""


class Unstorable(Permanent):
    """A value that its column cannot hold. The message never holds the value."""
