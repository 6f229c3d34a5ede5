"""Who acts in a campaign: the people of 韩森寨 and some of their neighbours, signed in again whenever
a token is over."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from hansenzhai.cast import XIANDONG, Person
from hansenzhai.telling import Telling

VERIFIER, PUBLISHER = "wang-juan", "wu-hongzheng"
OUTSIDER = "yang-haiyan"
"""Of the street: she has no part in any wish, so she may ring up and answer complaints."""
WORKERS = (VERIFIER, PUBLISHER, OUTSIDER)
UNIT, CONTACT = "hospital", "hospital-contact"
"""A unit that helps, and who acts for it."""
STAFF = (*WORKERS, CONTACT)
CAST = ("bao-xiaohong", "zhang-zhan", "zhang-jin", "helper", "hospital-1", "hospital-2")
NEIGHBOURS = tuple(
    Person(f"neighbour-{n}", f"邻居{n}", f"138001382{n:02}", kind="guest") for n in range(10)
)
VOLUNTEERS = (*CAST, *(person.key for person in NEIGHBOURS[:4]))
"""Nobody has more than three wishes in hand at once, so there must be enough of them."""
FORGETFUL = tuple(person.key for person in NEIGHBOURS[4:])
"""They take wishes and forget them: what they have in hand waits for time."""
OLD = 540.0
"""Seconds after which a token (15 minutes) may have been refused for its age."""
STUBBORN = 20.0
"""Seconds after which a young token that is still refused is given up: until then it is rather the
clock of whoever refuses it that is wrong, and no other token would do."""


@dataclass
class _Token:
    header: str
    signed_in: float
    refused: float = 0.0
    """Since when; of a refusal that was long ago nobody speaks any more."""
    last_refused: float = 0.0

    def is_over(self) -> bool:
        """It was refused now."""
        now = time.monotonic()
        if now - self.last_refused > STUBBORN:
            self.refused = now
        self.last_refused = now
        return is_over(now - self.signed_in, now - self.refused)


class People:
    """Tokens by name. Signing in is blocking work of the example, so it happens in a thread."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._signing_in: dict[str, asyncio.Task[str]] = {}
        self._tokens: dict[str, _Token] = {}
        self._ids: dict[str, str] = {}

    async def move_in(self) -> None:
        """The neighbours register and are approved."""
        await asyncio.gather(*(asyncio.to_thread(self._register, person) for person in NEIGHBOURS))

    def id_of(self, name: str) -> str:
        return self._ids.get(name) or self._telling.desk.id_of(name)

    async def authorization(self, name: str, refused: str = "") -> str:
        """The header for `name`; a new one if it is still the one that was `refused`, and for its age."""
        known = self._tokens.get(name)
        if known and (known.header != refused or not known.is_over()):
            return known.header
        if name not in self._signing_in:
            # One sign-in at a time for each person, however many of their requests wait.
            self._signing_in[name] = asyncio.create_task(
                asyncio.to_thread(self._sign_in, name, bool(refused))
            )
        try:
            header = await asyncio.shield(self._signing_in[name])
            self._tokens[name] = _Token(header, time.monotonic())
        finally:
            if name in self._signing_in and self._signing_in[name].done():
                del self._signing_in[name]
        return self._tokens[name].header

    def _sign_in(self, name: str, again: bool) -> str:
        desk = self._telling.desk
        if again:
            desk.forget(name)
        if name in STAFF:
            return desk.staff(name).authorization
        person = next((one for one in NEIGHBOURS if one.key == name), None)
        if person is None:
            return desk.volunteer(name).authorization
        grant = desk.anybody.form(
            "volunteers",
            "/oauth2/token",
            grant_type="phone_code",
            phone=person.phone,
            code=desk.read_code(person),
        )
        return f"Bearer {grant['access_token']}"

    def _register(self, person: Person) -> None:
        desk = self._telling.desk
        body: dict[str, Any] = {
            "phone": person.phone,
            "code": desk.read_code(person),
            "name": person.name,
            "kind": person.kind,
            "area": XIANDONG,
        }
        key = f"register/{person.key}"
        made = desk.anybody.post("volunteers", "/v1/volunteers", body, key=key)
        self._ids[person.key] = str(made["id"])
        desk.staff(VERIFIER).post(
            "volunteers",
            f"/v1/volunteers/{made['id']}/approval",
            {"decision": "approve"},
            key=f"approval/{person.key}",
        )


def is_over(age: float, refused_for: float) -> bool:
    """Whether a token that is refused now, and was for so long, is given up. All in seconds."""
    return age > OLD or refused_for > STUBBORN
