"""Who looked at whose data, when and what for: a hash chain that shows every change.

Each line holds the hash of the line before it, and one row holds the head: a changed, missing or
added line breaks the chain at its place, a line cut off at the end does not reach the head. Who can
rewrite the whole table with all its hashes is found by the log, which keeps the hash of every line.
Visible to the person concerned (PIPL Art. 45).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from chassis.auth.principal import Principal
from chassis.clock import now
from chassis.db import Database, Transaction
from chassis.errors import Permanent
from chassis.privacy.vault import Reader

log = structlog.get_logger(__name__)
START = b"\0" * 32
BATCH = 1_000

LOCK_HEAD = "select seq, hash from reveal_head for update"
HEAD = "select seq, hash from reveal_head"
MOVE_HEAD = "update reveal_head set seq = $1, hash = $2"
APPEND = """
insert into reveal_audit
    (seq, person_id, by_id, by_kind, by_role, by_area, fields, purpose, at, previous, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
OF_PERSON = """
select seq, by_id, by_kind, by_role, by_area, fields, purpose, at from reveal_audit
where person_id = $1 and ($3::bigint is null or seq < $3) order by seq desc limit $2
"""
CHAIN = """
select seq, person_id, by_id, by_kind, by_role, by_area, fields, purpose, at, previous, hash
from reveal_audit where seq > $1 order by seq limit $2
"""


@dataclass(frozen=True)
class Reveal:
    """`by_role` and `by_area`: the office that the token named; None for a service, and for lines
    from before it was noted."""

    seq: int
    by_id: UUID
    by_kind: str
    by_role: str | None
    by_area: str | None
    fields: tuple[str, ...]
    purpose: str
    at: datetime


async def record_reveal(
    tx: Transaction, person_id: UUID, by: Principal, fields: Sequence[str], purpose: str
) -> None:
    """Add a line, in the transaction that reads the data: no line, no look."""
    await record_reveals(tx, [person_id], by, fields, purpose)


async def record_reveals(
    tx: Transaction,
    people: Sequence[UUID],
    by: Principal,
    fields: Sequence[str],
    purpose: str,
) -> None:
    """A line for each of these people. Everybody who reveals waits here for the one before, so the
    head is locked once, as late as possible."""
    if not people:
        return
    head = await tx.fetchrow(LOCK_HEAD)
    if head is None:
        raise Permanent("the chain of reveals has no head")
    seq, previous, at = int(head["seq"]), bytes(head["hash"]), now()
    role, area = _office(by)
    lines: list[tuple[Any, ...]] = []
    for person_id in people:
        seq += 1
        line = {
            "seq": seq,
            "person_id": person_id,
            "by_id": by.subject,
            "by_kind": by.service or by.kind,
            "by_role": role,
            "by_area": area,
            "fields": sorted(fields),
            "purpose": purpose,
            "at": at,
            "previous": previous,
        }
        previous = _hash(line)
        lines.append((*line.values(), previous))
        # Even if this transaction is rolled back: the log may know of a look that did not happen,
        # never miss one that did.
        log.info("reveal", seq=seq, hash=previous.hex(), by=by.subject, purpose=purpose)
    await tx.executemany(APPEND, lines)
    await tx.execute(MOVE_HEAD, seq, previous)


def _office(by: Principal) -> tuple[str | None, str | None]:
    """The nearest of the grants that this look was allowed by."""
    grant = max(by.grants, key=lambda grant: len(grant.area), default=None)
    return (grant.role, grant.area or None) if grant else (None, None)


async def reveals_of(
    db: Reader, person_id: UUID, limit: int = 100, before: int | None = None
) -> list[Reveal]:
    """The latest looks at a person's data; `before`: the `seq` of the last one seen."""
    rows = await db.fetch(OF_PERSON, person_id, limit, before)
    return [
        Reveal(
            row["seq"],
            row["by_id"],
            row["by_kind"],
            row["by_role"],
            row["by_area"],
            tuple(row["fields"]),
            row["purpose"],
            row["at"],
        )
        for row in rows
    ]


async def broken_links(db: Database) -> list[int]:
    """Sequence numbers where the chain does not hold; empty when nothing was touched."""
    async with db.transaction() as tx:
        # One view of all pages: lines that are added meanwhile would look like a broken head.
        await tx.execute("set transaction isolation level repeatable read, read only")
        found: list[int] = []
        seq, previous = 0, START
        while rows := await tx.fetch(CHAIN, seq, BATCH):
            for row in rows:
                line = {name: value for name, value in row.items() if name != "hash"}
                whole = bytes(row["previous"]) == previous and row["seq"] == seq + 1
                if not whole or _hash(line) != bytes(row["hash"]):
                    found.append(row["seq"])
                seq, previous = row["seq"], bytes(row["hash"])
        head = await tx.fetchrow(HEAD)
        if head is None or (seq, previous) != (head["seq"], bytes(head["hash"])):
            found.append(head["seq"] if head else 0)
        return found


def _hash(line: Any) -> bytes:
    parts = {
        name: value.hex()
        if isinstance(value, bytes)
        else int(value.timestamp() * 1000)
        if isinstance(value, datetime)
        else value
        if isinstance(value, int | list)
        else str(value)
        for name, value in line.items()
        # Lines from before these columns were there keep their hash.
        if value is not None
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()
