"""What belongs to the request or event at work: it follows the data into logs, rows and events."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
"""One wish of one person, through every service it touches."""
causation_id: ContextVar[str | None] = ContextVar("causation_id", default=None)
"""The event that caused what is being done; None for a request."""
traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""W3C Trace Context, as it came in."""


@contextmanager
def bound(
    correlation: str, causation: str | None = None, trace: str | None = None
) -> Generator[None]:
    tokens = (correlation_id.set(correlation), causation_id.set(causation), traceparent.set(trace))
    try:
        yield
    finally:
        correlation_id.reset(tokens[0])
        causation_id.reset(tokens[1])
        traceparent.reset(tokens[2])
