"""CloudEvents 1.0, Kafka protocol binding, binary mode: attributes in headers, data as the value.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from pydantic import ValidationError

from contracts.envelope import Event
from contracts.errors import MalformedEvent, UnknownEventType
from contracts.fields import YEARS, EventData, wire_time
from contracts.registry import EVENTS, EventSpec
from contracts.tolerant import tolerant

Header = tuple[str, bytes]

CONTENT_TYPE: Header = ("content-type", b"application/json")
SPEC_VERSION: Header = ("ce_specversion", b"1.0")
VERSION_LIMIT = 2**62
TEXT_LIMIT = 1_000
TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """What goes to Kafka, byte by byte."""

    topic: str
    key: bytes
    headers: tuple[Header, ...]
    value: bytes


@cache
def _fixed_headers(spec: EventSpec) -> tuple[Header, ...]:
    return (
        SPEC_VERSION,
        CONTENT_TYPE,
        ("ce_type", spec.type.encode()),
        ("ce_source", spec.source.encode()),
    )


def encode(event: Event[EventData]) -> EncodedEvent:
    """The message of an event, such that `decode` reads it.

    Raises UnknownEventType for a type that is not in the registry, MalformedEvent for data of
    another type or an attribute that no consumer would accept: better here than in every group.
    """
    spec = EVENTS.get(event.type)
    if spec is None:
        raise UnknownEventType(event.type[:100])
    _check(event, spec)
    key = event.subject.encode()
    headers = [
        *_fixed_headers(spec),
        ("ce_id", str(event.id).encode()),
        ("ce_subject", key),
        ("ce_time", wire_time(event.time).encode()),
        ("ce_aggregateversion", str(event.aggregate_version).encode()),
        ("ce_correlationid", event.correlation_id.encode()),
    ]
    if event.causation_id:
        headers.append(("ce_causationid", event.causation_id.encode()))
    if event.traceparent and TRACEPARENT.fullmatch(event.traceparent):
        headers.append(("traceparent", event.traceparent.encode()))
    value = event.data.model_dump_json(exclude_none=True).encode()
    return EncodedEvent(spec.topic.name, key, tuple(headers), value)


def _check(event: Event[EventData], spec: EventSpec) -> None:
    if not isinstance(event.data, spec.model):
        raise MalformedEvent(f"{spec.type}: data of another type")
    if not 0 < event.aggregate_version < VERSION_LIMIT:
        raise MalformedEvent("aggregate_version is not a positive number")
    _check_time("time", event.time)
    attributes = (
        ("subject", event.subject),
        ("correlation_id", event.correlation_id),
        ("causation_id", event.causation_id or "-"),
    )
    for name, text in attributes:
        _check_text(name, text)


def decode(headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> Event[EventData]:
    """The event of a message. Unknown fields and headers are ignored.

    Raises UnknownEventType for a type from the future, MalformedEvent for everything else.
    """
    attributes = {name: raw for name, raw in headers if raw is not None}
    kind = _text(attributes, "ce_type")
    if _text(attributes, "ce_specversion") != "1.0":
        raise MalformedEvent("ce_specversion is not 1.0")
    if _text(attributes, "content-type").partition(";")[0].strip().lower() != "application/json":
        raise MalformedEvent("content-type is not application/json")
    spec = EVENTS.get(kind)
    if spec is None:
        raise UnknownEventType(kind[:100])
    if value is None:
        raise MalformedEvent(f"{kind}: no data")
    try:
        data: EventData = tolerant(spec.model).model_validate_json(value, strict=True)
    except ValidationError as error:
        # Places and rules only: a value in an error message would end up in a log.
        places = "; ".join(
            f"{'.'.join(str(part) for part in e['loc'])}: {e['type']}"
            for e in error.errors(include_url=False, include_input=False, include_context=False)[:5]
        )
        raise MalformedEvent(f"{kind}: {places}") from None
    return Event(
        id=_uuid(attributes, "ce_id"),
        type=kind,
        source=_text(attributes, "ce_source"),
        subject=_text(attributes, "ce_subject"),
        time=_time(attributes, "ce_time"),
        data=data,
        aggregate_version=_version(attributes),
        correlation_id=_text(attributes, "ce_correlationid"),
        causation_id=_optional(attributes, "ce_causationid"),
        traceparent=_traceparent(attributes),
    )


def _text(attributes: dict[str, bytes], name: str) -> str:
    try:
        text = attributes[name].decode()
    except KeyError:
        raise MalformedEvent(f"{name} is missing") from None
    except UnicodeDecodeError:
        raise MalformedEvent(f"{name} is not UTF-8") from None
    _check_text(name, text)
    return text


def _check_text(name: str, text: str) -> None:
    """A NUL would be refused by every consumer's database, a line break would forge a log line."""
    if not text:
        raise MalformedEvent(f"{name} is empty")
    if len(text) > TEXT_LIMIT:
        raise MalformedEvent(f"{name} is longer than {TEXT_LIMIT} characters")
    if not text.isprintable():
        raise MalformedEvent(f"{name} holds a control character")


def _optional(attributes: dict[str, bytes], name: str) -> str | None:
    return _text(attributes, name) if name in attributes else None


def _traceparent(attributes: dict[str, bytes]) -> str | None:
    """A trace that cannot be read is no trace; it never stops a fact (W3C Trace Context 3.2)."""
    text = attributes.get("traceparent", b"").decode("ascii", "replace")
    return text if TRACEPARENT.fullmatch(text) else None


def _uuid(attributes: dict[str, bytes], name: str) -> UUID:
    try:
        return UUID(_text(attributes, name))
    except ValueError:
        raise MalformedEvent(f"{name} is not a UUID") from None


def _time(attributes: dict[str, bytes], name: str) -> datetime:
    try:
        time = datetime.fromisoformat(_text(attributes, name))
    except ValueError:
        raise MalformedEvent(f"{name} is not an RFC 3339 time") from None
    _check_time(name, time)
    return time


def _check_time(name: str, time: datetime) -> None:
    if time.tzinfo is None:
        raise MalformedEvent(f"{name} has no zone")
    if not YEARS[0] <= time.year <= YEARS[1]:
        raise MalformedEvent(f"{name} is outside the calendar")


def _version(attributes: dict[str, bytes]) -> int:
    text = _text(attributes, "ce_aggregateversion")
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) < VERSION_LIMIT):
        raise MalformedEvent("ce_aggregateversion is not a positive number")
    return int(text)
