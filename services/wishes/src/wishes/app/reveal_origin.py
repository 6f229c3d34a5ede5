"""Who wrote the card for somebody, who answers for a child, and what shows that they agreed."""

from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from wishes.app.access_store import AccessStore
from wishes.app.ask_access import use_approval
from wishes.app.consent_store import ConsentStore
from wishes.app.evidence_store import Author, EvidenceStore
from wishes.app.requests import Contact
from wishes.app.store import WishStore
from wishes.app.views_intake import AuthorView, OriginView

FIELDS = ("name", "phone", "reference", "witness")
OF_GUARDIAN = "guardian_"
"""Before the names of fields that are sealed with the child's key."""


async def reveal_origin(
    uow: UnitOfWork,
    store: WishStore,
    evidence: EvidenceStore,
    requests: AccessStore,
    consents: ConsentStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: Contact,
) -> OriginView:
    """For staff of the area: a look at the data of the proxy, and of the child. Raises OutOfScope,
    ApprovalNeeded, ConsentNeeded as reveal_contact does."""

    async def shown(author: Author | None, key_id: UUID, before: str = "") -> AuthorView | None:
        if author is None:
            return None
        sealed = {f"{before}{field}": getattr(author, field) for field in FIELDS}
        await record_reveal(tx, vault, key_id, who, list(sealed), request.purpose)
        opened = await vault.open(tx, key_id, sealed)
        plain = {field: opened[f"{before}{field}"] for field in FIELDS}
        return AuthorView.model_validate({**vars(author), **plain})

    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        await consents.require_served(tx, wish.id)
        await use_approval(tx, requests, who, wish, request.purpose, uow.now)
        proxy_id, proxy, guardian = await evidence.authors(tx, wish.id)
        view = OriginView(
            proxy=await shown(proxy, proxy_id or wish.id),
            guardian=await shown(guardian, wish.beneficiary_id, OF_GUARDIAN),
        )
        people = [wish.beneficiary_id, *([proxy_id] if proxy_id else [])]
        return uow.reply(view, people=people)
