"""What became of a batch of messages: noted once, and told to the world."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis import context
from chassis.clock import now
from chassis.db import Row, Transaction
from contracts.notifications import NotificationDelivered, NotificationFailed

from notifications.domain.retry import pause_after
from notifications.metrics import SENT

# Locked in the order of their key, so that two writers of the same messages never wait in a circle.
LOCK = "select id from message where id = any($1) and state = 'pending' order by id for update"
DELIVERED = """
update message m set state = 'delivered', channel = d.channel, delivered_at = $3,
    next_try_at = null, version = m.version + 1, reason = null
from unnest($1::uuid[], $2::text[]) as d (id, channel)
where m.id = d.id and m.state = 'pending' returning m.id, m.version
"""
ON_PHONE_LIST = """
update message set state = 'phone_list', channel = 'phone', next_try_at = null
where id = any($1) and state = 'pending' returning id
"""
# The same row whatever became of it.
CLOSE = """
update message set state = 'closed', next_try_at = null, reason = null, tries = 0
where id = any($1) and state = 'pending' returning id, channel
"""
# Whoever was erased since it was taken: it is not tried again, and nobody is asked to ring them up.
CLOSE_OF_ERASED = """
update message set state = 'closed', next_try_at = null, reason = null, tries = 0
where id = any($1) and state = 'pending' and to_forget
"""
TRY_AGAIN = """
update message m set next_try_at = now() + d.pause, reason = d.reason
from unnest($1::uuid[], $2::interval[], $3::text[]) as d (id, pause, reason)
where m.id = d.id and m.state = 'pending'
"""
# A person whom no machine could reach is rung up: nobody falls off silently.
GIVE_UP = """
update message set next_try_at = null, reason = $2, version = version + 1,
    state = case recipient_kind when 'organisation' then 'failed' else 'phone_list' end
where id = $1 and state = 'pending' returning version
"""


@dataclass(frozen=True)
class Outcome:
    """What became of one message: a channel it went by, `phone_list`, `closed`, or why not (yet)."""

    row: Row
    recipient: UUID
    channel: str = ""
    trouble: str = ""


async def note(tx: Transaction, outcomes: Sequence[Outcome]) -> None:
    await tx.fetch(LOCK, [outcome.row["id"] for outcome in outcomes])
    at = now()
    sent = {o.row["id"]: o for o in outcomes if o.channel not in ("", "phone_list", "closed")}
    if sent:
        channels = [outcome.channel for outcome in sent.values()]
        for done in await tx.fetch(DELIVERED, list(sent), channels, at):
            outcome = sent[done["id"]]
            row = outcome.row
            about: dict[str, Any] = {
                **_about(row),
                "channel": outcome.channel,
                "recipient_id": outcome.recipient,
            }
            tx.count(SENT.labels(outcome.channel, "delivered"))
            with _because_of(row):
                event = NotificationDelivered(**about, delivered_at=at)
                tx.emit(event, key=row["id"], version=done["version"])
    if unsent := [o.row["id"] for o in outcomes if o.row["id"] not in sent]:
        await tx.execute(CLOSE_OF_ERASED, unsent)
    listed = [o.row["id"] for o in outcomes if o.channel == "phone_list"]
    if listed:
        for _ in await tx.fetch(ON_PHONE_LIST, listed):
            tx.count(SENT.labels("phone", "phone_list"))
    await _close(tx, [o.row["id"] for o in outcomes if o.channel == "closed"])
    await _later(tx, [outcome for outcome in outcomes if outcome.trouble])


async def _later(tx: Transaction, outcomes: Sequence[Outcome]) -> None:
    again: list[tuple[Any, Any, str]] = []
    given_up: list[UUID] = []
    for outcome in outcomes:
        row = outcome.row
        pause = pause_after(row["tries"])
        if pause is not None:
            again.append((row["id"], pause, outcome.trouble))
            tx.count(SENT.labels(row["channel"], "again"))
            continue
        if row["recipient_kind"] == "invitation":
            given_up.append(row["id"])
            continue
        version = await tx.fetchval(GIVE_UP, row["id"], outcome.trouble)
        if version is not None:
            tx.count(SENT.labels(row["channel"], "failed"))
            with _because_of(row):
                event = NotificationFailed(**_about(row), reason="gave_up", failed_at=now())
                tx.emit(event, key=row["id"], version=version)
    await _close(tx, given_up)
    if again:
        await tx.fetch(TRY_AGAIN, *map(list, zip(*again, strict=True)))


async def _close(tx: Transaction, messages: Sequence[UUID]) -> None:
    """Whoever was erased. And invitations: sent, dropped or given up, in the table, the metric and the
    stream it is one."""
    for row in await tx.fetch(CLOSE, messages) if messages else []:
        tx.count(SENT.labels(row["channel"], "closed"))


def _because_of(row: Row) -> AbstractContextManager[None]:
    """What is emitted belongs to the event that the message tells of, and to its trace."""
    return context.bound(row["correlation_id"], str(row["source_event_id"]), row["traceparent"])


def _about(row: Row) -> dict[str, Any]:
    return {
        "message_id": row["id"],
        "recipient_kind": row["recipient_kind"],
        "recipient_id": row["recipient_id"],
        "template": row["template"],
        "channel": row["channel"],
        "source_event_id": row["source_event_id"],
        "wish_id": row["wish_id"],
    }
