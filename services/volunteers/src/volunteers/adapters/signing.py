"""The issuer's signing keys: made at first start, private halves sealed with the master key."""

from typing import Any

from chassis.clock import now
from chassis.db import Database
from chassis.ids import uuid7
from chassis.privacy import Vault
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

ALGORITHM = "ES256"
LOCK = "select pg_advisory_xact_lock(hashtext('volunteers.signing_key'))"
KEYS = "select kid, person_id, private from signing_key order by created_at desc limit 3"
ADD = "insert into signing_key (kid, person_id, private, created_at) values ($1, $2, $3, $4)"


class Signer:
    """Signs with the newest key; publishes the last three, so that a rotation breaks no session."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db = db
        self._vault = vault
        self._keys: list[ECKey] = []

    async def load(self) -> None:
        """Read the keys; make the first one where there is none."""
        async with self._db.transaction() as tx:
            await tx.execute(LOCK)
            rows = await tx.fetch(KEYS)
            if not rows:
                await self._make(tx)
                rows = await tx.fetch(KEYS)
            keys: list[ECKey] = []
            for row in rows:
                opened = await self._vault.open(tx, row["person_id"], {"key": row["private"]})
                keys.append(ECKey.import_key(opened["key"] or "", {"kid": row["kid"]}))
        self._keys = keys

    async def rotate(self) -> None:
        """A new key from now on. Running processes take it up when they start again."""
        async with self._db.transaction() as tx:
            await tx.execute(LOCK)
            await self._make(tx)

    async def sign(self, claims: dict[str, Any]) -> str:
        key = (await self._ready())[0]
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": "at+jwt"}, claims, key)

    async def public(self) -> dict[str, Any]:
        """The JWKS document (RFC 7517)."""
        return {"keys": [key.as_dict(private=False) for key in await self._ready()]}

    async def key_set(self) -> KeySet:
        return KeySet(list(await self._ready()))

    async def _ready(self) -> list[ECKey]:
        if not self._keys:
            await self.load()
        return self._keys

    async def _make(self, tx: Any) -> None:
        key = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": ALGORITHM})
        owner = uuid7()
        kid = owner.hex[-12:]
        private = key.as_pem(private=True).decode()
        sealed = await self._vault.seal(tx, owner, {"key": private})
        await tx.execute(ADD, kid, owner, sealed["key"], now())
