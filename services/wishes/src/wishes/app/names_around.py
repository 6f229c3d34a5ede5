"""Who is no witness of a consent: whoever it is about, whoever says it, and whoever writes it down.

By their names, as for a confirmation (confirm_wish.py): a witness of a consent has no account here.
"""

from dataclasses import astuple, dataclass

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.privacy import Vault

from wishes.app.evidence_store import EvidenceStore
from wishes.app.store import WishStore
from wishes.domain.evidence import require_other_witness
from wishes.domain.wish import Wish


@dataclass(frozen=True)
class Around:
    """In the clear, to be compared and for nobody to read."""

    person: str | None
    proxy: str | None
    guardian: str | None


async def names_around(
    tx: Transaction, store: WishStore, evidence: EvidenceStore, vault: Vault, wish: Wish
) -> Around:
    person = await store.beneficiary(tx, wish.beneficiary_id)
    proxy_id, proxy, guardian = await evidence.authors(tx, wish.id)
    sealed = {"name": person.name, "guardian_name": guardian.name if guardian else None}
    known = await vault.open(tx, person.id, sealed)
    wrote = None
    if proxy_id is not None and proxy is not None:
        opened = await vault.open_many(tx, {proxy_id: {"name": proxy.name}})
        wrote = opened.get(proxy_id, {}).get("name")
    return Around(known["name"], wrote, known["guardian_name"])


async def require_heard_by_another(
    tx: Transaction,
    store: WishStore,
    evidence: EvidenceStore,
    vault: Vault,
    who: Principal,
    wish: Wish,
    witness: str | None,
) -> None:
    """Raises WitnessIsTheAuthor."""
    if witness is not None:
        around = await names_around(tx, store, evidence, vault, wish)
        require_other_witness(witness, [*astuple(around), who.name])
