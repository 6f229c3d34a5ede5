"""People, branches and units are asked whether they want to take a wish that nobody takes.

Asking gives no right and makes no duty (条例 Art. 25: nobody is sent). Only a yes is an answer; a no
and silence are the same to everybody, so no event and no state knows of either.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.wishes import InvitationSent

from wishes.domain.errors import KeptForAnother, WrongState
from wishes.domain.replace import replace
from wishes.domain.rule import Terms, by_then
from wishes.domain.states import WishState
from wishes.domain.wish import Events, Wish


def invite(
    wish: Wish, asked: Sequence[tuple[UUID, str]], by: UUID, terms: Terms, now: datetime
) -> tuple[Wish, datetime, Events]:
    """The wish, until when the question stands, and one event each.

    `asked`: the id of each invitation and the kind of who is asked. Raises WrongState unless it is
    free, KeptForAnother while a follow-up is kept for whoever helped first.
    """
    if wish.state is not WishState.POSTED:
        raise WrongState(wish.state, "invite")
    if wish.offered_until is not None and now < wish.offered_until:
        raise KeptForAnother(until=f"{wish.offered_until:%m月%d日}")
    until = by_then(now, terms.invite_days)
    events = tuple(
        InvitationSent(
            wish_id=wish.id,
            area=wish.area,
            invitation_id=invitation_id,
            invitee_kind=kind,
            until=until,
            sent_by=by,
            sent_at=now,
        )
        for invitation_id, kind in asked
    )
    return replace(wish, version=wish.version + len(events)), until, events
