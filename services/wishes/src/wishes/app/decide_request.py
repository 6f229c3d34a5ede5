"""A worker answers what somebody asked about their data, with the reason.

A correction is done at once. An erasure takes two: the first looks whether anything stands in the way,
the second does it; after that nobody can read the person's data any more, here or in a later backup.
"""

from dataclasses import dataclass
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.requests import Decision
from wishes.app.requests_rights import CorrectionIn
from wishes.app.rights_store import Correction, RightsStore
from wishes.app.store import WishStore
from wishes.app.views_rights import DataRequestView
from wishes.domain import rights as domain
from wishes.domain.rights import DataRequest, Held, RequestAct, RequestState, Subject


@dataclass(frozen=True)
class Records:
    """The stores that an answer touches."""

    wishes: WishStore
    rights: RightsStore
    vault: Vault


async def decide_request(
    uow: UnitOfWork, records: Records, who: Principal, request_id: UUID, decision: Decision
) -> DataRequestView:
    """Raises OutOfScope, ErasureWaits, SecondPersonNeeded, WrongState."""
    rights = records.rights
    async with uow as tx:
        asked = await rights.request(tx, request_id)
        who.require_scope(asked.area)
        erasing = asked.kind == "erasure" and decision.answer == "yes"
        if erasing:
            # Wishes before the person; once the person is locked, no new one can come.
            await rights.lock_wishes(tx, asked.person_id)
        person = await rights.lock(tx, asked.person_id)
        held = await _held(tx, records, person) if erasing else []
        asked = await rights.lock_request(tx, request_id)
        if erasing and asked.state is RequestState.FILED:
            asked = domain.check(asked, who.subject, held)
            await rights.save_request(tx, asked)
            return uow.reply(DataRequestView.of(asked))
        act = RequestAct.DO if decision.answer == "yes" else RequestAct.REFUSE
        wanted = await rights.wanted(tx, asked.id)
        person, asked, events = domain.answer(
            person, asked, act, who.subject, decision.reason, uow.now
        )
        await rights.save_request(tx, asked)
        await rights.note(tx, person, events)
        if act is RequestAct.DO and erasing:
            await _erase(uow, tx, records, person, asked, held)
        elif act is RequestAct.DO and wanted is not None:
            await _correct(tx, records, person, wanted)
        return uow.reply(DataRequestView.of(asked))


async def _held(tx: Transaction, records: Records, person: Subject) -> list[Held]:
    found: list[Held] = []
    for wish_id in await records.rights.lock_wishes(tx, person.id):
        wish = await records.wishes.lock(tx, wish_id)
        found.append((wish, await records.wishes.find_claim(tx, wish_id)))
    return found


async def _correct(tx: Transaction, records: Records, person: Subject, wanted: bytes) -> None:
    opened = await records.vault.open(tx, person.id, {"wanted": wanted})
    new = CorrectionIn.model_validate_json(opened["wanted"] or "{}")
    sealed = await records.vault.seal(tx, person.id, new.model_dump())
    await records.rights.correct(tx, person.id, Correction(**sealed))


async def _erase(
    uow: UnitOfWork,
    tx: Transaction,
    records: Records,
    person: Subject,
    request: DataRequest,
    held: list[Held],
) -> None:
    for wish, claim, events in domain.erase(request, held, uow.now):
        if events:
            by = request.answered_by
            await records.wishes.save(tx, wish, events, uow.now, by=by, claim=claim)
    for other in await records.rights.open_requests(tx, person.id):
        person, closed, events = domain.superseded(person, other, uow.now)
        await records.rights.save_request(tx, closed)
        await records.rights.note(tx, person, events)
    person, events = domain.erased(person, uow.now)
    await records.rights.note(tx, person, events)
    writers = await records.rights.forget(tx, person.id, uow.now)
    for one in (person.id, *writers):
        await records.vault.destroy(tx, one)
