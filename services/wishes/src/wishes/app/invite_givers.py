"""Ask people, branches and units whether they want to take a wish that nobody takes."""

from operator import itemgetter
from uuid import UUID, uuid4

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork
from contracts.fields import Giver

from wishes.app.invitation_store import InvitationStore
from wishes.app.requests_claims import InvitationsIn
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.views_claims import InvitationsView
from wishes.domain import inviting as domain
from wishes.domain.errors import InviteeNotKnown


async def invite_givers(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    invitations: InvitationStore,
    who: Principal,
    wish_id: UUID,
    request: InvitationsIn,
) -> InvitationsView:
    """Raises InviteeNotKnown, KeptForAnother, WrongState unless it is free."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        terms = await book.of(tx, wish.rule_id)
        givers = {asked.id: Giver(kind=asked.kind, id=asked.id) for asked in request.invitees}
        # Random, and in their own order: neither an id nor its place says who was meant.
        asked = sorted(((uuid4(), giver) for giver in givers.values()), key=itemgetter(0))
        kinds = [(invitation_id, giver.kind) for invitation_id, giver in asked]
        wish, until, events = domain.invite(wish, kinds, who.subject, terms, uow.now)
        if await invitations.unknown(tx, givers.values()):
            raise InviteeNotKnown
        await invitations.add(tx, wish.id, asked, until)
        await store.note(tx, wish, events, uow.now, by=who.subject)
        return uow.reply(InvitationsView(wish_id=wish.id, asked=len(asked), until=until))
