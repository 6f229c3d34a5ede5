"""What a correction asks for, beside what is there: an audited look, for whoever decides about it."""

from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from wishes.app.access_store import AccessStore
from wishes.app.ask_access import use_approval_about
from wishes.app.requests_rights import LookAtRequest
from wishes.app.rights_store import RightsStore
from wishes.app.store import WishStore
from wishes.app.views import ContactView
from wishes.app.views_rights import RequestDetailView, WantedView

FIELDS = ("name", "phone", "address")


async def look_at_request(
    uow: UnitOfWork,
    store: WishStore,
    rights: RightsStore,
    requests: AccessStore,
    vault: Vault,
    who: Principal,
    request_id: UUID,
    request: LookAtRequest,
) -> RequestDetailView:
    """Raises OutOfScope, NoSuchRequest, ApprovalNeeded, Erased."""
    async with uow as tx:
        asked = await rights.request(tx, request_id)
        who.require_scope(asked.area)
        people = await rights.same(tx, asked.person_id)
        await use_approval_about(tx, requests, who, people, request.purpose, uow.now)
        person = await store.beneficiary(tx, asked.person_id)
        wanted_sealed = await rights.wanted(tx, asked.id)
        sealed = {"name": person.name, "phone": person.phone, "address": person.address}
        opened = await vault.open(tx, person.id, {**sealed, "wanted": wanted_sealed})
        wanted = WantedView.model_validate_json(opened["wanted"] or "{}")
        fields = FIELDS
        if wanted.born is not None:
            opened |= await vault.open(tx, person.id, {"born": person.born})
            fields = (*FIELDS, "born")
        await record_reveal(tx, vault, person.id, who, fields, request.purpose)
        view = RequestDetailView(current=ContactView.model_validate(opened), wanted=wanted)
        return uow.reply(view, people=[person.id])
