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

log = structlog.get_logger(__name__)
START = b"\0" * 32
BATCH = 1_000

LOCK_HEAD = "select seq, hash from reveal_head for update"
HEAD = "select seq, hash from reveal_head"
APPEND = """
with head as (update reveal_head set seq = $1, hash = $9)
insert into reveal_audit (seq, person_id, by_id, by_kind, fields, purpose, at, previous, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
OF_PERSON = """
select by_id, by_kind, fields, purpose, at from reveal_audit
where person_id = $1 order by seq desc limit $2
"""
CHAIN = """
select seq, person_id, by_id, by_kind, fields, purpose, at, previous, hash from reveal_audit
where seq > $1 order by seq limit $2
"""


@dataclass(frozen=True)
class Reveal:
    by_id: UUID
    by_kind: str
    fields: tuple[str, ...]
    purpose: str
    at: datetime


async def record_reveal(
    tx: Transaction, person_id: UUID, by: Principal, fields: Sequence[str], purpose: str
) -> None:
    """Add a line, in the transaction that reads the data: no line, no look."""
    head = await tx.fetchrow(LOCK_HEAD)
    if head is None:
        raise Permanent("the chain of reveals has no head")
    line = {
        "seq": head["seq"] + 1,
        "person_id": person_id,
        "by_id": by.subject,
        "by_kind": by.service or by.kind,
        "fields": sorted(fields),
        "purpose": purpose,
        "at": now(),
        "previous": bytes(head["hash"]),
    }
    digest = _hash(line)
    await tx.execute(APPEND, *line.values(), digest)
    # Even if this transaction is rolled back: the log may know of a look that did not happen, never
    # miss one that did.
    log.info("reveal", seq=line["seq"], hash=digest.hex(), by=by.subject, purpose=purpose)


async def reveals_of(db: Database, person_id: UUID, limit: int = 100) -> list[Reveal]:
    """The latest looks at a person's data."""
    rows = await db.fetch(OF_PERSON, person_id, limit)
    return [
        Reveal(row["by_id"], row["by_kind"], tuple(row["fields"]), row["purpose"], row["at"])
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
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()
