"""Who is rung up after a fulfilment (回访): a lottery that nobody foresees and anybody can check.

Whether a fulfilment is drawn follows from three things alone: the district's seed of that month, the
wish, and the version of the wish that the fulfilment makes (`aggregateversion` of WishFulfilled). It
is an HMAC, so the numbers of one month say nothing about each other without the seed.

Who would like to know beforehand, and why they don't:
- A volunteer or worker who hopes not to be checked. The seed is 32 random bytes, made when the month's
  first fulfilment needs it and shown to nobody before the month is over. It lies sealed in the table, so
  that whoever reads the database or a backup learns nothing; only who holds the master key as well could.
- Somebody who tries again until the wish is not drawn (reopen, confirm once more). A draw that was not
  answered stays (`fulfilling.confirm`): trying again can only add a call, never take one away.
- Somebody who chooses the moment. The version and the month are not theirs to choose usefully: without
  the seed every choice is as good as any other. Not to be drawn once is no promise for the next time.
- Somebody who would change the lottery afterwards. The SHA-256 of the seed is public from the first
  moment, the table refuses a change, and the seed itself is public when the month is over: from the
  stream of events and the percentage of the wish's terms anybody computes every draw again.
What remains: who runs the service could make seeds until one suits them, before the month's first draw.
"""

import hashlib
import hmac
from datetime import datetime
from uuid import UUID

from wishes.domain.working_days import today

SEED_BYTES = 32
FINE = 1_000_000
"""Steps between never and always."""


def month_of(now: datetime) -> str:
    """The calendar month in Beijing: `2026-02`."""
    return f"{today(now):%Y-%m}"


def district_of(area: str) -> str:
    return area[:6]


def commitment(seed: bytes) -> bytes:
    """What is published at once: binds to the seed and says nothing about it."""
    return hashlib.sha256(seed).digest()


def is_drawn(seed: bytes, wish_id: UUID, version: int, percent: int) -> bool:
    """`version`: the one that WishFulfilled makes. `percent`: of the terms of the wish, 0 to 100."""
    digest = hmac.digest(seed, f"{wish_id}/{version}".encode(), "sha256")
    # 64 bits against a million steps: the remainder's bias is below 10^-13.
    return int.from_bytes(digest[:8], "big") % FINE < percent * FINE // 100
