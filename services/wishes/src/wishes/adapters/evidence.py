"""Guardians, proofs and files in PostgreSQL."""

from dataclasses import fields
from datetime import datetime
from uuid import UUID

from chassis.db import Database, Row, Transaction

from wishes.app.evidence_store import Attachment, Author, Speaks
from wishes.domain.errors import NoSuchAttachment
from wishes.domain.evidence import Proof

ADD_GUARDIAN = """
insert into guardian_consent (wish_id, name, phone, relation, kind, reference, witness,
    witness_relation, given_at, noted_by, noted_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (wish_id) do update set name = excluded.name, phone = excluded.phone,
    relation = excluded.relation, kind = excluded.kind, reference = excluded.reference,
    witness = excluded.witness, witness_relation = excluded.witness_relation,
    given_at = excluded.given_at, noted_by = excluded.noted_by, noted_at = excluded.noted_at,
    answers_since = case when $12 then excluded.noted_at else guardian_consent.answers_since end
"""
ADD_SPEAKER = """
insert into speaker (wish_id, kind, account_id, noted_by, noted_at) values ($1, $2, $3, $4, $5)
on conflict (wish_id, kind) do update set account_id = excluded.account_id,
    noted_by = excluded.noted_by, noted_at = excluded.noted_at
"""
DROP_SPEAKER = "delete from speaker where wish_id = $1 and kind = $2"
KEEP_BORN = "update beneficiary set born = $2 where id = $1"
IS_BORN_KNOWN = "select born is not null from beneficiary where id = $1"
# Where a paper or a recording lies can be looked up; a spoken word is shown by whoever heard it.
PROOFS = """
select w.proxy_id is not null as proxy,
    w.consent_reference is not null and w.consent_kind in ('paper_photo', 'voice') as noted,
    w.consent_witness is not null as witnessed,
    exists (select from attachment a where a.wish_id = w.id and a.purpose = 'proxy_consent')
        as attached,
    g.wish_id is not null as guardian,
    g.reference is not null and g.kind in ('paper_photo', 'voice') as guardian_noted,
    g.witness is not null as guardian_witnessed,
    exists (select from attachment a where a.wish_id = w.id and a.purpose = 'guardian_consent'
        and (g.answers_since is null or a.at >= g.answers_since)) as guardian_attached
from wish w left join guardian_consent g on g.wish_id = w.id
where w.id = $1
"""
PROXY = """
select proxy_id, proxy_name as name, proxy_phone as phone, proxy_relation as relation,
    consent_kind as kind, consent_reference as reference, consent_witness as witness,
    consent_witness_relation as witness_relation, consent_given_at as given_at
from wish where id = $1 and proxy_id is not null
"""
GUARDIAN = """
select name, phone, relation, kind, reference, witness, witness_relation, given_at
from guardian_consent where wish_id = $1
"""
COLUMNS = "id, wish_id, purpose, kind, size, sha256, uploaded_by, at, shows_person"
# Whoever helps may not use up the room of the desk.
COUNT = """
select count(*) from attachment
where wish_id = $1 and (purpose = 'delivery') = ($2::text = 'delivery')
"""
ADD = f"""
insert into attachment ({COLUMNS}, sealed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
ONE = f"select {COLUMNS}, sealed from attachment where id = $1 and wish_id = $2"
OF_WISH = f"select {COLUMNS} from attachment where wish_id = $1 order by id"
"""At most twice MOST_OF_A_WISH rows: no pages."""


class PostgresEvidenceStore:
    """See app/evidence_store.py."""

    def add_guardian(
        self,
        tx: Transaction,
        wish_id: UUID,
        guardian: Author,
        now: datetime,
        *,
        by: UUID,
        instead: bool = False,
    ) -> None:
        tx.write(
            ADD_GUARDIAN,
            wish_id,
            guardian.name,
            guardian.phone,
            guardian.relation,
            guardian.kind,
            guardian.reference,
            guardian.witness,
            guardian.witness_relation,
            guardian.given_at,
            by,
            now,
            instead,
        )

    def add_speaker(
        self,
        tx: Transaction,
        wish_id: UUID,
        kind: Speaks,
        account: UUID,
        now: datetime,
        *,
        by: UUID,
    ) -> None:
        tx.write(ADD_SPEAKER, wish_id, kind, account, by, now)

    async def drop_speaker(self, tx: Transaction, wish_id: UUID, kind: Speaks) -> None:
        await tx.execute(DROP_SPEAKER, wish_id, kind)

    async def keep_born(self, tx: Transaction, person_id: UUID, born: bytes | None) -> None:
        await tx.execute(KEEP_BORN, person_id, born)

    async def is_born_known(self, tx: Transaction, person_id: UUID) -> bool:
        return bool(await tx.fetchval(IS_BORN_KNOWN, person_id))

    async def proofs(self, tx: Transaction, wish_id: UUID) -> tuple[Proof | None, Proof | None]:
        row = await tx.fetchrow(PROOFS, wish_id)
        if row is None:
            return None, None
        proxy = Proof(noted=row["noted"], witnessed=row["witnessed"], attached=row["attached"])
        guardian = Proof(
            noted=row["guardian_noted"],
            witnessed=row["guardian_witnessed"],
            attached=row["guardian_attached"],
        )
        return proxy if row["proxy"] else None, guardian if row["guardian"] else None

    async def authors(
        self, tx: Transaction, wish_id: UUID
    ) -> tuple[UUID | None, Author | None, Author | None]:
        wrote = await tx.fetchrow(PROXY, wish_id)
        answers = await tx.fetchrow(GUARDIAN, wish_id)
        return wrote["proxy_id"] if wrote else None, _author(wrote), _author(answers)

    async def count(self, tx: Transaction, wish_id: UUID, purpose: str) -> int:
        return int(await tx.fetchval(COUNT, wish_id, purpose))

    async def add(self, tx: Transaction, attachment: Attachment, sealed: bytes) -> None:
        await tx.execute(
            ADD,
            attachment.id,
            attachment.wish_id,
            attachment.purpose,
            attachment.kind,
            attachment.size,
            attachment.sha256,
            attachment.uploaded_by,
            attachment.at,
            attachment.shows_person,
            sealed,
        )

    async def sealed(
        self, tx: Transaction, wish_id: UUID, attachment_id: UUID
    ) -> tuple[Attachment, bytes]:
        row = await tx.fetchrow(ONE, attachment_id, wish_id)
        if row is None:
            raise NoSuchAttachment
        return _attachment(row), bytes(row["sealed"])


async def attachments_of(db: Database, wish_id: UUID) -> list[Attachment]:
    """The files of a wish, oldest first, without what is in them."""
    return [_attachment(row) for row in await db.fetch(OF_WISH, wish_id)]


def _author(row: Row | None) -> Author | None:
    return Author(**{field.name: row[field.name] for field in fields(Author)}) if row else None


def _attachment(row: Row) -> Attachment:
    return Attachment(
        row["id"],
        row["wish_id"],
        row["purpose"],
        row["kind"],
        row["size"],
        bytes(row["sha256"]),
        row["uploaded_by"],
        row["at"],
        row["shows_person"],
    )
