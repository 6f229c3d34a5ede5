"""Whoever checks a wish, or changes it, learns when the person was born: a child may be behind it."""

from datetime import datetime

from chassis.db import Transaction
from chassis.privacy import Vault

from wishes.app.evidence_store import EvidenceStore
from wishes.domain import intake as domain
from wishes.domain.wish import Wish
from wishes.domain.working_days import today


async def note_age(
    tx: Transaction,
    evidence: EvidenceStore,
    vault: Vault,
    wish: Wish,
    born: str | None,
    now: datetime,
) -> Wish:
    """The wish as it is for somebody of that age; saved with whatever happens to it next."""
    if born is None:
        return wish
    sealed = await vault.seal(tx, wish.beneficiary_id, {"born": born})
    await evidence.keep_born(tx, wish.beneficiary_id, sealed["born"])
    return domain.told_age(wish, born, today(now))
