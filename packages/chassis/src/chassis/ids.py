"""Identifiers that sort by the time they were made."""

from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7


def uuid7() -> UUID:
    """A version 7 UUID (RFC 9562 section 5.7): made here, because it is needed before the insert."""
    return _uuid7()
