"""A helper or a unit joins a claim, by an act of their own."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.claim_wish import giver_of, pledge_of, require_fit, until_unchanged
from wishes.app.requests import JoinIn
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.views import ClaimView
from wishes.domain import claiming as domain


async def join_claim(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    who: Principal,
    claim_id: UUID,
    request: JoinIn,
) -> ClaimView:
    """Raises AlreadyJoined, GiverNotKnown, OwnWish, HouseholdWish, WrittenByYou, CodeSeenByYou,
    Unqualified, TooLarge, TooManyClaims, WrongState."""
    giver = giver_of(who, request.organisation_id)

    async def once() -> ClaimView:
        async with uow as tx:
            wish, claim = await store.lock_by_claim(tx, claim_id)
            sight = await store.look(tx, wish.id, giver, who.subject, uow.now)
            require_fit(sight)
            terms = await book.of(tx, wish.rule_id)
            brings = [pledge_of(brought) for brought in request.brings]
            wish, claim, events = domain.join(
                wish, claim, giver, who.subject, brings, terms, uow.now
            )
            place = domain.require_room(sight.taken, terms)
            await store.add_partner(tx, claim, giver, who.subject, uow.now, place=place)
            await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
            return uow.reply(ClaimView.of(claim), version=wish.version)

    return await until_unchanged(once)
