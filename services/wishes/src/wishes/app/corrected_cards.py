"""A card that was harmless says now who it is for, or where they live: the desk has corrected a name, or has
learned one since somebody read the card.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Transaction
from chassis.privacy import Vault

from wishes.app.consent_store import ConsentStore
from wishes.app.overrule_store import OverruleStore
from wishes.app.people_store import PeopleStore
from wishes.app.publish_wish import leaks_on
from wishes.app.store import WishStore
from wishes.domain.intake import take_down
from wishes.domain.states import WISH, WishAct
from wishes.domain.wish import Events, Wish

LEAK = "leak"
"""As the reason of a worker who takes such a card down."""


@dataclass(frozen=True)
class Cards:
    """The stores that this needs."""

    wishes: WishStore
    consents: ConsentStore
    people: PeopleStore
    overrules: OverruleStore
    vault: Vault


async def take_down_what_leaks(
    tx: Transaction, cards: Cards, wish_ids: Sequence[UUID], by: UUID, now: datetime
) -> None:
    """Each of these cards is read anew; one that leaks comes off the tree and is written anew before it
    hangs. `by`: who has corrected. What does not hang yet is read when it is published."""
    for wish_id in wish_ids:
        wish = await cards.wishes.lock(tx, wish_id)
        if (wish.state, WishAct.TAKE_DOWN) not in WISH:
            continue
        title, note = await cards.wishes.card(tx, wish.id)
        after, events = await read_again(tx, cards, wish, title, note, by, now)
        if events:
            claim = await cards.wishes.find_claim(tx, wish.id)
            await cards.wishes.save(tx, after, events, now, by=by, claim=claim)


async def read_again(
    tx: Transaction, cards: Cards, wish: Wish, title: str, note: str | None, by: UUID, now: datetime
) -> tuple[Wish, Events]:
    """The wish, with its card off the tree if that leaks. `by`: who answers for the card."""
    if not await leaks_on(tx, cards.people, cards.overrules, cards.vault, wish, title, note):
        return wish, ()
    # Else the same card would hang again with the person's next yes.
    await cards.consents.note_taken_down(tx, wish.id, by, LEAK, now)
    return take_down(wish, LEAK, now) if wish.may_hang else (wish, ())
