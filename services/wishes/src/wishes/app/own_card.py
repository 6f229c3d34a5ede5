"""The holder of a card asks about the person: the card alone is not enough for that.

A slip gets lost, or a neighbour keeps it. Whoever wants to see, correct or erase data must also know
the name or the number that the desk has; wrong ones are counted as wrong digits are.
"""

import hmac
from datetime import datetime
from uuid import UUID

from chassis.db import Database
from chassis.privacy import Vault

from wishes.app.open_card import LOCK_FOR, TRIES
from wishes.app.store import WishStore
from wishes.domain.errors import CardLocked, NotRecognised
from wishes.domain.wish import Wish

FEWEST_DIGITS = 7


async def recognise(
    db: Database, store: WishStore, vault: Vault, wish_id: UUID, given: str, now: datetime
) -> Wish:
    """The wish of this card, asked for by its person; open_card has seen the digits. Raises NotRecognised, CardLocked, Erased.

    A transaction of its own that commits whatever it finds, as in open_card.
    """
    async with db.transaction() as tx:
        wish = await store.lock(tx, wish_id)
        # Beside the count of wrong digits: right ones set that one back.
        place = f"{wish.card_no} who"
        guess = vault.blind_index("who-try", f"{place} {given}")
        tries = await store.count_try(tx, place, guess, now)
        if tries.locked_until is not None:
            locked = CardLocked(now, tries.locked_until)
        else:
            locked = None
            person = await store.beneficiary(tx, wish.beneficiary_id)
            sealed = {"name": person.name, "phone": person.phone}
            known = await vault.open(tx, person.id, sealed)
            if _is_known(vault, given, known["name"], known["phone"]):
                await store.forget_tries(tx, place)
                return wish
            if tries.count >= TRIES:
                await store.lock_card(tx, place, now + LOCK_FOR)
    raise locked or NotRecognised(max(0, TRIES - tries.count))


def _is_known(vault: Vault, given: str, name: str | None, phone: str | None) -> bool:
    by_name = name is not None and hmac.compare_digest(
        vault.blind_index("who", given), vault.blind_index("who", name)
    )
    digits = "".join(letter for letter in given if letter.isdecimal()).lstrip("0")
    by_phone = phone is not None and len(digits) >= FEWEST_DIGITS and phone.endswith(digits)
    return by_name or by_phone
