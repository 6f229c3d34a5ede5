"""What the ways in need from bootstrap."""

from dataclasses import dataclass

from chassis.clock import Clock
from chassis.db import Database
from chassis.privacy import Vault

from wishes.app.consent_store import ConsentStore
from wishes.app.record_consent import Ledger
from wishes.app.rights_store import RightsStore
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook


@dataclass(frozen=True)
class Parts:
    db: Database
    store: WishStore
    terms: TermsBook
    vault: Vault
    clock: Clock
    consents: ConsentStore
    rights: RightsStore

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.store, self.consents)
