"""What people said after the help, opened for staff of the area: for a purpose, and written down."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from wishes.app.access_store import AccessStore
from wishes.app.aftercare_store import AftercareStore
from wishes.app.ask_access import use_approval
from wishes.app.consent_store import ConsentStore
from wishes.app.requests_aftercare import Reading
from wishes.app.store import WishStore
from wishes.app.views_aftercare import AftercareView, ReadCall, ReadComplaint, ReadEvaluation
from wishes.domain.complaint import LEVELS

SEALED = {"remark": "remark", "note": "note", "words": "complaint", "answer": "answer"}
"""Column → what its text is bound to, followed by the id of the row."""


async def read_aftercare(
    uow: UnitOfWork,
    store: WishStore,
    aftercare: AftercareStore,
    requests: AccessStore,
    consents: ConsentStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: Reading,
) -> AftercareView:
    """Raises OutOfScope, ApprovalNeeded, ConsentNeeded as reveal_contact does."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        await consents.require_served(tx, wish.id)
        await use_approval(tx, requests, who, wish, request.purpose, uow.now)
        said = await aftercare.said(tx, wish.id)
        person = wish.beneficiary_id
        view = AftercareView(
            evaluations=[
                ReadEvaluation.model_validate(row)
                for row in await _opened(tx, vault, person, said.evaluations)
            ],
            calls=[
                ReadCall.model_validate(row) for row in await _opened(tx, vault, person, said.calls)
            ],
            complaints=[
                ReadComplaint.model_validate(row | {"level": LEVELS[row["level"]]})
                for row in await _opened(tx, vault, person, said.complaints)
            ],
        )
        await record_reveal(
            tx, vault, person, who, ["remark", "note", "complaint"], request.purpose
        )
        return uow.reply(view, people=[person])


async def _opened(
    tx: Transaction, vault: Vault, person: UUID, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The rows with their sealed columns in the clear."""
    sealed = {
        f"{bound}_{row['id']}": row[column]
        for row in rows
        for column, bound in SEALED.items()
        if column in row
    }
    clear = await vault.open(tx, person, sealed) if sealed else {}
    return [
        dict(row)
        | {
            column: clear[f"{bound}_{row['id']}"]
            for column, bound in SEALED.items()
            if column in row
        }
        for row in rows
    ]
