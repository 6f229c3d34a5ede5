"""Who acts in a campaign: the people of 韩森寨, signed in again whenever a token is refused."""

import asyncio
import threading

from hansenzhai.telling import Telling

WORKERS = ("wang-juan", "wu-hongzheng")
VOLUNTEERS = ("bao-xiaohong", "zhang-zhan", "zhang-jin", "helper", "hospital-1", "hospital-2")


class People:
    """Tokens by name. Signing in is blocking work of the example, so it happens in a thread."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._lock = threading.Lock()
        self._signing_in: dict[str, asyncio.Task[str]] = {}
        self._tokens: dict[str, str] = {}

    def id_of(self, name: str) -> str:
        return self._telling.desk.id_of(name)

    async def authorization(self, name: str, refused: str = "") -> str:
        """The header for `name`; a new one if it is still the one that was `refused`."""
        known = self._tokens.get(name, "")
        if known and known != refused:
            return known
        if name not in self._signing_in:
            # One sign-in at a time for each person, however many of their requests wait.
            self._signing_in[name] = asyncio.create_task(
                asyncio.to_thread(self._sign_in, name, bool(refused))
            )
        try:
            self._tokens[name] = await asyncio.shield(self._signing_in[name])
        finally:
            if name in self._signing_in and self._signing_in[name].done():
                del self._signing_in[name]
        return self._tokens[name]

    def _sign_in(self, name: str, again: bool) -> str:
        with self._lock:
            desk = self._telling.desk
            if again:
                desk.forget(name)
            caller = desk.staff(name) if name in WORKERS else desk.volunteer(name)
            return caller.authorization
