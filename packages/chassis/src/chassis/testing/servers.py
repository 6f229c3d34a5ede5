"""The servers of a test session: owned by the controlling process, started when a test asks.

Workers of xdist ask through a folder: a file `<name>.wanted` is the question, `<name>.json` the
answer. So whichever worker ends first takes nothing away from the others.
"""

import json
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

START_LIMIT = 120.0
LOOK_EVERY = 0.05
NAMES = ("postgres", "kafka")


class Servers:
    """PostgreSQL and Kafka of one session, in one temporary folder. `stop` ends what was started."""

    def __init__(self) -> None:
        self._made: Path | None = None
        self._running: dict[str, Any] = {}
        self._answers: dict[str, dict[str, Any]] = {}
        self._listener: threading.Thread | None = None
        self._stopped = threading.Event()

    @property
    def folder(self) -> Path:
        if self._made is None:
            self._made = Path(tempfile.mkdtemp(prefix="wishtree-test-")).resolve()
        return self._made

    def start(self, name: str) -> dict[str, Any]:
        """How to reach it. The second call starts nothing."""
        if name not in self._answers:
            # A second try would run into what the first one left; its error is the answer for all.
            self._answers[name] = {"error": "did not start; see the first test that asked"}
            self._answers[name] = {"postgres": self._postgres, "kafka": self._kafka}[name]()
        return checked(name, self._answers[name])

    def listen(self) -> None:
        """Answer the workers' questions from now on."""
        if self._listener is None:
            self._listener = threading.Thread(target=self._listen, name="servers", daemon=True)
            self._listener.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._listener is not None:
            self._listener.join(START_LIMIT)
        for server in self._running.values():
            server.stop()
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)

    def _listen(self) -> None:
        while not self._stopped.wait(LOOK_EVERY):
            for name in NAMES:
                if name in self._answers or not (self.folder / f"{name}.wanted").exists():
                    continue
                try:
                    answer = self.start(name)
                except Exception as error:  # noqa: BLE001 - the worker that asked shows it
                    answer = self._answers[name] = {"error": f"{type(error).__name__}: {error}"}
                draft = self.folder / f"{name}.draft"
                draft.write_text(json.dumps(answer), encoding="utf-8")
                draft.rename(self.folder / f"{name}.json")

    def _postgres(self) -> dict[str, Any]:
        from stack import EmbeddedPostgres, Secrets

        password = Secrets.load(self.folder).postgres
        server = EmbeddedPostgres(self.folder / "postgres", password=password, fsync=False)
        self._running["postgres"] = server
        server.start()
        return {"port": server.port}

    def _kafka(self) -> dict[str, Any]:
        from stack import EmbeddedKafka, Secrets

        from chassis.testing.brokers import provision

        secrets = Secrets.load(self.folder)
        server = EmbeddedKafka(self.folder / "kafka", password=secrets.kafka_admin)
        self._running["kafka"] = server
        server.start()
        provision(server.admin(), secrets)
        return {"bootstrap": server.bootstrap}


def ask(folder: Path, name: str) -> dict[str, Any]:
    """In a worker: the address of a server, as soon as the controlling process has started it."""
    (folder / f"{name}.wanted").touch()
    deadline = time.monotonic() + START_LIMIT
    while not (folder / f"{name}.json").exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name}: no answer within {START_LIMIT:g} s")
        time.sleep(LOOK_EVERY)
    return checked(name, json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))


def checked(name: str, answer: dict[str, Any]) -> dict[str, Any]:
    if "error" in answer:
        raise RuntimeError(f"{name}: {answer['error']}")
    return answer
