"""The life of a wish: any sequence of acts against the printed table."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from contracts.fields import Gift, Giver
from hypothesis import given
from hypothesis import strategies as st
from wishes import states_page
from wishes.domain import wish as domain
from wishes.domain.errors import STATE_WORDS, WrongState
from wishes.domain.states import CLAIM, WISH, ClaimState, WishAct, WishState

NOW = datetime(2026, 2, 2, 9, 30, tzinfo=UTC)
VERIFIER, PUBLISHER, GIVER = uuid4(), uuid4(), uuid4()
ROOT = Path(__file__).parents[3]
FITS = {
    WishState.CLAIMED: ClaimState.LIVE,
    WishState.DELIVERED: ClaimState.DELIVERED,
    WishState.FULFILLED: ClaimState.DONE,
}


def new_wish() -> domain.Wish:
    return domain.Wish(
        id=uuid4(),
        card_no="7K3Q",
        area="610102007001",
        category="goods",
        channel="paper",
        beneficiary_id=uuid4(),
        state=WishState.SUBMITTED,
        version=0,
    )


def new_claim(wish_id: UUID) -> domain.Claim:
    giver = Giver(kind="volunteer", id=GIVER)
    return domain.Claim(uuid4(), wish_id, ClaimState.LIVE, giver, GIVER, NOW, NOW)


def act_on(
    wish: domain.Wish, claim: domain.Claim | None, act: WishAct
) -> tuple[domain.Wish, domain.Claim | None, domain.Events]:
    """Do it through the function that the service uses."""
    held = claim or new_claim(wish.id)
    gift = Gift(giver=held.claimant, item="heater", quantity=1, value_fen=100)
    match act:
        case WishAct.VERIFY:
            after, events = domain.verify(wish, VERIFIER, "visit", NOW)
        case WishAct.RETURN:
            after, events = domain.send_back(wish, VERIFIER, "not_clear", NOW)
        case WishAct.PUBLISH:
            after, events = domain.publish(wish, PUBLISHER, "one_item", 17, NOW)
        case WishAct.WITHDRAW:
            after, events = domain.withdraw(wish, "not_needed", NOW)
        case WishAct.CLAIM:
            return domain.claim(wish, new_claim(wish.id), NOW)
        case WishAct.JOIN:
            return domain.join(wish, held, uuid4(), NOW)
        case WishAct.RELEASE:
            return domain.release(wish, held, NOW)
        case WishAct.DELIVER:
            return domain.deliver(wish, held, [gift], [], frozenset(), NOW)
        case WishAct.CONFIRM:
            return domain.confirm(wish, held, "code", NOW)
        case WishAct.DISSATISFY | WishAct.REOPEN:
            return domain.reopen(wish, held, act, "too_bright", NOW)
    return after, claim, events


@given(st.lists(st.sampled_from(WishAct), max_size=40))
def test_any_sequence_of_acts_follows_the_table(acts: list[WishAct]) -> None:
    wish, events = domain.submit(new_wish(), NOW)
    claim: domain.Claim | None = None
    published = len(events)
    for act in acts:
        expected = WISH.get((wish.state, act))
        if expected is None:
            with pytest.raises(WrongState) as refusal:
                act_on(wish, claim, act)
            assert refusal.value.values["state"] == STATE_WORDS[refusal.value.state]
            continue
        wish, claim, events = act_on(wish, claim, act)
        published += len(events)
        assert wish.state is expected
        assert len(events) == 1
        assert wish.version == published
        assert wish.hanging == (wish.state in (WishState.POSTED, *FITS))
        if wish.state in FITS:
            assert claim is not None
            assert claim.state is FITS[wish.state]


def test_every_state_can_be_reached_and_ends_are_ends() -> None:
    reached = {WishState.SUBMITTED, *WISH.values()}
    assert reached == set(WishState)
    ends = reached - {state for state, _ in WISH}
    assert ends == {WishState.RETURNED, WishState.WITHDRAWN}
    assert {ClaimState.LIVE, *CLAIM.values()} - {state for state, _ in CLAIM} == {
        ClaimState.RELEASED
    }


def test_a_claim_that_was_given_back_is_history() -> None:
    wish = replace(new_wish(), state=WishState.CLAIMED, version=5)
    old = replace(new_claim(wish.id), state=ClaimState.RELEASED)
    for act in (WishAct.RELEASE, WishAct.DELIVER, WishAct.JOIN):
        with pytest.raises(WrongState):
            act_on(wish, old, act)


def test_the_page_of_the_states_is_current() -> None:
    assert (ROOT / "docs" / "wish-states.md").read_text(encoding="utf-8") == states_page.page()
