"""Sending a message to a person: the adapter's face, and the embedded one that keeps it here."""

import asyncio
import json
import os
from pathlib import Path
from typing import Literal, Protocol

from chassis.clock import now

Channel = Literal["sms", "email"]


class GatewayError(Exception):
    """The provider did not take the message; try again later."""


class Gateway(Protocol):
    async def send(self, channel: Channel, to: str, text: str, reference: str) -> None:
        """Hand one message to the provider. The same `reference` again is sent only once."""
        ...


class LocalOutbox:
    """The embedded default: messages stay in a folder that only its owner can read.

    One file per message, named by its reference, so that a repeated send changes nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, channel: Channel, to: str, text: str, reference: str) -> None:
        await asyncio.to_thread(self._write, channel, to, text, reference)

    def _write(self, channel: Channel, to: str, text: str, reference: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        record = {"at": now().isoformat(), "channel": channel, "to": to, "text": text}
        path = self._folder / f"{reference}.json"
        temporary = self._folder / f".{reference}.{os.getpid()}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(record, file, ensure_ascii=False)
        try:
            # A link fails where the reference is already there: sent once, sent for good.
            os.link(temporary, path)
        except FileExistsError:
            return
        finally:
            temporary.unlink()
