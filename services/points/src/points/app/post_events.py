"""A batch of events becomes postings: a fixed number of statements, whatever its size.

Credits first, then reversals: a reversal in the same batch finds its credit, and no account is below
zero in between. An event seen before makes nothing: its posting is there already.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from chassis import context
from chassis.db import Transaction
from chassis.ids import uuid7
from contracts.envelope import Event
from contracts.fields import EventData
from contracts.points import PointsCredited, PointsReversed
from contracts.wishes import WishFulfilled, WishReopened

from points.app.store import Books, Posting
from points.domain.posting import Holder, rule_at, shares_of


class PostEvents:
    def __init__(self, books: Books) -> None:
        self._books = books

    async def __call__(self, tx: Transaction, events: Sequence[Event[EventData]]) -> None:
        fulfilled = [event for event in events if isinstance(event.data, WishFulfilled)]
        reopened = [
            event
            for event in events
            if isinstance(event.data, WishReopened) and event.data.fulfilled_event_id
        ]
        if fulfilled:
            await self._credit(tx, fulfilled)
        if reopened:
            await self._reverse(tx, reopened)

    async def _credit(self, tx: Transaction, events: Sequence[Event[Any]]) -> None:
        rules = await self._books.rules(tx)
        made: dict[Any, Event[Any]] = {}
        postings: list[Posting] = []
        for event in events:
            rule = rule_at(rules, event.data.fulfilled_at)
            shares = shares_of(event.data, rule)
            if shares:
                posting = Posting(
                    uuid7(),
                    event.id,
                    event.data.wish_id,
                    rule.version,
                    event.data.fulfilled_at,
                    shares,
                )
                postings.append(posting)
                made[posting.id] = event
        await self._make(tx, postings, made, 1)

    async def _reverse(self, tx: Transaction, events: Sequence[Event[Any]]) -> None:
        wanted = {event.data.fulfilled_event_id: event for event in events}
        credits = await self._books.credited(tx, wanted)
        made: dict[Any, Event[Any]] = {}
        postings: list[Posting] = []
        for source, credit in credits.items():
            event = wanted[source]
            posting = Posting(
                uuid7(),
                event.id,
                credit.wish_id,
                credit.rule_version,
                event.data.reopened_at,
                credit.shares,
                credit.id,
            )
            postings.append(posting)
            made[posting.id] = event
        await self._make(tx, postings, made, -1)

    async def _make(
        self, tx: Transaction, postings: Sequence[Posting], made: dict[Any, Event[Any]], sign: int
    ) -> None:
        if not postings:
            return
        # Holders before entries: the entries refer to them, and their rows give the events' order.
        times: Counter[Holder] = Counter(h for posting in postings for h in posting.shares)
        versions = await self._books.count_holders(tx, times)
        fresh = await self._books.post(tx, postings)
        new = [posting for posting in postings if posting.id in fresh]
        if len(new) < len(postings):
            # A repeat got past the inbox: take the numbers back that it would have used.
            spare: Counter[Holder] = Counter(
                h for posting in postings if posting.id not in fresh for h in posting.shares
            )
            versions = await self._books.count_holders(tx, {h: -n for h, n in spare.items()}) | {
                h.id: versions[h.id] for h in times if h not in spare
            }
            times -= spare
        await self._books.book(tx, new, sign)
        next_version = {h.id: versions[h.id] - n + 1 for h, n in times.items()}
        for posting in new:
            event = made[posting.id]
            with context.bound(event.correlation_id, str(event.id), event.traceparent):
                for holder in sorted(posting.shares, key=lambda holder: holder.id):
                    version = next_version[holder.id]
                    next_version[holder.id] += 1
                    tx.emit(_event(posting, holder, sign), key=holder.id, version=version)


def _event(posting: Posting, holder: Holder, sign: int) -> PointsCredited | PointsReversed:
    share = posting.shares[holder]
    parts: dict[str, Any] = {
        "posting_id": posting.id,
        "holder_kind": holder.kind,
        "holder_id": holder.id,
        "wish_id": posting.wish_id,
        "source_event_id": posting.source_event_id,
        "points": share.points,
        "minutes": share.hours,
        "gift_value_fen": share.gifts,
        "rule_version": posting.rule_version,
    }
    if sign > 0:
        return PointsCredited(**parts, credited_at=posting.at)
    return PointsReversed(**parts, reversed_at=posting.at)
