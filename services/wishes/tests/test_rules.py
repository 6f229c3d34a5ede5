"""Who may take part in what, and what an act says about it."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from contracts.fields import Gift, Giver, Service
from contracts.wishes import WishFulfilled, WishReopened
from wishes.domain import wish as domain
from wishes.domain.errors import AlreadyJoined, NotAPartner, NothingDelivered, SamePerson
from wishes.domain.states import ClaimState, WishAct, WishState

NOW = datetime(2026, 2, 2, 9, 30, tzinfo=UTC)
ANN, BEN, MEMBER, STRANGER, UNIT, CONTACT = (uuid4() for _ in range(6))


def wish_in(state: WishState, **more: object) -> domain.Wish:
    wish = domain.Wish(
        id=uuid4(),
        card_no="7K3Q",
        area="610102007001",
        category="goods",
        channel="paper",
        beneficiary_id=uuid4(),
        state=state,
        version=4,
    )
    return replace(wish, **more)


def claim_of(kind: str, by: UUID, **more: object) -> domain.Claim:
    giver = Giver.model_validate({"kind": kind, "id": UNIT if kind == "organisation" else by})
    claim = domain.Claim(uuid4(), uuid4(), ClaimState.LIVE, giver, by, NOW, NOW)
    return replace(claim, **more)


def gift(kind: str, by: UUID) -> Gift:
    giver = Giver.model_validate({"kind": kind, "id": by})
    return Gift(giver=giver, item="heater", quantity=1, value_fen=15_000)


def test_whoever_verified_may_not_publish() -> None:
    wish = wish_in(WishState.VERIFIED, verified_by=ANN)
    with pytest.raises(SamePerson):
        domain.publish(wish, ANN, "one_item", 3, NOW)
    published, _ = domain.publish(wish, BEN, "one_item", 3, NOW)
    assert (published.leaf, published.hanging) == (3, True)


@pytest.mark.parametrize("again", [ANN, BEN])
def test_nobody_joins_twice(again: UUID) -> None:
    claim = claim_of("volunteer", ANN, helpers=(BEN,))
    with pytest.raises(AlreadyJoined):
        domain.join(wish_in(WishState.CLAIMED), claim, again, NOW)


@pytest.mark.parametrize(
    ("kind", "gifts", "services"),
    [
        ("volunteer", [("volunteer", STRANGER)], []),
        ("volunteer", [("organisation", ANN)], []),
        ("volunteer", [], [STRANGER]),
        ("organisation", [("organisation", STRANGER)], []),
        ("organisation", [("volunteer", UNIT)], []),
        ("organisation", [], [UNIT]),
        ("organisation", [], [CONTACT]),
    ],
)
def test_only_partners_give(kind: str, gifts: list[tuple[str, UUID]], services: list[UUID]) -> None:
    claim = claim_of(kind, CONTACT if kind == "organisation" else ANN, helpers=(BEN,))
    given = [gift(*one) for one in gifts]
    time = [Service(volunteer_id=who, minutes=30) for who in services]
    with pytest.raises(NotAPartner):
        domain.deliver(wish_in(WishState.CLAIMED), claim, given, time, frozenset({MEMBER}), NOW)


def test_claimant_helpers_and_members_of_the_unit_give() -> None:
    claim = claim_of("organisation", CONTACT, helpers=(BEN,))
    given = [gift("organisation", UNIT), gift("volunteer", BEN), gift("volunteer", MEMBER)]
    time = [Service(volunteer_id=who, minutes=30) for who in (BEN, MEMBER)]
    wish = wish_in(WishState.CLAIMED)
    _, done, _ = domain.deliver(wish, claim, given, time, frozenset({MEMBER}), NOW)
    for person in (UNIT, CONTACT, BEN, MEMBER):
        assert done.involves(person)
    assert not done.involves(STRANGER)
    assert not done.holds(MEMBER)


def test_a_delivery_of_nothing_is_none() -> None:
    with pytest.raises(NothingDelivered):
        domain.deliver(
            wish_in(WishState.CLAIMED), claim_of("volunteer", ANN), [], [], frozenset(), NOW
        )


def test_a_follow_up_counts_as_fit_and_not_as_a_second_family() -> None:
    claim = claim_of("volunteer", ANN, state=ClaimState.DELIVERED)
    for follows, counts in ((None, "first"), (uuid4(), "fit")):
        wish = wish_in(WishState.DELIVERED, follows_wish_id=follows)
        _, _, (event,) = domain.confirm(wish, claim, "call", NOW)
        assert isinstance(event, WishFulfilled)
        assert (event.counts_as, event.method) == (counts, "call")


def test_reopening_names_the_event_that_no_longer_stands() -> None:
    fulfilled = uuid4()
    wish = wish_in(WishState.FULFILLED, fulfilled_event_id=fulfilled)
    claim = claim_of("volunteer", ANN, state=ClaimState.DONE, gifts=(gift("volunteer", ANN),))
    after, again, (event,) = domain.reopen(wish, claim, WishAct.REOPEN, "too_bright", NOW)
    assert isinstance(event, WishReopened)
    assert (event.was, event.fulfilled_event_id) == ("fulfilled", fulfilled)
    assert (after.fulfilled_event_id, again.gifts, again.id) == (None, (), claim.id)


def test_not_satisfied_before_anything_was_credited_reverses_nothing() -> None:
    wish = wish_in(WishState.DELIVERED)
    claim = claim_of("volunteer", ANN, state=ClaimState.DELIVERED)
    _, _, (event,) = domain.reopen(wish, claim, WishAct.DISSATISFY, "wrong_size", NOW)
    assert isinstance(event, WishReopened)
    assert (event.was, event.fulfilled_event_id) == ("delivered", None)
