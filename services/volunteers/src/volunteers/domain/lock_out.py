"""Lock-out after wrong tries: decides, and does nothing itself (GB/T 22239 8.1.4.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

TRIES = 5
PAUSE = timedelta(minutes=15)


@dataclass(frozen=True)
class Attempts:
    """Wrong tries in a row and, after the fifth, until when nothing is tried any more."""

    failures: int = 0
    locked_until: datetime | None = None

    def locked(self, now: datetime) -> bool:
        return self.locked_until is not None and self.locked_until > now

    def failed(self, now: datetime) -> "Attempts":
        """After one more wrong try; a lock that has ended begins anew."""
        before = 0 if self.locked_until is not None and not self.locked(now) else self.failures
        failures = before + 1
        return Attempts(failures, now + PAUSE if failures >= TRIES else None)


def totp_step(now: datetime) -> int:
    """The 30-second step of RFC 6238."""
    return int(now.timestamp()) // 30
