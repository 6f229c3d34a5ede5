"""What the ways in need from bootstrap."""

from dataclasses import dataclass

from chassis.clock import Clock
from chassis.db import Database
from chassis.privacy import Vault

from wishes.app.store import WishStore
from wishes.app.terms import TermsBook


@dataclass(frozen=True)
class Parts:
    db: Database
    store: WishStore
    terms: TermsBook
    vault: Vault
    clock: Clock
