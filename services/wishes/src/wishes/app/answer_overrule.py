"""A second person says whether a finding may stay on the card; and sees what it is about first."""

from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from wishes.app.access_store import AccessStore
from wishes.app.ask_access import use_approval
from wishes.app.consent_store import ConsentStore
from wishes.app.overrule_store import OverruleStore
from wishes.app.requests_desk import OverruleAnswer, ToJudge
from wishes.app.store import WishStore
from wishes.app.views_desk import OverruleText, OverruleView
from wishes.domain.errors import AlreadyDecided, SecondPersonNeeded
from wishes.domain.replace import replace


async def answer_overrule(
    uow: UnitOfWork,
    store: WishStore,
    overrules: OverruleStore,
    who: Principal,
    wish_id: UUID,
    overrule_id: UUID,
    request: OverruleAnswer,
) -> OverruleView:
    """Raises SecondPersonNeeded for whoever asked and whoever verified the wish, AlreadyDecided."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        overrule = await overrules.get(tx, wish.id, overrule_id)
        if overrule.answer is not None:
            raise AlreadyDecided
        if who.subject in (overrule.asked_by, wish.verified_by):
            raise SecondPersonNeeded
        overrule = replace(
            overrule, answer=request.answer, answered_by=who.subject, answered_at=uow.now
        )
        await overrules.keep_answer(tx, overrule)
        return uow.reply(OverruleView.of(overrule))


async def read_overrule(
    uow: UnitOfWork,
    store: WishStore,
    overrules: OverruleStore,
    requests: AccessStore,
    consents: ConsentStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    overrule_id: UUID,
    request: ToJudge,
) -> OverruleText:
    """The text and the remark, for whoever has to judge them: written down like every look. Raises
    OutOfScope, ApprovalNeeded, ConsentNeeded as reveal_contact does."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        await consents.require_served(tx, wish.id)
        overrule = await overrules.get(tx, wish.id, overrule_id)
        await use_approval(tx, requests, who, wish, request.purpose, uow.now)
        sealed = {"card_text": overrule.card_text, "remark": overrule.remark}
        opened = await vault.open(tx, wish.beneficiary_id, sealed)
        await record_reveal(tx, vault, wish.beneficiary_id, who, list(sealed), request.purpose)
        return uow.reply(
            OverruleText(text=opened["card_text"], remark=opened["remark"]),
            people=[wish.beneficiary_id],
        )
