"""A person has one age in all their wishes: whoever checks one, or changes it, learns that it is a child's, and
it is so in each of them.

A wish comes in by writes alone, so what the others know is asked where somebody works with it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Transaction
from chassis.privacy import Vault

from wishes.app.evidence_store import EvidenceStore
from wishes.app.rights_store import RightsStore
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.domain import intake as domain
from wishes.domain.consent import corrected_age
from wishes.domain.evidence import has_grown_up
from wishes.domain.wish import Wish
from wishes.domain.working_days import today


@dataclass(frozen=True)
class Ages:
    """The stores that this needs."""

    wishes: WishStore
    evidence: EvidenceStore
    rights: RightsStore
    terms: TermsBook
    vault: Vault


async def lock_with_others(tx: Transaction, ages: Ages, wish_id: UUID, born: str | None) -> Wish:
    """The wish, locked; where its age may reach the person's others, these with it, in the order of their
    ids as a correction locks them. Raises NoSuchWish."""
    await ages.rights.lock_beside(tx, wish_id, told=born is not None)
    return await ages.wishes.lock(tx, wish_id)


async def note_age(
    tx: Transaction, ages: Ages, wish: Wish, born: str | None, now: datetime
) -> Wish:
    """The wish as it is for somebody of that age, or of the age that another wish of theirs knows; saved with
    whatever happens to it next."""
    if born is not None:
        sealed = await ages.vault.seal(tx, wish.beneficiary_id, {"born": born})
        await ages.evidence.keep_born(tx, wish.beneficiary_id, sealed["born"])
        wish = domain.told_age(wish, born, today(now))
    if wish.minor or not await is_a_childs(tx, ages, wish, now):
        return wish
    return domain.of_age(wish, child=True, two_people=True)


async def tell_others(tx: Transaction, ages: Ages, wish: Wish, by: UUID, now: datetime) -> None:
    """What is learned at this wish, which is saved, is so in every other that the desk has seen; lock_with_others
    has locked them. `by`: who works at the desk."""
    if not wish.minor or not await is_a_childs(tx, ages, wish, now):
        return
    for other_id in await ages.rights.not_childs(tx, wish.beneficiary_id):
        other = await ages.wishes.lock(tx, other_id)
        terms = await ages.terms.of(tx, other.rule_id)
        claim = await ages.wishes.find_claim(tx, other.id)
        other, events = corrected_age(other, terms, now, child=True)
        await ages.wishes.save(tx, other, events, now, by=by, claim=claim)


async def is_a_childs(tx: Transaction, ages: Ages, wish: Wish, now: datetime) -> bool:
    """Whether any wish of the same person is known at the desk to be a child's, and they have not grown up
    since. A month that nobody has noted says nothing."""
    found = await ages.rights.childs(tx, wish.beneficiary_id)
    if not found:
        return False
    openers = await ages.vault.openers(tx, {person_id for person_id, _, _ in found})
    grown = [
        has_grown_up(openers[person_id]({"born": born})["born"], today(wished), today(now))
        for person_id, born, wished in found
        if born is not None and person_id in openers
    ]
    return not grown or not all(grown)
