"""A wish comes in: at the desk, on paper, at a visit, by phone."""

import secrets
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork

from wishes.app.card_numbers import numbers
from wishes.app.index_person import indexes
from wishes.app.requests import ProxyIn, SubmitWish
from wishes.app.store import Person, Private, WishStore
from wishes.app.terms import TermsBook
from wishes.app.views import SubmittedView
from wishes.domain import intake as domain
from wishes.domain.states import WishState
from wishes.domain.wish import Wish
from wishes.domain.working_days import today


async def submit_wish(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    vault: Vault,
    who: Principal,
    request: SubmitWish,
) -> SubmittedView:
    """Raises OutOfScope for another community, CategoryUnknown, CategoryNotOpen, BuildingUnknown."""
    who.require_scope(request.area)
    rule = await book.at(request.area, request.category, today(uow.now))

    async def once(card_no: str) -> SubmittedView:
        async with uow as tx:
            person, words = _beneficiary(tx, vault, request)
            store.add_beneficiary(tx, person, uow.now)
            wish = Wish(
                id=uuid7(),
                card_no=card_no,
                area=request.area,
                category=rule.category,
                channel=request.channel,
                beneficiary_id=person.id,
                state=WishState.SUBMITTED,
                version=0,
                rule_id=rule.id,
                asks=rule.terms.asks,
                two_people=rule.terms.two_people,
                effort=request.effort,
                by_proxy=request.proxy is not None,
            )
            private = _seal_proxy(tx, vault, request.proxy, words)
            view = hand_in(tx, store, vault, who, wish, private, uow.now)
            return uow.reply(view, version=view.version)

    return await numbers.until_free(once)


def hand_in(
    tx: Transaction,
    store: WishStore,
    vault: Vault,
    who: Principal,
    wish: Wish,
    private: Private,
    now: datetime,
) -> SubmittedView:
    """Give the wish a secret code and put it into the book. CardNumberTaken, at the latest at the end."""
    digits = f"{secrets.randbelow(10**6):06}"
    wish, events = domain.submit(wish, now)
    private = replace(private, code_hash=code_hash(vault, wish.card_no, digits))
    store.add(tx, wish, private, events, now, by=who.subject)
    return SubmittedView.of_code(wish, digits)


def code_hash(vault: Vault, card_no: str, digits: str) -> bytes:
    """Keyed: a copy of the table alone does not give the million possible codes away."""
    return vault.blind_index("card-code", f"{card_no}-{digits}")


def _seal_proxy(tx: Transaction, vault: Vault, proxy: ProxyIn | None, words: bytes) -> Private:
    """The one who wrote for somebody else has a key of their own."""
    if proxy is None:
        return Private(code_hash=b"", words=words)
    proxy_id: UUID = uuid7()
    fields = {"name": proxy.name, "phone": proxy.phone, "reference": proxy.consent.reference}
    sealed = vault.seal_new(tx, proxy_id, fields)
    return Private(
        code_hash=b"",
        words=words,
        proxy_id=proxy_id,
        proxy_name=sealed["name"],
        proxy_phone=sealed["phone"],
        proxy_relation=proxy.relation,
        consent_kind=proxy.consent.kind,
        consent_reference=sealed["reference"],
        consent_given_at=proxy.consent.given_at,
    )


def _beneficiary(tx: Transaction, vault: Vault, request: SubmitWish) -> tuple[Person, bytes]:
    """The one who wishes, sealed, and the words of the wish under the same key."""
    person_id = uuid7()
    given = request.beneficiary
    fields = {"name": given.name, "phone": given.phone, "address": given.address}
    sealed = vault.seal_new(tx, person_id, {**fields, "words": request.words})
    name, address = sealed["name"] or b"", sealed["address"] or b""
    person = Person(
        person_id,
        request.area,
        name,
        sealed["phone"],
        address,
        building_id=given.building_id,
        indexes=indexes(vault, given.name, given.address, given.phone),
    )
    return person, sealed["words"] or b""
