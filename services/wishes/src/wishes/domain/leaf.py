"""The place of a wish on its tree: chosen once at publication, then stored.

If every look recomputed the places, a twentieth of new wishes would move half of those that stayed.
"""

import hashlib
from collections.abc import Collection
from uuid import UUID

from wishes.domain.errors import TreeIsFull

PLACES = 320
TIERS = (16, 24, 32, 48, 64, 96, 128, 160, 192, 224, 256, 288, 320)
ROOM = 1.2
STEP = 11
"""Shares no factor with any tier, so that the search passes every place of it."""


def choose_leaf(wish_id: UUID, hanging: Collection[int], before: int | None = None) -> int:
    """A free place from 0 to 319, spread evenly over as much of the crown as is in use.

    Deterministic from the id and what hangs. `before`: where it hung once; taken if it is free.
    Raises TreeIsFull when nothing is free.
    """
    taken = set(hanging)
    if before is not None and before not in taken:
        return before
    needed = ROOM * (len(taken) + 1)
    tier = next((tier for tier in TIERS if tier >= needed), PLACES)
    leaf = int.from_bytes(hashlib.sha256(wish_id.bytes).digest()[:4], "big") % tier
    for _ in range(tier):
        if leaf not in taken:
            return leaf
        leaf = (leaf + STEP) % tier
    raise TreeIsFull
