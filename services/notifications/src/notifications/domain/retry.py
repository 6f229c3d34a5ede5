"""When a message is tried again. Decides, and does nothing itself."""

from datetime import timedelta

SOON = timedelta(seconds=15)
"""In the first minutes the longest pause: when an owner is back, nobody waits long for word of it."""
SOON_TRIES = 20
MOST = timedelta(minutes=10)
GIVE_UP_AFTER = 60
"""Tries; about six hours. Then it is failed, and somebody sees it."""


def pause_after(tries: int) -> timedelta | None:
    """After the `tries`-th failure; None when it is time to give up."""
    if tries >= GIVE_UP_AFTER:
        return None
    if tries <= SOON_TRIES:
        return min(timedelta(seconds=2 ** min(tries, 10)), SOON)
    return min(SOON * 2 ** (tries - SOON_TRIES), MOST)
