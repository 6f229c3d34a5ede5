"""Spans of messages on their way: relayed in batches, consumed in batches, each in its own trace.

A batch holds many traces, so it is a trace of its own, with links to theirs. Each event has a span in
the trace in which it was written: a child of the transaction that wrote it. What a consumer emits
because of an event is a child of the event's span; so one trace goes on through every service.
"""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from contracts.envelope import Event
from contracts.fields import EventData
from contracts.registry import EVENTS
from orjson import loads

from chassis import tracing
from chassis.dead_letters import Message

if TYPE_CHECKING:
    from opentelemetry.trace import Span

KAFKA = {"messaging.system": "kafka"}


def relayed(rows: Sequence[Any], began: float) -> None:
    """Outbox rows that Kafka acknowledged, after the fact; `began`: perf_counter."""
    if not tracing.is_on():
        return
    since = tracing.nanoseconds_ago(perf_counter() - began)
    marks = [(row["topic"], dict(loads(row["headers"]))) for row in rows]
    contexts = [headers["traceparent"] for _, headers in marks if "traceparent" in headers]
    batch = tracing.begin(
        "relay outbox",
        "producer",
        parent=None,
        links=contexts[: tracing.LINKS],
        attributes=KAFKA | {"messaging.batch.message_count": len(rows)},
        since=since,
    )
    whole = tracing.traceparent_of(batch)
    for topic, headers in marks:
        if "traceparent" in headers:
            tracing.begin(
                f"publish {topic}",
                "producer",
                parent=headers["traceparent"],
                links=[whole],
                attributes=KAFKA | {"messaging.destination.name": topic} | _which(headers),
                since=since,
            ).end()
    batch.end()


def consumed(group: str, messages: Sequence[Message]) -> AbstractContextManager[Sequence[Message]]:
    """Around the handling of one partition's batch. Work with the messages given back: their events
    carry the context of their own span, into what is emitted because of them."""
    return _consumed(group, messages) if tracing.is_on() else nullcontext(messages)


@contextmanager
def _consumed(group: str, messages: Sequence[Message]) -> Generator[Sequence[Message]]:
    first = messages[0]
    written = [message.event.traceparent for message in messages if message.event is not None]
    place = _place(group, first.topic, first.partition, first.offset)
    count = {"messaging.batch.message_count": len(messages)}
    with tracing.span(
        f"consume {first.topic}",
        "consumer",
        links=written[: tracing.LINKS],
        attributes=place | count,
    ) as batch:
        if batch is None:
            yield messages
            return
        whole = tracing.traceparent_of(batch)
        spans: list[Span] = []
        given: list[Message] = []
        for message in messages:
            event = message.event
            if event is not None:
                made = _begin(group, message.topic, message.partition, message.offset, event, whole)
                spans.append(made)
                event = replace(event, traceparent=tracing.traceparent_of(made))
            given.append(replace(message, event=event))
        try:
            yield given
        except BaseException as error:
            for made in spans:
                tracing.failed(made, error)
            raise
        finally:
            for made in spans:
                made.end()


def handled(
    group: str, record: Any, event: Event[EventData]
) -> "AbstractContextManager[Span | None]":
    """Around the handling of a single event, for a reader without a group or a transaction."""
    if not tracing.is_on():
        return nullcontext()
    made = _begin(group, record.topic, record.partition, record.offset, event, None)
    return tracing.entered(made)


def _begin(
    group: str, topic: str, partition: int, offset: int, event: Event[EventData], batch: str | None
) -> "Span":
    return tracing.begin(
        f"process {event.type}",
        "consumer",
        parent=event.traceparent,
        links=[batch],
        attributes=_place(group, topic, partition, offset)
        | {"wishtree.event.type": event.type, "wishtree.event.id": str(event.id)},
    )


def _which(headers: dict[str, str]) -> dict[str, str]:
    """Nothing of what we did not write: a dead letter's headers may hold anything."""
    if headers.get("ce_type") not in EVENTS:
        return {}
    return {"wishtree.event.type": headers["ce_type"], "wishtree.event.id": headers["ce_id"]}


def _place(group: str, topic: str, partition: int, offset: int) -> dict[str, str | int]:
    return KAFKA | {
        "messaging.consumer.group.name": group,
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": str(partition),
        "messaging.kafka.offset": offset,
    }
