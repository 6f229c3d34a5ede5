"""Who helped with what, and what they gave: put together from the clients' record alone.

Only where a client was told nothing the topic says whether it happened.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proof.history import Command, History

Gift = tuple[str, int]
"""Giver, fen."""


@dataclass(frozen=True)
class Given:
    """What several deliveries of one claim come to."""

    minutes: Mapping[str, int] = field(default_factory=dict)
    """Volunteer → minutes, one line each."""
    gifts: tuple[Gift, ...] = ()

    def __add__(self, other: "Given") -> "Given":
        minutes = Counter(self.minutes)
        minutes.update(other.minutes)
        return Given(dict(minutes), (*self.gifts, *other.gifts))


@dataclass(frozen=True)
class Fulfilment:
    """Confirmed: of which category it was then, who was in it, and all that was given for it, also
    before by those who gave the wish back."""

    category: str
    lead: str
    helpers: tuple[str, ...]
    given: Given


@dataclass
class Story:
    """One wish as far as the record goes."""

    category: str
    turns: list[Fulfilment | None] = field(default_factory=list)
    """Fulfilments in their order; None: the one before was taken back."""
    delivered: dict[str, Given] = field(default_factory=dict)
    """Command of a delivery → all that had been given by then."""


def given_of(data: Mapping[str, Any]) -> Given:
    """Of a delivery, or of a part, as it was asked for or as an event tells it."""
    minutes: Counter[str] = Counter()
    for service in data.get("services") or ():
        minutes[str(service["volunteer_id"])] += int(service["minutes"])
    gifts = ((str(g["giver"]["id"]), int(g["value_fen"])) for g in data.get("gifts") or ())
    return Given(dict(minutes), tuple(gifts))


def stories_of(history: History) -> dict[str, Story]:
    """Wish → its story, for every wish of the record."""
    of_wish: defaultdict[str, list[Command]] = defaultdict(list)
    done = (command for command in history.commands.values() if history.took_effect(command))
    for command in sorted(done, key=lambda command: command.first.called):
        of_wish[history.wish_of(command)].append(command)
    found: dict[str, Story] = {}
    # A follow-up is of the category that the first wish ended with: that one comes before.
    for wish, commands in sorted(of_wish.items(), key=lambda item: item[1][0].first.called):
        category = _category(commands, found)
        if category:
            found[wish] = _Teller(history, Story(category)).tell(commands)
    return found


def _category(commands: Iterable[Command], known: Mapping[str, Story]) -> str:
    """That it came in with; "" for what is no wish, or not yet: a programme, a draft."""
    comes_in = next((c for c in commands if c.act in ("submit", "hand_in", "follow_up")), None)
    if comes_in is None:
        return ""
    if comes_in.act == "follow_up":
        first = known.get(str(comes_in.first.asked["follows"]))
        return first.category if first else ""
    return str(comes_in.first.asked.get("category", ""))


class _Teller:
    """Walks the commands of one wish, by claim: who comes later may have another claim in hand."""

    def __init__(self, history: History, story: Story) -> None:
        self._history = history
        self._story = story
        self._proposed = ""
        self._teams: dict[str, list[str]] = {}
        self._given: defaultdict[str, Given] = defaultdict(Given)

    def tell(self, commands: Iterable[Command]) -> Story:
        for command in commands:
            self._need(command)
            self._help(command)
        return self._story

    def _need(self, command: Command) -> None:
        """What is wished may become another thing."""
        asked = command.first.asked
        match command.act:
            case "edit":
                self._story.category = asked["category"] or self._story.category
            case "propose":
                self._proposed = asked["category"]
            # The claimant's yes and no are the same to the wish; somebody else claims it when its
            # claimant has said neither for too long.
            case "answer_change" | "release" | "claim":
                self._story.category = self._proposed or self._story.category
                self._proposed = ""
            case _:
                pass

    def _help(self, command: Command) -> None:
        story, claim, client = self._story, self._history.claim_of(command), command.first.client
        team = self._teams.setdefault(claim, [])
        match command.act:
            case "claim" | "join":
                team.append(client)
            case "leave":
                self._teams[claim] = self._without(team, command)
            case "deliver_part":
                self._given[claim] += given_of(command.first.asked)
            case "deliver":
                self._given[claim] += given_of(command.first.asked)
                story.delivered[command.name] = self._given[claim]
            case "confirm" | "reopen" | "call_back":
                self._have_said(command, claim)
            case _:
                pass

    def _have_said(self, command: Command, claim: str) -> None:
        caused = command.effect.sure
        if "WishFulfilled" in caused:
            lead, *helpers = self._teams[claim] or [""]
            # What is not cleared by a reopening counts, also that of claims that are over.
            given = sum(self._given.values(), Given())
            self._story.turns.append(Fulfilment(self._story.category, lead, tuple(helpers), given))
        elif "WishReopened" in caused:
            self._given.pop(claim, None)
            if command.act != "confirm":
                self._story.turns.append(None)

    def _without(self, team: list[str], command: Command) -> list[str]:
        """Whoever stays, the new lead first: as the client was told, else as the event says."""
        told, event = command.acknowledged, self._history.effect_of(command)
        claimant = told.answer.get("claimant") if told else event.data["claimant"] if event else {}
        lead = str((claimant or {}).get("id", ""))
        staying = [who for who in team if who != command.first.client]
        return sorted(staying, key=lambda who: who != lead)
