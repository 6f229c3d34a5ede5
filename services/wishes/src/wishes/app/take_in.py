"""What all ways in have in common: the people sealed, the wish in the book, a code shown once.

Only writes: a wish that comes in alone is one statement, whatever comes with it.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.privacy import Vault
from orjson import dumps

from wishes.app.evidence_store import Author, EvidenceStore, Speaks
from wishes.app.index_person import indexes
from wishes.app.requests import GuardianIn, ProxyIn, SubmitWish
from wishes.app.store import Person, Private, WishStore
from wishes.app.views import SubmittedView
from wishes.domain import intake as domain
from wishes.domain.evidence import is_minor, require_other_witness
from wishes.domain.replace import replace
from wishes.domain.rule import Rule
from wishes.domain.states import WishState
from wishes.domain.wish import Wish
from wishes.domain.working_days import today

Sealed = Mapping[str, bytes | None]


@dataclass(frozen=True)
class Coming:
    """One wish on its way in, under the rule of its category."""

    request: SubmitWish
    rule: Rule
    card_no: str
    by: UUID
    account: UUID | None = None
    """Whose account it comes from, where nobody of the desk was there."""
    draft_id: UUID | None = None
    writer: str | None = None
    """The name of whoever writes it down."""

    @property
    def wish_id(self) -> UUID:
        return self.draft_id or uuid7()

    @property
    def own_account(self) -> UUID | None:
        """Nobody has an account for a neighbour."""
        return self.account if self.request.proxy is None else None

    @property
    def speakers(self) -> list[tuple[Speaks, UUID]]:
        """Who is signed in and names a proxy is that proxy."""
        proxy, guardian = self.request.proxy, self.request.guardian
        by_proxy = (proxy.account_id or self.account) if proxy else None
        by_guardian = guardian.account_id if guardian else None
        both: tuple[tuple[Speaks, UUID | None], ...] = (
            ("proxy", by_proxy),
            ("guardian", by_guardian),
        )
        return [(kind, account) for kind, account in both if account is not None]


def take_in_new(
    tx: Transaction,
    store: WishStore,
    evidence: EvidenceStore,
    vault: Vault,
    coming: Coming,
    now: datetime,
) -> SubmittedView:
    """Somebody who is not in the book yet. CardNumberTaken, at the latest at the end."""
    person_id = uuid7()
    sealed = vault.seal_new(tx, person_id, private_fields(coming.request))
    return take_in(tx, store, evidence, vault, coming, person_id, sealed, now)


def take_in(
    tx: Transaction,
    store: WishStore,
    evidence: EvidenceStore,
    vault: Vault,
    coming: Coming,
    person_id: UUID,
    sealed: Sealed,
    now: datetime,
) -> SubmittedView:
    """`sealed`: private_fields under the person's key. Raises WitnessIsTheAuthor."""
    request, terms = coming.request, coming.rule.terms
    require_witnesses(request, coming.writer)
    minor = is_minor(request.beneficiary.born, today(now))
    store.add_beneficiary(tx, _person(vault, coming, person_id, sealed), now)
    wish = Wish(
        id=coming.wish_id,
        card_no=coming.card_no,
        area=request.area,
        category=coming.rule.category,
        channel=request.channel,
        beneficiary_id=person_id,
        state=WishState.DRAFT if coming.draft_id else WishState.SUBMITTED,
        version=domain.DRAFTED if coming.draft_id else 0,
        rule_id=coming.rule.id,
        asks=terms.asks,
        two_people=terms.two_people or minor,
        minor=minor,
        author_id=coming.account,
        effort=request.effort,
        by_proxy=request.proxy is not None,
    )
    private = seal_proxy(tx, vault, request.proxy, sealed)
    view = hand_in(tx, store, vault, coming.by, wish, private, now)
    if request.guardian is not None:
        evidence.add_guardian(tx, wish.id, guardian_of(request.guardian, sealed), now, by=coming.by)
    for kind, account in coming.speakers:
        evidence.add_speaker(tx, wish.id, kind, account, now, by=coming.by)
    return view


def hand_in(
    tx: Transaction,
    store: WishStore,
    vault: Vault,
    by: UUID,
    wish: Wish,
    private: Private,
    now: datetime,
) -> SubmittedView:
    """Give the wish a secret code and put it into the book. CardNumberTaken, at the latest at the end."""
    digits = f"{secrets.randbelow(10**6):06}"
    enter = domain.hand_in if wish.state is WishState.DRAFT else domain.submit
    wish, events = enter(wish, now)
    private = replace(private, code_hash=code_hash(vault, wish.card_no, digits))
    # A draft was told of already: only what is new is an event.
    store.add(tx, wish, private, events, now, by=by)
    if wish.follows_wish_id is not None:
        # Else they would never hear what becomes of it, after a stop that was said of the first.
        store.go_on(tx, wish.beneficiary_id)
    return SubmittedView.of_code(wish, digits)


def code_hash(vault: Vault, card_no: str, digits: str) -> bytes:
    """Keyed: a copy of the table alone does not give the million possible codes away."""
    return vault.blind_index("card-code", f"{card_no}-{digits}")


def require_witnesses(request: SubmitWish, writer: str | None) -> None:
    """Raises WitnessIsTheAuthor."""
    authors = [author for author in (request.proxy, request.guardian) if author is not None]
    involved = [request.beneficiary.name, *(author.name for author in authors), writer]
    for author in authors:
        require_witness(author, involved)


def require_witness(author: ProxyIn | GuardianIn, involved: Iterable[str | None]) -> None:
    """`involved`: names of who else is no witness of it. Raises WitnessIsTheAuthor."""
    witness = author.consent.witness
    if witness is not None:
        require_other_witness(witness.name, [author.name, *involved])


def private_fields(request: SubmitWish) -> dict[str, str | None]:
    """What is sealed with the key of the person who wishes: a child's guardian goes with the child."""
    given = request.beneficiary
    fields: dict[str, str | None] = {
        "name": given.name,
        "phone": given.phone,
        "address": given.address,
        "words": request.words,
        "born": given.born,
        "answers": answers_text(request.answers),
    }
    return fields | (guardian_fields(request.guardian) if request.guardian else {})


def answers_text(answers: Mapping[str, object]) -> str | None:
    return dumps(answers).decode() if answers else None


def guardian_fields(guardian: GuardianIn) -> dict[str, str | None]:
    witness = guardian.consent.witness
    return {
        "guardian_name": guardian.name,
        "guardian_phone": guardian.phone,
        "guardian_reference": guardian.consent.reference,
        "guardian_witness": witness.name if witness else None,
    }


def guardian_of(guardian: GuardianIn, sealed: Sealed) -> Author:
    consent = guardian.consent
    return Author(
        name=sealed["guardian_name"] or b"",
        phone=sealed["guardian_phone"],
        relation=guardian.relation,
        kind=consent.kind,
        reference=sealed["guardian_reference"],
        witness=sealed["guardian_witness"],
        witness_relation=consent.witness.relation if consent.witness else None,
        given_at=consent.given_at,
    )


def _person(vault: Vault, coming: Coming, person_id: UUID, sealed: Sealed) -> Person:
    given = coming.request.beneficiary
    return Person(
        id=person_id,
        area=coming.request.area,
        name=sealed["name"] or b"",
        phone=sealed["phone"],
        address=sealed["address"] or b"",
        born=sealed["born"],
        account_id=coming.own_account,
        building_id=given.building_id,
        indexes=indexes(vault, given.name, given.address, given.phone),
    )


def seal_proxy(tx: Transaction, vault: Vault, proxy: ProxyIn | None, sealed: Sealed) -> Private:
    """The one who wrote for somebody else has a key of their own."""
    private = Private(code_hash=b"", words=sealed["words"] or b"", answers=sealed["answers"])
    if proxy is None:
        return private
    witness = proxy.consent.witness
    proxy_id = uuid7()
    fields = {
        "name": proxy.name,
        "phone": proxy.phone,
        "reference": proxy.consent.reference,
        "witness": witness.name if witness else None,
    }
    own = vault.seal_new(tx, proxy_id, fields)
    return replace(
        private,
        proxy_id=proxy_id,
        proxy_name=own["name"],
        proxy_phone=own["phone"],
        proxy_relation=proxy.relation,
        consent_kind=proxy.consent.kind,
        consent_reference=own["reference"],
        consent_given_at=proxy.consent.given_at,
        consent_witness=own["witness"],
        consent_witness_relation=witness.relation if witness else None,
    )
