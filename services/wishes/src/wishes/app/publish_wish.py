"""Hang a card on the tree: rewritten, without a trace of who it is, by a second person."""

from collections.abc import Iterator
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.http.problems import FieldProblem
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork
from contracts.fields import Giver

from wishes.app.ask_overrule import fingerprint
from wishes.app.consent_store import ConsentStore
from wishes.app.known_names import Known, known_of
from wishes.app.note_age import Ages, is_a_childs
from wishes.app.note_guardian import require_noted
from wishes.app.overrule_store import OverruleStore
from wishes.app.people_store import PeopleStore
from wishes.app.requests import Publication
from wishes.app.store import WishStore
from wishes.app.views import WishView
from wishes.domain import intake as domain
from wishes.domain.complaint import PERSONAL
from wishes.domain.consent import is_agreed
from wishes.domain.errors import CardLeaks, NoConsent
from wishes.domain.leaf import choose_leaf
from wishes.domain.leaks import Finding, find_leaks
from wishes.domain.overrule import may_be_overruled
from wishes.domain.replace import replace
from wishes.domain.wish import Wish

Leak = tuple[str, str, Finding]
"""In which field, in what text."""
WORDS = {
    "phone": "像是电话号码",
    "id_number": "像是身份证号",
    "bank_card": "像是卡号或证件号",
    "address": "像是住址",
    "name": "有许愿的人、家人或者代写的人的名字",
    "wechat": "像是微信号",
    "qq": "像是 QQ 号",
    "email": "像是电子邮箱",
    "plate": "像是车牌",
    "vulnerable": "说到了年纪、病或者家里的难处",
}


async def publish_wish(
    uow: UnitOfWork,
    store: WishStore,
    consents: ConsentStore,
    ages: Ages,
    overrules: OverruleStore,
    people: PeopleStore,
    who: Principal,
    wish_id: UUID,
    request: Publication,
) -> WishView:
    """Raises SamePerson, CardLeaks (with each finding), NoConsent, GuardianConsentMissing, TreeIsFull,
    WrongState.

    A follow-up is kept for whoever helped first, for a while."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        if not wish.minor and await is_a_childs(tx, ages, wish, uow.now):
            # Learned by another wish of theirs while this one was being checked.
            wish = replace(wish, minor=True, two_people=True)
        hanging = await store.hanging(tx, wish.area, uow.now)
        leaf = choose_leaf(wish.id, hanging, before=wish.leaf)
        terms = await ages.terms.of(tx, wish.rule_id)
        first = await _first_helper(tx, store, people, wish)
        wish, events = domain.publish(
            wish, who.subject, request.effort, leaf, terms, uow.now, offered_to=first
        )
        if not is_agreed(wish, await consents.last(tx, wish.id, "publish")):
            raise NoConsent
        await require_noted(tx, ages.evidence, wish)
        await refuse_leaks(tx, people, overrules, ages.vault, wish, request)
        await store.add_card(tx, wish, request.title, request.note)
        await store.save(tx, wish, events, uow.now, by=who.subject)
        return uow.reply(WishView.of(wish), version=wish.version)


async def _first_helper(
    tx: Transaction, store: WishStore, people: PeopleStore, wish: Wish
) -> Giver | None:
    """Who helped with the wish that this one follows, the first time that this one is hung."""
    if wish.follows_wish_id is None or wish.posted_at is not None:
        return None
    claim = await store.find_claim(tx, wish.follows_wish_id)
    if claim is None:
        return None
    # Nobody waits for the one whom they were afraid of; it may be said with the slip of this one, too.
    if await people.complained_of(tx, (wish.follows_wish_id, wish.id), PERSONAL):
        return None
    # Whoever wrote this one for the person may not take it: kept for them it would hang for nobody.
    barred = any(await people.close_to(tx, wish.id, frozenset([claim.claimant.id])))
    return None if barred else claim.claimant


async def refuse_leaks(
    tx: Transaction,
    people: PeopleStore,
    overrules: OverruleStore,
    vault: Vault,
    wish: Wish,
    request: Publication,
) -> None:
    """Raises CardLeaks with all findings but those that two people have overruled, each in exactly
    this text."""
    found = await leaks_on(tx, people, overrules, vault, wish, request.title, request.note)
    if found:
        raise CardLeaks([_problem(field, finding) for field, _, finding in found])


async def leaks_on(
    tx: Transaction,
    people: PeopleStore,
    overrules: OverruleStore,
    vault: Vault,
    wish: Wish,
    title: str,
    note: str | None,
) -> list[Leak]:
    """All findings in this card but those that two people have overruled; what has turned out to be the
    person's own address since then is found again."""
    known = await known_of(tx, people, vault, wish)
    found = list(_findings(title, note, known))
    if found:
        agreed = await overrules.agreed(tx, wish.id, wish.verified_by)
        found = [
            (field, text, finding)
            for field, text, finding in found
            if fingerprint(vault, wish.id, field, text, finding) not in agreed
            or not may_be_overruled(finding.kind, text[finding.start : finding.end], known.address)
        ]
    return found


def _findings(title: str, note: str | None, known: Known) -> Iterator[Leak]:
    for field, text in (("title", title), ("note", note or "")):
        for finding in find_leaks(text, known.name, known.address, known.others):
            yield field, text, finding


def _problem(field: str, finding: Finding) -> FieldProblem:
    place = f"第 {finding.start + 1} 到 {finding.end} 个字"
    return FieldProblem(f"/{field}", finding.kind, f"{place}{WORDS[finding.kind]}，请换一种说法")
