"""Where the terms of a category come from; adapters/terms.py has it."""

from datetime import date
from typing import Protocol
from uuid import UUID

from chassis.db import Transaction

from wishes.domain.rule import Rule, Terms


class TermsBook(Protocol):
    async def at(self, area: str, category: str, day: date) -> Rule:
        """The rule for wishes handed in on this day. Raises CategoryUnknown, CategoryNotOpen."""
        ...

    async def open_on(self, area: str, day: date) -> list[Rule]:
        """One rule for each category that is open there on this day."""
        ...

    async def of(self, tx: Transaction, rule_id: UUID) -> Terms:
        """The terms that a wish was handed in under."""
        ...
