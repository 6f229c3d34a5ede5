"""Who may take part in what, and what an act says about it."""

import dataclasses
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from contracts.fields import Gift, Giver, Service
from contracts.wishes import (
    ClaimEnded,
    ClaimExtensionRefused,
    ClaimLeft,
    Pledge,
    WishChanged,
    WishFulfilled,
    WishReopened,
)
from wishes.domain import claiming, fulfilling, intake, lease
from wishes.domain.changing import Change
from wishes.domain.errors import (
    AlreadyJoined,
    LastPartner,
    NoConsent,
    NoPhotoConsent,
    NotAPartner,
    NothingAsked,
    NothingDelivered,
    SamePerson,
    TooLarge,
    TwoPeopleNeeded,
)
from wishes.domain.replace import replace
from wishes.domain.rule import Terms
from wishes.domain.states import ClaimState, WishAct, WishState
from wishes.domain.visiting import Visit
from wishes.domain.wish import Claim, Wish
from wishes.domain.working_days import after_working_days

NOW = datetime(2026, 2, 2, 9, 30, tzinfo=UTC)
TERMS = Terms()
ANN, BEN, MEMBER, STRANGER, UNIT, CONTACT = (uuid4() for _ in range(6))


def wish_in(state: WishState, **more: object) -> Wish:
    wish = Wish(
        id=uuid4(),
        card_no="7K3Q",
        area="610102007001",
        category="goods",
        channel="paper",
        beneficiary_id=uuid4(),
        state=state,
        version=4,
        rule_id=uuid4(),
    )
    return replace(wish, **more)


def claim_of(kind: str, by: UUID, **more: object) -> Claim:
    giver = Giver.model_validate({"kind": kind, "id": UNIT if kind == "organisation" else by})
    claim = Claim(uuid4(), uuid4(), ClaimState.LIVE, giver, by, NOW, NOW)
    return replace(claim, **more)


def gift(kind: str, by: UUID) -> Gift:
    giver = Giver.model_validate({"kind": kind, "id": by})
    return Gift(giver=giver, item="heater", quantity=1, value_fen=15_000)


def test_whoever_verified_may_not_publish() -> None:
    wish = wish_in(WishState.VERIFIED, verified_by=ANN)
    with pytest.raises(SamePerson):
        intake.publish(wish, ANN, "one_item", 3, TERMS, NOW)
    published, _ = intake.publish(wish, BEN, "one_item", 3, TERMS, NOW)
    assert (published.leaf, published.hanging) == (3, True)


def test_a_card_without_consent_is_not_hung() -> None:
    wish = wish_in(WishState.VERIFIED, verified_by=ANN, may_hang=False)
    with pytest.raises(NoConsent):
        intake.publish(wish, BEN, "one_item", 3, TERMS, NOW)


def join(claim: Claim, helper: UUID, fen: int = 0) -> Claim:
    giver = Giver(kind="volunteer", id=helper)
    pledge = Pledge(kind="goods", value_fen=fen)
    wish = wish_in(WishState.CLAIMED)
    return claiming.join(wish, claim, giver, helper, [pledge], TERMS, NOW)[1]


def test_what_all_of_them_promise_together_stays_below_the_cap() -> None:
    cap = TERMS.value_cap_fen
    claim = join(claim_of("volunteer", ANN), BEN, cap // 2)
    with pytest.raises(TooLarge):
        join(claim, MEMBER, cap // 2 + 1)
    assert join(claim, MEMBER, cap // 2).helpers == (BEN, MEMBER)


def test_a_claim_changes_of_its_wish_what_is_saved_of_it_and_no_more() -> None:
    """See SAVE_CLAIMED in adapters/postgres.py."""
    ann = Giver(kind="volunteer", id=ANN)
    kept = {"offered_to": ann, "offered_until": NOW, "due_at": NOW, "leaf": 7, "hanging": True}
    before = wish_in(WishState.POSTED, **kept, posted_at=NOW, level=2, programme_id=uuid4())
    for invitation in (None, uuid4()):
        after, _, events = claiming.claim(
            before, claim_of("volunteer", ANN), TERMS, NOW, invitation=invitation
        )
        assert after == replace(
            before,
            state=WishState.CLAIMED,
            version=before.version + len(events),
            offered_to=None,
            offered_until=None,
            due_at=None,
        )


def test_a_changed_copy_is_the_librarys() -> None:
    wish = wish_in(WishState.POSTED)
    copy = replace(wish, version=5, hanging=True)
    assert copy == dataclasses.replace(wish, version=5, hanging=True) != wish
    assert hash(copy) == hash(dataclasses.replace(wish, version=5, hanging=True))
    assert not wish.hanging
    with pytest.raises(TypeError, match="hangs"):
        replace(wish, hangs=True)


def test_the_lead_goes_and_the_next_one_leads() -> None:
    claim = join(join(claim_of("volunteer", ANN), BEN), MEMBER)
    _, left, (event,) = claiming.leave(wish_in(WishState.CLAIMED), claim, claim.claimant, NOW)
    assert (left.claimant.id, left.helpers) == (BEN, (MEMBER,))
    assert isinstance(event, ClaimLeft)
    assert (event.left.id, event.claimant.id) == (ANN, BEN)


def test_the_last_one_does_not_leave_but_gives_back() -> None:
    claim = claim_of("volunteer", ANN)
    with pytest.raises(LastPartner):
        claiming.leave(wish_in(WishState.CLAIMED), claim, claim.claimant, NOW)
    with pytest.raises(NotAPartner):
        claiming.leave(wish_in(WishState.CLAIMED), claim, Giver(kind="volunteer", id=STRANGER), NOW)


def test_a_unit_that_leads_from_now_on_is_led_by_its_contact() -> None:
    unit = Giver(kind="organisation", id=UNIT)
    wish, claim = wish_in(WishState.CLAIMED), claim_of("volunteer", ANN)
    _, claim, _ = claiming.join(wish, claim, unit, CONTACT, [], TERMS, NOW)
    assert claim.contacts == (CONTACT,)
    _, left, _ = claiming.leave(wish, join(claim, BEN), claim.claimant, NOW)
    assert (left.claimant.id, left.units, left.contacts) == (BEN, (UNIT,), (CONTACT,))
    _, last, _ = claiming.leave(wish, left, left.claimant, NOW)
    assert (last.claimant, last.claimed_by, last.partners) == (unit, CONTACT, (unit,))
    assert (last.helpers, last.units, last.contacts) == ((), (), ())


def test_whose_time_runs_out_while_they_are_asked_does_not_hang_the_old_need_again() -> None:
    answer_by = NOW + timedelta(days=2)
    claim = claim_of("volunteer", ANN, warned=2, due_at=NOW, answer_by=answer_by)
    change = Change("service", "one_hour", uuid4(), (), False, True, BEN)
    wish = wish_in(WishState.CLAIMED, verified_by=ANN)
    asked = replace(claim, asked_until=NOW + timedelta(days=9), asked_reason="ill")
    # Neither before the day that they were told, nor later for whatever else they wait for.
    for one in (claim, asked, replace(asked, state=ClaimState.CONTACTED)):
        _, waits, events = lease.tick(wish, one, TERMS, NOW, change)
        assert (waits.due_at, events) == (answer_by, ())
        after, gone, events = lease.tick(wish, waits, TERMS, answer_by, change)
        new = (after.state, after.category, after.verified_by)
        assert new == (WishState.VERIFIED, "service", BEN)
        assert (gone.ended_as, gone.answer_by) == ("change_not_accepted", None)
        assert [type(event) for event in events] == [ClaimEnded, WishChanged]


def test_only_who_set_out_in_time_and_is_not_late_holds_the_wish_beyond_its_time() -> None:
    wish, over = wish_in(WishState.CLAIMED), after_working_days(NOW, TERMS.grace_days)
    claim, soon = claim_of("volunteer", ANN, warned=2, due_at=over), timedelta(minutes=5)
    visit = Visit(uuid4(), wish.id, claim.id, 1, (ANN,), ANN, over, over + 2 * soon)

    def at(now: datetime, going: Visit | None, claim: Claim = claim) -> datetime | None:
        """When it is looked at again; None: it has lapsed."""
        return lease.tick(wish, claim, TERMS, now, visit=going)[1].due_at

    assert at(over, None) is None
    assert at(over + soon, visit) == visit.back_by
    assert at(visit.back_by, visit) is None
    assert at(over + soon, replace(visit, ended_at=over)) is None
    later = replace(visit, started_at=over + soon)
    assert at(over + soon, later) is None
    # Somebody who waited for an answer until then was in time.
    asked = {"state": ClaimState.CONTACTED, "asked_until": over + soon, "asked_reason": "ill"}
    assert at(over + soon, later, replace(claim, **asked)) == visit.back_by


def test_nobody_gives_time_until_a_day_that_is_over() -> None:
    wish, over = wish_in(WishState.CLAIMED), NOW - timedelta(days=1)
    late = claim_of(
        "volunteer", ANN, state=ClaimState.CONTACTED, asked_until=over, asked_reason="ill"
    )
    with pytest.raises(NothingAsked):
        claiming.answer_time(wish, late, BEN, yes=True, reason="ok", terms=TERMS, now=NOW)
    told = claiming.answer_time(wish, late, BEN, yes=False, reason="no", terms=TERMS, now=NOW)
    assert [type(event) for event in told[2]] == [ClaimExtensionRefused]


def test_medicine_is_never_one_persons_gift() -> None:
    wish, alone = wish_in(WishState.CLAIMED), claim_of("volunteer", ANN)

    def bring(claim: Claim, by: Giver) -> None:
        medicine = Gift(giver=by, item="medicine", quantity=1, value_fen=100)
        fulfilling.deliver(wish, claim, [medicine], [], frozenset(), TERMS, NOW)

    with pytest.raises(TwoPeopleNeeded):
        bring(alone, alone.claimant)
    bring(join(alone, BEN), alone.claimant)
    unit = claim_of("organisation", CONTACT)
    bring(unit, unit.claimant)


def test_a_photo_shows_nobody_who_has_not_agreed() -> None:
    with pytest.raises(NoPhotoConsent):
        fulfilling.require_photo_consent(shows_person=True, agreed=False)
    fulfilling.require_photo_consent(shows_person=True, agreed=True)
    fulfilling.require_photo_consent(shows_person=False, agreed=False)


@pytest.mark.parametrize("again", [ANN, BEN])
def test_nobody_joins_twice(again: UUID) -> None:
    claim = claim_of("volunteer", ANN, helpers=(BEN,))
    with pytest.raises(AlreadyJoined):
        join(claim, again)


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
        fulfilling.deliver(
            wish_in(WishState.CLAIMED), claim, given, time, frozenset({MEMBER}), TERMS, NOW
        )


def test_claimant_helpers_and_members_of_the_unit_give() -> None:
    claim = claim_of("organisation", CONTACT, helpers=(BEN,))
    given = [gift("organisation", UNIT), gift("volunteer", BEN), gift("volunteer", MEMBER)]
    time = [Service(volunteer_id=who, minutes=30) for who in (BEN, MEMBER)]
    wish = wish_in(WishState.CLAIMED)
    _, done, _ = fulfilling.deliver(wish, claim, given, time, frozenset({MEMBER}), TERMS, NOW)
    assert {given.giver.id for given in done.gifts} == {UNIT, BEN, MEMBER}
    assert {served.volunteer_id for served in done.services} == {BEN, MEMBER}
    held = [person for person in (UNIT, CONTACT, BEN, MEMBER) if done.holds(person)]
    assert held == [UNIT, BEN], "nobody by having spoken for the unit once"


def test_a_delivery_of_nothing_is_none() -> None:
    with pytest.raises(NothingDelivered):
        fulfilling.deliver(
            wish_in(WishState.CLAIMED), claim_of("volunteer", ANN), [], [], frozenset(), TERMS, NOW
        )


def test_a_follow_up_counts_as_fit_and_not_as_a_second_family() -> None:
    claim = claim_of("volunteer", ANN, state=ClaimState.DELIVERED)
    for follows, counts in ((None, "first"), (uuid4(), "fit")):
        wish = wish_in(WishState.DELIVERED, follows_wish_id=follows)
        _, _, (event,) = fulfilling.confirm(wish, claim, "call", TERMS, NOW)
        assert isinstance(event, WishFulfilled)
        assert (event.counts_as, event.method) == (counts, "call")


def test_reopening_names_the_event_that_no_longer_stands() -> None:
    fulfilled = uuid4()
    wish = wish_in(WishState.FULFILLED, fulfilled_event_id=fulfilled)
    claim = claim_of("volunteer", ANN, state=ClaimState.DONE, gifts=(gift("volunteer", ANN),))
    after, again, (event,) = fulfilling.reopen(
        wish, claim, WishAct.REOPEN, "too_bright", TERMS, NOW, members=frozenset()
    )
    assert isinstance(event, WishReopened)
    assert (event.was, event.fulfilled_event_id) == ("fulfilled", fulfilled)
    assert (after.fulfilled_event_id, again.gifts, again.id) == (None, (), claim.id)


def test_not_satisfied_before_anything_was_credited_reverses_nothing() -> None:
    wish = wish_in(WishState.DELIVERED)
    claim = claim_of("volunteer", ANN, state=ClaimState.DELIVERED)
    _, _, (event,) = fulfilling.reopen(
        wish, claim, WishAct.DISSATISFY, "wrong_size", TERMS, NOW, members=frozenset()
    )
    assert isinstance(event, WishReopened)
    assert (event.was, event.fulfilled_event_id) == ("delivered", None)
