"""Somebody asks that their data be corrected or erased; from now on a clock runs."""

from collections.abc import Sequence
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.person_sight import require_person
from wishes.app.requests_rights import FileRequest
from wishes.app.rights_store import RightsStore
from wishes.app.views_rights import DataRequestView, FiledRequestView
from wishes.domain import rights as domain
from wishes.domain.errors import NoSuchRequest, NothingToCorrect
from wishes.domain.rights import DataRequest, RequestAct, Subject
from wishes.domain.wish import Wish


async def file_request(
    uow: UnitOfWork,
    rights: RightsStore,
    vault: Vault,
    asker: Principal | Wish,
    person_id: UUID,
    request: FileRequest,
) -> FiledRequestView:
    """`asker`: who is signed in, or the card whose holder own_card has recognised.

    Whoever wants to be erased means everything: an erasure is filed for the other entries of the same
    person as well, a request with a clock for each, so that two look at each. Whoever wrote the card for
    the person is not told how many those are. Raises OutOfScope, NotYourData, NothingToCorrect,
    RequestAlreadyOpen, AlreadyErased.
    """
    who, card = (None, asker) if isinstance(asker, Wish) else (asker, None)
    async with uow as tx:
        erasing = request.kind == "erasure"
        same = await (rights.lock_same(tx, person_id) if erasing else _alone(tx, rights, person_id))
        person = next(one for one in same if one.id == person_id)
        if who is not None:
            require_person(who, person)
        by = who.subject if who else None
        person, filed, events = domain.file(
            person, uuid7(), request.kind, by, uow.now, end_claims=request.end_claims
        )
        wanted = await _sealed(tx, vault, person_id, request)
        rights.add_request(tx, filed, wanted)
        await rights.note(tx, person, events)
        also = await _also(tx, rights, filed, [one for one in same if one.id != person_id])
        if card is not None and domain.is_by_another(card, person):
            also = []
        return uow.reply(FiledRequestView.of_all(filed, also))


async def take_back_request(
    uow: UnitOfWork,
    rights: RightsStore,
    who: Principal | None,
    request_id: UUID,
    person_id: UUID | None = None,
) -> DataRequestView:
    """The person does not want it any more, nor what was filed with it. `person_id`: whose card it is.
    Raises NoSuchRequest, OutOfScope, NotYourData, WrongState."""
    async with uow as tx:
        asked = await rights.request(tx, request_id)
        people = {one.id: one for one in await rights.lock_together(tx, request_id)}
        person = people[asked.person_id]
        if who is not None:
            require_person(who, person)
        elif person_id != person.id:
            raise NoSuchRequest
        asked = await rights.lock_request(tx, request_id)
        by = who.subject if who else None
        back = [asked, *await rights.open_with(tx, request_id)]
        steps = [
            domain.answer(people[one.person_id], one, RequestAct.CANCEL, by, None, uow.now)
            for one in back
        ]
        for subject, gone, events in steps:
            await rights.save_request(tx, gone)
            await rights.note(tx, subject, events)
        return uow.reply(DataRequestView.of(steps[0][1]))


async def _alone(tx: Transaction, rights: RightsStore, person_id: UUID) -> Sequence[Subject]:
    return [await rights.lock(tx, person_id)]


async def _also(
    tx: Transaction, rights: RightsStore, filed: DataRequest, others: Sequence[Subject]
) -> list[DataRequest]:
    waiting = await rights.erasing(tx, [one.id for one in others]) if others else ()
    also: list[DataRequest] = []
    for one in others:
        if one.erased or one.id in waiting:
            continue
        person, request, events = domain.file(
            one,
            uuid7(),
            filed.kind,
            filed.filed_by,
            filed.filed_at,
            end_claims=filed.end_claims,
            filed_with=filed.id,
        )
        rights.add_request(tx, request, None)
        await rights.note(tx, person, events)
        also.append(request)
    return also


async def _sealed(
    tx: Transaction, vault: Vault, person_id: UUID, request: FileRequest
) -> bytes | None:
    if request.kind != "correction":
        return None
    wanted = request.correction.model_dump_json(exclude_none=True) if request.correction else "{}"
    if wanted == "{}":
        raise NothingToCorrect
    return (await vault.seal(tx, person_id, {"wanted": wanted}))["wanted"]
