"""A copy of everything that is kept about a person (PIPL Art. 45): data for a program, a page to read.

Of all entries of the same person (see RightsStore.same). Handed out at once. It is a look like any other, written down and visible to the person; who asked for
it is in the list of requests.

By the card of a child, and by one that somebody else wrote for the person, it is of that card alone: whoever
writes a wish down is shown its code, and with it nobody gets at what others wrote (PIPL Art. 6).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.privacy import Erased, Vault, record_reveals
from chassis.unit_of_work import UnitOfWork
from orjson import loads

from wishes.app.access_store import AccessStore
from wishes.app.ask_access import use_approval_about, use_approval_again
from wishes.app.draft_store import DraftStore
from wishes.app.person_sight import is_own, require_person
from wishes.app.rights_store import RightsStore, Sealed
from wishes.app.views_rights import CopyView
from wishes.app.write_draft import index_drafts
from wishes.domain import rights as domain
from wishes.domain.rights import RequestAct
from wishes.domain.wish import Wish

Data = dict[str, list[dict[str, Any]]]
Everything = Mapping[str, Sequence[Sealed]]
Open = Callable[[Mapping[str, bytes | None]], dict[str, str | None]]
PURPOSE = "own_copy"
BY_DESK = ("household", "drafts")
"""What stands beside any card: whoever wrote one is not told who lives there, nor what others begin to
write."""
DRAFTED = ("name", "phone", "address", "born", "words")


@dataclass(frozen=True)
class Copied:
    """`people`: the entries it is of. `of_card`: nothing but what was written down with this card."""

    people: Sequence[UUID]
    data: Data
    of_card: bool


async def copy_person(
    uow: UnitOfWork,
    rights: RightsStore,
    drafts: DraftStore,
    requests: AccessStore,
    vault: Vault,
    asker: Principal | Wish,
    person_id: UUID,
    page: Callable[[Copied, datetime], str],
) -> CopyView:
    """`page` makes a document of the data. Raises what `copied` does."""
    async with uow as tx:
        made = await copied(tx, rights, drafts, requests, vault, asker, person_id, uow.now)
        view = CopyView(
            person_id=person_id,
            made_at=uow.now,
            of_card=made.of_card,
            data=made.data,
            page=page(made, uow.now),
        )
        return uow.reply(view, people=made.people)


async def copied(
    tx: Transaction,
    rights: RightsStore,
    drafts: DraftStore,
    requests: AccessStore,
    vault: Vault,
    asker: Principal | Wish,
    person_id: UUID,
    now: datetime,
    *,
    unkept: bool = False,
) -> Copied:
    """The entries of this person, and everything about them. `asker`: who is signed in, or the card whose
    holder own_card has recognised. `unkept`: no key keeps the answer, so it may be asked for again within
    the day of an approval, as a look that answers no new request. Raises OutOfScope, NotYourData,
    AlreadyErased, ApprovalNeeded for staff who ask about a child."""
    who, card = (None, asker) if isinstance(asker, Wish) else (asker, None)
    person = await rights.lock(tx, person_id)
    if who is not None:
        require_person(who, person)
    people = await rights.same(tx, person_id)
    await index_drafts(tx, drafts, vault, person.area)
    by_another = card is not None and domain.is_by_another(card, person)
    first = True
    if who is not None and not is_own(who, person):
        if unkept:
            first = await use_approval_again(tx, requests, who, people, PURPOSE, now)
        else:
            await use_approval_about(tx, requests, who, people, PURPOSE, now)
    # A wish that says nothing of the age may be a child's, whom another entry knows.
    if card is not None and not by_another and not await requests.is_child(tx, people):
        card = None
    if card is not None:
        people = [person_id]
    by = who.subject if who else None
    person, asked, filed = domain.file(person, uuid7(), "copy", by, now)
    person, asked, given = domain.answer(person, asked, RequestAct.DO, by, None, now)
    if first:
        rights.add_request(tx, asked, None)
        await rights.note(tx, person, (*filed, *given))
    # No line is ever changed: an account of the person's own would outlive their erasure.
    holder = (
        who if who and not is_own(who, person) else Principal(person_id, "service", service="self")
    )
    await record_reveals(tx, vault, people, holder, ["everything"], PURPOSE)
    everything = await rights.everything(tx, people)
    if card is not None:
        everything = _of_card(everything, card)
    return Copied(people, await _opened(tx, vault, everything), of_card=card is not None)


def _of_card(everything: Everything, card: Wish) -> Everything:
    """What was written down with this card. What has no card belongs to the entry, and goes with the card
    that began it: whoever writes a follow-up down has been told neither number nor address."""
    first = {None} if card.follows_wish_id is None else set[str | None]()
    shown = {card.card_no, *first}
    return {
        section: [
            row for row in rows if row.plain.get("card_no") in shown and section not in BY_DESK
        ]
        for section, rows in everything.items()
    }


async def _opened(tx: Transaction, vault: Vault, everything: Everything) -> Data:
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
    data["drafts"] = [_draft(row) for row in data["drafts"]]
    return data


def _draft(row: dict[str, Any]) -> dict[str, Any]:
    """What it says of the person; who writes for them is shown once it is handed in."""
    content = loads(row.pop("content") or "{}")
    given = {**content.get("beneficiary", {}), "words": content.get("words")}
    return {**row, **{field: given.get(field) for field in DRAFTED}}


async def _opener(vault: Vault, tx: Transaction, person_id: UUID) -> Open:
    try:
        return await vault.opener(tx, person_id)
    except Erased:
        # Who wrote for this person has had their own data erased.
        return lambda sealed: dict.fromkeys(sealed)
