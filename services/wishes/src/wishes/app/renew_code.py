"""A slip is lost: six new digits, and the old ones open nothing any more.

Whoever has the digits reads what both sides have written to each other, the receipts and the answers to
complaints, and with the name everything else: of a child no worker makes new ones alone.
"""

import secrets
from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from wishes.app.access_store import AccessStore
from wishes.app.aftercare_store import AftercareStore
from wishes.app.ask_access import use_approval
from wishes.app.desk_store import DeskStore
from wishes.app.requests_desk import NewCode
from wishes.app.store import WishStore
from wishes.app.take_in import code_hash
from wishes.app.uninvolved import require_apart_from_help
from wishes.app.views_desk import CodeView
from wishes.domain.errors import NoNewCode
from wishes.domain.states import WishState

PURPOSE = "new_code"
"""Of the look that a second person says yes to."""
ENDED = (WishState.CLOSED, WishState.WITHDRAWN)


async def renew_code(
    uow: UnitOfWork,
    store: WishStore,
    desk: DeskStore,
    requests: AccessStore,
    aftercare: AftercareStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: NewCode,
) -> CodeView:
    """Shown this once, and written down where the person sees who has looked. Raises OutOfScope,
    NoNewCode, InvolvedInHelp, ApprovalNeeded."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        if wish.state in ENDED:
            raise NoNewCode
        # With the digits they would say of their own help that it was right.
        await require_apart_from_help(tx, aftercare, wish, who.subject)
        await use_approval(tx, requests, who, wish, PURPOSE, uow.now)
        digits = f"{secrets.randbelow(10**6):06}"
        await desk.change_code(tx, wish.id, code_hash(vault, wish.card_no, digits), who.subject)
        await record_reveal(
            tx, vault, wish.beneficiary_id, who, ["code"], f"reprint_{request.reason}"
        )
        code = f"{wish.card_no}-{digits}"
        return uow.reply(CodeView(card_no=wish.card_no, code=digits, target=f"/k/{code}"))
