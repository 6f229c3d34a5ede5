"""A batch of events becomes postings: a fixed number of statements, whatever its size.

All holders of the batch are locked by one statement in the order of their ids, before any account:
so two batches wait for each other and never deadlock. An event that has its posting already makes
nothing. Credits and reversals of one batch are booked together, so no account is below zero between.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis import context
from chassis.db import Transaction
from chassis.errors import Transient
from chassis.ids import uuid7
from contracts.envelope import Event
from contracts.fields import EventData
from contracts.points import PointsCredited, PointsReversed
from contracts.wishes import WishFulfilled, WishReopened

from points.app.store import Books, Posting
from points.domain.posting import Holder, Rule, rule_at, shares_of


class PostEvents:
    """The handler of the consumer. Raises Transient when another process is just posting the same."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def __call__(self, tx: Transaction, events: Sequence[Event[EventData]]) -> None:
        concerned = [event for event in events if _moves_books(event.data)]
        if not concerned:
            return
        rules = await self._books.rules(tx)
        known = await self._books.known(tx, _sources(concerned))
        made = postings_of(concerned, rules, known)
        if not made:
            return
        postings = [posting for posting, _ in made]
        # Holders before entries: the entries refer to them, and their rows give the events' order.
        times = Counter(holder for posting in postings for holder in posting.shares)
        versions = await self._books.count_holders(tx, times)
        if await self._books.post(tx, postings) != len(postings):
            raise Transient("another process posts the same events")
        await self._books.book(tx, postings)
        _emit(tx, made, {holder.id: versions[holder.id] - n for holder, n in times.items()})


def postings_of(
    events: Sequence[Event[Any]], rules: Sequence[Rule], known: Mapping[UUID, Posting]
) -> list[tuple[Posting, Event[Any]]]:
    """What these events move, in their order. `known`: postings that are there, by source event."""
    found: list[tuple[Posting, Event[Any]]] = []
    by_source = dict(known)
    reversed_ids = {posting.id for posting in known.values() if posting.is_reversed}
    for event in events:
        if event.id in by_source:
            continue
        if isinstance(event.data, WishFulfilled):
            posting = _credit(event, rule_at(rules, event.data.fulfilled_at))
        else:
            posting = _reversal(event, by_source.get(event.data.fulfilled_event_id))
        if posting is None or posting.reverses in reversed_ids:
            continue
        if posting.reverses is not None:
            reversed_ids.add(posting.reverses)
        by_source[event.id] = posting
        found.append((posting, event))
    return found


def _moves_books(data: EventData) -> bool:
    """Only a wish that was fulfilled has credits to take back, not one that was merely delivered."""
    if isinstance(data, WishReopened):
        return data.fulfilled_event_id is not None
    return isinstance(data, WishFulfilled)


def _sources(events: Sequence[Event[Any]]) -> set[UUID]:
    data = (event.data for event in events)
    undone = {d.fulfilled_event_id for d in data if isinstance(d, WishReopened)}
    return {source for source in undone if source} | {event.id for event in events}


def _credit(event: Event[Any], rule: Rule) -> Posting | None:
    data = event.data
    shares = shares_of(data, rule)
    if not shares:
        return None
    return Posting(uuid7(), event.id, data.wish_id, rule.version, data.fulfilled_at, shares)


def _reversal(event: Event[Any], credit: Posting | None) -> Posting | None:
    """The opposite of the credit. None: the wish was worth nothing, so there is nothing to take back."""
    if credit is None:
        return None
    at = event.data.reopened_at
    about = (uuid7(), event.id, credit.wish_id, credit.rule_version, at, credit.shares)
    return Posting(*about, reverses=credit.id)


def _emit(
    tx: Transaction, made: Sequence[tuple[Posting, Event[Any]]], versions: dict[UUID, int]
) -> None:
    """One event per holder and posting; `versions` is where each holder stood before."""
    for posting, event in made:
        with context.bound(event.correlation_id, str(event.id), event.traceparent):
            for holder in sorted(posting.shares, key=lambda holder: holder.id):
                versions[holder.id] += 1
                tx.emit(_said(posting, holder), key=holder.id, version=versions[holder.id])


def _said(posting: Posting, holder: Holder) -> PointsCredited | PointsReversed:
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
    if posting.reverses is None:
        return PointsCredited(**parts, credited_at=posting.at)
    return PointsReversed(**parts, reversed_at=posting.at)
