"""Sign-in: four ways to a token (RFC 6749), each with its own lock-out.

A wrong try is counted in a transaction that commits; only then the refusal is raised.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from chassis.auth.principal import LONGEST_NAME
from chassis.db import Database, Transaction
from chassis.ids import uuid7
from chassis.privacy import Erased, Vault
from pyotp.totp import TOTP

from volunteers.app.send_code import phone_index, spend_code
from volunteers.app.stores import Accounts, Passwords, People, Refresh, StaffAccount
from volunteers.app.views import TokenView
from volunteers.domain.errors import Locked, SignInRefused, TotpUsed
from volunteers.domain.lock_out import Attempts, totp_step

ACCESS = timedelta(minutes=15)
STAFF_SESSION = timedelta(minutes=30)
PERSON_SESSION = timedelta(hours=12)
"""A session ends when nobody renewed it for so long (GB/T 22239 8.1.4.1)."""
CLIENT_ROLES = {"notifications": "notifier", "web": "front"}
AUDIENCE = "wishtree"


class TokenSigner(Protocol):
    async def sign(self, claims: dict[str, Any]) -> str: ...


class SignIn:
    """Makes tokens. Every method raises SignInRefused without saying what was wrong."""

    def __init__(
        self,
        db: Database,
        people: People,
        accounts: Accounts,
        passwords: Passwords,
        vault: Vault,
        signer: TokenSigner,
        issuer: str,
    ) -> None:
        self._db = db
        self._people = people
        self._accounts = accounts
        self._passwords = passwords
        self._vault = vault
        self._signer = signer
        self._issuer = issuer

    async def by_phone(self, phone: str, code: str, now: datetime) -> TokenView:
        async with self._db.transaction() as tx:
            right = await spend_code(tx, self._accounts, self._vault, phone, code, now)
            found = await self._people.by_phone(tx, phone_index(self._vault, phone))
            if right and found is not None:
                return await self._grant(tx, found.id, "volunteer", now, uuid7())
        raise SignInRefused

    async def by_password(self, login: str, word: str, totp: str, now: datetime) -> TokenView:
        """Raises Locked after five wrong tries, TotpUsed for a one-time password used before."""
        async with self._db.transaction() as tx:
            account = await self._accounts.lock_staff(tx, login)
            if account is not None and account.attempts.locked(now):
                raise _locked(account.attempts, now)
            right = await self._passwords.matches(word, account.password_hash if account else None)
            step = await self._totp_step(tx, account, totp, now) if account and right else None
            if account is not None and step is None:
                failed = account.attempts.failed(now)
                await self._accounts.note_staff(tx, account.id, failed, account.last_totp_step)
            elif account is not None and step is not None:
                if step <= account.last_totp_step:
                    raise TotpUsed
                await self._accounts.note_staff(tx, account.id, Attempts(), step)
                return await self._grant(tx, account.id, "staff", now, uuid7())
        raise SignInRefused

    async def by_secret(self, client: str, secret: str, now: datetime) -> TokenView:
        async with self._db.transaction() as tx:
            found = await self._accounts.client(tx, client)
            if not await self._passwords.matches(secret, found[1] if found else None) or not found:
                raise SignInRefused
        claims = self._claims(found[0], "service", now) | {
            "service": client,
            "roles": [{"role": CLIENT_ROLES.get(client, client)}],
        }
        token = await self._signer.sign(claims)
        return TokenView(access_token=token, expires_in=int(ACCESS.total_seconds()))

    async def by_refresh(self, token: str, now: datetime) -> TokenView:
        """A refresh token is good once; a second use means that somebody has a copy: all end."""
        async with self._db.transaction() as tx:
            hashed = _hash(token)
            held = await self._accounts.lock_refresh(tx, hashed)
            if held is not None and held.used_at is not None:
                await self._accounts.end_family(tx, held.family)
            elif held is not None and held.expires_at > now:
                await self._accounts.use_refresh(tx, hashed, now)
                return await self._grant(tx, held.subject, held.kind, now, held.family)
        raise SignInRefused

    async def _grant(
        self, tx: Transaction, subject: UUID, kind: str, now: datetime, family: UUID
    ) -> TokenView:
        claims = self._claims(subject, kind, now)
        claims["roles"], sealed = await self._account(tx, subject, kind)
        if name := await self._name(tx, subject, sealed):
            claims["name"] = name
        refresh = secrets.token_urlsafe(32)
        lives = STAFF_SESSION if kind == "staff" else PERSON_SESSION
        held = Refresh(family, subject, kind, now + lives, None)
        await self._accounts.keep_refresh(tx, _hash(refresh), held)
        return TokenView(
            access_token=await self._signer.sign(claims),
            expires_in=int(ACCESS.total_seconds()),
            refresh_token=refresh,
        )

    async def _account(
        self, tx: Transaction, subject: UUID, kind: str
    ) -> tuple[list[Mapping[str, Any]], bytes | None]:
        """What it may do, and its sealed name."""
        if kind == "volunteer":
            volunteer = await self._people.lock(tx, subject)
            role = "volunteer" if volunteer.state == "approved" else "applicant"
            return [{"role": role, "area": volunteer.area}], volunteer.name
        roles: list[Mapping[str, Any]] = [
            {
                "role": role.role,
                "area": role.area,
                "organisation": str(role.organisation_id) if role.organisation_id else None,
            }
            for role in await self._accounts.roles(tx, subject)
        ]
        return roles, await self._accounts.staff_name(tx, subject)

    async def _name(self, tx: Transaction, subject: UUID, sealed: bytes | None) -> str | None:
        """For the list of looks: whoever was looked at reads there who it was."""
        try:
            opened = await self._vault.open(tx, subject, {"name": sealed})
        except Erased:
            return None
        return (opened["name"] or "")[:LONGEST_NAME]

    def _claims(self, subject: UUID, kind: str, now: datetime) -> dict[str, Any]:
        return {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(subject),
            "kind": kind,
            "iat": int(now.timestamp()),
            "exp": int((now + ACCESS).timestamp()),
            "jti": str(uuid7()),
        }

    async def _totp_step(
        self, tx: Transaction, account: StaffAccount, totp: str, now: datetime
    ) -> int | None:
        """The step that this one-time password belongs to, one step of clock error allowed."""
        opened = await self._vault.open(tx, account.id, {"totp": account.totp_secret})
        device = TOTP(opened["totp"] or "")
        for step in (totp_step(now) + drift for drift in (-1, 0, 1)):
            if hmac.compare_digest(device.at(step * 30), totp):
                return step
        return None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _locked(attempts: Attempts, now: datetime) -> Locked:
    until = attempts.locked_until or now
    return Locked(int((until - now).total_seconds()), f"{until.astimezone(now.tzinfo):%H:%M}")
