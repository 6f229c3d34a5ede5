"""A copy of everything that is kept about a person (PIPL Art. 45): data for a program, a page to read.

Of all entries of the same person (see RightsStore.same). Handed out at once. It is a look like any other, written down and visible to the person; who asked for
it is in the list of requests.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.privacy import Erased, Vault, record_reveals
from chassis.unit_of_work import UnitOfWork

from wishes.app.access_store import AccessStore
from wishes.app.ask_access import use_approval_about
from wishes.app.person_sight import is_own, require_person
from wishes.app.rights_store import RightsStore, Sealed
from wishes.app.views_rights import CopyView
from wishes.domain import rights as domain
from wishes.domain.rights import RequestAct

Data = dict[str, list[dict[str, Any]]]
Open = Callable[[Mapping[str, bytes | None]], dict[str, str | None]]
PURPOSE = "own_copy"


async def copy_person(
    uow: UnitOfWork,
    rights: RightsStore,
    requests: AccessStore,
    vault: Vault,
    who: Principal | None,
    person_id: UUID,
    page: Callable[[Data, datetime], str],
) -> CopyView:
    """`page` makes a document of the data. Raises what `copied` does."""
    async with uow as tx:
        people, data = await copied(tx, rights, requests, vault, who, person_id, uow.now)
        view = CopyView(person_id=person_id, made_at=uow.now, data=data, page=page(data, uow.now))
        return uow.reply(view, people=people)


async def copied(
    tx: Transaction,
    rights: RightsStore,
    requests: AccessStore,
    vault: Vault,
    who: Principal | None,
    person_id: UUID,
    now: datetime,
) -> tuple[Sequence[UUID], Data]:
    """The entries of this person, and everything about them. `who`: None for the holder of a card, whom
    own_card has recognised. Raises OutOfScope, NotYourData, AlreadyErased, ApprovalNeeded for staff who
    ask about a child."""
    person = await rights.lock(tx, person_id)
    if who is not None:
        require_person(who, person)
    people = await rights.same(tx, person_id)
    if who is not None and not is_own(who, person):
        await use_approval_about(tx, requests, who, people, PURPOSE, now)
    by = who.subject if who else None
    person, asked, filed = domain.file(person, uuid7(), "copy", by, now)
    person, asked, given = domain.answer(person, asked, RequestAct.DO, by, None, now)
    rights.add_request(tx, asked, None)
    await rights.note(tx, person, (*filed, *given))
    holder = who or Principal(person_id, "service", service="self")
    await record_reveals(tx, vault, people, holder, ["everything"], PURPOSE)
    return people, await _opened(tx, vault, await rights.everything(tx, people))


async def _opened(
    tx: Transaction, vault: Vault, everything: Mapping[str, Sequence[Sealed]]
) -> Data:
    keys: dict[UUID, Open] = {}
    data: Data = {}
    for section, rows in everything.items():
        data[section] = []
        for row in rows:
            if row.sealed and row.under not in keys:
                keys[row.under] = await _opener(vault, tx, row.under)
            opened = keys[row.under](dict(row.sealed.values())) if row.sealed else {}
            shown = {name: opened[under] for name, (under, _) in row.sealed.items()}
            data[section].append({**row.plain, **shown})
    return data


async def _opener(vault: Vault, tx: Transaction, person_id: UUID) -> Open:
    try:
        return await vault.opener(tx, person_id)
    except Erased:
        # Who wrote for this person has had their own data erased.
        return lambda sealed: dict.fromkeys(sealed)
