"""New versions of the terms of categories; adapters/rules.py has them."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction

from wishes.domain.rule import Rule


class RuleStore(Protocol):
    async def next_version(self, tx: Transaction, district: str, category: str) -> int:
        """From now to the end of `tx` nobody else sets a rule of this category there."""
        ...

    async def all(self, tx: Transaction, category: str) -> list[Rule]:
        """All versions of one category, of all districts."""
        ...

    async def add(self, tx: Transaction, rule: Rule, by: UUID, now: datetime) -> None: ...
