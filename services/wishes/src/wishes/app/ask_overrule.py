"""A finding is no leak: the thing that is wished, a public place. Whoever says so gives a reason."""

from uuid import UUID

from chassis.auth import Principal
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.known_names import known_of
from wishes.app.overrule_store import Overrule, OverruleStore
from wishes.app.people_store import PeopleStore
from wishes.app.requests_desk import OverruleIn
from wishes.app.store import WishStore
from wishes.app.views_desk import OverruleView
from wishes.domain.errors import AlreadyAsked, AlreadyDecided, NothingToOverrule
from wishes.domain.leaks import Finding, find_leaks
from wishes.domain.overrule import require_overrulable
from wishes.domain.states import WISH, WishAct, wish_after


async def ask_overrule(
    uow: UnitOfWork,
    store: WishStore,
    overrules: OverruleStore,
    people: PeopleStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: OverruleIn,
) -> OverruleView:
    """Before the card is published, or proposed to whoever has the wish in hand. Raises NothingToOverrule,
    NotToBeOverruled, AlreadyAsked, AlreadyDecided, WrongState."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        if (wish.state, WishAct.PROPOSE) not in WISH:
            wish_after(wish.state, WishAct.PUBLISH)
        known = await known_of(tx, people, vault, wish)
        found = Finding(request.kind, request.first - 1, request.last)
        # Compared part by part: a finding may come to know more than its kind and its place.
        leaks = find_leaks(request.text, known.name, known.address, known.others)
        places = {(leak.kind, leak.start, leak.end) for leak in leaks}
        if (found.kind, found.start, found.end) not in places:
            raise NothingToOverrule
        require_overrulable(found.kind, request.text[found.start : found.end], known.address)
        mark = fingerprint(vault, wish.id, request.field, request.text, found)
        standing = await overrules.standing(tx, wish.id, mark)
        if standing is not None:
            raise AlreadyAsked if standing.answer is None else AlreadyDecided
        read = {"card_text": request.text, "remark": request.remark}
        sealed = await vault.seal(tx, wish.beneficiary_id, read)
        overrule = Overrule(
            id=uuid7(),
            wish_id=wish.id,
            field=request.field,
            kind=found.kind,
            first=request.first,
            last=request.last,
            fingerprint=mark,
            card_text=sealed["card_text"],
            remark=sealed["remark"],
            reason=request.reason,
            asked_by=who.subject,
            asked_at=uow.now,
        )
        await overrules.add(tx, overrule)
        return uow.reply(OverruleView.of(overrule))


def fingerprint(vault: Vault, wish_id: UUID, field: str, text: str, finding: Finding) -> bytes:
    """Of one finding in one exact text: one letter more, and it is another."""
    place = f"{finding.kind} {finding.start} {finding.end}"
    # Hexadecimal: the index would take a full-width digit for a plain one.
    return vault.blind_index("overrule", f"{wish_id} {field} {place} {text.encode().hex()}")
