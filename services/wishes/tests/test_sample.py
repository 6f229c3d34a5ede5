"""Who is rung up: seeded, so that anybody can check it; sealed, so that nobody foresees it."""

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.clock import BEIJING, now
from chassis.privacy import Vault
from contracts.fields import Giver
from hypothesis import given
from hypothesis import strategies as st
from wishes.adapters.aftercare import PostgresAftercareStore
from wishes.domain import fulfilling
from wishes.domain.rule import Terms
from wishes.domain.sample import commitment, is_drawn, month_of
from wishes.domain.states import ClaimState, WishAct, WishState
from wishes.domain.wish import Claim, Wish

from .conftest import INDEX, MASTER, XIANDONG, Api

DISTRICT = XIANDONG[:6]


@given(st.binary(min_size=32, max_size=32), st.uuids(), st.integers(1, 99))
def test_a_draw_follows_from_seed_wish_and_version_alone(
    seed: bytes, wish: UUID, version: int
) -> None:
    assert is_drawn(seed, wish, version, 10) == is_drawn(seed, wish, version, 10)
    assert not is_drawn(seed, wish, version, 0)
    assert is_drawn(seed, wish, version, 100)
    # Who is drawn at ten in a hundred is drawn at twenty as well.
    assert is_drawn(seed, wish, version, 20) or not is_drawn(seed, wish, version, 10)


def test_about_as_many_are_drawn_as_the_terms_say() -> None:
    seed = hashlib.sha256(b"a month").digest()
    for percent in (1, 10, 50):
        drawn = sum(is_drawn(seed, UUID(int=n), 6, percent) for n in range(20_000))
        assert abs(drawn - 200 * percent) < 400, percent


def test_the_month_is_beijings() -> None:
    assert month_of(datetime.fromisoformat("2026-01-31T16:00:00+00:00")) == "2026-02"


def test_trying_again_is_no_way_out_of_a_draw() -> None:
    giver = Giver(kind="volunteer", id=uuid4())
    wish = Wish(
        id=uuid4(),
        card_no="7K3Q",
        area=XIANDONG,
        category="goods",
        channel="paper",
        beneficiary_id=uuid4(),
        state=WishState.DELIVERED,
        version=5,
        rule_id=uuid4(),
    )
    at = now()
    claim = Claim(uuid4(), wish.id, ClaimState.DELIVERED, giver, giver.id, at, at)
    wish, claim, events = fulfilling.confirm(wish, claim, "code", Terms(), at, sampled=True)
    assert [type(event).__name__ for event in events] == ["WishFulfilled", "CallbackDrawn"]
    wish, claim, _ = fulfilling.reopen(
        wish, claim, WishAct.REOPEN, "broke", Terms(), at, members=frozenset()
    )
    wish = replace(wish, state=WishState.DELIVERED)
    claim = replace(claim, state=ClaimState.DELIVERED)
    wish, claim, events = fulfilling.confirm(wish, claim, "code", Terms(), at, sampled=False)
    assert [type(event).__name__ for event in events] == ["WishFulfilled", "CallbackDrawn"]
    # Whoever was reached has answered: the next time is a new draw.
    wish, _ = fulfilling.call_back(wish, claim, uuid4(), "unsatisfied", at)
    wish, _, _ = fulfilling.reopen(
        wish, claim, WishAct.REOPEN, "broke", Terms(), at, members=frozenset()
    )
    assert wish.callback == "no"


async def test_a_seed_is_one_for_a_month_sealed_until_it_is_over_and_then_for_anybody(
    api: Api, problem: Any
) -> None:
    stores = [PostgresAftercareStore(Vault(MASTER, INDEX)) for _ in range(3)]
    month = month_of(now())
    seeds: set[bytes] = set()
    for store in stores:
        for _ in range(2):
            async with api.db.transaction() as tx:
                seeds.add(await store.seed(tx, DISTRICT, month))
    (seed,) = seeds
    assert seed.hex() not in str(await api.snapshot())
    async with api.db.transaction() as tx:
        await tx.execute("insert into callback_in_vain values ($1, $2, 2)", DISTRICT, month)
    (line,) = (await api.get(f"callback-seeds/{DISTRICT}")).json()["items"]
    bound = {"month": month, "commitment": commitment(seed).hex()}
    assert line == bound | {"seed": None, "in_vain": 2}
    later = now().replace(day=1) + timedelta(days=32)
    api.clock.now = lambda: later
    (line,) = (await api.get(f"callback-seeds/{DISTRICT}")).json()["items"]
    assert line["seed"] == seed.hex()
    assert line["commitment"] == hashlib.sha256(bytes.fromhex(line["seed"])).hexdigest()
    assert (await api.get("callback-seeds/610103")).json()["items"] == []
    problem(await api.get("callback-seeds/61"), 422, "invalid")


async def test_a_seed_of_a_transaction_that_was_undone_is_not_remembered(api: Api) -> None:
    store = PostgresAftercareStore(Vault(MASTER, INDEX))
    made, undone_seed = set[bytes](), b""
    for undone in (True, False, False):
        try:
            async with api.db.transaction() as tx:
                made.add(await store.seed(tx, DISTRICT, "2026-01"))
                if undone:
                    raise LookupError
        except LookupError:
            undone_seed = made.pop()
    (kept,) = made
    assert kept != undone_seed
    row = await api.db.fetchrow("select commitment from callback_seed")
    assert row is not None
    assert bytes(row["commitment"]) == commitment(kept)


async def test_anybody_computes_the_draws_of_a_month_again(api: Api) -> None:
    """From the published seed and the stream of events."""
    await api.terms(callback_percent=50)
    wishes = [(await api.fulfilled())["wish"] for _ in range(8)]
    over = datetime(now().year + 1, now().month, 1, tzinfo=BEIJING)
    api.clock.now = lambda: over
    (line,) = (await api.get(f"callback-seeds/{DISTRICT}")).json()["items"]
    seed = bytes.fromhex(line["seed"])
    for wish in wishes:
        events = await api.events(wish["id"])
        fulfilled = next(event for event in events if event["type"] == "WishFulfilled")
        drawn = any(event["type"] == "CallbackDrawn" for event in events)
        assert is_drawn(seed, UUID(wish["id"]), fulfilled["version"], 50) == drawn
    other = secrets.token_bytes(32)
    assert any(
        is_drawn(seed, UUID(int=n), 6, 50) != is_drawn(other, UUID(int=n), 6, 50) for n in range(64)
    )
