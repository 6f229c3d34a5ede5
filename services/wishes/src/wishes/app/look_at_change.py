"""What a claimed wish is to become, for whoever is asked about it and for the desk."""

from chassis.db import Database
from chassis.privacy import Vault

from wishes.app.change_store import ChangeStore
from wishes.app.views_claims import ChangeView
from wishes.domain.errors import NothingAsked
from wishes.domain.wish import Claim, Wish


async def look_at_change(
    db: Database, changes: ChangeStore, vault: Vault, wish: Wish, claim: Claim | None
) -> ChangeView:
    """The card that is to hang; the new words stay with the desk. Raises NothingAsked."""
    if claim is None or claim.answer_by is None:
        raise NothingAsked
    async with db.transaction() as tx:
        change = await changes.get(tx, claim.id)
        title, note = await changes.card(tx, claim.id)
        card = await vault.open(tx, wish.beneficiary_id, {"title": title, "note": note})
    return ChangeView(
        claim_id=claim.id,
        category=change.category,
        effort=change.effort,
        title=card["title"] or "",
        note=card["note"],
        answer_by=claim.answer_by,
    )
