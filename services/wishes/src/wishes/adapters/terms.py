"""Terms of categories, kept in memory: they are asked for by nearly every command.

A version is never changed, so one that was read once is right for ever. A new one is valid from the
next day at the earliest, so a list that is a minute old is right, too.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import date
from typing import get_args
from uuid import UUID

from chassis.db import Database, Row, Transaction
from contracts.fields import Category
from orjson import loads
from pydantic import TypeAdapter

from wishes.domain.errors import CategoryNotOpen, CategoryUnknown
from wishes.domain.rule import Rule, Terms, rule_at

FRESH = 60.0
COLUMNS = "id, district, category, version, valid_from, valid_until, terms::text as terms"
ALL = f"select {COLUMNS} from category_rule"
ONE = f"select {COLUMNS} from category_rule where id = $1"
TERMS = TypeAdapter(Terms)
CATEGORIES = get_args(get_args(Category)[0])


class PostgresTermsBook:
    """See app/terms.py."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._rules: Sequence[Rule] = ()
        self._by_id: dict[UUID, Rule] = {}
        self._read_at = -FRESH
        self._reading = asyncio.Lock()

    async def at(self, area: str, category: str, day: date) -> Rule:
        if category not in CATEGORIES:
            raise CategoryUnknown
        found = rule_at(await self._all(), area, category, day)
        if found is None:
            raise CategoryNotOpen
        return found

    async def open_on(self, area: str, day: date) -> list[Rule]:
        rules = await self._all()
        found = (rule_at(rules, area, category, day) for category in CATEGORIES)
        return [rule for rule in found if rule is not None]

    async def of(self, tx: Transaction, rule_id: UUID) -> Terms:
        if rule_id not in self._by_id:
            row = await tx.fetchrow(ONE, rule_id)
            if row is None:
                raise LookupError(f"no terms {rule_id}")
            self._by_id[rule_id] = rule_of(row)
        return self._by_id[rule_id].terms

    async def _all(self) -> Sequence[Rule]:
        if time.monotonic() - self._read_at >= FRESH:
            await self._read()
        return self._rules

    async def _read(self) -> None:
        async with self._reading:
            if time.monotonic() - self._read_at < FRESH:
                return
            self._rules = [rule_of(row) for row in await self._db.fetch(ALL)]
            self._by_id |= {rule.id: rule for rule in self._rules}
            self._read_at = time.monotonic()


def rule_of(row: Row) -> Rule:
    return Rule(
        row["id"],
        row["district"],
        row["category"],
        row["version"],
        row["valid_from"],
        TERMS.validate_python(loads(row["terms"])),
        row["valid_until"],
    )
