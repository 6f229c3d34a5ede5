"""Who looked at whose data, when and what for: a hash chain that shows every change.

Each line holds the hash of the line before it, and one row holds the head: a changed, missing or
added line breaks the chain at its place, a line cut off at the end does not reach the head. Who can
rewrite the whole table with all its hashes is found by the log, which keeps the hash of every line.
Visible to the person concerned (PIPL Art. 45). The name of who looked is sealed with that person's key;
the hash is of what is sealed, so the chain holds after an erasure, too.
"""

import contextlib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from chassis.auth.principal import Principal
from chassis.clock import now
from chassis.db import Database, Transaction
from chassis.errors import Permanent
from chassis.privacy.vault import Erased, Reader, Vault

log = structlog.get_logger(__name__)
START = b"\0" * 32
BATCH = 1_000
NAME = "by_name"
"""What a name is sealed as."""

LOCK_HEAD = "select seq, hash from reveal_head for update"
HEAD = "select seq, hash from reveal_head"
MOVE_HEAD = "update reveal_head set seq = $1, hash = $2"
APPEND = """
insert into reveal_audit
    (seq, person_id, by_id, by_kind, by_role, by_area, by_name, fields, purpose, at, previous, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
OF_PERSON = """
select seq, by_id, by_kind, by_role, by_area, by_name, fields, purpose, at from reveal_audit
where person_id = $1 and ($3::bigint is null or seq < $3) order by seq desc limit $2
"""
CHAIN = """
select seq, person_id, by_id, by_kind, by_role, by_area, by_name, fields, purpose, at, previous, hash
from reveal_audit where seq > $1 order by seq limit $2
"""


@dataclass(frozen=True)
class Reveal:
    """`by_role` and `by_area`: the office that the token named; None for a service, and for lines
    from before it was noted. `by_name`: None also where the token had none, and once the person whose
    data it was is erased."""

    seq: int
    by_id: UUID
    by_kind: str
    by_role: str | None
    by_area: str | None
    by_name: str | None = field(repr=False)
    fields: tuple[str, ...]
    purpose: str
    at: datetime


async def record_reveal(
    tx: Transaction,
    vault: Vault,
    person_id: UUID,
    by: Principal,
    fields: Sequence[str],
    purpose: str,
) -> None:
    """Add a line, in the transaction that reads the data: no line, no look."""
    await record_reveals(tx, vault, [person_id], by, fields, purpose)


async def record_reveals(
    tx: Transaction,
    vault: Vault,
    people: Sequence[UUID],
    by: Principal,
    fields: Sequence[str],
    purpose: str,
) -> None:
    """A line for each of these people. Everybody who reveals waits here for the one before, so the
    head is locked once, as late as possible."""
    if not people:
        return
    names = await vault.seal_for_each(tx, people, NAME, by.name) if by.name else {}
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
            "by_name": names.get(person_id),
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
    db: Reader, vault: Vault, person_id: UUID, limit: int = 100, before: int | None = None
) -> list[Reveal]:
    """The latest looks at a person's data; `before`: the `seq` of the last one seen."""
    rows = await db.fetch(OF_PERSON, person_id, limit, before)
    names = await _names(db, vault, person_id, [row[NAME] for row in rows])
    return [
        Reveal(
            row["seq"],
            row["by_id"],
            row["by_kind"],
            row["by_role"],
            row["by_area"],
            name,
            tuple(row["fields"]),
            row["purpose"],
            row["at"],
        )
        for row, name in zip(rows, names, strict=True)
    ]


async def _names(
    db: Reader, vault: Vault, person_id: UUID, sealed: Sequence[bytes | None]
) -> list[str | None]:
    if any(sealed):
        with contextlib.suppress(Erased):
            opened = await vault.opener(db, person_id)
            return [opened({NAME: name})[NAME] for name in sealed]
    return [None] * len(sealed)


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
