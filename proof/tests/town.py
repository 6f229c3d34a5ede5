"""A small town in memory whose every story is correct: what the judge must find nothing wrong with.

Each act writes what the client saw, the events, and what the other services made of them, so that a
test can spoil one thing and ask whether the judge sees it.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from proof.books import BOOKS, Shares, worth
from proof.evidence import SCHEMAS, Evidence, Seen
from proof.faults import Poison
from proof.helping import Fulfilment, given_of
from proof.history import NOTIFICATION, POINTS, READERS, VOLUNTEER, WISH, Event
from proof.moments import COMES_TO_THE_DESK
from proof.moments import DESK as AT_THE_DESK
from proof.record import Act, Attempt
from proof.told import Person, after, concerned, desk_hears

BAO, ZHANG, WANG, DESK, HAI, UNIT = (str(uuid.UUID(int=n)) for n in (1, 2, 3, 4, 5, 6))
GROUPS = ("wishes", "volunteers", "points", "notifications")
NOON = datetime.fromisoformat("2026-11-24T12:00:00.000+08:00")
DAY = timedelta(days=1)
Said = tuple[str, dict[str, Any]]
"""An event's name and data."""


class Town:
    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.messages: list[Seen] = []
        self.opening: set[str] = set()
        self.poisons: list[Poison] = []
        self.letters: list[Seen] = []
        self.rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.now = 0.0
        self.moment = NOON
        self._ids = 1000
        self._offsets: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._versions: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._wishes: dict[str, dict[str, Any]] = {}
        self._claims: dict[str, dict[str, Any]] = {}
        self._helping: defaultdict[str, list[Person]] = defaultdict(list)
        self._requests: dict[str, dict[str, str]] = {}
        self._tell_of_volunteers()

    # How a wish comes in, and what the desk does with it.

    def submit(self, category: str = "goods", follows: str = "", **how: Any) -> str:
        wish = self.id()
        self._wishes[wish] = self._life("submitted") | {"category": category}
        data = self._submitted(wish) | {"follows_wish_id": follows or None}
        asked = {"follows": follows} if follows else {"category": category}
        act: Act = "follow_up" if follows else "submit"
        answer = {"id": wish, "state": "submitted"}
        self._act(act, WANG, "", "", asked, answer, [("WishSubmitted", data)], how, wish)
        return wish

    def draft(self) -> str:
        wish = self.id()
        self._wishes[wish] = self._life("draft")
        self._act("draft", WANG, "", "", {}, {"id": wish}, [("WishDrafted", {})], {}, wish)
        return wish

    def hand_in(self, wish: str, category: str = "goods") -> None:
        self._wishes[wish] |= {"state": "submitted", "category": category}
        asked, answer = {"category": category}, {"id": wish, "state": "submitted"}
        said = [("WishSubmitted", self._submitted(wish))]
        self._act("hand_in", WANG, wish, "", asked, answer, said)

    def discard(self, wish: str) -> None:
        del self._wishes[wish]
        self._act("discard", WANG, wish, "", {}, {"id": wish}, [("WishWithdrawn", {})])
        del self._versions[WISH, wish]

    def edit(self, wish: str, category: str = "") -> None:
        self._wishes[wish]["category"] = category or self._wishes[wish]["category"]
        data = {"category": self._wishes[wish]["category"], "claim_id": None}
        asked = {"category": category}
        self._wishes[wish]["hanging"] = False
        self._staff("edit", wish, "submitted", [("WishChanged", data)], asked)

    def hang(self, wish: str, offered_to: str = "") -> None:
        self.verify(wish)
        self.publish(wish, offered_to)

    def verify(self, wish: str) -> None:
        """Its person is asked again, whatever they have said before."""
        said: list[Said] = [("WishVerified", {"verified_by": WANG})]
        for purpose in ("service", "publish"):
            self._note(wish, purpose, given=True)
        anew = self._wishes[wish].pop("down", False)
        if anew:
            said.append(("ConsentChanged", {"purpose": "publish", "given": True}))
        self._staff("verify", wish, "verified", said, {"anew": anew})

    def publish(self, wish: str, offered_to: str = "") -> None:
        said: list[Said] = [("WishPosted", {"posted_by": WANG, "posted_at": self._now()})]
        if offered_to:
            offer = {"offered_to": _volunteer(offered_to), "until": self._now(2)}
            said.append(("WishOffered", offer))
        asked = {"offers": True} if offered_to else {}
        self._wishes[wish]["hanging"] = True
        self._staff("publish", wish, "posted", said, asked)

    def consent(self, wish: str, claim: str = "", *, given: bool) -> None:
        """To the card."""
        life = self._wishes[wish]
        hangs = life["hanging"]
        life |= {"down": not given, "hanging": given and life["state"] == "claimed"}
        says = {"purpose": "publish", "given": given}
        said: list[Said] = [("ConsentChanged", dict(says))]
        if given and life["state"] == "taken_down":
            life["state"] = "verified"
        if hangs:
            said.append(("WishTakenDown", {"reason": "consent_withdrawn"}))
            life["state"] = self._shelved(life)
        self._note(wish, "publish", given=given)
        asked = {"given": given, "hangs": hangs, "says": says}
        answer = {"state": life["state"]}
        self._act("consent", "card", wish, claim, asked, answer, said)

    def take_down(self, wish: str) -> None:
        life = self._wishes[wish]
        life |= {"down": True, "hanging": False}
        says = {"reason": "mistake"}
        said: list[Said] = [("WishTakenDown", dict(says))]
        self._staff("take_down", wish, self._shelved(life), said, {"says": says})

    def _shelved(self, life: dict[str, Any]) -> str:
        return "taken_down" if life["state"] == "posted" else life["state"]

    def _note(self, wish: str, purpose: str, *, given: bool) -> None:
        self.rows["lines"].append({"wish_id": wish, "purpose": purpose, "given": given})

    def send_back(self, wish: str) -> None:
        self._staff("return", wish, "returned", [("WishReturned", {"returned_by": WANG})])

    def withdraw(self, wish: str, claim: str = "") -> None:
        said: list[Said] = [("WishWithdrawn", {})]
        if claim:
            said.insert(0, ("ClaimEnded", self._of(claim) | {"reason": "wish_withdrawn"}))
            self._claims[claim]["state"] = "released"
        self._wishes[wish]["hanging"] = False
        asked = {"claimed": True} if claim else {}
        self._staff("withdraw", wish, "withdrawn", said, asked, claim)

    def refer(self, wish: str, outcome: str, *, late: tuple[str, ...] = ()) -> None:
        """`late`: the levels that are told before there is an answer."""
        referral = self.id()
        data = {"referral_id": referral, "to": "grid", "referred_by": WANG}
        answer = {"id": referral}
        asked = {"says": {"to": "grid"}}
        verified = self._wishes[wish]["state"] != "submitted"
        self._wishes[wish] |= {"state": "referred", "hanging": False}
        self._act("refer", WANG, wish, "", asked, answer, [("WishReferred", data)])
        for level in late:
            self.days(15)
            self.desk_is_late(wish, level)
        says = {"referral_id": referral, "outcome": outcome}
        said: list[Said] = [("ReferralAnswered", dict(says))]
        if outcome == "helped":
            said.append(("WishClosed", {"closed_at": self._now()}))
        back = "verified" if verified else "submitted"
        state = "closed" if outcome == "helped" else back
        self._staff("answer_referral", wish, state, said, {"answer": outcome, "says": says})

    def programme(self, wish: str) -> None:
        programme = self.id()
        data = {"programme_id": programme}
        opened: list[Said] = [("ProgrammeOpened", data | {"opened_by": WANG})]
        self._act("open_programme", WANG, "", "", {}, {"id": programme}, opened, key=programme)
        says = {"says": data}
        state = self._wishes[wish]["state"]
        self._staff("join_programme", wish, state, [("WishJoinedProgramme", data)], says)
        closed: list[Said] = [("ProgrammeClosed", data | {"closed_by": WANG})]
        self._act("close_programme", WANG, programme, "", says, {"id": programme}, closed)

    def invite(self, wish: str, *invited: str) -> list[str]:
        ids = [self.id() for _ in invited]
        said: list[Said] = [
            ("InvitationSent", {"invitation_id": one, "sent_by": WANG}) for one in ids
        ]
        state = self._wishes[wish]["state"]
        self._staff("invite", wish, state, said, {"invited": list(invited)})
        return ids

    def hand_over(self, wish: str, to: str) -> None:
        says = {"handed_to": to}
        said: list[Said] = [("WishHandedOver", dict(says))]
        self._staff("hand_over", wish, self._wishes[wish]["state"], said, {"says": says})

    def unseen(self, act: Act, wish: str, who: str) -> None:
        self._act(act, who, wish, "", {}, {}, [])

    # Who helps.

    def claim(self, wish: str, who: str = BAO, invitation: str = "", **how: Any) -> str:
        claim = self.id()
        self._claims[claim] = {"wish": wish, "state": "live", "team": [who], "warned": 0}
        self._wishes[wish]["state"] = "claimed"
        data = {
            "claim_id": claim,
            "claimant": _volunteer(who),
            "claimed_by": who,
            "contact_by": self._now(3),
            "fulfil_by": self._now(10),
        }
        self._claims[claim] |= {name: data[name] for name in ("contact_by", "fulfil_by")}
        said: list[Said] = [("WishClaimed", data)]
        if invitation:
            said.append(("InvitationAnswered", {"invitation_id": invitation, "claim_id": claim}))
        asked = {"invitation": invitation} if invitation else {}
        answer = {"id": claim, "state": "live"}
        self._act("claim", who, wish, "", asked, answer, said, how)
        return claim

    def lose(self, wish: str, who: str = ZHANG) -> None:
        """A claim that is refused."""
        self._attempt(
            "claim", who, self.name(), wish, "", {}, status=409, problem="already-claimed"
        )

    def contact(self, claim: str) -> None:
        self._claims[claim] |= {"state": "contacted", "warned": 0}
        self._helper("contact", claim, [("ClaimContacted", self._lead(claim))])

    def join(self, claim: str, who: str = ZHANG) -> None:
        self._claims[claim]["team"].append(who)
        data = {"claim_id": claim, "volunteer_id": who}
        self._helper("join", claim, [("ClaimJoined", data)], who=who)

    def join_unit(self, claim: str) -> None:
        data = {"claim_id": claim, "organisation_id": UNIT, "joined_by": HAI}
        asked = {"says": {"organisation_id": UNIT}}
        self._helper("join_unit", claim, [("ClaimUnitJoined", data)], asked, who=HAI)

    def leave_unit(self, claim: str) -> None:
        data = self._lead(claim) | {"left": {"kind": "organisation", "id": UNIT}}
        self._helper("leave", claim, [("ClaimLeft", data)], {"giver": UNIT}, who=HAI)

    def leave(self, claim: str, who: str) -> None:
        self._claims[claim]["team"].remove(who)
        data = self._lead(claim) | {"left": _volunteer(who)}
        self._helper("leave", claim, [("ClaimLeft", data)], who=who)

    def release(self, claim: str) -> None:
        held = self._claims[claim]
        data = self._of(claim)
        held["state"] = "released"
        self._back(held["wish"])
        self._helper("release", claim, [("ClaimReleased", data)])

    def ask_time(self, claim: str, answer: str = "") -> None:
        """By the rule itself, or by a worker's `answer`."""
        held, until = self._claims[claim], self._now(14)
        if not answer:
            held["fulfil_by"] = until
            given = self._of(claim) | {"fulfil_by": until, "decided_by": None}
            asked = {"far": False, "says": {"decided_by": None}}
            self._helper("ask_time", claim, [("ClaimExtended", given)], asked)
            return
        asking: list[Said] = [("ClaimExtensionAsked", self._lead(claim) | {"until": until})]
        self._helper("ask_time", claim, asking, {"far": True})
        held["fulfil_by"] = until if answer == "yes" else held["fulfil_by"]
        data = self._lead(claim) | {"fulfil_by": held["fulfil_by"], "decided_by": WANG}
        name = "ClaimExtended" if answer == "yes" else "ClaimExtensionRefused"
        asked = {"answer": answer, "says": {"decided_by": WANG}}
        self._helper("decide_time", claim, [(name, data)], asked, who=WANG)

    def propose(self, claim: str, category: str = "skills") -> None:
        self._claims[claim]["proposed"] = category
        asked = {"category": category}
        said = [("ChangeProposed", self._of(claim))]
        self._helper("propose", claim, said, asked, who=WANG)

    def answer_change(self, claim: str, answer: str) -> None:
        held = self._claims[claim]
        wish = self._wishes[held["wish"]]
        wish["category"] = held["proposed"]
        if answer == "yes":
            data = {"category": wish["category"], "claim_id": claim}
            asked = {"answer": "yes", "says": {"category": wish["category"]}}
            self._helper("answer_change", claim, [("WishChanged", data)], asked)
            return
        said = self._not_accepted(claim)
        self._helper("answer_change", claim, said, {"answer": "no"})

    def message(self, claim: str, sender: str) -> None:
        said = [
            ("WishMessageSent", self._lead(claim) | {"message_id": self.id(), "sender": sender})
        ]
        answer = {"id": said[0][1]["message_id"]}
        who = self._claims[claim]["team"][0] if sender == "claimant" else "card"
        asked = {"says": {"sender": sender}}
        self._act("message", who, self._claims[claim]["wish"], claim, asked, answer, said)

    def visit(self, claim: str) -> str:
        visit, held = self.id(), self._claims[claim]
        back_by = (self.moment + timedelta(hours=2)).isoformat()
        data = {"visit_id": visit, "visitors": list(held["team"]), "back_by": back_by}
        said: list[Said] = [("VisitStarted", data | {"claim_id": claim})]
        asked = {"says": {"visitors": list(held["team"])}}
        self._act("visit", held["team"][0], held["wish"], claim, asked, {"id": visit}, said)
        return visit

    def end_visit(self, claim: str, visit: str) -> None:
        data = {"claim_id": claim, "visit_id": visit}
        says = {"says": {"visit_id": visit}}
        held = self._claims[claim]
        answer = {"id": visit}
        said: list[Said] = [("VisitEnded", data)]
        self._act("end_visit", held["team"][0], held["wish"], claim, says, answer, said)

    def part(self, claim: str, who: str, minutes: int = 30) -> None:
        held = self._claims[claim]
        held["warned"] = held["warned"] if held["state"] == "contacted" else 0
        held["state"] = "contacted"
        asked = {"services": [{"volunteer_id": who, "minutes": minutes}], "gifts": []}
        held.setdefault("parts", []).append(asked)
        data = self._lead(claim) | {"delivered_by": _volunteer(who)} | asked
        self._helper("deliver_part", claim, [("WishPartlyDelivered", data)], asked, who=who)

    def deliver(self, claim: str, minutes: int = 90, fen: int = 500, **how: Any) -> None:
        held = self._claims[claim]
        held["state"] = self._wishes[held["wish"]]["state"] = "delivered"
        asked = {
            "services": [{"volunteer_id": who, "minutes": minutes} for who in held["team"]],
            "gifts": [{"giver": _volunteer(held["team"][0]), "value_fen": fen}],
        }
        held["given"] = _together([*held.get("parts", ()), asked])
        self._helper("deliver", claim, [("WishDelivered", self._of(claim))], asked, how)

    # What comes after.

    def confirm(
        self, claim: str, answer: str = "satisfied", *, drawn: bool = False, **how: Any
    ) -> None:
        held = self._claims[claim]
        wish = self._wishes[held["wish"]]
        data = self._of(claim)
        if answer == "satisfied":
            wish["state"], held["state"] = "fulfilled", "done"
            held["credited"] = self._all_given(held)
            data |= held["credited"] | {"fulfilled_at": self._now()}
            said: list[Said] = [("WishFulfilled", data)]
        else:
            self._goes_on(claim)
            said = [("WishReopened", data | {"was": "delivered", "services": [], "gifts": []})]
        if drawn:
            said.append(("CallbackDrawn", {"claim_id": claim}))
        told = {"state": wish["state"]}
        asked = {"answer": answer}
        event = self._act("confirm", "card", held["wish"], claim, asked, told, said, how)
        if answer == "satisfied":
            self._fulfilled(held, event)

    def reopen(self, claim: str) -> None:
        said, undo = self._taken_back(claim)
        wish = self._claims[claim]["wish"]
        undo(self._act("reopen", WANG, wish, claim, {}, {"id": wish, "state": "claimed"}, said))

    def evaluate(self, claim: str, score: int) -> None:
        data = {"claim_id": claim, "score": score}
        wish, asked = self._claims[claim]["wish"], {"says": {"score": score}}
        self._act("evaluate", "card", wish, claim, asked, {}, [("WishEvaluated", data)])

    def call_back(self, claim: str, outcome: str) -> None:
        wish = self._claims[claim]["wish"]
        data = {"claim_id": claim, "outcome": outcome, "called_by": HAI}
        said: list[Said] = [("WishCalledBack", data)]
        asked = {"answer": outcome, "says": {"outcome": outcome}}
        if outcome != "unsatisfied":
            answer = {"id": wish, "state": "fulfilled"}
            self._act("call_back", HAI, wish, claim, asked, answer, said)
            return
        more, undo = self._taken_back(claim)
        answer = {"id": wish, "state": "claimed"}
        self._act("call_back", HAI, wish, claim, asked, answer, [*said, *more])
        undo(self._last("WishReopened"))

    def complain(self, wish: str) -> str:
        complaint = self.id()
        data = {"complaint_id": complaint, "about": "late", "due_by": self._now(10)}
        asked, answer = {"says": {"about": "late"}}, {"id": complaint}
        self._act("complain", "card", wish, "", asked, answer, [("ComplaintFiled", data)])
        return complaint

    def answer_complaint(self, wish: str, complaint: str) -> None:
        says = {"complaint_id": complaint, "outcome": "explained"}
        said: list[Said] = [("ComplaintAnswered", says | {"answered_by": HAI})]
        asked, answer = {"says": says}, {"id": complaint}
        self._act("answer_complaint", HAI, wish, "", asked, answer, said)

    # What people ask about their own data.

    def file_request(self, wish: str, kind: str) -> str:
        person, request = self._wishes[wish]["who"], self.id()
        self._requests[request] = {"person_id": person, "kind": kind, "state": "filed"}
        says = {"kind": kind, "beneficiary_id": person}
        said: list[Said] = [("DataRequestFiled", says | {"request_id": request})]
        self._act("file_request", "card", person, "", {"says": says}, {"id": request}, said)
        return request

    def take_back_request(self, request: str) -> None:
        self._answered("take_back_request", request, "taken_back", "taken_back")

    def answer_request(self, request: str, outcome: str) -> None:
        state = "done" if outcome == "corrected" else outcome
        self._answered("answer_request", request, outcome, state)

    def erase(self, wish: str, claim: str = "") -> None:
        """`claim`: what ends with it."""
        request = self.file_request(wish, "erasure")
        person, life = self._wishes[wish]["who"], self._wishes[wish]
        asked = {"request": request}
        self._act("look_at_erasure", WANG, person, "", asked, {"id": request}, [])
        self._answered("erase", request, "erased", "done", [("PersonErased", {})], who=HAI)
        command = self.attempts[-1].command
        said: list[Said] = [("WishWithdrawn", {})]
        if claim:
            said.insert(0, ("ClaimEnded", self._of(claim) | {"reason": "wish_withdrawn"}))
            self._claims[claim]["state"] = "released"
        if life["state"] == "fulfilled":
            closed = ("WishClosed", {"closed_at": self._now()})
            said = [("WishTakenDown", {"reason": "person_erased"}), closed]
        life |= {"state": said[-1][0].removeprefix("Wish").lower(), "hanging": False}
        for name, data in said:
            self._say(wish, name, data, command)
        left = {"key": False, "words": False, "wishes": 0, "messages": 0}
        self.rows["erased"].append({"id": person} | left)

    def _answered(
        self,
        act: Act,
        request: str,
        outcome: str,
        state: str,
        more: Iterable[Said] = (),
        *,
        who: str = WANG,
    ) -> None:
        asked_for = self._requests[request]
        asked_for["state"] = state
        person = asked_for["person_id"]
        says = {"request_id": request, "outcome": outcome}
        about = {"beneficiary_id": person, "kind": asked_for["kind"]}
        said = [("DataRequestAnswered", says | about), *((n, d | about) for n, d in more)]
        asked = {"request": request, "wishes": 1, "says": says}
        self._act(act, who, person, "", asked, {"id": request}, said)

    def whole_life(self, category: str = "goods", who: str = BAO) -> str:
        wish = self.submit(category)
        self.hang(wish)
        claim = self.claim(wish, who)
        self.deliver(claim)
        self.confirm(claim)
        return wish

    def claim_of(self, wish: str) -> str:
        return next(claim for claim, held in self._claims.items() if held["wish"] == wish)

    # What time does.

    def days(self, count: float) -> None:
        self.moment += count * DAY

    def remind(self, claim: str, *, late: bool = False) -> None:
        held = self._claims[claim]
        held["warned"] += 1
        about = "fulfil" if held["state"] == "contacted" else "contact"
        due = held[f"{about}_by"]
        data = {"about": about, "late": late, "due_at": due, "reminded_at": self._now()}
        self._by_time(held["wish"], [("ClaimReminded", self._of(claim) | data)])

    def lapse(self, claim: str) -> None:
        held = self._claims[claim]
        missed = "fulfil" if held["state"] == "contacted" else "contact"
        data = self._of(claim) | {"missed": missed, "lapsed_at": self._now()}
        held["state"] = "released"
        self._back(held["wish"])
        self._by_time(held["wish"], [("ClaimLapsed", data)])

    def change_is_over(self, claim: str) -> None:
        """Nobody has answered."""
        held = self._claims[claim]
        self._wishes[held["wish"]]["category"] = held["proposed"]
        self._by_time(held["wish"], self._not_accepted(claim))

    def escalate(self, wish: str, level: str) -> None:
        self._wishes[wish]["level"] = self._wishes[wish].get("level", 0) + 1
        self._by_time(wish, [("WishEscalated", {"level": level, "escalated_at": self._now()})])

    def desk_is_late(self, wish: str, level: str) -> None:
        state = self._wishes[wish]["state"]
        waits_for, _ = AT_THE_DESK[state]
        data = {"waits_for": waits_for, "level": level, "due_by": self._now(-0.1)}
        self._by_time(wish, [("WishOverdue", data | {"overdue_at": self._now()})])

    def close(self, wish: str) -> None:
        self._wishes[wish]["state"] = "closed"
        self._by_time(wish, [("WishClosed", {"closed_at": self._now()})])

    def overdue(self, claim: str, visit: str) -> None:
        held = self._claims[claim]
        data = {"claim_id": claim, "visit_id": visit, "visitors": list(held["team"])}
        self._by_time(held["wish"], [("VisitOverdue", data | {"overdue_at": self._now()})])

    def complaint_goes_up(self, wish: str, complaint: str, level: str) -> None:
        data = {"complaint_id": complaint, "level": level, "due_by": self._now(10)}
        self._by_time(wish, [("ComplaintEscalated", data | {"escalated_at": self._now()})])

    # What the network does.

    def repeat(self, index: int = -1) -> None:
        """A message that the relay sent a second time: the same bytes, further on."""
        message = self.messages[index]
        offset = self._offset(message.topic, message.partition)
        self.messages.append(replace(message, offset=offset))

    def poison(self) -> None:
        sent = Poison(WISH, self.id(), self.id())
        self.poisons.append(sent)
        headers = {"ce_id": sent.event_id, "ce_type": "wishtree.WishVerified.v1"}
        partition = self._partition(sent.key)
        place = self._offset(WISH, partition)
        self.messages.append(Seen(WISH, partition, place, sent.key, headers, b'{"wish_id": 7}'))
        for group in READERS[WISH]:
            row = {"key": sent.key, "topic": WISH, "culprit": True, "reason": "BadData"}
            self.rows[f"dead_letter {group}"].append(row)
            dead = {**headers, "dlq-place": f"{WISH}/{partition}/{place}/{group}"}
            self.letters.append(Seen(f"{WISH}.{group}.dlq", 0, 0, sent.key, dead, b""))

    # What is laid before the judge.

    def evidence(self) -> Evidence:
        facts: dict[str, list[dict[str, Any]]] = {
            name: list(self.rows[name])
            for name in (
                "postings",
                "messages",
                "records",
                "negative",
                "differences",
                "due",
                "invitations",
                "erased",
                "key_pages",
            )
        }
        facts["sums"] = [{"book": book, "sum": 0} for book in BOOKS]
        facts["wishes"] = [
            {
                "id": wish,
                "state": life["state"],
                "level": life.get("level", 0),
                "hanging": life["hanging"],
            }
            for wish, life in self._wishes.items()
        ]
        facts["consents"] = self._ledger()
        facts["requests"] = [{"id": one} | row for one, row in self._requests.items()]
        facts["claims"] = [
            {
                "id": claim,
                "wish_id": held["wish"],
                "state": held["state"],
                "warned": held["warned"],
                "wish_state": self._wishes[held["wish"]]["state"],
            }
            for claim, held in self._claims.items()
        ]
        facts["versions"] = [
            {"stream": topic.split(".")[1], "id": key, "version": n}
            for (topic, key), n in self._versions.items()
        ]
        facts["entries"], facts["savings"] = self._books()
        for schema in SCHEMAS:
            facts[f"outbox {schema}"] = [{"count": 0}]
            facts[f"outbox_dead {schema}"] = []
            facts[f"dead_letter {schema}"] = list(self.rows[f"dead_letter {schema}"])
            facts[f"inbox {schema}"] = list(self.rows[f"inbox {schema}"])
        return Evidence(
            attempts=list(self.attempts),
            messages=sorted(self.messages, key=lambda m: (m.topic, m.partition, m.offset)),
            opening=frozenset(self.opening),
            facts=facts,
            poisons=list(self.poisons),
            settled_after=7.0,
            lag=dict.fromkeys(GROUPS, 0),
            letters=list(self.letters),
        )

    # How it happens.

    def id(self) -> str:
        self._ids += 1
        return str(uuid.UUID(int=self._ids))

    def name(self) -> str:
        self._ids += 1
        return f"proof-{self._ids:07d}"

    def _now(self, days: float = 0) -> str:
        return (self.moment + days * DAY).isoformat()

    def _staff(
        self,
        act: Act,
        wish: str,
        state: str,
        said: list[Said],
        asked: dict[str, Any] | None = None,
        claim: str = "",
    ) -> None:
        self._wishes[wish]["state"] = state
        self._act(act, WANG, wish, claim, asked or {}, {"id": wish, "state": state}, said)

    def _helper(
        self,
        act: Act,
        claim: str,
        said: list[Said],
        asked: dict[str, Any] | None = None,
        how: dict[str, Any] | None = None,
        *,
        who: str = "",
    ) -> str:
        held = self._claims[claim]
        lead = held["team"][0]
        answer = {"id": claim, "state": held["state"], "claimant": _volunteer(lead)}
        about = act, who or lead, held["wish"], claim
        return self._act(*about, asked or {}, answer, said, how)

    def _act(
        self,
        act: Act,
        client: str,
        wish: str,
        claim: str,
        asked: dict[str, Any],
        answer: dict[str, Any],
        said: list[Said],
        how: dict[str, Any] | None = None,
        key: str = "",
    ) -> str:
        """The first event's id. `seen=False`: the answer was lost; `again=True`: the client asks a
        second time. `key`: what it made, where it is about nothing that was there."""
        command, how = self.name(), how or {}
        if how.get("seen", True):
            for _ in range(2 if how.get("again") else 1):
                self._attempt(act, client, command, wish, claim, asked, answer=answer)
        else:
            self._attempt(act, client, command, wish, claim, asked, status=None)
        events = [self._say(key or wish, name, data, command) for name, data in said]
        return events[0] if events else ""

    def _by_time(self, wish: str, said: list[Said]) -> None:
        for name, data in said:
            self._say(wish, name, data, "")

    def _say(self, key: str, name: str, data: dict[str, Any], command: str) -> str:
        others = ("Programme", "DataRequest", "Person")
        about = {} if name.startswith(others) else {"wish_id": key}
        if begun := COMES_TO_THE_DESK.get(name):
            about[begun] = self._now()
        event = self._emit(WISH, key, name, {**about, **data}, command)
        self._tell(event, name, key, data, command or event)
        return event

    def _attempt(
        self,
        act: Act,
        client: str,
        command: str,
        wish: str,
        claim: str,
        asked: dict[str, Any],
        *,
        status: int | None = 200,
        problem: str = "",
        answer: dict[str, Any] | None = None,
    ) -> None:
        called = self.now
        self.now += 1
        self.attempts.append(
            Attempt(
                command,
                act,
                client,
                called,
                self.now,
                status,
                problem,
                wish,
                claim,
                asked,
                answer or {},
            )
        )

    def _emit(
        self, topic: str, key: str, name: str, data: dict[str, Any], command: str, cause: str = ""
    ) -> str:
        """`command`: "" for what time does."""
        event = self.id()
        self._versions[topic, key] += 1
        headers = {
            "ce_id": event,
            "ce_type": f"wishtree.{name}.v1",
            "ce_subject": key,
            "ce_aggregateversion": str(self._versions[topic, key]),
            "ce_correlationid": command or event,
        } | ({"ce_causationid": cause} if cause else {})
        partition = self._partition(key)
        offset = self._offset(topic, partition)
        value = json.dumps(data).encode()
        self.messages.append(Seen(topic, partition, offset, key, headers, value))
        for group in READERS[topic]:
            self.rows[f"inbox {group}"].append({"event_id": event})
        return event

    def _partition(self, key: str) -> int:
        return uuid.UUID(key).int % 12

    def _offset(self, topic: str, partition: int) -> int:
        self._offsets[topic, partition] += 1
        return self._offsets[topic, partition] - 1

    def _life(self, state: str) -> dict[str, Any]:
        return {"state": state, "who": self.id(), "hanging": False}

    def _submitted(self, wish: str) -> dict[str, Any]:
        life = self._wishes[wish]
        return {
            "category": life["category"],
            "beneficiary_id": life["who"],
            "follows_wish_id": None,
        }

    def _lead(self, claim: str) -> dict[str, Any]:
        return {"claim_id": claim, "claimant": _volunteer(self._claims[claim]["team"][0])}

    def _of(self, claim: str) -> dict[str, Any]:
        held = self._claims[claim]
        given = held.get("given", {"services": [], "gifts": []})
        return {**self._lead(claim), "helpers": held["team"][1:], **given}

    def _all_given(self, held: dict[str, Any]) -> dict[str, Any]:
        """With the parts that arrived under claims that are over."""
        over = [
            part
            for other in self._claims.values()
            if (other["wish"], other["state"]) == (held["wish"], "released")
            for part in other.get("parts", ())
        ]
        return _together([*over, held["given"]])

    def _goes_on(self, claim: str) -> None:
        held = self._claims[claim]
        held |= {"state": "contacted", "warned": 0, "parts": []}
        self._wishes[held["wish"]]["state"] = "claimed"

    def _back(self, wish: str) -> None:
        """To the tree, or where nobody sees it."""
        down = self._wishes[wish].get("down", False)
        self._wishes[wish]["state"] = "taken_down" if down else "posted"

    def _not_accepted(self, claim: str) -> list[Said]:
        held = self._claims[claim]
        held["state"] = "released"
        self._wishes[held["wish"]] |= {"state": "verified", "hanging": False}
        category = self._wishes[held["wish"]]["category"]
        return [
            ("ClaimEnded", self._of(claim) | {"reason": "change_not_accepted"}),
            ("WishChanged", {"category": category, "claim_id": None}),
        ]

    def _taken_back(self, claim: str) -> tuple[list[Said], Any]:
        """What is said, and what becomes of the books when it is."""
        held = self._claims[claim]
        data = self._of(claim) | {"was": "fulfilled", "services": [], "gifts": []}
        data["fulfilled_event_id"] = held["fulfilled"]
        self._goes_on(claim)

        def undo(event: str) -> None:
            lines = self.rows["records"]
            lines[:] = [row for row in lines if row["source_event_id"] != held["fulfilled"]]
            self._post(held, event, -1, "PointsReversed")

        return [("WishReopened", data)], undo

    def _last(self, name: str) -> str:
        kind = f"wishtree.{name}.v1"
        return next(m.headers["ce_id"] for m in self.messages[::-1] if m.headers["ce_type"] == kind)

    def _fulfilled(self, held: dict[str, Any], event: str) -> None:
        held["fulfilled"] = event
        given = given_of(held["credited"])
        for who, minutes in (dict.fromkeys(held["team"], 0) | dict(given.minutes)).items():
            self.rows["records"].append(
                {
                    "wish_id": held["wish"],
                    "volunteer_id": who,
                    "minutes": minutes,
                    "source_event_id": event,
                }
            )
        self._post(held, event, 1, "PointsCredited")

    def _post(self, held: dict[str, Any], event: str, sign: int, name: str) -> None:
        category = self._wishes[held["wish"]]["category"]
        lead, *helpers = held["team"]
        fulfilment = Fulfilment(category, lead, tuple(helpers), given_of(held["credited"]))
        shares: Shares = worth(fulfilment)
        posting = self.id()
        reverses = held["posting"] if sign < 0 else None
        self.rows["postings"].append(
            {
                "id": posting,
                "source_event_id": event,
                "wish_id": held["wish"],
                "reverses": reverses,
                "sign": sign,
                "shares": shares,
            }
        )
        held["posting"] = posting
        command = next(m.headers for m in self.messages if m.headers["ce_id"] == event)
        correlation = command["ce_correlationid"]
        for who, (points, minutes, fen) in shares.items():
            data = {
                "wish_id": held["wish"],
                "holder_kind": "volunteer",
                "holder_id": who,
                "source_event_id": event,
                "points": points,
                "minutes": minutes,
                "gift_value_fen": fen,
            }
            said = self._emit(POINTS, who, name, data, correlation, event)
            self._message(said, "volunteer", who, correlation)

    def _books(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        net: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        for row in self.rows["postings"]:
            for who, share in row["shares"].items():
                for place in range(3):
                    net[row["wish_id"], who][place] += row["sign"] * share[place]
        entries = [
            {"wish_id": wish, "holder_id": who, "book": book, "amount": amount}
            for (wish, who), amounts in net.items()
            for book, amount in zip(BOOKS, amounts, strict=True)
            if amount
        ]
        savings = [
            {"wish_id": w, "volunteer_id": who, "points": a[0], "minutes": a[1], "fen": a[2]}
            for (w, who), a in net.items()
        ]
        return entries, savings

    def _ledger(self) -> list[dict[str, Any]]:
        said: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
        for row in self.rows["lines"]:
            said[row["wish_id"], row["purpose"]].append(row["given"])
        return [
            {"wish_id": wish, "purpose": purpose, "lines": len(words), "given": words[-1]}
            for (wish, purpose), words in said.items()
        ]

    def _tell(self, event: str, name: str, key: str, data: dict[str, Any], command: str) -> None:
        read = Event(event, name, WISH, 0, 0, key, key, 0, command, "", data)
        residents = {wish: life["who"] for wish, life in self._wishes.items() if "category" in life}
        people: set[Person] = concerned(read, residents, self._helping[key])
        self._helping[key] = after(read, self._helping[key])
        for kind, who in sorted(people):
            self._message(event, kind, who, command)
        if desk_hears(read):
            self._message(event, "organisation", DESK, command)
        if name == "InvitationSent":
            self._message(event, "invitation", data["invitation_id"], command, "closed")

    def _message(
        self, event: str, kind: str, who: str, command: str, state: str = "delivered"
    ) -> None:
        message = self.id()
        self.rows["messages"].append(
            {
                "id": message,
                "source_event_id": event,
                "recipient_kind": kind,
                "recipient_id": who,
                "template": "said",
                "channel": "inbox",
                "state": state,
            }
        )
        if state == "delivered":
            data = {"message_id": message, "source_event_id": event, "recipient_id": who}
            self._emit(NOTIFICATION, message, "NotificationDelivered", data, command, event)

    def _tell_of_volunteers(self) -> None:
        """Before the load."""
        for who in (BAO, ZHANG):
            command = self.id()
            data = {"volunteer_id": who}
            event = self._emit(VOLUNTEER, who, "VolunteerApproved", data, command)
            self._message(event, "volunteer", who, command)
        self.opening |= {message.headers["ce_id"] for message in self.messages}


def a_town(repeats: Iterable[int] = (0, 5, -1)) -> Town:
    """The straight way, with a lost answer, a second try, late repeats and a poisoned event."""
    town = Town()
    first = town.whole_life()
    wish = town.submit("service", again=True)
    town.hang(wish)
    given_up = town.claim(wish, ZHANG, again=True)
    town.lose(wish, BAO)
    town.release(given_up)
    claim = town.claim(wish, BAO)
    town.join(claim, ZHANG)
    town.deliver(claim, minutes=61)
    town.confirm(claim, "unsatisfied")
    town.deliver(claim, minutes=125, fen=1999)
    town.confirm(claim)
    town.reopen(claim)
    town.deliver(claim, minutes=30, fen=0)
    town.confirm(claim, seen=False)
    town.send_back(town.submit("skills"))
    back = town.submit("companionship")
    town.hang(back)
    town.withdraw(back)
    second = town.submit("goods", follows=first)
    town.hang(second, offered_to=BAO)
    town.claim(second, seen=False)
    town.poison()
    for index in repeats:
        town.repeat(index)
    return town


def a_long_year() -> Town:
    """Every other turn that a life may take, and everything that time does."""
    town = Town()
    _at_the_desk(town)
    _off_the_tree(town)
    _in_several_hands(town)
    _another_need(town)
    _forgotten(town)
    _afterwards(town)
    _refused(town)
    _own_data(town)
    return town


def _at_the_desk(town: Town) -> None:
    town.discard(town.draft())
    wish = town.draft()
    town.hand_in(wish, "goods")
    town.send_back(wish)
    for level in ("street", "district"):
        town.days(5)
        town.desk_is_late(wish, level)
    town.edit(wish, "skills")
    town.hang(wish)
    town.edit(wish)
    town.hang(wish)
    town.programme(wish)
    (asked, invitation) = town.invite(wish, ZHANG, BAO)
    assert asked != invitation
    town.unseen("decline", wish, ZHANG)
    claim = town.claim(wish, BAO, invitation)
    town.withdraw(wish, claim)
    for outcome in ("helped", "not_helped"):
        wish = town.submit()
        town.hang(wish)
        town.refer(wish, outcome, late=("street", "district"))
    town.publish(wish)


def _off_the_tree(town: Town) -> None:
    """A no before it hangs, while it hangs, while somebody has it in hand; and a card that is wrong."""
    wish = town.submit("service")
    town.consent(wish, given=False)
    town.hang(wish)
    for down in (lambda: town.consent(wish, given=False), lambda: town.take_down(wish)):
        down()
        for level in ("street", "district"):
            town.days(3)
            town.desk_is_late(wish, level)
        town.consent(wish, given=True)
        town.publish(wish)
    claim = town.claim(wish, BAO)
    town.consent(wish, claim, given=False)
    town.consent(wish, claim, given=True)
    town.consent(wish, claim, given=False)
    town.release(claim)
    town.consent(wish, given=True)
    town.publish(wish)
    claim = town.claim(wish, ZHANG)
    town.consent(wish, claim, given=False)
    town.deliver(claim)
    town.confirm(claim)
    forgotten = _hung(town)
    claim = town.claim(forgotten, HAI)
    town.consent(forgotten, claim, given=False)
    town.days(9)
    town.remind(claim)
    town.days(2)
    town.remind(claim, late=True)
    town.days(2)
    town.lapse(claim)
    unverified = town.submit()
    town.refer(unverified, "not_helped")
    town.hang(unverified)


def _in_several_hands(town: Town) -> None:
    wish = town.submit("goods")
    town.hang(wish)
    claim = town.claim(wish, BAO)
    town.contact(claim)
    for helper in (ZHANG, HAI):
        town.join(claim, helper)
    town.join_unit(claim)
    town.leave_unit(claim)
    town.join_unit(claim)
    town.message(claim, "claimant")
    town.message(claim, "resident")
    town.ask_time(claim)
    town.ask_time(claim, "no")
    town.ask_time(claim, "yes")
    town.end_visit(claim, town.visit(claim))
    town.part(claim, HAI, minutes=70)
    town.leave(claim, HAI)
    town.leave(claim, BAO)
    town.deliver(claim, minutes=65)
    town.confirm(claim)


def _another_need(town: Town) -> None:
    for answer in ("yes", "no", ""):
        wish = town.submit("goods")
        town.hang(wish)
        claim = town.claim(wish, ZHANG)
        town.propose(claim)
        if answer:
            town.answer_change(claim, answer)
        else:
            town.days(3)
            town.change_is_over(claim)
        if answer != "yes":
            town.publish(wish)
            claim = town.claim(wish, BAO)
        town.deliver(claim)
        town.confirm(claim)


def _forgotten(town: Town) -> None:
    """Taken twice and forgotten, by time on the tree again; and nobody else takes it."""
    wish = town.submit("service")
    for level in ("street", "district"):
        town.days(3)
        town.desk_is_late(wish, level)
    town.verify(wish)
    town.days(2)
    town.desk_is_late(wish, "street")
    town.publish(wish)
    for contacted in (False, True):
        claim = town.claim(wish, ZHANG)
        visit = town.visit(claim)
        town.days(0.2)
        town.overdue(claim, visit)
        town.end_visit(claim, visit)
        if contacted:
            town.contact(claim)
        town.days(9)
        town.remind(claim)
        town.days(2)
        town.remind(claim, late=True)
        town.days(2)
        town.lapse(claim)
    for level in ("resident_units", "street", "district"):
        town.escalate(wish, level)
        town.hand_over(wish, level)
    town.claim(wish, BAO)
    town.remind(town.claim(_hung(town), HAI))


def _afterwards(town: Town) -> None:
    wish = town.whole_life("skills")
    claim = town.claim_of(wish)
    town.evaluate(claim, 5)
    town.reopen(claim)
    town.deliver(claim)
    for level in ("street", "district"):
        town.days(3)
        town.desk_is_late(wish, level)
    town.confirm(claim, drawn=True)
    town.call_back(claim, "not_reached")
    town.call_back(claim, "unsatisfied")
    town.deliver(claim)
    town.confirm(claim)
    complaint = town.complain(wish)
    town.days(12)
    town.complaint_goes_up(wish, complaint, "street")
    town.days(12)
    town.complaint_goes_up(wish, complaint, "district")
    town.answer_complaint(wish, complaint)
    town.close(wish)
    town.evaluate(claim, 1)
    follow_up = town.submit("skills", follows=wish)
    town.hang(follow_up, offered_to=BAO)
    town.unseen("let_go", follow_up, BAO)
    town.claim(follow_up, ZHANG)


def _refused(town: Town) -> None:
    """A no where the card waits to be hung up: nobody is late with it, and after a yes somebody may be."""
    refused = town.submit()
    town.verify(refused)
    town.days(3)
    town.desk_is_late(refused, "street")
    town.consent(refused, given=False)
    town.days(30)
    town.consent(refused, given=True)
    for level in ("street", "district"):
        town.days(3)
        town.desk_is_late(refused, level)
    town.publish(refused)


def _own_data(town: Town) -> None:
    wish = _hung(town)
    for outcome in ("corrected", "refused"):
        town.answer_request(town.file_request(wish, "correction"), outcome)
    town.take_back_request(town.file_request(wish, "erasure"))
    town.erase(wish)
    held = _hung(town)
    town.erase(held, town.claim(held, ZHANG))
    town.erase(town.whole_life())


def _hung(town: Town) -> str:
    wish = town.submit("companionship")
    town.hang(wish)
    return wish


def _volunteer(who: str) -> dict[str, str]:
    return {"kind": "volunteer", "id": who}


def _together(given: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """As an event tells it: one line a volunteer, every gift."""
    minutes: defaultdict[str, int] = defaultdict(int)
    gifts: list[dict[str, Any]] = []
    for one in given:
        for service in one["services"]:
            minutes[service["volunteer_id"]] += service["minutes"]
        gifts += one["gifts"]
    services = [{"volunteer_id": who, "minutes": total} for who, total in minutes.items()]
    return {"services": services, "gifts": gifts}
