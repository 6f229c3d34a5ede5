"""When a message is tried again. Decides, and does nothing itself."""

from datetime import datetime, timedelta

FIRST = timedelta(seconds=1)
MOST = timedelta(minutes=10)
GIVE_UP_AFTER = 60
"""Tries; about nine hours. Then it is failed, and somebody sees it."""


def next_try(tries: int, now: datetime) -> datetime | None:
    """After the `tries`-th failure; None when it is time to give up."""
    if tries >= GIVE_UP_AFTER:
        return None
    return now + min(FIRST * 2 ** min(tries, 20), MOST)
