"""A second wish after the first: linked to it, with why the first did not fit.

Written down at the desk, or by the person themself with their own account.
"""

from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork
from contracts.fields import Channel

from wishes.app.access_store import AccessStore
from wishes.app.card_numbers import numbers
from wishes.app.evidence_store import EvidenceStore
from wishes.app.names_around import names_around
from wishes.app.people_store import PeopleStore
from wishes.app.requests import FollowUp, OwnFollowUp, ProxyIn
from wishes.app.store import Private, WishStore
from wishes.app.submit_own import require_few_waiting
from wishes.app.take_in import answers_text, hand_in, require_witness, seal_proxy
from wishes.app.terms import TermsBook
from wishes.app.views import SubmittedView
from wishes.app.wrong_places import require_answers
from wishes.domain.errors import HelpedElsewhere, NotYourWish, WrongState
from wishes.domain.replace import replace
from wishes.domain.states import WishState
from wishes.domain.wish import Wish
from wishes.domain.working_days import today


async def follow_up(
    uow: UnitOfWork,
    store: WishStore,
    evidence: EvidenceStore,
    access: AccessStore,
    book: TermsBook,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: FollowUp,
) -> SubmittedView:
    """Raises WrongState while the first is not fulfilled: until then it is simply not done yet; and
    HelpedElsewhere where it was closed without anybody of the tree; WitnessIsTheAuthor."""
    proxy = request.proxy

    async def once(card_no: str) -> SubmittedView:
        async with uow as tx:
            first = await store.lock(tx, wish_id)
            who.require_scope(first.area)
            if proxy is not None:
                around = await names_around(tx, store, evidence, vault, first)
                require_witness(proxy, [around.person, around.guardian, who.name])
            wish, private = await _second(
                tx, access, book, vault, first, request, request.channel, card_no, uow.now, proxy
            )
            view = hand_in(tx, store, vault, who.subject, wish, private, uow.now)
            if proxy is not None and proxy.account_id is not None:
                account = proxy.account_id
                evidence.add_speaker(tx, wish.id, "proxy", account, uow.now, by=who.subject)
            return uow.reply(view, version=view.version)

    return await numbers.until_free(once)


async def follow_up_own(
    uow: UnitOfWork,
    store: WishStore,
    access: AccessStore,
    book: TermsBook,
    people: PeopleStore,
    vault: Vault,
    who: Principal,
    wish_id: UUID,
    request: OwnFollowUp,
) -> SubmittedView:
    """By the person who wished, signed in, wherever their account is at home. Raises NotYourWish for
    everybody else, TooManyWaiting, and what the desk's may raise."""

    async def once(card_no: str) -> SubmittedView:
        async with uow as tx:
            first = await store.lock(tx, wish_id)
            if await people.account_of(tx, first.beneficiary_id) != who.subject:
                raise NotYourWish
            await require_few_waiting(tx, store, who)
            wish, private = await _second(
                tx, access, book, vault, first, request, "online", card_no, uow.now
            )
            wish = replace(wish, author_id=who.subject)
            view = hand_in(tx, store, vault, who.subject, wish, private, uow.now)
            return uow.reply(view, version=view.version)

    return await numbers.until_free(once)


async def _second(
    tx: Transaction,
    access: AccessStore,
    book: TermsBook,
    vault: Vault,
    first: Wish,
    request: OwnFollowUp,
    channel: Channel,
    card_no: str,
    now: datetime,
    proxy: ProxyIn | None = None,
) -> tuple[Wish, Private]:
    """The wish that follows the first, under the rule of today, and its sealed side."""
    if first.state not in (WishState.FULFILLED, WishState.CLOSED):
        raise WrongState(first.state, "follow_up")
    if first.fulfilled_event_id is None:
        # It would count as `fit` for a family that nobody here has helped yet.
        raise HelpedElsewhere
    rule = await book.at(first.area, request.category or first.category, today(now))
    require_answers(rule.terms, request.answers)
    fields = {"words": request.words, "answers": answers_text(request.answers)}
    sealed = await vault.seal(tx, first.beneficiary_id, fields)
    # Of any of theirs: that it is a child who wishes may have been learned by another than the first.
    minor = await access.is_child(tx, [first.beneficiary_id])
    wish = Wish(
        id=uuid7(),
        card_no=card_no,
        area=first.area,
        category=rule.category,
        channel=channel,
        beneficiary_id=first.beneficiary_id,
        state=WishState.SUBMITTED,
        version=0,
        rule_id=rule.id,
        asks=rule.terms.asks,
        two_people=rule.terms.two_people or minor,
        minor=minor,
        follows_wish_id=first.id,
        follow_up_reason=request.reason,
        by_proxy=proxy is not None,
    )
    return wish, seal_proxy(tx, vault, proxy, sealed)
