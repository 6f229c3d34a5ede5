"""Ask for a look at a child's data, and say yes to somebody else's. Each step is in the chain of
reveals, where the person and the auditor see it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from wishes.app.access_store import AccessStore
from wishes.app.requests_access import AskAccess
from wishes.app.sight import is_staff_of
from wishes.app.store import WishStore
from wishes.app.views_intake import AccessRequestView
from wishes.domain import access as domain
from wishes.domain.errors import AlreadyAsked, ApprovalNotNeeded
from wishes.domain.wish import Wish

ASKED, APPROVED = "ask_access", "approve_access"
"""Purposes of lines that show nothing yet."""


async def ask_access(
    uow: UnitOfWork,
    store: WishStore,
    requests: AccessStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: AskAccess,
) -> AccessRequestView:
    """Raises OutOfScope, ApprovalNotNeeded, AlreadyAsked while the last one can still be used."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        if not await requests.is_childs(tx, wish):
            raise ApprovalNotNeeded
        last = await requests.latest(tx, wish.id, who.subject, request.purpose)
        if last is not None and last.state != "used" and last.until > uow.now:
            raise AlreadyAsked
        asked = domain.ask(uuid7(), wish.id, wish.area, request.purpose, who.subject, uow.now)
        await requests.add(tx, asked)
        await record_reveal(tx, vault, wish.beneficiary_id, who, [], ASKED)
        return uow.reply(AccessRequestView.of(asked))


async def approve_access(
    uow: UnitOfWork,
    store: WishStore,
    requests: AccessStore,
    vault: Vault,
    who: Principal,
    request_id: UUID,
) -> AccessRequestView:
    """Raises OutOfScope, SecondPersonNeeded, AccessRequestOver."""
    async with uow as tx:
        wish = await store.lock(tx, await requests.wish_of(tx, request_id))
        who.require_scope(wish.area)
        approved = domain.approve(await requests.lock(tx, request_id), who.subject, uow.now)
        await requests.save(tx, approved)
        await record_reveal(tx, vault, wish.beneficiary_id, who, [], APPROVED)
        return uow.reply(AccessRequestView.of(approved))


async def use_approval(
    tx: Transaction,
    requests: AccessStore,
    who: Principal,
    wish: Wish,
    purpose: str,
    now: datetime,
    *,
    file: UUID | None = None,
) -> None:
    """Before staff see anything of a child: their approved request is used up; by a `file` for everything
    but that. Raises ApprovalNeeded.

    Whoever holds the claim is no staff: they come with a second person, and are shown what they
    need to come at all.
    """
    if is_staff_of(who, wish) and await requests.is_childs(tx, wish):
        last = await requests.latest(tx, wish.id, who.subject, purpose)
        await requests.save(tx, domain.use(last, now, file))


async def use_approval_about(
    tx: Transaction,
    requests: AccessStore,
    who: Principal,
    people: Sequence[UUID],
    purpose: str,
    now: datetime,
) -> None:
    """The same before staff see what is kept about a person and not about one wish: it may have been
    approved for any wish of theirs. Raises ApprovalNeeded."""
    if await requests.is_child(tx, people):
        last = await requests.lock_latest_about(tx, people, who.subject, purpose)
        await requests.save(tx, domain.use(last, now))


async def use_approval_again(
    tx: Transaction,
    requests: AccessStore,
    who: Principal,
    people: Sequence[UUID],
    purpose: str,
    now: datetime,
) -> bool:
    """The same for an answer that no key keeps: one that is used up already is good for the rest of its
    day. False: it was used before. Raises ApprovalNeeded."""
    if not await requests.is_child(tx, people):
        return True
    last = await requests.lock_latest_about(tx, people, who.subject, purpose)
    domain.require_day(last, now)
    if last is not None and last.used_at is not None:
        return False
    await requests.save(tx, domain.use(last, now))
    return True
