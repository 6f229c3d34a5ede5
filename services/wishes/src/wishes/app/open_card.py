"""The holder of a slip shows its six digits; who guesses is stopped."""

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Database
from chassis.privacy import Vault

from wishes.app.store import Tries, WishStore
from wishes.app.take_in import code_hash
from wishes.domain.errors import CardLocked, NoSuchCard

TRIES = 5
LOCK_FOR = timedelta(minutes=15)


async def open_card(
    db: Database, store: WishStore, vault: Vault, card_no: str, digits: str, now: datetime
) -> UUID:
    """The wish of a card. Raises NoSuchCard, CardLocked.

    A transaction of its own that commits whatever it finds: a refusal must not take the count of
    wrong tries back. The same digits again, from a slow line, are one try. An unknown card and wrong digits cost the same statements and the same words.
    """
    async with db.transaction() as tx:
        given = code_hash(vault, card_no, digits)
        tries = await store.count_try(tx, card_no, given, now)
        wish_id: UUID | None = None
        if tries.locked_until is None:
            found = await store.wish_of_card(tx, card_no)
            if hmac.compare_digest(given, found[1] if found else bytes(len(given))) and found:
                wish_id = found[0]
                await store.forget_tries(tx, card_no)
            elif tries.count >= TRIES:
                await store.lock_card(tx, card_no, now + LOCK_FOR)
    if wish_id is None:
        raise _refusal(tries, now)
    return wish_id


def _refusal(tries: Tries, now: datetime) -> Exception:
    if tries.locked_until is not None:
        return CardLocked(now, tries.locked_until)
    return NoSuchCard(max(0, TRIES - tries.count))
