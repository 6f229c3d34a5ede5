"""What a claimed wish is to become, for whoever is asked about it and for the desk."""

from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database
from chassis.privacy import Vault

from wishes.app.change_store import ChangeStore
from wishes.app.sight import require_sight
from wishes.app.store import WishStore
from wishes.app.views_claims import ChangeView
from wishes.domain.errors import NothingAsked


async def look_at_change(
    db: Database,
    store: WishStore,
    changes: ChangeStore,
    vault: Vault,
    who: Principal,
    claim_id: UUID,
) -> ChangeView:
    """The card that is to hang; the new words stay with the desk. Raises NothingAsked, NotTheClaimant,
    OutOfScope."""
    async with db.transaction() as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        require_sight(who, wish, claim)
        if claim.answer_by is None:
            raise NothingAsked
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
