"""A small town in memory whose every story is correct: what the judge must find nothing wrong with.

Each act writes what the client saw, the event, and what the other services made of it, so that a
test can spoil one thing and ask whether the judge sees it.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from proof.books import BOOKS, Shares, worth
from proof.evidence import SCHEMAS, Evidence, Seen
from proof.faults import Poison
from proof.history import NOTIFICATION, POINTS, READERS, VOLUNTEER, WISH
from proof.record import Act, Attempt

BAO, ZHANG, WANG, DESK = (str(uuid.UUID(int=n)) for n in (1, 2, 3, 4))
GROUPS = ("wishes", "volunteers", "points", "notifications")


class Town:
    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.messages: list[Seen] = []
        self.opening: set[str] = set()
        self.poisons: list[Poison] = []
        self.letters: list[Seen] = []
        self.rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.now = 0.0
        self._ids = 1000
        self._offsets: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._versions: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._wishes: dict[str, dict[str, Any]] = {}
        self._claims: dict[str, dict[str, Any]] = {}
        self._tell_of_volunteers()

    # What people do.

    def submit(self, category: str = "goods", follows: str = "", **how: Any) -> str:
        wish = self.id()
        self._wishes[wish] = {"state": "submitted", "category": category, "who": self.id()}
        data = {
            "category": category,
            "beneficiary_id": self._wishes[wish]["who"],
            "follows_wish_id": follows or None,
        }
        asked = {"follows": follows} if follows else {"category": category}
        act: Act = "follow_up" if follows else "submit"
        self._act(act, WANG, wish, "", asked, {"id": wish, "state": "submitted"}, data, how)
        return wish

    def hang(self, wish: str) -> None:
        self._staff("verify", wish, "verified", {"verified_by": WANG})
        self._staff("publish", wish, "posted", {"posted_by": WANG})

    def send_back(self, wish: str) -> None:
        self._staff("return", wish, "returned", {"returned_by": WANG})

    def withdraw(self, wish: str) -> None:
        self._staff("withdraw", wish, "withdrawn", {})

    def claim(self, wish: str, who: str = BAO, **how: Any) -> str:
        claim = self.id()
        self._claims[claim] = {"wish": wish, "state": "live", "who": who, "helpers": []}
        self._wishes[wish]["state"] = "claimed"
        data = {
            "claim_id": claim,
            "claimant": {"kind": "volunteer", "id": who},
            "claimed_by": who,
        }
        answer = {"id": claim, "state": "live"}
        self._act("claim", who, wish, "", {}, answer, data, how)
        return claim

    def lose(self, wish: str, who: str = ZHANG) -> None:
        """A claim that is refused."""
        self._attempt(
            "claim", who, self.name(), wish, "", {}, status=409, problem="already-claimed"
        )

    def join(self, claim: str, who: str = ZHANG) -> None:
        held = self._claims[claim]
        held["helpers"].append(who)
        data = {"claim_id": claim, "volunteer_id": who}
        answer = {"id": claim, "state": "live"}
        self._act("join", who, held["wish"], claim, {}, answer, data, {})

    def release(self, claim: str) -> None:
        held = self._claims[claim]
        held["state"] = "released"
        self._wishes[held["wish"]]["state"] = "posted"
        answer = {"id": claim, "state": "released"}
        self._act("release", held["who"], held["wish"], claim, {}, answer, self._of(claim), {})

    def deliver(self, claim: str, minutes: int = 90, fen: int = 500, **how: Any) -> None:
        held = self._claims[claim]
        held["state"] = self._wishes[held["wish"]]["state"] = "delivered"
        team = [held["who"], *held["helpers"]]
        asked = {
            "services": [{"volunteer_id": who, "minutes": minutes} for who in team],
            "gifts": [{"giver": {"kind": "volunteer", "id": held["who"]}, "value_fen": fen}],
        }
        held["given"] = asked
        answer = {"id": claim, "state": "delivered"}
        data = self._of(claim)
        self._act("deliver", held["who"], held["wish"], claim, asked, answer, data, how)

    def confirm(self, claim: str, answer: str = "satisfied", **how: Any) -> None:
        held = self._claims[claim]
        wish = self._wishes[held["wish"]]
        data = self._of(claim)
        if answer == "satisfied":
            wish["state"], held["state"] = "fulfilled", "done"
        else:
            wish["state"], held["state"] = "claimed", "live"
            data |= {"was": "delivered", "services": [], "gifts": []}
        told = {"state": wish["state"]}
        event = self._act(
            "confirm", "card", held["wish"], claim, {"answer": answer}, told, data, how
        )
        if answer == "satisfied":
            self._fulfilled(held, event)

    def reopen(self, claim: str) -> None:
        held = self._claims[claim]
        wish = self._wishes[held["wish"]]
        wish["state"], held["state"] = "claimed", "live"
        data = self._of(claim) | {"was": "fulfilled", "services": [], "gifts": []}
        data["fulfilled_event_id"] = held["fulfilled"]
        told = {"id": held["wish"], "state": "claimed"}
        event = self._act("reopen", WANG, held["wish"], claim, {}, told, data, {})
        lines = self.rows["records"]
        lines[:] = [row for row in lines if row["source_event_id"] != held["fulfilled"]]
        self._post(held, event, -1, "PointsReversed")

    def whole_life(self, category: str = "goods", who: str = BAO) -> str:
        wish = self.submit(category)
        self.hang(wish)
        claim = self.claim(wish, who)
        self.deliver(claim)
        self.confirm(claim)
        return wish

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
            for name in ("postings", "messages", "records", "negative", "differences")
        }
        facts["sums"] = [{"book": book, "sum": 0} for book in BOOKS]
        facts["wishes"] = [
            {"id": wish, "state": life["state"], "version": self._versions[WISH, wish]}
            for wish, life in self._wishes.items()
        ]
        facts["claims"] = [
            {
                "id": claim,
                "wish_id": held["wish"],
                "state": held["state"],
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

    def _staff(self, act: Act, wish: str, state: str, data: dict[str, Any]) -> None:
        self._wishes[wish]["state"] = state
        self._act(act, WANG, wish, "", {}, {"id": wish, "state": state}, data, {})

    def _act(
        self,
        act: Act,
        client: str,
        wish: str,
        claim: str,
        asked: dict[str, Any],
        answer: dict[str, Any],
        data: dict[str, Any],
        how: dict[str, Any],
    ) -> str:
        """`seen=False`: the answer was lost; `again=True`: the client asks a second time."""
        command = self.name()
        about = "" if act in ("submit", "follow_up") else wish
        if how.get("seen", True):
            for _ in range(2 if how.get("again") else 1):
                self._attempt(act, client, command, about, claim, asked, answer=answer)
        else:
            self._attempt(act, client, command, about, claim, asked, status=None)
        satisfied = asked.get("answer") == "satisfied"
        name = {
            "submit": "WishSubmitted",
            "follow_up": "WishSubmitted",
            "verify": "WishVerified",
            "return": "WishReturned",
            "publish": "WishPosted",
            "withdraw": "WishWithdrawn",
            "claim": "WishClaimed",
            "join": "ClaimJoined",
            "release": "ClaimReleased",
            "deliver": "WishDelivered",
            "confirm": "WishFulfilled" if satisfied else "WishReopened",
            "reopen": "WishReopened",
        }[act]
        event = self._emit(WISH, wish, name, {"wish_id": wish, **data}, command)
        self._tell(event, name, wish, data, command)
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
        event = self.id()
        self._versions[topic, key] += 1
        headers = {
            "ce_id": event,
            "ce_type": f"wishtree.{name}.v1",
            "ce_subject": key,
            "ce_aggregateversion": str(self._versions[topic, key]),
            "ce_correlationid": command,
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

    def _of(self, claim: str) -> dict[str, Any]:
        held = self._claims[claim]
        given = held.get("given", {"services": [], "gifts": []})
        return {
            "claim_id": claim,
            "claimant": {"kind": "volunteer", "id": held["who"]},
            "helpers": list(held["helpers"]),
            **given,
        }

    def _fulfilled(self, held: dict[str, Any], event: str) -> None:
        held["fulfilled"] = event
        for service in held["given"]["services"]:
            self.rows["records"].append(
                {
                    "wish_id": held["wish"],
                    "volunteer_id": service["volunteer_id"],
                    "minutes": service["minutes"],
                    "source_event_id": event,
                }
            )
        self._post(held, event, 1, "PointsCredited")

    def _post(self, held: dict[str, Any], event: str, sign: int, name: str) -> None:
        category = self._wishes[held["wish"]]["category"]
        shares: Shares = worth(category, held["who"], held["helpers"], held["given"])
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

    def _tell(self, event: str, name: str, wish: str, data: dict[str, Any], command: str) -> None:
        people: list[tuple[str, str]] = []
        if name not in ("WishVerified", "ClaimJoined"):
            people.append(("resident", self._wishes[wish]["who"]))
        if name == "ClaimJoined":
            people.append(("volunteer", data["volunteer_id"]))
            people.append(("volunteer", self._claims[data["claim_id"]]["who"]))
        elif "claimant" in data:
            people.append(("volunteer", data["claimant"]["id"]))
            if name in ("ClaimReleased", "WishFulfilled", "WishReopened"):
                people += [("volunteer", helper) for helper in data["helpers"]]
        if name in (
            "WishSubmitted",
            "WishClaimed",
            "WishDelivered",
            "WishFulfilled",
            "WishReopened",
        ):
            people.append(("organisation", DESK))
        for kind, who in people:
            self._message(event, kind, who, command)

    def _message(self, event: str, kind: str, who: str, command: str) -> None:
        message = self.id()
        self.rows["messages"].append(
            {
                "id": message,
                "source_event_id": event,
                "recipient_kind": kind,
                "recipient_id": who,
                "template": "said",
                "channel": "inbox",
                "state": "delivered",
            }
        )
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
    """Every kind of act, with a lost answer, a second try, late repeats and a poisoned event."""
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
    town.hang(second)
    town.claim(second, seen=False)
    town.poison()
    for index in repeats:
        town.repeat(index)
    return town
