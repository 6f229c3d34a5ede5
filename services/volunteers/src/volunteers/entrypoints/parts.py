"""What the ways in need from bootstrap."""

from dataclasses import dataclass
from typing import Any, Protocol

from chassis.clock import Clock
from chassis.db import Database
from chassis.gateway import Gateway
from chassis.privacy import Vault

from volunteers.app.qualification_store import QualificationStore
from volunteers.app.sign_in import SignIn
from volunteers.app.stores import Accounts, Organisations, Passwords, People


class KeyPublisher(Protocol):
    async def public(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Parts:
    db: Database
    people: People
    organisations: Organisations
    qualifications: QualificationStore
    accounts: Accounts
    passwords: Passwords
    vault: Vault
    gateway: Gateway
    sign_in: SignIn
    keys: KeyPublisher
    issuer: str
    clock: Clock
