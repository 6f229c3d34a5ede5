"""What the ways in need from bootstrap."""

from dataclasses import dataclass

from chassis.clock import Clock
from chassis.db import Database
from chassis.privacy import Vault

from wishes.app.change_store import ChangeStore
from wishes.app.invitation_store import InvitationStore
from wishes.app.people_store import PeopleStore
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook
from wishes.app.visit_store import VisitStore


@dataclass(frozen=True)
class Parts:
    db: Database
    store: WishStore
    terms: TermsBook
    vault: Vault
    clock: Clock
    people: PeopleStore
    invitations: InvitationStore
    changes: ChangeStore
    visits: VisitStore
