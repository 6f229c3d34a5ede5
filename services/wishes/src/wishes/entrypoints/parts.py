"""What the ways in need from bootstrap."""

from dataclasses import dataclass, field

from chassis.clock import Clock
from chassis.db import Database
from chassis.privacy import Vault

from wishes.adapters.desk import PostgresDeskStore
from wishes.adapters.likenesses import PostgresLikenessStore
from wishes.adapters.overrules import PostgresOverruleStore
from wishes.app.desk_store import DeskStore
from wishes.app.likeness_store import LikenessStore
from wishes.app.overrule_store import OverruleStore
from wishes.app.store import WishStore
from wishes.app.terms import TermsBook


@dataclass(frozen=True)
class Parts:
    db: Database
    store: WishStore
    terms: TermsBook
    vault: Vault
    clock: Clock
    desk: DeskStore = field(default_factory=PostgresDeskStore)
    overrules: OverruleStore = field(default_factory=PostgresOverruleStore)
    likenesses: LikenessStore = field(default_factory=PostgresLikenessStore)
