"""The claimant says: done, or a part of it is. What was given, and who gave how much of their time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork
from contracts.fields import Gift, Giver, Service

from wishes.app.claim_wish import giver_of, require_strangers
from wishes.app.people_store import PeopleStore
from wishes.app.release_claim import require_claimant
from wishes.app.requests import Delivery, GiftIn, PartDelivery
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.views import ClaimView
from wishes.app.visit_store import VisitStore
from wishes.domain import fulfilling as domain
from wishes.domain.claiming import require_qualified
from wishes.domain.errors import NotTheClaimant
from wishes.domain.rule import Terms
from wishes.domain.wish import NOTHING, Claim, Given, Wish


@dataclass(frozen=True)
class DeliveryStores:
    """What a delivery is looked at with, and kept in."""

    wishes: WishStore
    terms: TermsBook
    people: PeopleStore
    visits: VisitStore
    vault: Vault


async def deliver_wish(
    uow: UnitOfWork,
    stores: DeliveryStores,
    who: Principal,
    claim_id: UUID,
    request: Delivery,
) -> ClaimView:
    """What arrived in parts before counts. Raises ChangeUnanswered, NothingDelivered, NotAPartner,
    OwnWish, HouseholdWish, WrittenByYou, CodeSeenByYou, Unqualified, TooLarge, TooMuchGiven,
    TooMuchTime, TwoPeopleNeeded, DeliveryEvidenceMissing, NotTheClaimant, WrongState."""
    async with uow as tx:
        wish, claim = await stores.wishes.lock_by_claim(tx, claim_id)
        require_claimant(who, claim)
        given = await _given(tx, stores, wish, claim, request, uow.now)
        terms = await stores.terms.of(tx, wish.rule_id)
        claim = domain.with_evidence(claim, request.evidence, terms)
        two = await _two_went(tx, stores.visits, wish, claim, request, terms)
        before = await _before(tx, stores.wishes, wish, request)
        wish, claim, events = domain.deliver(
            wish, claim, *given, terms, uow.now, two_went=two, before=before
        )
        await _keep(tx, stores, wish, claim, request)
        await stores.wishes.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(ClaimView.of(claim), version=wish.version)


async def deliver_part(
    uow: UnitOfWork,
    stores: DeliveryStores,
    who: Principal,
    claim_id: UUID,
    request: PartDelivery,
) -> ClaimView:
    """By any partner of the claim. Raises NothingDelivered, NotAPartner, OwnWish, HouseholdWish,
    WrittenByYou, CodeSeenByYou, Unqualified, TooLarge, TooMuchGiven, TooMuchTime, TwoPeopleNeeded,
    WrongState."""
    giver = giver_of(who, request.organisation_id)
    async with uow as tx:
        wish, claim = await stores.wishes.lock_by_claim(tx, claim_id)
        if not claim.holds(giver.id):
            raise NotTheClaimant
        given = await _given(tx, stores, wish, claim, request, uow.now)
        terms = await stores.terms.of(tx, wish.rule_id)
        claim = domain.with_evidence(claim, request.evidence, terms)
        two = await _two_went(tx, stores.visits, wish, claim, request, terms)
        before = await _before(tx, stores.wishes, wish, request)
        wish, claim, events = domain.deliver_part(
            wish, claim, giver, *given, terms, uow.now, two_went=two, before=before
        )
        await _keep(tx, stores, wish, claim, request)
        await stores.wishes.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(ClaimView.of(claim), version=wish.version)


async def _given(
    tx: Transaction,
    stores: DeliveryStores,
    wish: Wish,
    claim: Claim,
    request: Delivery,
    now: datetime,
) -> tuple[list[Gift], list[Service], frozenset[UUID]]:
    """Gifts, time, and those named who belong to a unit of this claim."""
    named = _people(request)
    members = await stores.wishes.members(tx, claim.all_units, {*named, *claim.gave})
    if new := members.intersection(named):
        await _require_fit(tx, stores.people, wish, new, request, now)
    gifts = [_gift(gift) for gift in request.gifts]
    services = [Service(volunteer_id=s.volunteer_id, minutes=s.minutes) for s in request.services]
    return gifts, services, members


async def _require_fit(
    tx: Transaction,
    people: PeopleStore,
    wish: Wish,
    members: frozenset[UUID],
    request: Delivery,
    now: datetime,
) -> None:
    """Partners were looked at when they came; of a unit's members nobody has heard before.

    Raises OwnWish, HouseholdWish, WrittenByYou, CodeSeenByYou, Unqualified.
    """
    await require_strangers(tx, people, wish.id, members)
    serving = {service.volunteer_id for service in request.services} & members
    require_qualified(await people.missing(tx, serving, wish.asks, now))


async def _two_went(
    tx: Transaction,
    visits: VisitStore,
    wish: Wish,
    claim: Claim,
    request: Delivery,
    terms: Terms,
) -> bool:
    """Whether two were on a visit for what is delivered now; not asked where one may go alone."""
    asked = wish.two_people or (request.services and domain.takes_two(wish, terms))
    return bool(asked) and await visits.two_went(tx, claim.id)


async def _before(tx: Transaction, store: WishStore, wish: Wish, request: Delivery) -> Given:
    """What claims that are over had brought; not asked where nothing is added to it."""
    if not request.gifts and not request.services:
        return NOTHING
    return await store.given_before(tx, wish.id)


async def _keep(
    tx: Transaction, stores: DeliveryStores, wish: Wish, claim: Claim, request: Delivery
) -> None:
    # What it was called may say who it was for: medicine, a wheelchair.
    first = await stores.wishes.next_gift(tx, claim.id) if request.gifts else 1
    names = {line: gift.name for line, gift in enumerate(request.gifts, start=first)}
    fields = {f"gift_{line}": name for line, name in names.items()}
    sealed = await stores.vault.seal(tx, wish.beneficiary_id, fields)
    kept = {line: sealed[f"gift_{line}"] or b"" for line in names}
    await stores.wishes.add_delivery(tx, claim, kept)


def _gift(given: GiftIn) -> Gift:
    giver = Giver(kind=given.giver.kind, id=given.giver.id)
    return Gift(giver=giver, item=given.item, quantity=given.quantity, value_fen=given.value_fen)


def _people(request: Delivery) -> list[UUID]:
    gave = [gift.giver.id for gift in request.gifts if gift.giver.kind == "volunteer"]
    return [*gave, *(service.volunteer_id for service in request.services)]
