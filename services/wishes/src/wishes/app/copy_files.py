"""A copy of everything with the photos, recordings and papers in it, to be handed out as one file.

Each time is a look and is written down as one: it is too large to be kept as the answer to a request
that may come again. What broke off on the way is asked for again, with the same approval on its day. The
files are opened one by one while it is sent: however many there are, one of them is in memory, three
times over at the most (6 MiB is the largest that the table takes), and no transaction waits for a slow
line. A wish has at most twice MOST_OF_A_WISH of them.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database
from chassis.privacy import Vault

from wishes.app.access_store import AccessStore
from wishes.app.attach_file import place_of
from wishes.app.copy_person import Copied, copied
from wishes.app.draft_store import DraftStore
from wishes.app.evidence_store import EvidenceStore
from wishes.app.rights_store import RightsStore
from wishes.domain.errors import NoSuchAttachment
from wishes.domain.wish import Wish

ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/amr": "amr",
}


@dataclass(frozen=True)
class FileCopy:
    """One file of a copy. `name`: its place in what is handed out."""

    name: str
    id: UUID
    wish_id: UUID
    person_id: UUID


async def copy_with_files(
    db: Database,
    rights: RightsStore,
    drafts: DraftStore,
    requests: AccessStore,
    vault: Vault,
    asker: Principal | Wish,
    person_id: UUID,
    now: datetime,
) -> tuple[Copied, Sequence[FileCopy]]:
    """The data, each file named in its row, and what to fetch. Raises what `copied` does."""
    async with db.transaction() as tx:
        made = await copied(tx, rights, drafts, requests, vault, asker, person_id, now, unkept=True)
    rows = made.data["attachments"]
    files = [_file(number, row) for number, row in enumerate(rows, start=1)]
    for row, file in zip(rows, files, strict=True):
        row["file"] = file.name
    return made, files


async def contents(
    db: Database, evidence: EvidenceStore, vault: Vault, files: Sequence[FileCopy]
) -> AsyncGenerator[tuple[str, bytes]]:
    """Name and content, one after the other. Left out: what was deleted a moment ago. Raises Erased."""
    for file in files:
        try:
            async with db.transaction() as tx:
                _, sealed = await evidence.sealed(tx, file.wish_id, file.id)
                content = await vault.open_bytes(tx, file.person_id, place_of(file.id), sealed)
        except NoSuchAttachment:
            continue
        yield file.name, content


def _file(number: int, row: Mapping[str, Any]) -> FileCopy:
    name = f"files/{row['card_no']}-{number:02}.{ENDINGS[row['kind']]}"
    return FileCopy(name, row["id"], row["wish_id"], row["beneficiary_id"])
