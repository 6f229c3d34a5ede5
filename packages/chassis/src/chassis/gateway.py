"""Sending a message to a person: the adapter's face, and the embedded one that keeps it here."""

import asyncio
import json
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol
from uuid import uuid4

from chassis.clock import now

Channel = Literal["sms", "email"]
REFERENCE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")


class GatewayError(Exception):
    """The provider did not take the message; try again later."""


class Gateway(Protocol):
    async def send(self, channel: Channel, to: str, text: str, reference: str) -> None:
        """Hand one message to the provider. The same `reference` again is sent only once."""
        ...

    async def forget(self, reference: str) -> None:
        """Keep neither text nor number of this message any longer. Safe to repeat."""
        ...


@dataclass(frozen=True)
class Sent:
    """One message as it stands in the local outbox."""

    at: datetime
    channel: Channel
    to: str
    text: str
    reference: str


class LocalOutbox:
    """The embedded default: messages stay in a folder that only its owner can read.

    One file per message, named by its reference, so that a repeated send changes nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, channel: Channel, to: str, text: str, reference: str) -> None:
        """`reference`: letters, digits, `.`, `_`, `-`; ValueError otherwise."""
        await asyncio.to_thread(self._write, channel, to, text, self._place(reference))

    async def forget(self, reference: str) -> None:
        """The file goes. The same reference again would be sent again."""
        await asyncio.to_thread(self._place(reference).unlink, missing_ok=True)

    def messages(self, to: str | None = None) -> list[Sent]:
        """What was sent, the oldest first: for the demo's display and for tests."""
        found: list[Sent] = []
        for path in self._folder.glob("*.json"):
            record = json.loads(path.read_text(encoding="utf-8"))
            record["at"] = datetime.fromisoformat(record["at"])
            found.append(Sent(**record, reference=path.stem))
        return sorted((s for s in found if to in (None, s.to)), key=lambda s: (s.at, s.reference))

    def _place(self, reference: str) -> Path:
        if not REFERENCE.fullmatch(reference):
            # It becomes a file's name: nobody may choose another folder with it.
            raise ValueError("not a reference")
        return self._folder / f"{reference}.json"

    def _write(self, channel: Channel, to: str, text: str, path: Path) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        record = {"at": now().isoformat(), "channel": channel, "to": to, "text": text}
        temporary = path.with_name(f".{path.stem}.{uuid4().hex}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(record, file, ensure_ascii=False)
            # A link fails where the reference is already there: sent once, sent for good.
            os.link(temporary, path)
        except FileExistsError:
            return
        finally:
            temporary.unlink()
