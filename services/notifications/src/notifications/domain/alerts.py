"""An alert of the platform as a message: which sentence, with what in it, and what makes it the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from contracts.fields import BEIJING

SPACE = UUID("8a4a2c1e-2f0b-5c58-9f43-7b1d2c9f6a55")
"""For ids made of an alert (RFC 9562 §5.5)."""
AT_ONCE, BY_DAY, OVER = "alert_at_once", "alert_by_day", "alert_over"


@dataclass(frozen=True)
class Alert:
    """Of what the sender says, only what is said on. `fingerprint` is of all its labels."""

    fingerprint: str
    over: bool
    began: datetime
    name: str
    severity: str
    summary: str
    description: str
    runbook: str

    @property
    def id(self) -> UUID:
        """The same for every repetition; another one when it is over, and when it begins again."""
        state = "resolved" if self.over else "firing"
        began = self.began.astimezone(UTC).isoformat()
        return uuid5(SPACE, f"{self.fingerprint}\n{state}\n{began}")

    @property
    def template(self) -> str:
        if self.over:
            return OVER
        return AT_ONCE if self.severity == "page" else BY_DAY

    @property
    def details(self) -> Mapping[str, object]:
        return {
            "alert": self.name,
            "summary": (self.summary or self.name).rstrip("。."),
            "description": self.description,
            "since": self.began.astimezone(BEIJING).isoformat(),
            "section": self.runbook.rpartition("#")[2] or self.name,
        }
