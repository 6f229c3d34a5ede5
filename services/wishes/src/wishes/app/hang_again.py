"""A card that had come off the tree is found a place again, where the person agrees that it is shown."""

from datetime import datetime

from chassis.db import Transaction

from wishes.app.store import WishStore
from wishes.domain import intake
from wishes.domain.errors import TreeIsFull
from wishes.domain.leaf import choose_leaf
from wishes.domain.states import WishState
from wishes.domain.wish import Wish


async def find_place(tx: Transaction, store: WishStore, wish: Wish, now: datetime) -> int | None:
    """Where it could hang; the oldest blossom falls for it. None: the tree is full of open wishes, which
    refuses nobody's word and nobody's way out of a promise."""
    try:
        return choose_leaf(wish.id, await store.hanging(tx, wish.area, now), before=wish.leaf)
    except TreeIsFull:
        return None


async def hang_again(tx: Transaction, store: WishStore, wish: Wish, now: datetime) -> Wish:
    """A wish in somebody's hands, on the tree wherever that is possible: it may be given back."""
    if wish.state is not WishState.CLAIMED or wish.hanging or not wish.may_hang:
        return wish
    leaf = await find_place(tx, store, wish, now)
    return wish if leaf is None else intake.hang_again(wish, leaf)
