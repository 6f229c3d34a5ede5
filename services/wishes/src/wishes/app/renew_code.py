"""A slip is lost: six new digits, and the old ones open nothing any more."""

import secrets
from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from wishes.app.desk_store import DeskStore
from wishes.app.requests_desk import NewCode
from wishes.app.store import WishStore
from wishes.app.take_in import code_hash
from wishes.app.views_desk import CodeView
from wishes.domain.errors import NoNewCode
from wishes.domain.states import WishState

ENDED = (WishState.CLOSED, WishState.WITHDRAWN)


async def renew_code(
    uow: UnitOfWork,
    store: WishStore,
    desk: DeskStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: NewCode,
) -> CodeView:
    """Shown this once, and written down where the person sees who has looked. Raises NoNewCode."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        if wish.state in ENDED:
            raise NoNewCode
        digits = f"{secrets.randbelow(10**6):06}"
        await desk.change_code(tx, wish.id, code_hash(vault, wish.card_no, digits))
        await record_reveal(
            tx, vault, wish.beneficiary_id, who, ["code"], f"reprint_{request.reason}"
        )
        code = f"{wish.card_no}-{digits}"
        return uow.reply(CodeView(card_no=wish.card_no, code=digits, target=f"/k/{code}"))
