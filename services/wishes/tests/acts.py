"""Every act of the table of states, done by those whose act it is: over the API, or by the clocks.

A `Way` is one of the ways in which an act comes about. `WAYS` names them all, with what must be so
before and what is so after beside the states; `test_walk` goes along them one by one, `test_races` two
at once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
from chassis.clock import now
from wishes.bootstrap import dials_of
from wishes.domain.rule import Terms
from wishes.domain.states import ClaimState, WishAct, WishState
from wishes.domain.working_days import after_working_days

from .conftest import Api, gift, slip

CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
WITNESS = {"name": "刘桂兰", "relation": "neighbour"}
REASON = {"reason": "not_right"}
YES = {"answer": "yes", "reason": "asked"}
CHANGE = {
    "words": "灯太亮，想换一盏暗一点的台灯。",
    "category": "skills",
    "title": "想有一盏不刺眼的台灯",
    "effort": "one_hour",
}
MOMENT = {
    "wish": "select due_at from wish where id = $1",
    "claim": "select due_at from claim where id = $1",
    "draft": "select discard_at from draft where id = $1",
}
LAST_REFERRAL = """
select id from referral where wish_id = $1 order by referred_at desc limit 1
"""
LAST_HELPER = """
select volunteer_id from claim_helper where claim_id = $1 order by joined_at desc limit 1
"""
FULFIL_BY = "select fulfil_by from claim where id = $1"
A_FEW, MANY = Terms().extension_days - 2, Terms().extension_days * 2
"""Working days: the rule itself gives the one, a worker decides about the other."""
PAST = httpx.Response(204)
"""Time has passed; what came of it is seen by the events."""
Do = Callable[[], Awaitable[httpx.Response]]


@dataclass
class Life:
    """One wish, and those who have to do with it."""

    api: Api
    wish: dict[str, Any]
    who: UUID
    """Who claims it, and leads."""
    claim: str = ""
    erasure: str = ""
    """The request that waits for its second hand."""

    @property
    def me(self) -> dict[str, str]:
        return self.api.volunteer(self.who)

    def colleague(self) -> dict[str, str]:
        """Somebody of the same desk who has done nothing yet."""
        return self.api.as_role("community_worker", self.wish["area"], subject=uuid4())

    def post(self, path: str, body: Any, who: dict[str, str] | None = None) -> Do:
        """A command with one key, however often it is sent."""
        return partial(self.api.post, path, body, who, str(uuid4()))

    def on_wish(self, path: str, body: Any, who: dict[str, str] | None = None) -> Do:
        return self.post(f"wishes/{self.wish['id']}/{path}", body, who or self.api.worker)

    def on_claim(self, path: str, body: Any, who: dict[str, str] | None = None) -> Do:
        return self.post(f"claims/{self.claim or uuid4()}/{path}", body, who or self.me)

    async def tick(self, clock: str, of: str) -> Do:
        """The next moment comes, as it stands now."""
        at: datetime | None = await self.api.db.fetchval(MOMENT[clock], UUID(of))
        (tick,) = (dial.tick for dial in dials_of(self.api.parts) if dial.name == clock)

        async def pass_by() -> httpx.Response:
            if at is not None:
                await tick(UUID(of), at)
            return PAST

        return pass_by


async def hand_in(life: Life) -> Do:
    return life.post(f"drafts/{life.wish['id']}/submission", {}, life.api.worker)


async def discard(life: Life) -> Do:
    return life.post(f"drafts/{life.wish['id']}/withdrawal", {}, life.api.worker)


async def draft_expires(life: Life) -> Do:
    return await life.tick("draft", life.wish["id"])


async def edit(life: Life) -> Do:
    return life.on_wish("change", {"words": "要一个亮一点的。"})


async def verify(life: Life) -> Do:
    checks = CHECKS | {"publish_agreed": True}
    return life.on_wish("verification", {"method": "visit", "checklist": checks})


async def send_back(life: Life) -> Do:
    return life.on_wish("return", REASON)


async def publish(life: Life) -> Do:
    body = {"title": "冬天想有一台取暖器", "effort": "one_item"}
    return life.on_wish("publication", body, life.api.colleague)


async def wish_time_passes(life: Life) -> Do:
    return await life.tick("wish", life.wish["id"])


async def claim(life: Life) -> Do:
    return life.on_wish("claims", {}, life.me)


async def contact(life: Life) -> Do:
    return life.on_claim("contacted", {})


async def join(life: Life) -> Do:
    return life.on_claim("helpers", {}, life.api.volunteer(await life.api.approved()))


async def helper_leaves(life: Life) -> Do:
    helper = life.claim and await life.api.db.fetchval(LAST_HELPER, UUID(life.claim))
    return life.on_claim("leaving", {}, life.api.volunteer(helper or uuid4()))


async def lead_leaves(life: Life) -> Do:
    return life.on_claim("leaving", {})


async def claim_time_passes(life: Life) -> Do:
    return await life.tick("claim", life.claim)


async def _until(life: Life, days: int) -> dict[str, str]:
    by = (life.claim and await life.api.db.fetchval(FULFIL_BY, UUID(life.claim))) or now()
    return {"until": after_working_days(by, days).date().isoformat(), "reason": "ill"}


async def ask_for_many_days(life: Life) -> Do:
    return life.on_claim("extension", await _until(life, MANY))


async def ask_for_a_few_days(life: Life) -> Do:
    return life.on_claim("extension", await _until(life, A_FEW))


async def worker_gives_time(life: Life) -> Do:
    body = {"answer": "yes", "reason": "ill"}
    return life.on_claim("extension/decision", body, life.api.worker)


async def worker_refuses_time(life: Life) -> Do:
    body = {"answer": "no", "reason": "urgent"}
    return life.on_claim("extension/decision", body, life.api.worker)


async def propose(life: Life) -> Do:
    # Never by who verified it, which whoever proposed a change before has done.
    return life.on_wish("change-proposals", CHANGE, life.colleague())


async def agree(life: Life) -> Do:
    return life.on_claim("change-answer", {"answer": "yes"})


async def disagree(life: Life) -> Do:
    return life.on_claim("change-answer", {"answer": "no"})


async def visit(life: Life) -> Do:
    back_by = (now() + timedelta(hours=1)).isoformat()
    return life.on_claim("visits", {"visitors": [str(life.who)], "back_by": back_by})


async def give_back(life: Life) -> Do:
    return life.on_claim("release", {})


async def all_give_back(life: Life) -> Do:
    return life.on_claim("release", {"everybody": True})


async def deliver_part(life: Life) -> Do:
    return life.on_claim("parts", {"gifts": [gift(life.who)]})


async def deliver(life: Life) -> Do:
    return life.on_claim("delivery", {"gifts": [gift(life.who)]})


async def withdraw(life: Life) -> Do:
    return life.on_wish("withdrawal", REASON)


async def ask_no_more(life: Life) -> None:
    """The person wants no service any more, and to be erased; one of two has looked."""
    no = {"purpose": "service", "given": False, "how": "paper", "wording": 1}
    person = f"beneficiaries/{life.wish['beneficiary_id']}"
    first = life.colleague()
    await life.api.ok(f"wishes/{life.wish['id']}/consents", no, life.api.worker)
    asked = await life.api.ok(f"{person}/requests", {"kind": "erasure"}, life.api.worker)
    await life.api.ok(f"data-requests/{asked['id']}/decision", YES, first)
    life.erasure = asked["id"]


async def erase(life: Life) -> Do:
    return life.post(f"data-requests/{life.erasure or uuid4()}/decision", YES, life.colleague())


def _told(answer: str) -> dict[str, Any]:
    return {"method": "call", "witness": WITNESS, "answer": answer}


async def confirm_by_card(life: Life) -> Do:
    return life.post(f"cards/{slip(life.wish)}/confirmation", {"answer": "satisfied"})


async def confirm_at_call(life: Life) -> Do:
    return life.on_wish("confirmation", _told("satisfied"))


async def unsatisfied_at_call(life: Life) -> Do:
    return life.on_wish("confirmation", _told("unsatisfied"))


async def unsatisfied_by_card(life: Life) -> Do:
    return life.post(f"cards/{slip(life.wish)}/confirmation", {"answer": "unsatisfied"})


async def reopen(life: Life) -> Do:
    return life.on_wish("reopening", REASON)


async def call_back(life: Life) -> Do:
    return life.on_wish("callback", {"outcome": "satisfied"}, life.colleague())


async def unsatisfied_at_callback(life: Life) -> Do:
    return life.on_wish("callback", {"outcome": "unsatisfied"}, life.colleague())


async def evaluate(life: Life) -> Do:
    return life.post(f"cards/{slip(life.wish)}/evaluation", {"score": 4})


async def take_down(life: Life) -> Do:
    return life.on_wish("takedown", {"reason": "leak"})


def _to_be_shown(life: Life, given: bool) -> Do:
    body = {"purpose": "publish", "given": given, "how": "paper", "wording": 1}
    return life.on_wish("consents", body)


async def say_no(life: Life) -> Do:
    return _to_be_shown(life, False)


async def say_yes(life: Life) -> Do:
    return _to_be_shown(life, True)


async def refer(life: Life) -> Do:
    return life.on_wish("referral", {"to": "grid", "reason": "road_broken"})


async def _answer_referral(life: Life, outcome: str) -> Do:
    """Of the last one, whether it waits for an answer or not."""
    referral = await life.api.db.fetchval(LAST_REFERRAL, UUID(life.wish["id"]))
    path = f"referrals/{referral or uuid4()}/answer"
    return life.post(path, {"outcome": outcome}, life.api.worker)


async def others_could_not_help(life: Life) -> Do:
    return await _answer_referral(life, "not_helped")


async def others_helped(life: Life) -> Do:
    return await _answer_referral(life, "helped")


@dataclass(frozen=True)
class Way:
    """How an act comes about. Two ways with the same `ready` are one deed: what it comes to depends on
    what is so. `ready` looks up what the deed needs and gives the deed itself."""

    act: WishAct | None
    """None: it is noted, and the state stays."""
    ready: Callable[[Life], Awaitable[Do]]
    events: tuple[str, ...]
    needs: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    """What must not be so."""
    makes: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()
    moves_on: tuple[ClaimState, ...] = ()
    """In these states of the claim its next moment is another one afterwards, and it is not late."""
    states: tuple[WishState, ...] = ()
    """Only in these; otherwise wherever the table has the act."""
    held: tuple[ClaimState, ...] = ()
    """Only while the claim is in one of these; otherwise wherever the table has the act."""


def _so(text: str) -> frozenset[str]:
    return frozenset(text.split())


_A, _S = WishAct, WishState
ENDED = ("ClaimEnded", "WishChanged")
NOTED = ("ConsentChanged",)
HELPED = (_S.DELIVERED, _S.FULFILLED, _S.CLOSED)
UNSEEN = (_S.SUBMITTED, _S.VERIFIED, _S.RETURNED, _S.REFERRED, _S.WITHDRAWN)
"""No card of it could be shown now."""
RELEASED = ("ClaimReleased",)
LAPSED = ("ClaimLapsed",)
NOT_RUNG = (ClaimState.LIVE,)
"""Time is asked for the day of delivery: it does not put off the day of the first call."""
LEAD = _so("lead")
"""Whoever claimed it still leads: what only they may do, nobody does after they left."""
UNASKED = _so("unasked")
"""The person wants no service any more. They may say by themselves how it was: test_rights."""
WAYS = (
    Way(_A.HAND_IN, hand_in, ("WishSubmitted",)),
    Way(_A.WITHDRAW, discard, ("WishWithdrawn",), states=(_S.DRAFT,)),
    Way(_A.WITHDRAW, draft_expires, ("WishWithdrawn",), states=(_S.DRAFT,)),
    # What waited to be checked keeps its day; on the way back to there the day is a later one than the
    # one for hanging it up.
    Way(_A.EDIT, edit, ("WishChanged",), states=(_S.SUBMITTED, _S.RETURNED, _S.POSTED)),
    Way(_A.EDIT, edit, ("WishChanged",), ends=_so("due"), states=(_S.VERIFIED,)),
    Way(_A.VERIFY, verify, ("WishVerified",)),
    Way(_A.RETURN, send_back, ("WishReturned",), ends=_so("due")),
    Way(_A.PUBLISH, publish, ("WishPosted",), ends=_so("due")),
    Way(
        _A.ESCALATE,
        wish_time_passes,
        ("WishOverdue",),
        _so("due"),
        ends=_so("due"),
        states=(_S.SUBMITTED, _S.VERIFIED, _S.RETURNED, _S.TAKEN_DOWN, _S.DELIVERED),
    ),
    Way(
        _A.ESCALATE,
        wish_time_passes,
        ("WishOverdue",),
        _so("due"),
        makes=_so("unanswered"),
        ends=_so("due"),
        states=(_S.REFERRED,),
    ),
    Way(
        _A.ESCALATE,
        wish_time_passes,
        ("WishEscalated",),
        _so("due"),
        makes=_so("up"),
        ends=_so("due"),
        states=(_S.POSTED,),
    ),
    Way(_A.CLAIM, claim, ("WishClaimed",)),
    Way(_A.CONTACT, contact, ("ClaimContacted",), LEAD, moves_on=(ClaimState.LIVE,)),
    Way(_A.JOIN, join, ("ClaimJoined",), makes=_so("helper")),
    Way(_A.LEAVE, helper_leaves, ("ClaimLeft",), _so("helper"), ends=_so("helper")),
    Way(_A.LEAVE, lead_leaves, ("ClaimLeft",), _so("helper lead"), ends=_so("helper lead")),
    Way(_A.LEAVE, give_back, ("ClaimLeft",), _so("helper lead"), ends=_so("helper lead")),
    Way(_A.REMIND, claim_time_passes, ("ClaimReminded",), _so("due"), _so("late"), ends=_so("due")),
    Way(
        _A.ASK_TIME,
        ask_for_many_days,
        ("ClaimExtensionAsked",),
        LEAD,
        _so("asked"),
        makes=_so("asked"),
    ),
    Way(
        _A.EXTEND,
        ask_for_a_few_days,
        ("ClaimExtended",),
        LEAD,
        _so("asked longer"),
        makes=_so("longer"),
        moves_on=(ClaimState.CONTACTED,),
    ),
    Way(
        _A.EXTEND,
        worker_gives_time,
        ("ClaimExtended",),
        _so("asked"),
        makes=_so("longer"),
        ends=_so("asked"),
        moves_on=(ClaimState.CONTACTED,),
    ),
    Way(
        _A.REFUSE_TIME,
        worker_refuses_time,
        ("ClaimExtensionRefused",),
        _so("asked"),
        ends=_so("asked"),
    ),
    Way(_A.PROPOSE, propose, ("ChangeProposed",), without=_so("change"), makes=_so("change")),
    Way(_A.AGREE, agree, ("WishChanged",), _so("change lead"), ends=_so("change")),
    Way(_A.DISAGREE, disagree, ENDED, _so("change lead")),
    Way(_A.DISAGREE, give_back, ENDED, _so("change lead"), _so("helper")),
    # However late they are, and whatever puts off the other days.
    Way(_A.DISAGREE, claim_time_passes, ENDED, _so("change silent")),
    Way(_A.VISIT, visit, ("VisitStarted",), LEAD, _so("visit"), makes=_so("visit")),
    Way(_A.RELEASE, give_back, RELEASED, LEAD, _so("change shelved crowded helper")),
    Way(
        _A.LAPSE,
        claim_time_passes,
        LAPSED,
        _so("due late"),
        _so("asked change shelved crowded"),
    ),
    Way(
        _A.LAPSE,
        claim_time_passes,
        LAPSED,
        _so("due late asked"),
        _so("change shelved crowded"),
        held=NOT_RUNG,
    ),
    Way(_A.LET_GO, give_back, RELEASED, _so("lead shelved"), _so("change helper")),
    Way(_A.LET_GO, claim_time_passes, LAPSED, _so("due late shelved"), _so("asked change")),
    Way(
        _A.LET_GO,
        claim_time_passes,
        LAPSED,
        _so("due late shelved asked"),
        _so("change"),
        held=NOT_RUNG,
    ),
    Way(_A.WAIT_FOR_PLACE, give_back, RELEASED, _so("lead crowded"), _so("change shelved helper")),
    Way(
        _A.WAIT_FOR_PLACE,
        claim_time_passes,
        LAPSED,
        _so("due late crowded"),
        _so("asked change shelved"),
    ),
    Way(
        _A.WAIT_FOR_PLACE,
        claim_time_passes,
        LAPSED,
        _so("due late crowded asked"),
        _so("change shelved"),
        held=NOT_RUNG,
    ),
    Way(_A.DELIVER_PART, deliver_part, ("WishPartlyDelivered",), LEAD, moves_on=(ClaimState.LIVE,)),
    Way(_A.DELIVER, deliver, ("WishDelivered",), LEAD, _so("change"), ends=_so("asked due late")),
    # Each of the two begins a day of its own, which is a later one.
    Way(_A.CONFIRM, confirm_by_card, ("WishFulfilled",), without=UNASKED, ends=_so("due")),
    Way(_A.CONFIRM, confirm_at_call, ("WishFulfilled",), without=UNASKED, ends=_so("due")),
    Way(_A.DISSATISFY, unsatisfied_at_call, ("WishReopened",), without=UNASKED),
    Way(_A.DISSATISFY, unsatisfied_by_card, ("WishReopened",), without=UNASKED),
    Way(_A.REOPEN, reopen, ("WishReopened",)),
    Way(_A.REOPEN, unsatisfied_at_callback, ("WishCalledBack", "WishReopened")),
    Way(
        _A.EVALUATE, evaluate, ("WishEvaluated",), without=_so("evaluated"), makes=_so("evaluated")
    ),
    Way(_A.CALL_BACK, call_back, ("WishCalledBack",)),
    Way(_A.CLOSE, wish_time_passes, ("WishClosed",), _so("due"), states=(_S.FULFILLED,)),
    Way(_A.CLOSE, others_helped, ("ReferralAnswered", "WishClosed"), states=(_S.REFERRED,)),
    Way(_A.WITHDRAW, withdraw, ("ClaimEnded", "WishWithdrawn"), states=(_S.CLAIMED,)),
    Way(
        _A.WITHDRAW,
        withdraw,
        ("WishWithdrawn",),
        states=(_S.SUBMITTED, _S.VERIFIED, _S.RETURNED, _S.POSTED, _S.TAKEN_DOWN, _S.REFERRED),
    ),
    Way(_A.ERASE, erase, ("ClaimEnded", "WishWithdrawn"), UNASKED | _so("shelved")),
    Way(_A.REFER, refer, ("WishReferred",), ends=_so("due")),
    Way(_A.TAKE_BACK, others_could_not_help, ("ReferralAnswered",), _so("verified")),
    Way(_A.START_OVER, others_could_not_help, ("ReferralAnswered",), without=_so("verified")),
    Way(
        _A.TAKE_DOWN,
        take_down,
        ("WishTakenDown",),
        without=_so("shelved"),
        makes=_so("shelved barred"),
    ),
    Way(
        _A.TAKE_DOWN,
        say_no,
        ("ConsentChanged", "WishTakenDown"),
        without=_so("shelved"),
        makes=_so("shelved no"),
    ),
    Way(None, say_no, NOTED, _so("shelved"), _so("no"), makes=_so("no")),
    Way(None, say_no, NOTED, without=_so("shelved"), makes=_so("shelved no"), states=UNSEEN),
    Way(
        _A.HANG_AGAIN,
        say_yes,
        NOTED,
        _so("shelved"),
        ends=_so("shelved no barred"),
        states=(_S.TAKEN_DOWN,),
    ),
    Way(
        _A.HANG_AGAIN,
        say_yes,
        NOTED,
        _so("shelved"),
        _so("barred crowded"),
        ends=_so("shelved no"),
        states=(_S.CLAIMED,),
    ),
    Way(
        None,
        say_yes,
        NOTED,
        _so("shelved crowded"),
        _so("barred"),
        ends=_so("shelved no"),
        states=(_S.CLAIMED,),
    ),
    Way(None, say_yes, NOTED, _so("shelved barred"), ends=_so("no"), states=(_S.CLAIMED, *HELPED)),
    Way(None, say_yes, NOTED, _so("shelved"), _so("barred"), ends=_so("shelved no"), states=HELPED),
    Way(None, say_yes, NOTED, _so("shelved"), ends=_so("shelved no barred"), states=UNSEEN),
)


def ways_of(act: WishAct, state: WishState | None = None) -> list[Way]:
    return [
        way
        for way in WAYS
        if way.act is act and (state is None or not way.states or state in way.states)
    ]
