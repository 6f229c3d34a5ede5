"""An event as it travels: CloudEvents attributes around the data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from contracts.fields import EventData

D_co = TypeVar("D_co", bound=EventData, covariant=True)


@dataclass(frozen=True, slots=True)
class Event(Generic[D_co]):
    """One fact. `aggregate_version` counts the events of `subject` from 1 without a gap."""

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    data: D_co
    aggregate_version: int
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
