"""A proposed change becomes what the wish is, whether the claimant goes along or goes free."""

from datetime import datetime

from chassis.db import Transaction
from chassis.privacy import Vault

from wishes.app.change_store import ChangeStore
from wishes.app.terms import TermsBook
from wishes.domain import changing, lease
from wishes.domain.wish import Claim, Events, Wish


async def refuse_change(
    tx: Transaction,
    changes: ChangeStore,
    book: TermsBook,
    vault: Vault,
    wish: Wish,
    claim: Claim,
    now: datetime,
) -> tuple[Wish, Claim, Events]:
    """The claimant is free, the wish is the new one and is published anew. Raises NothingAsked."""
    wish = changing.refused(wish, await changes.get(tx, claim.id))
    terms = await book.of(tx, wish.rule_id)
    wish, claim, events = lease.disagree(wish, claim, terms, now)
    await put_in(tx, changes, vault, wish, claim)
    return wish, claim, events


async def put_in(
    tx: Transaction, changes: ChangeStore, vault: Vault, wish: Wish, claim: Claim
) -> tuple[str, str | None]:
    """The new words, answers and card into the wish: before the claim is saved, which forgets the proposal.
    The title and the note of the card."""
    title, note = await changes.card(tx, claim.id)
    opened = await vault.open(tx, wish.beneficiary_id, {"title": title, "note": note})
    card = opened["title"] or "", opened["note"]
    await changes.apply(tx, wish.id, claim.id, *card)
    return card
