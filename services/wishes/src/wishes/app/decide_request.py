"""A worker answers what somebody asked about their data, with the reason.

A correction is done at once, in every entry of the same person: corrected in one alone, the person would
be two from then on, and what is about the other wishes would go to the old number. Where it says that
somebody is no child after all it takes a second person, as every look at a child's data does. An erasure
takes two: the first looks whether anything stands in the way, the second does it; after that nobody can read
the person's data any more, here or in a later backup. What somebody has begun to write about the person and
not handed in goes with it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.access_store import AccessStore
from wishes.app.consent_store import ConsentStore
from wishes.app.corrected_cards import Cards, take_down_what_leaks
from wishes.app.draft_store import Draft, DraftStore
from wishes.app.hand_in_draft import drop_draft
from wishes.app.index_person import indexes
from wishes.app.requests import Decision
from wishes.app.requests_rights import CorrectionIn
from wishes.app.rights_store import Correction, RightsStore
from wishes.app.store import Indexes, WishStore
from wishes.app.terms import TermsBook
from wishes.app.views_rights import DataRequestView
from wishes.app.write_draft import correct_draft, index_drafts
from wishes.domain import rights as domain
from wishes.domain.access import require_day
from wishes.domain.consent import corrected_age
from wishes.domain.errors import SecondPersonNeeded
from wishes.domain.person import is_same_place
from wishes.domain.replace import replace
from wishes.domain.rights import DataRequest, Held, RequestAct, RequestState, Subject

PURPOSE = "correct"
"""Of the look before a correction."""


@dataclass(frozen=True)
class Records:
    """The stores that an answer touches."""

    wishes: WishStore
    rights: RightsStore
    access: AccessStore
    terms: TermsBook
    vault: Vault
    cards: Cards
    drafts: DraftStore
    consents: ConsentStore


async def decide_request(
    uow: UnitOfWork, records: Records, who: Principal, request_id: UUID, decision: Decision
) -> DataRequestView:
    """Raises OutOfScope, ErasureWaits, SecondPersonNeeded, WrongState, ApprovalNeeded."""
    rights = records.rights
    async with uow as tx:
        asked = await rights.request(tx, request_id)
        who.require_scope(asked.area)
        agreed = decision.answer == "yes"
        erasing = asked.kind == "erasure" and agreed
        people = await _lock(tx, rights, asked, agreed=agreed)
        person = next(one for one in people if one.id == asked.person_id)
        held = await _held(tx, records, people) if agreed else []
        unasked = await _unasked(tx, records, held) if erasing else ()
        asked = await rights.lock_request(tx, request_id)
        if erasing and asked.state is RequestState.FILED:
            asked = domain.check(asked, who.subject, held, unasked)
            await rights.save_request(tx, asked)
            return uow.reply(DataRequestView.of(asked))
        act = RequestAct.DO if agreed else RequestAct.REFUSE
        wanted = await rights.wanted(tx, asked.id)
        person, asked, events = domain.answer(
            person, asked, act, who.subject, decision.reason, uow.now
        )
        await rights.save_request(tx, asked)
        await rights.note(tx, person, events)
        if act is RequestAct.DO and erasing:
            await _erase(uow, tx, records, person, asked, held, unasked)
        elif act is RequestAct.DO and wanted is not None:
            new = await _correct(uow, tx, records, asked, wanted, people, held)
            if new.name is not None or new.address is not None:
                wishes = [wish.id for wish, _ in held]
                await take_down_what_leaks(tx, records.cards, wishes, who.subject, uow.now)
        return uow.reply(DataRequestView.of(asked))


async def _lock(
    tx: Transaction, rights: RightsStore, asked: DataRequest, *, agreed: bool
) -> Sequence[Subject]:
    """The entries that the answer changes. Wishes before people; once these are locked, no new wish of
    theirs can come."""
    correcting = agreed and asked.kind == "correction"
    if agreed:
        same = await rights.same(tx, asked.person_id) if correcting else [asked.person_id]
        await rights.lock_wishes(tx, same)
    if correcting:
        return await rights.lock_corrected(tx, asked.person_id)
    return [await rights.lock(tx, asked.person_id)]


async def _held(tx: Transaction, records: Records, people: Sequence[Subject]) -> list[Held]:
    found: list[Held] = []
    for wish_id in await records.rights.lock_wishes(tx, [one.id for one in people]):
        wish = await records.wishes.lock(tx, wish_id)
        found.append((wish, await records.wishes.find_claim(tx, wish_id)))
    return found


async def _unasked(tx: Transaction, records: Records, held: list[Held]) -> Collection[UUID]:
    """Of what somebody has taken on: for which the person wants no service any more."""
    taken = [wish.id for wish, claim in held if claim is not None]
    said = {one: await records.consents.last(tx, one, "service") for one in taken}
    return [one for one, word in said.items() if word is not None and not word.given]


async def _correct(
    uow: UnitOfWork,
    tx: Transaction,
    records: Records,
    request: DataRequest,
    wanted: bytes,
    people: Sequence[Subject],
    held: list[Held],
) -> CorrectionIn:
    """Every entry, the one that was asked about first: by what it is found, all of them are."""
    opened = await records.vault.open(tx, request.person_id, {"wanted": wanted})
    new = CorrectionIn.model_validate_json(opened["wanted"] or "{}")
    others = [one.id for one in people if one.id != request.person_id]
    entries = [request.person_id, *others]
    # Before any is corrected: they are found by what was right until now.
    drafts = await _drafts_about(tx, records, people[0].area, request.person_id)
    if new.born is not None:
        # Before any is corrected: who is the same person is asked for there, too.
        for entry in entries:
            theirs = [(wish, claim) for wish, claim in held if wish.beneficiary_id == entry]
            of_entry = replace(request, person_id=entry)
            await _correct_age(uow, tx, records, of_entry, new.born, theirs)
    found_by: Indexes | None = None
    for entry in entries:
        made = await _correction(tx, records, entry, new)
        found_by = found_by or made.indexes
        of_person = replace(made.indexes, person=found_by.person)
        await records.rights.correct(tx, entry, replace(made, indexes=of_person))
    about = next(one for one in people if one.id == request.person_id)
    for draft in drafts:
        await correct_draft(
            *(tx, records.drafts, records.vault, draft, new),
            account=about.account_id,
            person_index=found_by and found_by.person,
        )
    return new


async def _drafts_about(
    tx: Transaction, records: Records, area: str, person_id: UUID
) -> Sequence[Draft]:
    await index_drafts(tx, records.drafts, records.vault, area)
    return await records.drafts.lock_about(tx, person_id)


async def _correction(
    tx: Transaction, records: Records, person_id: UUID, new: CorrectionIn
) -> Correction:
    """With its indexes: until a clock made them, the entries would not be found as those of one person."""
    vault, person = records.vault, await records.wishes.beneficiary(tx, person_id)
    sealed = {"name": person.name, "phone": person.phone, "address": person.address}
    known = await vault.open(tx, person_id, sealed)
    name, address = new.name or known["name"] or "", new.address or known["address"] or ""
    phone = None if new.no_phone else new.phone or known["phone"]
    return Correction(
        indexes=indexes(vault, name, address, phone),
        moved=not is_same_place(address, known["address"] or ""),
        no_phone=new.no_phone is True,
        **await vault.seal(tx, person_id, new.model_dump(exclude={"no_phone"})),
    )


async def _correct_age(
    uow: UnitOfWork,
    tx: Transaction,
    records: Records,
    request: DataRequest,
    born: str,
    held: list[Held],
) -> None:
    """Whatever month was known before: one alone may have overwritten it, and the wishes stayed a
    child's."""
    children = domain.childs(held, await records.rights.came_in(tx, request.person_id), born)
    other = [(wish, claim) for wish, claim in held if wish.minor is not (wish.id in children)]
    if any(wish.minor for wish, _ in other):
        await _require_second(tx, records, request, uow.now)
    for wish, claim in other:
        terms = await records.terms.of(tx, wish.rule_id)
        after, events = corrected_age(wish, terms, uow.now, child=not wish.minor)
        by = request.answered_by
        await records.wishes.save(tx, after, events, uow.now, by=by, claim=claim)


async def _require_second(
    tx: Transaction, records: Records, request: DataRequest, now: datetime
) -> None:
    """What protects a child is not taken away by one alone: whoever decides did not file it, and holds
    another's yes to a look that still holds, whether they have looked or not. Raises SecondPersonNeeded,
    ApprovalNeeded."""
    by = request.answered_by
    if by is None or by == request.filed_by:
        raise SecondPersonNeeded
    people = await records.rights.same(tx, request.person_id)
    require_day(await records.access.lock_latest_about(tx, people, by, PURPOSE), now)


async def _erase(
    uow: UnitOfWork,
    tx: Transaction,
    records: Records,
    person: Subject,
    request: DataRequest,
    held: list[Held],
    unasked: Collection[UUID],
) -> None:
    for wish, claim, events in domain.erase(request, held, unasked, uow.now):
        if events:
            by = request.answered_by
            await records.wishes.save(tx, wish, events, uow.now, by=by, claim=claim)
    for other in await records.rights.open_requests(tx, person.id):
        person, closed, events = domain.superseded(person, other, uow.now)
        await records.rights.save_request(tx, closed)
        await records.rights.note(tx, person, events)
    for draft in await _drafts_about(tx, records, person.area, person.id):
        await drop_draft(tx, records.drafts, records.vault, draft, domain.ERASED, uow.now)
    person, events = domain.erased(person, uow.now)
    await records.rights.note(tx, person, events)
    writers = await records.rights.forget(tx, person.id, uow.now)
    for one in (person.id, *writers):
        await records.vault.destroy(tx, one)
