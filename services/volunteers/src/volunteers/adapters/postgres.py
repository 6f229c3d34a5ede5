"""Organisations, people and accounts in PostgreSQL: named SQL with explicit columns."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from chassis.db import Row, Transaction

from volunteers.app.requests import RoleIn
from volunteers.app.stores import Organisation, Refresh, SentCode, StaffAccount, Volunteer
from volunteers.domain.errors import (
    LoginTaken,
    NoSuchOrganisation,
    NoSuchVolunteer,
    OrganisationExists,
    PhoneTaken,
)
from volunteers.domain.lock_out import Attempts

ORGANISATION = "id, kind, name, area, parent_id, uscc, email, version"
VOLUNTEER = "id, number, kind, area, organisation_id, state, name, phone, version, registered_at"

GET_ORGANISATION = f"select {ORGANISATION} from organisation where id = $1 and active"
FIND_ORGANISATIONS = f"""
select {ORGANISATION} from organisation where id = any($1) and active order by id
"""
ADD_ORGANISATION = """
insert into organisation (id, kind, name, area, parent_id, uscc, email, version, unregistered_reason,
    created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
LOCK_VOLUNTEER = f"select {VOLUNTEER} from volunteer where id = $1 for update"
FIND_VOLUNTEERS = f"select {VOLUNTEER} from volunteer where id = any($1) order by id"
BY_PHONE = f"select {VOLUNTEER} from volunteer where phone_index = $1 and state <> 'refused'"
ADD_VOLUNTEER = """
insert into volunteer (id, kind, area, organisation_id, state, name, phone, phone_index, party_member,
    skills, version, registered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
DECIDE = """
update volunteer set state = $2, number = $3, version = $4, decided_by = $5, decided_at = $6
where id = $1
"""
AFFILIATE = """
insert into affiliation (volunteer_id, organisation_id, kind, since) values ($1, $2, $3, $4)
on conflict do nothing
"""
BUMP = "update volunteer set version = $2 where id = $1"
ADD_STAFF = """
insert into staff (id, login, name, password_hash, totp_secret) values ($1, $2, $3, $4, $5)
"""
ADD_ROLE = """
insert into staff_role (staff_id, role, area, organisation_id) values ($1, $2, $3, $4)
on conflict do nothing
"""
LOCK_STAFF = """
select id, password_hash, totp_secret, last_totp_step, failures, locked_until
from staff where login = $1 and active for update
"""
NOTE_STAFF = """
update staff set failures = $2, locked_until = $3, last_totp_step = greatest(last_totp_step, $4)
where id = $1
"""
STAFF_NAME = "select name from staff where id = $1"
ROLES = "select role, area, organisation_id from staff_role where staff_id = $1 order by role, area"
CODE = """
select code_hash, expires_at, tries, window_start, sent from sign_in_code
where phone_index = $1 for update
"""
KEEP_CODE = """
insert into sign_in_code (phone_index, code_hash, expires_at, tries, window_start, sent)
values ($1, $2, $3, $4, $5, $6)
on conflict (phone_index) do update set code_hash = excluded.code_hash, tries = excluded.tries,
    expires_at = excluded.expires_at, window_start = excluded.window_start, sent = excluded.sent
"""
WRONG_CODE = "update sign_in_code set tries = tries + 1 where phone_index = $1"
FORGET_CODE = "update sign_in_code set expires_at = window_start where phone_index = $1"
KEEP_CLIENT = """
insert into service_client (id, subject, secret_hash) values ($1, $2, $3)
on conflict (id) do update set secret_hash = excluded.secret_hash
"""
CLIENT = "select subject, secret_hash from service_client where id = $1"
KEEP_REFRESH = """
insert into refresh_token (token_hash, family, subject, kind, expires_at) values ($1, $2, $3, $4, $5)
"""
LOCK_REFRESH = """
select family, subject, kind, expires_at, used_at from refresh_token where token_hash = $1 for update
"""
USE_REFRESH = "update refresh_token set used_at = $2 where token_hash = $1"
END_FAMILY = "delete from refresh_token where family = $1"


class PostgresOrganisations:
    async def get(self, tx: Transaction, organisation_id: UUID) -> Organisation:
        row = await tx.fetchrow(GET_ORGANISATION, organisation_id)
        if row is None:
            raise NoSuchOrganisation
        return Organisation(**dict(row))

    async def find(self, tx: Transaction, ids: Sequence[UUID]) -> list[Organisation]:
        return [Organisation(**dict(row)) for row in await tx.fetch(FIND_ORGANISATIONS, ids)]

    async def add(
        self, tx: Transaction, organisation: Organisation, reason: str | None, now: datetime
    ) -> None:
        try:
            await tx.execute(ADD_ORGANISATION, *vars(organisation).values(), reason, now)
        except asyncpg.UniqueViolationError:
            raise OrganisationExists from None


class PostgresPeople:
    async def lock(self, tx: Transaction, volunteer_id: UUID) -> Volunteer:
        row = await tx.fetchrow(LOCK_VOLUNTEER, volunteer_id)
        if row is None:
            raise NoSuchVolunteer
        return volunteer_of(row)

    async def find(self, tx: Transaction, ids: Sequence[UUID]) -> list[Volunteer]:
        return [volunteer_of(row) for row in await tx.fetch(FIND_VOLUNTEERS, ids)]

    async def by_phone(self, tx: Transaction, phone_index: bytes) -> Volunteer | None:
        row = await tx.fetchrow(BY_PHONE, phone_index)
        return volunteer_of(row) if row else None

    async def add(
        self,
        tx: Transaction,
        volunteer: Volunteer,
        phone_index: bytes,
        party_member: bytes | None,
        skills: tuple[str, ...],
    ) -> None:
        try:
            await tx.execute(
                ADD_VOLUNTEER,
                volunteer.id,
                volunteer.kind,
                volunteer.area,
                volunteer.organisation_id,
                volunteer.state,
                volunteer.name,
                volunteer.phone,
                phone_index,
                party_member,
                list(skills),
                volunteer.version,
                volunteer.registered_at,
            )
        except asyncpg.UniqueViolationError:
            raise PhoneTaken from None

    async def decide(self, tx: Transaction, volunteer: Volunteer, by: UUID, now: datetime) -> None:
        await tx.execute(
            DECIDE, volunteer.id, volunteer.state, volunteer.number, volunteer.version, by, now
        )

    async def next_serial(self, tx: Transaction) -> int:
        return await tx.fetchval("select nextval('volunteer_serial')")

    async def affiliate(
        self, tx: Transaction, volunteer: Volunteer, unit: UUID, kind: str, now: datetime
    ) -> None:
        await tx.execute(AFFILIATE, volunteer.id, unit, kind, now)
        await self.bump(tx, volunteer.id, volunteer.version)

    async def bump(self, tx: Transaction, volunteer_id: UUID, version: int) -> None:
        await tx.execute(BUMP, volunteer_id, version)


class PostgresAccounts:
    async def add_staff(
        self, tx: Transaction, staff_id: UUID, login: str, name: bytes, word: str, totp: bytes
    ) -> None:
        try:
            await tx.execute(ADD_STAFF, staff_id, login, name, word, totp)
        except asyncpg.UniqueViolationError:
            raise LoginTaken from None

    async def add_roles(self, tx: Transaction, staff_id: UUID, roles: tuple[RoleIn, ...]) -> None:
        rows = [(staff_id, role.role, role.area, role.organisation_id) for role in roles]
        try:
            await tx.executemany(ADD_ROLE, rows)
        except asyncpg.ForeignKeyViolationError:
            raise NoSuchOrganisation from None

    async def lock_staff(self, tx: Transaction, login: str) -> StaffAccount | None:
        row = await tx.fetchrow(LOCK_STAFF, login)
        if row is None:
            return None
        return StaffAccount(
            row["id"],
            row["password_hash"],
            row["totp_secret"],
            row["last_totp_step"],
            Attempts(row["failures"], row["locked_until"]),
        )

    async def note_staff(
        self, tx: Transaction, staff_id: UUID, attempts: Attempts, step: int
    ) -> None:
        await tx.execute(NOTE_STAFF, staff_id, attempts.failures, attempts.locked_until, step)

    async def staff_name(self, tx: Transaction, staff_id: UUID) -> bytes | None:
        return await tx.fetchval(STAFF_NAME, staff_id)

    async def roles(self, tx: Transaction, staff_id: UUID) -> list[RoleIn]:
        return [RoleIn(**dict(row)) for row in await tx.fetch(ROLES, staff_id)]

    async def code(self, tx: Transaction, phone_index: bytes) -> SentCode | None:
        row = await tx.fetchrow(CODE, phone_index)
        return SentCode(**dict(row)) if row else None

    async def keep_code(self, tx: Transaction, phone_index: bytes, code: SentCode) -> None:
        await tx.execute(KEEP_CODE, phone_index, *vars(code).values())

    async def wrong_code(self, tx: Transaction, phone_index: bytes) -> None:
        await tx.execute(WRONG_CODE, phone_index)

    async def forget_code(self, tx: Transaction, phone_index: bytes) -> None:
        await tx.execute(FORGET_CODE, phone_index)

    async def keep_client(self, tx: Transaction, client: str, subject: UUID, word: str) -> None:
        await tx.execute(KEEP_CLIENT, client, subject, word)

    async def client(self, tx: Transaction, client: str) -> tuple[UUID, str] | None:
        row = await tx.fetchrow(CLIENT, client)
        return (row["subject"], row["secret_hash"]) if row else None

    async def keep_refresh(self, tx: Transaction, token_hash: bytes, refresh: Refresh) -> None:
        await tx.execute(
            KEEP_REFRESH,
            token_hash,
            refresh.family,
            refresh.subject,
            refresh.kind,
            refresh.expires_at,
        )

    async def lock_refresh(self, tx: Transaction, token_hash: bytes) -> Refresh | None:
        row = await tx.fetchrow(LOCK_REFRESH, token_hash)
        return Refresh(**dict(row)) if row else None

    async def use_refresh(self, tx: Transaction, token_hash: bytes, now: datetime) -> None:
        await tx.execute(USE_REFRESH, token_hash, now)

    async def end_family(self, tx: Transaction, family: UUID) -> None:
        await tx.execute(END_FAMILY, family)


def volunteer_of(row: Row) -> Volunteer:
    return Volunteer(**dict(row))
