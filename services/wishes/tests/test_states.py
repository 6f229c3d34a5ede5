"""The life of a wish: any sequence of acts against the printed table."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from contracts.fields import Gift, Giver
from hypothesis import given
from hypothesis import strategies as st
from wishes import states_page
from wishes.domain import (
    claiming,
    consent,
    fulfilling,
    intake,
    lease,
    promise,
    referral,
    visiting,
)
from wishes.domain.errors import STATE_WORDS, WrongState
from wishes.domain.rule import Terms, by_then
from wishes.domain.states import CLAIM, WISH, ClaimState, WishAct, WishState
from wishes.domain.wish import Claim, Events, Wish, claim_moved, moved

NOW = datetime(2026, 2, 2, 9, 30, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
LATER = NOW + timedelta(days=2)
LONG_AFTER = NOW + timedelta(days=400)
VERIFIER, PUBLISHER, GIVER = uuid4(), uuid4(), uuid4()
TERMS = Terms()
ROOT = Path(__file__).parents[3]
FITS = {
    WishState.CLAIMED: (ClaimState.LIVE, ClaimState.CONTACTED),
    WishState.DELIVERED: (ClaimState.DELIVERED,),
    WishState.FULFILLED: (ClaimState.DONE,),
    # Closed by those it was referred to: what neighbours had claimed before was given back.
    WishState.CLOSED: (ClaimState.DONE, ClaimState.RELEASED, None),
}
After = tuple[Wish, Claim | None, Events]


def new_wish() -> Wish:
    return Wish(
        id=uuid4(),
        card_no="7K3Q",
        area="610102007001",
        category="goods",
        channel="paper",
        beneficiary_id=uuid4(),
        state=WishState.SUBMITTED,
        version=0,
        rule_id=uuid4(),
    )


def new_claim(wish_id: UUID) -> Claim:
    giver = Giver(kind="volunteer", id=GIVER)
    contact_by, fulfil_by = by_then(NOW, 3), by_then(NOW, 10)
    return Claim(uuid4(), wish_id, ClaimState.LIVE, giver, GIVER, contact_by, fulfil_by)


def _remind(wish: Wish, held: Claim) -> After:
    due = replace(held, warned=0, due_at=NOW)
    return lease.tick(wish, due, TERMS, NOW) if held.in_hand else _moved(wish, held, WishAct.REMIND)


def _lapse(wish: Wish, held: Claim) -> After:
    wish = replace(wish, may_hang=True, hanging=True)
    due = replace(held, warned=2, due_at=NOW, asked_until=None, answer_by=None)
    return lease.tick(wish, due, TERMS, NOW) if held.in_hand else _moved(wish, held, WishAct.LAPSE)


def _escalate(wish: Wish, held: Claim) -> After:
    if wish.state in promise.AT_THE_DESK:
        # Nobody is late with what its person does not want to be hung up.
        may_hang = wish.may_hang or wish.state is WishState.VERIFIED
        late = replace(wish, desk_level=min(wish.desk_level, 1), due_at=NOW, may_hang=may_hang)
        return _both(promise.tick(late, TERMS, NOW), held)
    if wish.state is not WishState.POSTED:
        return _moved(wish, held, WishAct.ESCALATE)
    waits = replace(wish, level=0, posted_at=NOW, due_at=NOW, offered_to=None, offered_until=None)
    return (*_both(promise.tick(waits, TERMS, LONG_AFTER), held),)


def _refer(wish: Wish, held: Claim | None) -> After:
    after, _, events = referral.refer(wish, uuid4(), "grid", "road_broken", VERIFIER, TERMS, NOW)
    return after, held, events


def _answered(wish: Wish, held: Claim | None, outcome: referral.Outcome) -> After:
    handed = referral.Referral(
        uuid4(), wish.id, wish.area, "grid", "road_broken", LATER, VERIFIER, NOW
    )
    return _both(referral.answer(wish, handed, outcome, NOW), held)


def _close(wish: Wish, held: Claim) -> After:
    if wish.state is WishState.REFERRED:
        return _answered(wish, held, "helped")
    if wish.state is not WishState.FULFILLED:
        return _both(promise.close(wish, NOW), None)
    return _both(promise.tick(replace(wish, due_at=NOW), TERMS, NOW), held)


def _hang_again(wish: Wish, held: Claim) -> After:
    if (wish.state, WishAct.HANG_AGAIN) not in WISH:
        return _moved(wish, held, WishAct.HANG_AGAIN)
    down = replace(wish, may_hang=False, hanging=False)
    yes = consent.Said("publish", True, "self", "card", 1)
    return consent.give(down, held, yes, NOW, leaf=17, barred=False)


def _moved(wish: Wish, held: Claim, act: WishAct) -> After:
    """An act whose own function has no rule beside the table."""
    after = moved(wish, act)
    return after, claim_moved(held, act), ()


def _both(done: tuple[Wish, Events], held: Claim | None) -> After:
    return done[0], held, done[1]


def _visit(wish: Wish, held: Claim) -> After:
    going = visiting.Visit(
        uuid4(), wish.id, held.id, 1, (held.claimant.id,), held.claimant.id, NOW, SOON
    )
    after, held, _, events = visiting.start(wish, held, going, [], [], TERMS)
    return after, held, events


def _withdraw(wish: Wish, claim: Claim | None) -> After:
    return intake.withdraw(wish, claim, "not_needed", NOW)


HELPER = Giver(kind="volunteer", id=uuid4())
ACTS: dict[WishAct, Callable[[Wish, Claim], After]] = {
    WishAct.HAND_IN: lambda w, c: _both(intake.hand_in(w, NOW), c),
    WishAct.EDIT: lambda w, c: _both(intake.edit(w, NOW, category="service", effort="one_hour"), c),
    WishAct.VERIFY: lambda w, c: _both(intake.verify(w, VERIFIER, "visit", NOW), c),
    WishAct.RETURN: lambda w, c: _both(intake.send_back(w, VERIFIER, "not_clear", NOW), c),
    WishAct.PUBLISH: lambda w, c: _both(
        intake.publish(w, PUBLISHER, "one_item", 17, TERMS, NOW), c
    ),
    WishAct.ESCALATE: _escalate,
    WishAct.CLAIM: lambda w, _: claiming.claim(w, new_claim(w.id), TERMS, NOW),
    WishAct.CONTACT: lambda w, c: claiming.contact(w, c, TERMS, NOW),
    WishAct.JOIN: lambda w, c: claiming.join(
        w, c, Giver(kind="volunteer", id=uuid4()), GIVER, [], TERMS, NOW
    ),
    WishAct.LEAVE: lambda w, c: claiming.leave(
        w, replace(c, helpers=(*c.helpers, HELPER.id)), HELPER, NOW
    ),
    WishAct.REMIND: _remind,
    WishAct.ASK_TIME: lambda w, c: claiming.ask_time(
        w,
        replace(c, asked_until=None, extensions=9),
        c.fulfil_by + timedelta(days=2),
        "travel",
        TERMS,
        NOW,
    ),
    WishAct.EXTEND: lambda w, c: claiming.extend(w, c, LATER, "travel", None, TERMS, NOW),
    WishAct.REFUSE_TIME: lambda w, c: claiming.answer_time(
        w, replace(c, asked_until=LATER), VERIFIER, yes=False, reason="urgent", terms=TERMS, now=NOW
    ),
    WishAct.PROPOSE: lambda w, c: claiming.propose_change(
        w, replace(c, answer_by=None), uuid4(), TERMS, NOW
    ),
    WishAct.AGREE: lambda w, c: claiming.agree(w, replace(c, answer_by=LATER), TERMS, NOW),
    WishAct.DISAGREE: lambda w, c: lease.disagree(w, c, TERMS, NOW),
    WishAct.VISIT: _visit,
    WishAct.RELEASE: lambda w, c: claiming.release(
        replace(w, may_hang=True, hanging=True), c, TERMS, NOW
    ),
    WishAct.WAIT_FOR_PLACE: lambda w, c: claiming.release(
        replace(w, may_hang=True, hanging=False), c, TERMS, NOW
    ),
    WishAct.LET_GO: lambda w, c: claiming.release(
        replace(w, may_hang=False, hanging=False), c, TERMS, NOW
    ),
    WishAct.LAPSE: lambda w, c: _lapse(w, c),
    WishAct.DELIVER_PART: lambda w, c: fulfilling.deliver_part(
        w, c, c.claimant, [a_gift(c)], [], frozenset(), TERMS, NOW
    ),
    WishAct.DELIVER: lambda w, c: fulfilling.deliver(
        w, replace(c, answer_by=None), [a_gift(c)], [], frozenset(), TERMS, NOW
    ),
    WishAct.CONFIRM: lambda w, c: fulfilling.confirm(w, c, "code", TERMS, NOW),
    WishAct.DISSATISFY: lambda w, c: fulfilling.reopen(
        w, c, WishAct.DISSATISFY, "too_bright", TERMS, NOW, members=frozenset()
    ),
    WishAct.REOPEN: lambda w, c: fulfilling.reopen(
        w, c, WishAct.REOPEN, "too_bright", TERMS, NOW, members=frozenset()
    ),
    WishAct.EVALUATE: lambda w, c: _both(
        fulfilling.evaluate(w, c, 5, "phone", by_proxy=False, now=NOW), c
    ),
    WishAct.CALL_BACK: lambda w, c: _both(
        fulfilling.call_back(w, c, VERIFIER, "satisfied", NOW), c
    ),
    WishAct.ERASE: lambda w, c: intake.erase_unconfirmed(w, c, "person_erased", NOW),
    WishAct.CLOSE: _close,
    WishAct.REFER: _refer,
    WishAct.TAKE_BACK: lambda w, c: _answered(replace(w, verified_by=VERIFIER), c, "not_helped"),
    WishAct.START_OVER: lambda w, c: _answered(replace(w, verified_by=None), c, "not_helped"),
    WishAct.TAKE_DOWN: lambda w, c: _both(intake.take_down(w, "consent_withdrawn", NOW), c),
    WishAct.HANG_AGAIN: _hang_again,
}
"""Through the functions that the service uses."""


def a_gift(claim: Claim) -> Gift:
    return Gift(giver=claim.claimant, item="heater", quantity=1, value_fen=100)


def act_on(wish: Wish, claim: Claim | None, act: WishAct) -> After:
    if act is WishAct.WITHDRAW:
        held = claim if claim and claim.in_hand else None
        return _withdraw(wish, held)
    held = claim or new_claim(wish.id)
    if act in ACTS:
        after, held, events = ACTS[act](wish, held)
        # A claim that was only lent to the function is none.
        return after, held if claim or act is WishAct.CLAIM else None, events
    after = moved(wish, act)
    return after, claim, ()


def a_draft() -> tuple[Wish, Events]:
    begun = intake.begin(uuid4(), "610102007001", "desk", NOW)
    return replace(new_wish(), state=WishState.DRAFT, version=intake.DRAFTED), begun


@given(st.booleans(), st.lists(st.sampled_from(WishAct), max_size=60))
def test_any_sequence_of_acts_follows_the_table(drafted: bool, acts: list[WishAct]) -> None:
    wish, events = a_draft() if drafted else intake.submit(new_wish(), NOW)
    claim: Claim | None = None
    published = len(events)
    for act in acts:
        # What may not hang lets go, what may is released: the two never apply at once.
        expected = WISH.get((wish.state, act))
        if claim and wish.state in (WishState.CLAIMED, WishState.DELIVERED):
            expected = expected if (claim.state, act) in CLAIM else None
        if expected is None:
            with pytest.raises(WrongState) as refusal:
                act_on(wish, claim, act)
            assert refusal.value.values["state"] == STATE_WORDS[refusal.value.state]
            continue
        wish = replace(wish, may_hang=wish.may_hang or act is WishAct.PUBLISH)
        before = wish.version
        wish, claim, events = act_on(wish, claim, act)
        published += wish.version - before
        assert wish.state is expected
        assert len(events) == wish.version - before or (act not in ACTS and not events)
        assert wish.version == published
        assert wish.may_hang or not wish.hanging
        assert wish.hanging or wish.state is not WishState.POSTED
        if wish.state in FITS:
            assert (claim.state if claim else None) in (*FITS[wish.state], None)
        if wish.state is WishState.CLAIMED:
            assert claim is not None
            assert claim.due_at is not None, "a promise that no clock watches would be forgotten"
        if wish.state in promise.AT_THE_DESK:
            told = len(promise.ABOVE_THE_DESK)
            stands = wish.desk_level == told or promise.waits_for_a_yes(wish)
            assert (wish.due_at is None) == stands, "the desk would forget it"
        if wish.state is WishState.POSTED and wish.level < 3:
            assert wish.due_at is not None, "a wish that no clock watches would be forgotten"
        if wish.state is WishState.REFERRED:
            assert wish.due_at is not None, "a referral that no clock watches would be forgotten"
        if wish.state is WishState.VERIFIED:
            assert wish.verified_by is not None


def test_every_state_can_be_reached_and_ends_are_ends() -> None:
    reached = {WishState.DRAFT, *WISH.values()}
    assert reached == set(WishState)
    ends = reached - {state for state, _ in WISH}
    assert ends == {WishState.WITHDRAWN}
    assert {ClaimState.LIVE, *CLAIM.values()} - {state for state, _ in CLAIM} == {
        ClaimState.RELEASED
    }


def test_a_claim_that_was_given_back_is_history() -> None:
    wish = replace(new_wish(), state=WishState.CLAIMED, version=5)
    old = replace(new_claim(wish.id), state=ClaimState.RELEASED)
    for act in (WishAct.RELEASE, WishAct.DELIVER, WishAct.JOIN, WishAct.CONTACT):
        with pytest.raises(WrongState):
            act_on(wish, old, act)


def test_the_page_of_the_states_is_current() -> None:
    assert (ROOT / "docs" / "wish-states.md").read_text(encoding="utf-8") == states_page.page()
