"""Events move the books: once each, both ways, in any batch, and every move is published."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.ids import uuid7
from contracts.envelope import Event
from contracts.points import PointsCredited, PointsReversed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from points import queries
from points.domain.posting import BOOKS, Share, rule_at, shares_of

from .conftest import Books, fulfilled, received, reopened


async def assert_books_right(books: Books) -> None:
    for book in BOOKS:
        found = await queries.trial_balance(books.db, book)
        assert (found.sum, found.differences) == (0, [])


async def test_a_fulfilled_wish_is_credited_and_published(books: Books) -> None:
    a, b = uuid4(), uuid4()
    event = received(fulfilled(a, helpers=[b], gifts=[(a, "volunteer", 15_000)]))
    await books.handle(event)
    assert await books.balances(a) == (2, 0, 15_000)
    assert await books.balances(b) == (1, 0, 0)
    (said,) = await books.published(a)
    assert isinstance(said.data, PointsCredited)
    assert (said.data.points, said.data.gift_value_fen, said.data.rule_version) == (2, 15_000, 1)
    assert said.data.source_event_id == event.id
    assert (said.aggregate_version, said.subject) == (1, str(a))
    assert (said.causation_id, said.correlation_id) == (str(event.id), "story")
    await assert_books_right(books)


@pytest.mark.parametrize("together", [True, False])
async def test_the_same_event_twice_is_one_posting(books: Books, together: bool) -> None:
    a = uuid4()
    event = received(fulfilled(a))
    if together:
        await books.handle(event, event)
    else:
        await books.handle(event)
        await books.handle(event)
    assert await books.balances(a) == (3, 0, 0)
    assert len(await books.published(a)) == 1


@pytest.mark.parametrize("together", [True, False])
async def test_a_reopened_wish_is_taken_back_by_an_opposite_posting(
    books: Books, together: bool
) -> None:
    a = uuid4()
    credit = received(fulfilled(a, services=[(a, 90)], gifts=[(a, "volunteer", 700)]))
    back = received(reopened(credit))
    if together:
        await books.handle(credit, back)
    else:
        await books.handle(credit)
        await books.handle(back)
    assert await books.balances(a) == (0, 0, 0)
    said = await books.published(a)
    assert isinstance(said[0].data, PointsCredited)
    assert isinstance(said[1].data, PointsReversed)
    assert [event.aggregate_version for event in said] == [1, 2]
    assert said[1].data.minutes == said[0].data.minutes == 90
    rows = await books.db.fetch("select id, reverses from posting order by id")
    assert len(rows) == 2
    assert rows[1]["reverses"] == rows[0]["id"]
    await assert_books_right(books)


async def test_fulfilled_again_after_reopening_counts_once(books: Books) -> None:
    a = uuid4()
    first = received(fulfilled(a))
    again = received(fulfilled(a, wish_id=first.data.wish_id))
    await books.handle(first, received(reopened(first)), again)
    assert await books.balances(a) == (3, 0, 0)
    assert [event.aggregate_version for event in await books.published(a)] == [1, 2, 3]


async def test_a_credit_is_taken_back_only_once(books: Books) -> None:
    a = uuid4()
    credit, other = received(fulfilled(a)), received(fulfilled(a))
    await books.handle(credit, other, received(reopened(credit)), received(reopened(credit)))
    await books.handle(received(reopened(credit)))
    assert await books.balances(a) == (3, 0, 0)
    assert len(await books.published(a)) == 3


async def test_reopened_before_it_was_confirmed_moves_nothing(books: Books) -> None:
    credit = received(fulfilled(uuid4()))
    await books.handle(received(reopened(credit, was="delivered")))
    await books.handle(received(reopened(credit)))
    assert await books.db.fetchval("select count(*) from posting") == 0


async def test_a_batch_takes_the_same_number_of_statements_whatever_its_size(books: Books) -> None:
    async def statements(size: int) -> int:
        people = [uuid4() for _ in range(7)]
        events = [received(fulfilled(people[n % 7], helpers=[people[6]])) for n in range(size)]
        async with books.db.transaction() as tx:
            counting = Counting(tx)
            await books.post_events(counting, events)  # pyright: ignore[reportArgumentType]
        return counting.statements

    assert await statements(2) == await statements(200) == 5


async def test_batches_at_once_with_the_same_people_neither_deadlock_nor_lose(
    books: Books,
) -> None:
    people = [uuid4() for _ in range(20)]
    batches: list[list[Event[Any]]] = []
    for n in range(12):
        turn = people[n:] + people[:n]
        if n % 2:
            turn.reverse()
        credits = [received(fulfilled(p, helpers=[turn[0]] if p != turn[0] else [])) for p in turn]
        batches.append([*credits, *(received(reopened(credit)) for credit in credits[::4])])
    await asyncio.gather(*(books.handle(*batch) for batch in batches))
    versions = [[e.aggregate_version for e in await books.published(p)] for p in people]
    assert all(seen == list(range(1, len(seen) + 1)) for seen in versions)
    assert await books.db.fetchval("select count(*) from posting") == 12 * 25
    await assert_books_right(books)


class Counting:
    """A transaction that counts its statements."""

    def __init__(self, tx: Any) -> None:
        self._tx = tx
        self.statements = 0

    def __getattr__(self, name: str) -> Any:
        if name in ("fetch", "fetchrow", "fetchval", "execute", "executemany"):
            self.statements += 1
        return getattr(self._tx, name)


people = st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True)
minutes = st.integers(0, 400)
wishes = st.tuples(
    people,
    st.sampled_from(["goods", "service", "companionship", "skills"]),
    st.lists(st.tuples(st.integers(0, 4), minutes), max_size=3),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 10_000)), max_size=3),
    st.booleans(),  # reopened
    st.booleans(),  # by a unit
)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=st.lists(wishes, max_size=8), cuts=st.lists(st.integers(1, 6)), repeats=st.randoms())
async def test_any_history_leaves_books_that_equal_a_recomputation(
    books: Books, made: list[Any], cuts: list[int], repeats: Any
) -> None:
    """Any batches, repeats within and between them: sums zero, balances = entries = recomputed."""
    crowd, unit = [uuid4() for _ in range(5)], uuid4()
    rules = await rules_of(books)
    wanted: dict[UUID, Share] = {}
    times: Counter[UUID] = Counter()
    history: list[Event[Any]] = []
    for who, category, services, gifts, again, by_unit in made:
        data = fulfilled(
            unit if by_unit else crowd[who[0]],
            kind="organisation" if by_unit else "volunteer",
            helpers=[crowd[n] for n in who[1:]],
            services=[(crowd[n], amount) for n, amount in services],
            # The last one is of a unit, which may have joined or lead.
            gifts=[
                (unit, "organisation", fen) if n == 4 else (crowd[n], "volunteer", fen)
                for n, fen in gifts
            ],
            category=category,
        )
        event = received(data, uuid7())
        history.append(event)
        shares = shares_of(event.data, rule_at(rules, event.data.fulfilled_at))
        times.update({holder.id: 2 if again else 1 for holder in shares})
        if again:
            history.append(received(reopened(event)))
        else:
            for holder, share in shares.items():
                wanted[holder.id] = wanted.get(holder.id, Share()) + share
    # Redelivery repeats what came before, never ahead of its time.
    told = list(history)
    for place in range(len(history), 0, -1):
        if repeats.random() < 0.3:
            told.insert(place, repeats.choice(history[:place]))
    while told:
        size = cuts.pop() if cuts else 4
        batch, told = told[:size], told[size:]
        await books.handle(*batch)
    for holder in (*crowd, unit):
        share = wanted.get(holder, Share())
        assert await books.balances(holder) == (share.points, share.hours, share.gifts)
        versions = [event.aggregate_version for event in await books.published(holder)]
        assert versions == list(range(1, times[holder] + 1))
    await assert_books_right(books)


async def rules_of(books: Books) -> Any:
    from points.adapters.postgres import PostgresBooks

    async with books.db.transaction() as tx:
        return await PostgresBooks().rules(tx)
