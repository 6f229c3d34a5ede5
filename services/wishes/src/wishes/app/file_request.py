"""Somebody asks that their data be corrected or erased; from now on a clock runs."""

from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.person_sight import require_person
from wishes.app.requests_rights import FileRequest
from wishes.app.rights_store import RightsStore
from wishes.app.views_rights import DataRequestView
from wishes.domain import rights as domain
from wishes.domain.errors import NoSuchRequest, NothingToCorrect
from wishes.domain.rights import RequestAct


async def file_request(
    uow: UnitOfWork,
    rights: RightsStore,
    vault: Vault,
    who: Principal | None,
    person_id: UUID,
    request: FileRequest,
) -> DataRequestView:
    """`who`: None for the holder of a card, whom own_card has recognised. Raises OutOfScope,
    NotYourData, NothingToCorrect, RequestAlreadyOpen, AlreadyErased."""
    async with uow as tx:
        person = await rights.lock(tx, person_id)
        if who is not None:
            require_person(who, person)
        by = who.subject if who else None
        person, filed, events = domain.file(
            person, uuid7(), request.kind, by, uow.now, end_claims=request.end_claims
        )
        wanted = await _sealed(tx, vault, person_id, request)
        rights.add_request(tx, filed, wanted)
        await rights.note(tx, person, events)
        return uow.reply(DataRequestView.of(filed))


async def take_back_request(
    uow: UnitOfWork,
    rights: RightsStore,
    who: Principal | None,
    request_id: UUID,
    person_id: UUID | None = None,
) -> DataRequestView:
    """The person does not want it any more. `person_id`: whose card it is. Raises NoSuchRequest,
    OutOfScope, NotYourData, WrongState."""
    async with uow as tx:
        asked = await rights.request(tx, request_id)
        person = await rights.lock(tx, asked.person_id)
        if who is not None:
            require_person(who, person)
        elif person_id != person.id:
            raise NoSuchRequest
        asked = await rights.lock_request(tx, request_id)
        by = who.subject if who else None
        person, asked, events = domain.answer(person, asked, RequestAct.CANCEL, by, None, uow.now)
        await rights.save_request(tx, asked)
        await rights.note(tx, person, events)
        return uow.reply(DataRequestView.of(asked))


async def _sealed(
    tx: Transaction, vault: Vault, person_id: UUID, request: FileRequest
) -> bytes | None:
    if request.kind != "correction":
        return None
    wanted = request.correction.model_dump_json(exclude_none=True) if request.correction else "{}"
    if wanted == "{}":
        raise NothingToCorrect
    return (await vault.seal(tx, person_id, {"wanted": wanted}))["wanted"]
