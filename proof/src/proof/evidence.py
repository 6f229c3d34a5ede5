"""What is laid before the judge: the clients' record, the topics, and the tables, read from outside."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from stack.machine import Stack

from proof.faults import Poison
from proof.record import Attempt

SCHEMAS = ("wishes", "volunteers", "points", "notifications")
Row = dict[str, Any]
MOMENTS = {
    **dict.fromkeys(("claim", "wish", "visit", "callback", "complaint"), "due_at"),
    "invitation": "until",
    "draft": "discard_at",
    "data_request": "next_at",
}
"""Table of wishes → the column that says when time itself does something next."""

# Each of them a question of ours to the tables, in our own words: no query of the services is used.
FACTS: dict[str, str] = {
    "sums": "select book, sum(amount)::bigint as sum from points.entry group by book",
    "negative": "select holder_id, book, balance from points.account a join points.holder h "
    "on h.id = a.holder_id where balance < 0 and h.kind <> 'contra'",
    "differences": "select coalesce(a.holder_id, e.holder_id) as holder_id, "
    "coalesce(a.book, e.book) as book, coalesce(a.balance, 0) as balance, "
    "coalesce(e.sum, 0)::bigint as entries from points.account a full join "
    "(select holder_id, book, sum(amount) as sum from points.entry group by 1, 2) e "
    "on e.holder_id = a.holder_id and e.book = a.book "
    "where coalesce(a.balance, 0) <> coalesce(e.sum, 0)",
    "postings": "select id, source_event_id, wish_id, reverses from points.posting",
    "entries": "select p.wish_id, e.book, e.holder_id, sum(e.amount)::bigint as amount "
    "from points.entry e join points.posting p on p.id = e.posting_id "
    "join points.holder h on h.id = e.holder_id where h.kind <> 'contra' "
    "group by 1, 2, 3 having sum(e.amount) <> 0",
    "claims": "select c.id, c.wish_id, c.state, c.warned, w.state as wish_state "
    "from wishes.claim c join wishes.wish w on w.id = c.wish_id",
    "wishes": "select id, state, level, hanging from wishes.wish "
    "union all select id, 'draft', 0, false from wishes.draft",
    "consents": "select wish_id, purpose, count(*) as lines, "
    "(array_agg(given order by seq desc))[1] as given from wishes.consent group by 1, 2",
    "invitations": "select i.id, w.state as wish_state "
    "from wishes.invitation i join wishes.wish w on w.id = i.wish_id",
    # Everything that happens by time, and has waited for longer than a service looks away.
    "due": " union all ".join(
        f"select '{what}' as what, id, {moment}::text as since from wishes.{what} "  # noqa: S608
        f"where {moment} < now() - interval '30 seconds'"
        for what, moment in MOMENTS.items()
    ),
    "requests": "select id, person_id, kind, state from wishes.data_request",
    # What is left of whoever was erased: their key, a word under it, a wish that goes on, and messages
    # that whoever sent them has not been asked to forget.
    "erased": "select b.id, exists (select from wishes.person_key k where k.person_id = b.id "
    "and k.wrapped is not null) as key, "
    "b.name <> '' or b.address <> '' or b.phone is not null or b.person_index is not null as words, "
    "(select count(*) from wishes.wish w where w.beneficiary_id = b.id "
    "and w.state not in ('withdrawn', 'closed')) as wishes, "
    "(select count(*) from notifications.message m where m.recipient_id = b.id and m.to_forget) "
    "as messages from wishes.beneficiary b where b.erased_at is not null",
    # Destroyed keys whose bytes are still on the disk.
    "key_pages": "select id from wishes.key_rewrite",
    "messages": "select id, source_event_id, recipient_kind, recipient_id, template, channel, state "
    "from notifications.message",
    "records": "select wish_id, volunteer_id, source_event_id, minutes from volunteers.activity_card",
    "savings": "select wish_id, volunteer_id, sum(points)::bigint as points, "
    "sum(minutes)::bigint as minutes, sum(gift_value_fen)::bigint as fen "
    "from volunteers.savings_line group by 1, 2",
    "versions": "select 'wish' as stream, id, version from wishes.wish "
    "union all select 'wish', id, version from wishes.programme "
    # Of what people ask about their own data.
    "union all select 'wish', id, version from wishes.beneficiary where version > 0 "
    # One event each, until it is handed in.
    "union all select 'wish', id, 1 from wishes.draft "
    "union all select 'points', id, version from points.holder where version > 0 "
    "union all select 'notification', id, version from notifications.message where version > 0 "
    "union all select 'volunteer', id, version from volunteers.organisation "
    "union all select 'volunteer', id, version from volunteers.volunteer",
    **{
        f"inbox {schema}": f"select event_id from {schema}.inbox where consumer = '{schema}'"  # noqa: S608
        for schema in SCHEMAS
    },
    **{
        f"outbox {schema}": f"select count(*) as count from {schema}.outbox"  # noqa: S608
        for schema in SCHEMAS
    },
    **{
        f"outbox_dead {schema}": f"select key, reason from {schema}.outbox_dead"  # noqa: S608
        for schema in SCHEMAS
    },
    **{
        f"dead_letter {schema}": (
            f"select key, topic, culprit, reason from {schema}.dead_letter "  # noqa: S608
            "where resolved_at is null"
        )
        for schema in SCHEMAS
    },
}


@dataclass(frozen=True)
class Seen:
    """One message of a topic, as it lies there."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    value: bytes


@dataclass(frozen=True)
class Evidence:
    attempts: Sequence[Attempt]
    messages: Sequence[Seen]
    """The four topics, each partition in order."""
    opening: frozenset[str]
    """`ce_id` of what was on the topics before the load began."""
    facts: dict[str, list[Row]]
    """Answers to FACTS."""
    poisons: Sequence[Poison] = ()
    settled_after: float | None = None
    """Seconds from the end of the faults until nothing was left to do; None: not within the limit."""
    lag: dict[str, int] = field(default_factory=dict)
    """Group → events behind the end, when the waiting ended."""
    letters: Sequence[Seen] | None = None
    """The dead-letter topics; None: nobody has read them."""


async def ask(stack: Stack) -> dict[str, list[Row]]:
    """The facts, by one connection of the superuser."""
    connection = await asyncpg.connect(stack.postgres.dsn(), timeout=10, command_timeout=60)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return {
                name: [dict(row) for row in await connection.fetch(sql)]
                for name, sql in FACTS.items()
            }
    finally:
        await asyncio.wait_for(connection.close(), 10)
