"""What the clients saw: one line per attempt, written as it ends. The judge knows nothing else.

A command is one idempotency key. Its attempts all carry the key, and the same text as correlation
id, so that every event that followed from it names it. An act of UNSEEN has no key, only that text. An attempt whose answer was never seen has no
status: its effect may or may not exist, but at most once.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

Act = Literal[
    # How a wish comes in, and what the desk does with it.
    "draft",
    "hand_in",
    "discard",
    "submit",
    "follow_up",
    "edit",
    "verify",
    "return",
    "publish",
    "withdraw",
    "take_down",
    "consent",  # asked["given"], to the card; asked["hangs"]: whether it does now
    "refer",
    "answer_referral",
    "open_programme",
    "join_programme",
    "close_programme",
    "invite",
    "hand_over",
    # Who helps.
    "claim",
    "contact",
    "join",
    "join_unit",
    "leave",  # asked["giver"]: the unit that leaves, where it is one
    "release",
    "ask_time",
    "decide_time",
    "propose",
    "answer_change",
    "message",
    "visit",
    "end_visit",
    "deliver_part",
    "deliver",
    # What comes after.
    "confirm",  # asked["answer"] is satisfied or unsatisfied
    "reopen",
    "evaluate",
    "call_back",
    "complain",
    "answer_complaint",
    # What people ask about their own data; `wish` is the person's id then.
    "file_request",
    "take_back_request",
    "answer_request",
    "look_at_erasure",  # the first of two; no event tells of it
    "erase",  # asked["wishes"]: how many of theirs it may end
    # What nobody may find out afterwards: it has no key, and no event tells of it.
    "decline",
    "let_go",
]
UNSEEN: frozenset[Act] = frozenset({"decline", "let_go"})
UNTOLD: frozenset[Act] = frozenset({"decline", "let_go", "look_at_erasure"})
"""No event tells of them; the second of two hands tells of the first one's look."""


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
    """The wish, the programme or the person that it is about."""
    claim: str = ""
    asked: dict[str, Any] = field(default_factory=dict)
    """What of the request the judge needs: answer, services, gifts, follows; `says`: fields that the
    event must have just so. Never personal data."""
    answer: dict[str, Any] = field(default_factory=dict)
    """What of a good answer it needs: id, state, card_no, claimant."""

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
