"""Telling the stories to a running stack, and gathering what an outsider then sees."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from hansenzhai.api import Addresses, Api
from hansenzhai.desk import Desk, Login
from hansenzhai.district import open_district
from hansenzhai.expectations import EXPECTATIONS, Evidence, pending
from hansenzhai.memory import Memory
from hansenzhai.phones import Phones
from hansenzhai.stories import STORIES
from hansenzhai.stream import Reader
from hansenzhai.teller import LetPass, Teller

SERVICES = ("wishes", "volunteers", "points", "notifications")
SETTLE = 120.0
"""Seconds until the consequences of the last act must have arrived everywhere, on the slowest machine."""
PARTNER = Path(__file__).parents[3] / "partner" / "partner.py"
PARTNER_LIMIT = 120
Told = Callable[[str, str], None]
"""(story, what happens) for a progress display."""


@dataclass(frozen=True)
class World:
    """Where the district is: addresses, the operator's login, the partner's own Kafka user."""

    addresses: Addresses
    operator: Login
    reader: Reader
    folder: Path
    let_pass: LetPass


class Telling:
    def __init__(self, world: World, told: Told = lambda story, words: None) -> None:
        self._world = world
        self._client = httpx.Client(timeout=15)
        self.memory = Memory(world.folder / "hansenzhai.json")
        self.phones = Phones(world.folder / "outbox")
        api = Api(world.addresses, self._client)
        self.desk = Desk(api, self.memory, world.operator, self.phones)
        self._teller = Teller(self.desk, self.memory, world.let_pass, told)

    def open(self) -> None:
        open_district(self.desk, self.memory)

    def tell(self, story: str) -> None:
        next(s for s in STORIES if s.key == story).tell(self._teller)

    def settle(self) -> Evidence:
        """Wait until every consequence has arrived, then look. What is missing after that shows
        in the expectations."""
        deadline = time.monotonic() + SETTLE
        while True:
            evidence = self._look([])
            if not pending(evidence) or time.monotonic() > deadline:
                break
            time.sleep(0.3)
        return self._look(self._partner())

    def wrong(self, evidence: Evidence) -> dict[str, list[str]]:
        """Expectation → what is wrong with it; empty lists where all is well."""
        return {name: expect(evidence) for name, expect in EXPECTATIONS.items()}

    def close(self) -> None:
        self._client.close()

    def _look(self, partner: list[str]) -> Evidence:
        events = self._world.reader.read_all()
        return Evidence(self.desk, self.memory, events, partner, self._dead_letters())

    def _dead_letters(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for service in SERVICES:
            answer = self._client.get(f"{getattr(self._world.addresses, service)}/metrics")
            lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
            values = dict(line.rsplit(" ", 1) for line in lines)
            names = ("wishtree_dead_letters_open", "wishtree_outbox_dead_total")
            found[service] = sum(float(values.get(name, 0)) for name in names)
        return found

    def _partner(self) -> list[str]:
        """What the other department's own program prints."""
        reader = self._world.reader
        environment = {
            **os.environ,
            "PARTNER_BOOTSTRAP": reader.bootstrap,
            "PARTNER_USERNAME": reader.username,
            "PARTNER_PASSWORD": reader.password,
        }
        done = subprocess.run(
            [
                sys.executable,
                str(PARTNER),
                "--idle",
                "5",
                "--group",
                f"partner.demo-{uuid.uuid4()}",
            ],
            env=environment,
            capture_output=True,
            text=True,
            timeout=PARTNER_LIMIT,
            check=False,
        )
        if done.returncode:
            return [f"ended with {done.returncode}: {done.stderr[-300:]}"]
        return done.stdout.splitlines()
