"""What a correction brings to light: a card that was harmless says now who it is for, or where they live."""

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
        if not await leaks_on(tx, cards.people, cards.overrules, cards.vault, wish, title, note):
            continue
        # Else the same card would hang again with the person's next yes.
        await cards.consents.note_taken_down(tx, wish.id, by, LEAK, now)
        if wish.may_hang:
            claim = await cards.wishes.find_claim(tx, wish.id)
            wish, events = take_down(wish, LEAK, now)
            await cards.wishes.save(tx, wish, events, now, by=by, claim=claim)
