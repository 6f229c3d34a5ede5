"""The life of one wish, told by those who have a part in it.

Chance decides which turns it takes. A refusal by the rules ends it: somebody else was faster, or time
has taken the claim from whoever was about to act on it.
"""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from proof.client import CARD, Client, Ended, Request
from proof.habits import Habits
from proof.own_data import ADDRESS, NAME, OwnData
from proof.people import (
    CONTACT,
    FORGETFUL,
    OUTSIDER,
    PUBLISHER,
    UNIT,
    VERIFIER,
    VOLUNTEERS,
    People,
)
from proof.record import Act

AREA = "610102007001"
STREET = "610102007000"
HERE = ZoneInfo("Asia/Shanghai")
CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
CARD_TEXT = {"title": "厨房的灯换不了", "effort": "one_hour"}
NEW_CARD = {"title": "想把屋里的灯都看一看", "effort": "half_day"}
WITNESS = {"name": "邻居", "relation": "neighbour"}
CATEGORIES = ("goods", "service", "companionship", "skills")
SOON, MUCH_LATER = timedelta(days=2), timedelta(days=16)
"""Beyond the day promised: what the rule gives by itself, and what a worker has to decide."""


@dataclass
class Wish:
    """What the people of one life know of it."""

    id: str
    slip: str
    """Number and code of its card."""
    person: str
    """Whose wish it is, by id."""
    wishes: int = 1
    """How many this person has by now."""
    verifier: str = VERIFIER
    publisher: str = PUBLISHER
    first_helper: str = ""
    """Who is asked first, where this follows an earlier wish."""
    hung: bool = False
    shunned: bool = False
    """Its person has complained of the manners of whoever helped, and that was not found untrue."""
    refused: bool = False
    """Its person does not want it to hang, and nobody has asked them again."""


@dataclass
class Held:
    """A claim, with the names of those who are in it, the lead first."""

    id: str
    team: list[str]
    fulfil_by: datetime

    @property
    def lead(self) -> str:
        return self.team[0]


@dataclass
class Left:
    """Wishes that were left to time: on the tree, or in the hands of somebody who forgets them."""

    wishes: list[Wish] = field(default_factory=list)


@dataclass
class Life:
    client: Client
    people: People
    rng: random.Random
    habits: Habits
    left: Left

    def __post_init__(self) -> None:
        self.own_data = OwnData(self.client, self.rng, self.habits)

    async def tell(self) -> None:
        """Raises Ended where it can't go on."""
        if not (self.left.wishes and self._does(self.habits.taken_up)):
            await self._begin(await self._come_in())
            return
        wish = self.left.wishes.pop(self.rng.randrange(len(self.left.wishes)))
        try:
            if self._does(self.habits.handed_over) and await self._waits_for_others(wish):
                await self._hand_over(wish)
            held = await self._claimed_by(wish, self._crowd())
        except Ended:
            self.left.wishes.append(wish)
            raise
        await self._help(wish, held)

    async def _waits_for_others(self, wish: Wish) -> bool:
        found = await self.client.look(
            VERIFIER, f"/v1/queue?area={AREA}&queue=to_hand_over&limit=100"
        )
        return any(line["id"] == wish.id for line in found.get("items", ()))

    async def _hand_over(self, wish: Wish) -> None:
        says = {"handed_to": self.rng.choice(["resident_units", "street", "district"])}
        body = says | {"note": "by_phone"}
        await self._desk(wish, "hand_over", "hand-over", body, asked={"says": says})

    async def _begin(self, wish: Wish | None) -> None:
        if wish is None or not await self._hang(wish):
            return
        if self._does(self.habits.untaken):
            self.left.wishes.append(wish)
        elif self._does(self.habits.forgotten) and not wish.first_helper:
            held = await self._claimed_by(wish, [self.rng.choice(FORGETFUL)])
            if self._does(self.habits.shelved):
                await self._consent(wish, held.id, given=False)
            else:
                self.left.wishes.append(wish)
            await self._forget(wish, held)
        else:
            await self._help(wish, await self._claim(wish))

    # How it comes in, and what the desk does with it.

    async def _come_in(self) -> Wish | None:
        category = self.rng.choice(CATEGORIES)
        person = {"name": NAME, "address": ADDRESS, "phone": f"139{self.rng.randrange(10**8):08}"}
        content = {"category": category, "words": "厨房的灯不亮了", "beneficiary": person}
        where = {"area": AREA, "channel": "desk"}
        if not self._does(self.habits.drafted):
            asked = {"category": category}
            return _known(await self._staff("submit", "/v1/wishes", content | where, asked=asked))
        draft = await self._staff("draft", "/v1/drafts", {**where, "content": content})
        path, wish = f"/v1/drafts/{draft['id']}", str(draft["id"])
        if self._does(self.habits.discarded):
            await self._staff("discard", f"{path}/withdrawal", wish=wish)
            return None
        asked = {"category": category}
        return _known(await self._staff("hand_in", f"{path}/submission", wish=wish, asked=asked))

    async def _hang(self, wish: Wish) -> bool:
        """Whether it comes to hang on the tree."""
        if self._does(self.habits.returned):
            await self._desk(wish, "return", "return", {"reason": "address_not_clear"})
            if self._does(0.5):
                return False
            await self._edit(wish)
        if self._does(self.habits.referred / 2) and await self._refer(wish):
            return False
        if self._does(self.habits.off_the_tree / 2):
            await self._consent(wish, given=False, hangs=False)
            wish.refused = True
        await self._verify(wish)
        if self._does(self.habits.referred) and await self._refer(wish):
            return False
        await self._publish(wish)
        if self._does(self.habits.edited):
            await self._edit(wish)
            await self._verify(wish)
            await self._publish(wish)
        if self._does(self.habits.off_the_tree) and not await self._off_the_tree(wish):
            return False
        if self._does(self.habits.programme):
            await self._join_programme(wish)
        if self._does(self.habits.corrected):
            await self.own_data.correct(wish.person, wish.slip)
        if self._does(self.habits.withdrawn):
            await self._desk(wish, "withdraw", "withdrawal", {"reason": "not_needed"})
            return False
        return not (self._does(self.habits.erased) and await self._erased(wish))

    async def _verify(self, wish: Wish) -> None:
        body = {"method": "phone", "checklist": CHECKS | {"publish_agreed": True}}
        asked = {"anew": wish.refused}
        await self._desk(wish, "verify", "verification", body, who=wish.verifier, asked=asked)
        wish.refused = False

    async def _publish(self, wish: Wish) -> None:
        asked = {"offers": bool(wish.first_helper) and not wish.hung}
        await self._desk(wish, "publish", "publication", CARD_TEXT, who=wish.publisher, asked=asked)
        wish.hung = True

    async def _off_the_tree(self, wish: Wish) -> bool:
        """Nobody has it in hand yet. Whether it comes to hang again."""
        if self._does(0.3):
            says = {"reason": "mistake"}
            await self._desk(wish, "take_down", "takedown", says, asked={"says": says})
        else:
            await self._consent(wish, given=False)
        if not self._does(self.habits.again):
            return False
        await self._consent(wish, given=True, hangs=False)
        await self._publish(wish)
        return True

    async def _consent(
        self, wish: Wish, claim: str = "", *, given: bool, hangs: bool = True
    ) -> None:
        """To the card: by whoever holds the slip, or at the desk. `hangs`: whether it does now."""
        says = {"purpose": "publish", "given": given, "wording": 1}
        asked = {"given": given, "hangs": hangs, "says": says}
        if self._does(0.5):
            path = f"/v1/cards/{wish.slip}/consents"
            await self._send("consent", CARD, path, says, wish, claim, asked)
        else:
            await self._desk(
                wish, "consent", "consents", says | {"how": "paper"}, claim, asked=asked
            )

    async def _edit(self, wish: Wish) -> None:
        category = self.rng.choice(["", *CATEGORIES])
        body = {"words": "客厅的灯也不亮"} | ({"category": category} if category else {})
        await self._desk(wish, "edit", "change", body, asked={"category": category})

    async def _refer(self, wish: Wish) -> bool:
        """Whether somebody else has helped."""
        to = self.rng.choice(["hotline_12345", "grid", "charity", "social_assistance"])
        body = {"to": to, "reason": "not_for_the_tree", "receipt": "20260202-17"}
        referral = await self._desk(wish, "refer", "referral", body, asked={"says": {"to": to}})
        outcome = self.rng.choice(["helped", "not_helped"])
        says = {"referral_id": referral["id"], "outcome": outcome}
        await self._staff(
            "answer_referral",
            f"/v1/referrals/{referral['id']}/answer",
            {"outcome": outcome},
            wish=wish.id,
            asked={"answer": outcome, "says": says},
        )
        return outcome == "helped"

    async def _join_programme(self, wish: Wish) -> None:
        today = datetime.now(HERE).date()
        body = {
            "area": STREET,
            "name": "心诚服务",
            "brand": "xincheng",
            "valid_from": _day(today, -1),
            "valid_until": _day(today, 90),
        }
        opened = await self._staff("open_programme", "/v1/programmes", body, who=OUTSIDER)
        programme = str(opened["id"])
        says = {"programme_id": programme}
        await self._desk(wish, "join_programme", "programme", says, asked={"says": says})
        if self._does(0.5):
            await self._staff(
                "close_programme",
                f"/v1/programmes/{programme}/closing",
                wish=programme,
                who=OUTSIDER,
                asked={"says": says},
            )

    # Who takes it.

    async def _claim(self, wish: Wish) -> Held:
        if first := wish.first_helper:
            wish.first_helper = ""
            if not self._does(self.habits.let_go):
                # Whoever else wants it is told to wait.
                return await self._claimed_by(wish, [first, *self._crowd(without=[first])])
            await self._unseen("let_go", first, f"/v1/wishes/{wish.id}/offer", wish)
        elif self._does(self.habits.invited):
            invited = self.rng.sample(VOLUNTEERS, self.rng.randint(1, 3))
            held = await self._invite(wish, invited)
            if held is not None:
                return held
        return await self._claimed_by(wish, self._crowd())

    async def _claimed_by(self, wish: Wish, crowd: list[str], invitation: str = "") -> Held:
        """Several people want the same wish at once; one of them gets it."""
        path = f"/v1/wishes/{wish.id}/claims"
        body = {"invitation_id": invitation} if invitation else {}

        async def one(name: str) -> tuple[str, dict[str, Any]] | None:
            asked = {"invitation": invitation} if invitation else {}
            request = Request("claim", name, path, body, wish.id, asked=asked)
            try:
                return name, await self.client.command(request)
            except Ended:
                return None

        won = [answer for answer in await asyncio.gather(*map(one, crowd)) if answer]
        if not won:
            raise Ended
        name, claim = won[0]
        return Held(str(claim["id"]), [name], datetime.fromisoformat(claim["fulfil_by"]))

    async def _invite(self, wish: Wish, invited: list[str]) -> Held | None:
        """The last one who is asked says yes or nothing, all others no; a no leaves no trace."""
        ids = [self.people.id_of(name) for name in invited]
        body = {"invitees": [{"kind": "volunteer", "id": one} for one in ids]}
        await self._desk(wish, "invite", "invitations", body, asked={"invited": ids})
        *others, last = invited
        for name in others:
            if invitation := await self._invitation(name, wish):
                await self._unseen("decline", name, f"/v1/invitations/{invitation}", wish)
        if self._does(0.6) and (invitation := await self._invitation(last, wish)):
            return await self._claimed_by(wish, [last], invitation)
        return None

    async def _invitation(self, name: str, wish: Wish) -> str:
        found = await self.client.look(name, "/v1/invitations?limit=100")
        mine = (one for one in found.get("items", ()) if one["wish_id"] == wish.id)
        return next((str(one["id"]) for one in mine), "")

    async def _forget(self, wish: Wish, held: Held) -> None:
        """Rings up perhaps, goes there perhaps, and is not heard of again."""
        if self._does(self.habits.contacted / 2):
            await self._helper(wish, held, "contact", "contacted")
        if self._does(self.habits.visited):
            await self._start_visit(wish, held)

    # What they do.

    async def _help(self, wish: Wish, held: Held) -> None:
        while self._does(self.habits.released):
            await self._helper(wish, held, "release", "release")
            held = await self._claimed_by(wish, self._crowd())
        if self._does(self.habits.contacted):
            await self._helper(wish, held, "contact", "contacted")
        if self._does(self.habits.off_the_tree):
            held = await self._without_card(wish, held)
        if self._does(self.habits.joined):
            await self._join_and_leave(wish, held)
        if self._does(self.habits.written):
            await self._write(wish, held)
        if self._does(self.habits.longer):
            await self._ask_time(wish, held)
        if self._does(self.habits.changed) and not await self._change(wish, held):
            held = await self._claimed_by(wish, self._crowd())
        if self._does(self.habits.taken_back):
            body, asked = {"reason": "not_needed"}, {"claimed": True}
            await self._desk(wish, "withdraw", "withdrawal", body, held.id, asked=asked)
            return
        if self._does(self.habits.erased) and await self._erased(wish, end_claims=True):
            return
        if self._does(self.habits.visited):
            await self._visit(wish, held)
        if self._does(self.habits.parts):
            giver = self.rng.choice(held.team)
            await self._deliver(wish, held, "deliver_part", "parts", [giver])
        await self._until_content(wish, held)
        await self._afterwards(wish, held)

    async def _without_card(self, wish: Wish, held: Held) -> Held:
        """The card comes off, help goes on; or it is given back, and waits where nobody sees it."""
        await self._consent(wish, held.id, given=False)
        given_back = self._does(0.4)
        if given_back:
            await self._helper(wish, held, "release", "release")
        elif not self._does(self.habits.again):
            return held
        await self._consent(wish, held.id, given=True, hangs=False)
        if not given_back:
            return held
        await self._publish(wish)
        return await self._claimed_by(wish, self._crowd())

    async def _join_and_leave(self, wish: Wish, held: Held) -> None:
        others = [name for name in VOLUNTEERS if name not in held.team]
        for helper in self.rng.sample(others, self.rng.choice([1, 1, 2])):
            brings = {"brings": [{"kind": "time", "minutes": 60}]} if self._does(0.3) else {}
            await self._helper(wish, held, "join", "helpers", brings, who=helper)
            held.team.append(helper)
        if self._does(self.habits.unit):
            await self._unit_helps(wish, held)
        if self._does(self.habits.left):
            leaves = self.rng.choice(held.team)
            after = await self._helper(wish, held, "leave", "leaving", who=leaves)
            lead = str(after["claimant"]["id"])
            staying = [name for name in held.team if name != leaves]
            held.team = sorted(staying, key=lambda name: self.people.id_of(name) != lead)

    async def _unit_helps(self, wish: Wish, held: Held) -> None:
        unit = self.people.id_of(UNIT)
        body: dict[str, Any] = {"organisation_id": unit}
        joins = body | {"brings": [{"kind": "time", "minutes": 120}]}
        asked = {"says": body}
        await self._helper(wish, held, "join_unit", "helpers", joins, who=CONTACT, asked=asked)
        if self._does(0.5):
            asked = {"giver": unit}
            await self._helper(wish, held, "leave", "leaving", body, who=CONTACT, asked=asked)

    async def _write(self, wish: Wish, held: Held) -> None:
        """A word to the other side, and one back, by the card or by the desk."""
        says = {"says": {"sender": "claimant"}}
        text = {"text": "明天上午方便吗？"}
        await self._helper(wish, held, "message", "messages", text, asked=says)
        says, text = {"says": {"sender": "resident"}}, {"text": "方便的，谢谢。"}
        if self._does(0.5):
            path = f"/v1/cards/{wish.slip}/messages"
            await self._send("message", CARD, path, text, wish, held.id, says)
        else:
            await self._desk(wish, "message", "messages", text, held.id, asked=says)

    async def _ask_time(self, wish: Wish, held: Held) -> None:
        """Two days by the rule itself, or many by a worker's word."""
        far = self._does(0.4)
        until = (held.fulfil_by + (MUCH_LATER if far else SOON)).astimezone(HERE).date()
        body = {"until": until.isoformat(), "reason": "waiting_for_goods"}
        asked: dict[str, Any] = {"far": far, "says": {"reason": "waiting_for_goods"}}
        if not far:
            asked["says"]["decided_by"] = None
        await self._helper(wish, held, "ask_time", "extension", body, asked=asked)
        if far:
            answer = self.rng.choice(["yes", "no"])
            asked = {"answer": answer, "says": {"decided_by": self.people.id_of(VERIFIER)}}
            await self._staff(
                "decide_time",
                f"/v1/claims/{held.id}/extension/decision",
                {"answer": answer, "reason": "as_told"},
                wish=wish.id,
                claim=held.id,
                asked=asked,
            )

    async def _change(self, wish: Wish, held: Held) -> bool:
        """The need becomes another one. Whether the claimant goes along; if not, it hangs anew."""
        category = self.rng.choice(CATEGORIES)
        body = NEW_CARD | {"words": "屋里的灯都想看一看", "category": category}
        await self._desk(
            wish,
            "propose",
            "change-proposals",
            body,
            held.id,
            who=wish.publisher,
            asked={"category": category},
        )
        if self._does(self.habits.agreed):
            yes: dict[str, Any] = {"answer": "yes", "says": {"category": category}}
            await self._helper(
                wish, held, "answer_change", "change-answer", {"answer": "yes"}, asked=yes
            )
            return True
        if self._does(0.3):
            # By the lead for all of them; alone they would leave, and be asked no more.
            says = {"everybody": True}
            await self._helper(wish, held, "release", "release", says, asked={"changing": True})
        else:
            no = {"answer": "no"}
            await self._helper(wish, held, "answer_change", "change-answer", no, asked=no)
        # Whoever proposed it has looked at the new need, so the other one publishes it.
        wish.verifier, wish.publisher = wish.publisher, wish.verifier
        await self._publish(wish)
        return False

    async def _visit(self, wish: Wish, held: Held) -> None:
        visit, who = await self._start_visit(wish, held), self.rng.choice(held.team)
        if not self._does(self.habits.stays):
            says = {"says": {"visit_id": visit}}
            path = f"/v1/visits/{visit}/left"
            await self._send("end_visit", who, path, {}, wish, held.id, says)

    async def _start_visit(self, wish: Wish, held: Held) -> str:
        visitors = sorted(self.people.id_of(name) for name in held.team)
        back_by = datetime.now(HERE) + timedelta(hours=2)
        body = {"visitors": visitors, "back_by": back_by.isoformat(timespec="seconds")}
        says = {"says": {"visitors": visitors}}
        visit = await self._helper(wish, held, "visit", "visits", body, asked=says)
        return str(visit["id"])

    async def _deliver(
        self, wish: Wish, held: Held, act: Act, resource: str, givers: list[str]
    ) -> None:
        services = [
            {"volunteer_id": self.people.id_of(name), "minutes": self.rng.randint(10, 180)}
            for name in givers
        ]
        gift = {
            "giver": {"kind": "volunteer", "id": self.people.id_of(givers[0])},
            "item": "other",
            "name": "一盏灯",
            "quantity": 1,
            "value_fen": self.rng.randint(100, 20_000),
        }
        gifts = [gift] if self._does(0.5) else []
        body = {"services": services, "gifts": gifts}
        given = [{"giver": g["giver"], "value_fen": g["value_fen"]} for g in gifts]
        asked = {"services": services, "gifts": given}
        await self._helper(wish, held, act, resource, body, who=givers[0], asked=asked)

    async def _until_content(self, wish: Wish, held: Held) -> None:
        await self._deliver(wish, held, "deliver", "delivery", held.team)
        while self._does(self.habits.unsatisfied):
            await self._confirm(wish, held, "unsatisfied")
            await self._deliver(wish, held, "deliver", "delivery", held.team)
        await self._confirm(wish, held, "satisfied")

    async def _confirm(self, wish: Wish, held: Held, answer: str) -> None:
        body = {"answer": answer} | ({} if answer == "satisfied" else {"reason": "does_not_work"})
        asked = {"answer": answer}
        if self._does(0.7):
            path = f"/v1/cards/{wish.slip}/confirmation"
            await self._send("confirm", CARD, path, body, wish, held.id, asked)
        else:
            body |= {"method": "call", "witness": WITNESS}
            await self._desk(wish, "confirm", "confirmation", body, held.id, asked=asked)

    async def _erased(self, wish: Wish, *, end_claims: bool = False) -> bool:
        return await self.own_data.erase(wish.person, wish.slip, wish.wishes, end_claims=end_claims)

    # What comes after.

    async def _afterwards(self, wish: Wish, held: Held) -> None:
        if self._does(self.habits.reopened):
            body = {"reason": "broke_again"}
            await self._desk(wish, "reopen", "reopening", body, held.id)
            await self._until_content(wish, held)
        if await self._is_drawn(wish) or self._does(self.habits.called_back):
            await self._call_back(wish, held)
        if self._does(self.habits.evaluated):
            await self._evaluate(wish, held)
        if self._does(self.habits.complained):
            await self._complain(wish)
        if self._does(self.habits.erased) and await self._erased(wish):
            return
        if self._does(self.habits.followed):
            await self._begin(await self._follow_up(wish, held))

    async def _is_drawn(self, wish: Wish) -> bool:
        found = await self.client.look(OUTSIDER, f"/v1/callbacks?area={AREA}&limit=100")
        return any(line["wish_id"] == wish.id for line in found.get("items", ()))

    async def _call_back(self, wish: Wish, held: Held) -> None:
        outcome = self.rng.choice(["satisfied", "satisfied", "unsatisfied", "not_reached"])
        asked = {"answer": outcome, "says": {"outcome": outcome}}
        body = {"outcome": outcome}
        await self._desk(wish, "call_back", "callback", body, held.id, who=OUTSIDER, asked=asked)
        if outcome == "unsatisfied":
            await self._until_content(wish, held)

    async def _evaluate(self, wish: Wish, held: Held) -> None:
        score = self.rng.randint(1, 5)
        asked = {"says": {"score": score}}
        if self._does(0.6):
            path, body = f"/v1/cards/{wish.slip}/evaluation", {"score": score}
            await self._send("evaluate", CARD, path, body, wish, held.id, asked)
        else:
            body = {"score": score, "means": "call"}
            await self._desk(wish, "evaluate", "evaluation", body, held.id, asked=asked)

    async def _complain(self, wish: Wish) -> None:
        about = self.rng.choice(["late", "not_as_agreed", "manners"])
        body, asked = {"about": about, "words": "没有按说好的来"}, {"says": {"about": about}}
        if self._does(0.5):
            path = f"/v1/cards/{wish.slip}/complaints"
            filed = await self._send("complain", CARD, path, body, wish, "", asked)
        else:
            filed = await self._desk(wish, "complain", "complaints", body, asked=asked)
        wish.shunned |= about == "manners"
        if self._does(self.habits.answered):
            outcome = self.rng.choice(["put_right", "explained", "not_found_true"])
            wish.shunned &= outcome != "not_found_true"
            says = {"complaint_id": filed["id"], "outcome": outcome}
            await self._staff(
                "answer_complaint",
                f"/v1/complaints/{filed['id']}/answer",
                {"outcome": outcome, "words": "已经当面说清楚了"},
                who=OUTSIDER,
                wish=wish.id,
                asked={"says": says},
            )

    async def _follow_up(self, first: Wish, held: Held) -> Wish:
        body = {"reason": "too_bright", "channel": "phone", "words": "灯太亮了"}
        path = f"/v1/wishes/{first.id}/follow-ups"
        made = await self._staff("follow_up", path, body, asked={"follows": first.id})
        wish = _known(made)
        wish.first_helper, wish.wishes = "" if first.shunned else held.lead, first.wishes + 1
        return wish

    # Requests, by who sends them.

    def _does(self, share: float) -> bool:
        return self.rng.random() < share

    def _crowd(self, without: list[str] | None = None) -> list[str]:
        names = [name for name in VOLUNTEERS if name not in (without or ())]
        return self.rng.sample(names, self.rng.randint(1, self.habits.claimers))

    async def _desk(
        self,
        wish: Wish,
        act: Act,
        resource: str,
        body: dict[str, Any],
        claim: str = "",
        *,
        who: str = VERIFIER,
        asked: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        path = f"/v1/wishes/{wish.id}/{resource}"
        return await self._send(act, who, path, body, wish, claim, asked)

    async def _staff(
        self,
        act: Act,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        who: str = VERIFIER,
        wish: str = "",
        claim: str = "",
        asked: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        request = Request(act, who, path, body or {}, wish, claim, asked or {})
        return await self.client.command(request)

    async def _helper(
        self,
        wish: Wish,
        held: Held,
        act: Act,
        resource: str,
        body: dict[str, Any] | None = None,
        *,
        who: str = "",
        asked: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """By the lead, unless somebody else is named."""
        path = f"/v1/claims/{held.id}/{resource}"
        return await self._send(act, who or held.lead, path, body or {}, wish, held.id, asked)

    async def _unseen(self, act: Act, who: str, path: str, wish: Wish) -> None:
        await self._send(act, who, path, {}, wish)

    async def _send(
        self,
        act: Act,
        who: str,
        path: str,
        body: dict[str, Any],
        wish: Wish,
        claim: str = "",
        asked: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        return await self.client.command(Request(act, who, path, body, wish.id, claim, asked or {}))


def _known(made: dict[str, Any]) -> Wish:
    slip = f"{made['card_no']}-{made['code']}"
    return Wish(str(made["id"]), slip, str(made["beneficiary_id"]))


def _day(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()
