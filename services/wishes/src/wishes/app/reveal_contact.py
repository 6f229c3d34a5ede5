"""Look at a person's name, phone and address: for a purpose, written down, visible to them."""

from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from wishes.app.requests import Contact
from wishes.app.store import WishStore
from wishes.app.views import ContactView, PhoneView
from wishes.domain.errors import NotTheClaimant
from wishes.domain.states import ClaimState

HOLDING = (ClaimState.LIVE, ClaimState.DELIVERED)


async def reveal_contact(
    uow: UnitOfWork,
    store: WishStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: Contact,
) -> ContactView:
    """For staff in scope, and for those who hold the claim as long as they hold it."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        if not _gives(who):
            who.require_scope(wish.area)
        else:
            claim = await store.current_claim(tx, wish.id)
            holds = claim is not None and claim.state in HOLDING
            mine = claim is not None and (
                claim.involves(who.subject) or claim.claimant.id in who.organisations()
            )
            if not (holds and mine):
                raise NotTheClaimant
        person = await store.beneficiary(tx, wish.beneficiary_id)
        sealed = {"name": person.name, "phone": person.phone, "address": person.address}
        await record_reveal(tx, person.id, who, list(sealed), request.purpose)
        return uow.reply(ContactView.model_validate(await vault.open(tx, person.id, sealed)))


async def reveal_phone(
    uow: UnitOfWork, store: WishStore, vault: Vault, who: Principal, person_id: UUID, purpose: str
) -> PhoneView:
    """For the service that sends messages: the one address that the channel needs."""
    async with uow as tx:
        person = await store.beneficiary(tx, person_id)
        await record_reveal(tx, person.id, who, ["phone"], purpose)
        opened = await vault.open(tx, person.id, {"phone": person.phone})
        return uow.reply(PhoneView(phone=opened["phone"]))


def _gives(who: Principal) -> bool:
    """Volunteers and units see a contact because they hold the claim, never because of an area."""
    return who.has("volunteer") or who.has("unit_contact")
