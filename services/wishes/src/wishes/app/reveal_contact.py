"""Look at a person's name, phone and address: for a purpose, written down, visible to them."""

from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.privacy import Vault, record_reveal, record_reveals
from chassis.unit_of_work import UnitOfWork

from wishes.app.access_store import AccessStore
from wishes.app.ask_access import use_approval
from wishes.app.consent_store import ConsentStore
from wishes.app.requests import Contact, ContactsToNotify
from wishes.app.sight import is_staff_of, require_sight
from wishes.app.store import Person, WishStore
from wishes.app.views import ContactView, PhoneLine, PhonesView
from wishes.domain.wish import Wish


async def reveal_contact(
    uow: UnitOfWork,
    store: WishStore,
    requests: AccessStore,
    consents: ConsentStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: Contact,
) -> ContactView:
    """For staff in scope, and for those who hold the claim as long as they hold it.

    Staff also see the wish in the person's own words and what they answered, to write the card from;
    of a child only what a second person has approved: ApprovalNeeded. Raises ConsentNeeded once the
    person has taken back the consent to be served: then nobody looks any more.
    """
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        require_sight(who, wish, await store.find_claim(tx, wish.id))
        await consents.require_served(tx, wish.id)
        person = await store.beneficiary(tx, wish.beneficiary_id)
        sealed = {"name": person.name, "phone": person.phone, "address": person.address}
        if is_staff_of(who, wish):
            await use_approval(tx, requests, who, wish, request.purpose, uow.now)
            sealed |= await _for_staff(tx, store, wish, person)
        await record_reveal(tx, vault, person.id, who, list(sealed), request.purpose)
        view = ContactView.model_validate(await vault.open(tx, person.id, sealed))
        return uow.reply(view, people=[person.id])


async def _for_staff(
    tx: Transaction, store: WishStore, wish: Wish, person: Person
) -> dict[str, bytes]:
    words, answers = await store.words(tx, wish.id)
    more = {"words": words, "answers": answers, "born": person.born}
    return {name: value for name, value in more.items() if value is not None}


async def reveal_phones(
    uow: UnitOfWork, store: WishStore, vault: Vault, who: Principal, request: ContactsToNotify
) -> PhonesView:
    """For the service that sends messages: the one address that the channel needs, a batch at once."""
    async with uow as tx:
        people = await store.beneficiaries(tx, request.ids)
        opened = await vault.open_many(tx, {p.id: {"phone": p.phone} for p in people})
        # Last: whoever else reveals waits from here until this transaction ends.
        await record_reveals(tx, vault, sorted(opened), who, ["phone"], request.purpose)
        lines = [
            PhoneLine(id=p.id, phone=opened[p.id]["phone"])
            if p.id in opened
            else PhoneLine(id=p.id, phone=None, erased=True)
            for p in people
        ]
        return uow.reply(PhonesView(items=lines), people=list(opened))
