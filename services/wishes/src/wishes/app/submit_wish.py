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

from wishes.app.requests import ProxyIn, SubmitWish
from wishes.app.store import Person, Private, WishStore
from wishes.app.views import SubmittedView, WishView
from wishes.domain import wish as domain
from wishes.domain.states import WishState

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 O 1 I L: a card number is read aloud."""
DRAWS = 50


async def submit_wish(
    uow: UnitOfWork, store: WishStore, vault: Vault, who: Principal, request: SubmitWish
) -> SubmittedView:
    """Raises OutOfScope for another community."""
    who.require_scope(request.area)
    async with uow as tx:
        person = await _beneficiary(tx, vault, request)
        await store.add_beneficiary(tx, person, uow.now)
        words = await vault.seal(tx, person.id, {"words": request.words})
        wish = domain.Wish(
            id=uuid7(),
            card_no="",
            area=request.area,
            category=request.category,
            channel=request.channel,
            beneficiary_id=person.id,
            state=WishState.SUBMITTED,
            version=0,
            effort=request.effort,
            by_proxy=request.proxy is not None,
        )
        private = await seal_proxy(tx, vault, request.proxy, words["words"] or b"")
        view = await hand_in(tx, store, vault, who, wish, private, uow.now)
        return uow.reply(view, version=view.version)


async def hand_in(
    tx: Transaction,
    store: WishStore,
    vault: Vault,
    who: Principal,
    wish: domain.Wish,
    private: Private,
    now: datetime,
) -> SubmittedView:
    """Give the wish a card number and a secret code and put it into the book."""
    digits = f"{secrets.randbelow(10**6):06}"
    for _ in range(DRAWS):
        card_no = "".join(secrets.choice(ALPHABET) for _ in range(4))
        numbered, events = domain.submit(replace(wish, card_no=card_no), now)
        private = replace(private, code_hash=code_hash(vault, card_no, digits))
        if await store.add(tx, numbered, private, now):
            await store.save(tx, numbered, events, now, by=who.subject)
            return SubmittedView(**WishView.of(numbered).model_dump(), code=digits)
    raise RuntimeError("no free card number")


def code_hash(vault: Vault, card_no: str, digits: str) -> bytes:
    """Keyed: a copy of the table alone does not give the million possible codes away."""
    return vault.blind_index("card-code", f"{card_no}-{digits}")


async def seal_proxy(tx: Transaction, vault: Vault, proxy: ProxyIn | None, words: bytes) -> Private:
    """The one who wrote for somebody else has a key of their own."""
    if proxy is None:
        return Private(code_hash=b"", words=words)
    proxy_id: UUID = uuid7()
    fields = {"name": proxy.name, "phone": proxy.phone, "reference": proxy.consent.reference}
    sealed = await vault.seal(tx, proxy_id, fields)
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


async def _beneficiary(tx: Transaction, vault: Vault, request: SubmitWish) -> Person:
    person_id = uuid7()
    given = request.beneficiary
    fields = {"name": given.name, "phone": given.phone, "address": given.address}
    sealed = await vault.seal(tx, person_id, fields)
    return Person(
        person_id, request.area, sealed["name"] or b"", sealed["phone"], sealed["address"] or b""
    )
