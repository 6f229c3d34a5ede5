"""What the clients saw: one line per attempt, written as it ends. The judge knows nothing else.

A command is one idempotency key. Its attempts all carry the key, and the same text as correlation
id, so that every event that followed from it names it. An attempt whose answer was never seen has no
status: its effect may or may not exist, but at most once.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

Act = Literal[
    "submit",
    "follow_up",
    "verify",
    "return",
    "publish",
    "withdraw",
    "claim",
    "join",
    "release",
    "deliver",
    "confirm",  # asked["answer"] is satisfied or unsatisfied
    "reopen",
]


@dataclass(frozen=True)
class Attempt:
    """One request and its answer. Times are seconds of this machine's monotonic clock."""

    command: str
    act: Act
    client: str
    """Who acted: the volunteer's or staff member's id, or `card` for the holder of the slip."""
    called: float
    returned: float
    status: int | None = None
    """None: no answer was seen (cut, timed out, refused connection)."""
    problem: str = ""
    """The slug of a refusal, `already-claimed` for example."""
    wish: str = ""
    claim: str = ""
    asked: dict[str, Any] = field(default_factory=dict)
    """What of the request the judge needs: answer, services, gifts, follows. Never personal data."""
    answer: dict[str, Any] = field(default_factory=dict)
    """What of a good answer it needs: id, state, card_no."""

    @property
    def acknowledged(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Recorder:
    """Appends attempts to a file; safe from several threads."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, attempt: Attempt) -> None:
        line = json.dumps(asdict(attempt), ensure_ascii=False) + "\n"
        with self._lock:
            self._file.write(line)

    def close(self) -> None:
        self._file.close()


def read_record(path: Path) -> Iterator[Attempt]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Attempt(**json.loads(line))
