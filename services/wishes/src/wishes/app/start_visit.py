"""People of a claim are on their way to a visit: who goes, and until when they are back."""

from uuid import UUID

from chassis.auth import Principal
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.claim_wish import giver_of, require_strangers
from wishes.app.people_store import PeopleStore
from wishes.app.requests_claims import VisitIn
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.views_claims import VisitView
from wishes.app.visit_code import visit_code
from wishes.app.visit_store import VisitStore
from wishes.domain import claiming
from wishes.domain import visiting as domain
from wishes.domain.errors import NotTheClaimant


async def start_visit(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    visits: VisitStore,
    people: PeopleStore,
    vault: Vault,
    who: Principal,
    claim_id: UUID,
    request: VisitIn,
) -> VisitView:
    """Raises NotTheClaimant, NotAPartner, OwnWish, HouseholdWish, WrittenByYou, CodeSeenByYou,
    Unqualified, TwoPeopleNeeded, VisitTooLong, VisitUnderWay, WrongState."""
    giver = giver_of(who, request.organisation_id)
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        if giver not in claim.partners:
            raise NotTheClaimant
        visit = domain.Visit(
            id=uuid7(),
            wish_id=wish.id,
            claim_id=claim.id,
            number=await visits.next_number(tx, claim.id),
            visitors=tuple(sorted(set(request.visitors))),
            started_by=who.subject,
            started_at=uow.now,
            back_by=request.back_by,
        )
        units = [partner.id for partner in claim.partners if partner.kind == "organisation"]
        members = await store.members(tx, units, visit.visitors)
        terms = await book.of(tx, wish.rule_id)
        wish, claim, visit, events = domain.start(
            wish, claim, visit, request.carries, members, terms
        )
        # Each who goes, for a unit too: nobody has looked at its members so far, and a child's mother as
        # the second leaves whoever is the first alone with the child.
        await require_strangers(tx, people, wish.id, visit.visitors)
        missing = await people.missing(tx, visit.visitors, wish.asks, uow.now)
        claiming.require_qualified(missing)
        visits.add(tx, visit)
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        view = VisitView.of(visit, visit_code(vault, claim.id, visit.number))
        return uow.reply(view, version=wish.version)
