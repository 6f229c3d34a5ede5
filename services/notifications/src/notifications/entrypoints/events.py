"""Every event that concerns somebody becomes messages; nothing is sent here.

Sending in the consumer's transaction would tell people about what was rolled back, and tell them
twice after a crash.
"""

from collections.abc import Sequence
from typing import Any

from chassis.clock import now
from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.rebuild import ReadModel
from contracts import topics
from contracts.envelope import Event
from contracts.wishes import PersonErased
from orjson import dumps

from notifications.adapters.known import Memory, areas_of, model_of, wish_of
from notifications.app.forget_messages import note_erased
from notifications.domain.notices import Notice, notices

# In the order of the constraint, so that two who note the same never wait in a circle. What is urgent
# stands before everything that waits.
ADD_MESSAGES = """
insert into message (id, source_event_id, recipient_kind, recipient_id, area, template, details,
    channel, state, wish_id, correlation_id, next_try_at, created_at, traceparent)
select id, source_event_id, recipient_kind, recipient_id, area, template, details::jsonb, channel,
    'pending', wish_id, correlation_id, now() - urgent * interval '1 day', $13, traceparent
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::uuid[], $10::text[], $11::text[], $12::int[]) as m (id, source_event_id,
    recipient_kind, recipient_id, area, template, details, channel, wish_id, correlation_id,
    traceparent, urgent)
order by source_event_id, recipient_kind, recipient_id
on conflict on constraint told_once do nothing
"""
# Whose key is destroyed can be told nothing, and nobody is sent to ring them up. What a sender has
# taken may reach the gateway at any moment: the sender closes it, or the gateway would not be asked to
# forget it afterwards.
CLOSE_OF_ERASED = """
update message set state = 'closed', next_try_at = null, reason = null, tries = 0
where recipient_id = any($1) and recipient_kind = 'resident'
    and (state = 'pending' and tries = 0 or state = 'phone_list')
"""


async def tell_everybody(tx: Transaction, events: Sequence[Event[Any]]) -> None:
    """A whole batch: what is to be known first, then all messages in one statement."""
    memory = await Memory.of(tx, events)
    await memory.look_around(tx, events)
    told: list[tuple[Event[Any], str, Notice]] = []
    for event in events:
        area, known = memory.area_of(event.data), memory.known(event.data)
        told += [(event, area, notice) for notice in notices(event.data, known)]
        memory.go_on(event.data)
    await memory.keep(tx)
    await _add(tx, told)
    erased = {event.data.beneficiary_id for event in events if model_of(event) is PersonErased}
    if erased:
        await tx.execute(CLOSE_OF_ERASED, sorted(erased))
        await note_erased(tx, sorted(erased))


async def know(tx: Transaction, events: Sequence[Event[Any]]) -> None:
    """What later events are read with, without telling anybody."""
    memory = await Memory.of(tx, events)
    for event in events:
        memory.go_on(event.data)
    await memory.keep(tx)


async def _add(tx: Transaction, told: Sequence[tuple[Event[Any], str, Notice]]) -> None:
    homes = await areas_of(tx, (notice.recipient.id for _, area, notice in told if not area))
    rows = [
        (
            uuid7(),
            event.id,
            notice.recipient.kind,
            notice.recipient.id,
            area or homes.get(notice.recipient.id, ""),
            notice.template,
            dumps(dict(notice.details)).decode(),
            notice.channel,
            wish_of(event.data),
            event.correlation_id,
            event.traceparent,
            int(notice.urgent),
        )
        for event, area, notice in told
    ]
    if rows:
        await tx.execute(ADD_MESSAGES, *map(list, zip(*rows, strict=True)), now())


# Made anew without telling anybody anything: what people were told stays.
COPY = ReadModel(
    ("partner", "wish_known", "membership", "member", "unit"),
    (topics.WISH.name, topics.VOLUNTEER.name),
    know,
)
