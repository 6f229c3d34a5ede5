"""Envelope encryption: a key per person, wrapped by the master key.

Destroying a person's key erases what was sealed with it, and every copy of that which is made later
(PIPL Art. 47); pages.py clears the key's bytes off the disk. A backup from before still has both, so
it must be kept no longer than docs/decisions/0015 says. Each value is bound to its person and field,
so that one person's phone can't be moved to another.
"""

import base64
import hmac
import os
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Literal, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.errors import Permanent

Algorithm = Literal["AES-256-GCM", "SM4-GCM"]
NONCE, TAG = 12, 16
KEY_BYTES: dict[Algorithm, int] = {"AES-256-GCM": 32, "SM4-GCM": 16}

NEW_KEY = "insert into person_key (person_id, algorithm, wrapped) values ($1, $2, $3)"
INSERT_KEY = f"{NEW_KEY} on conflict (person_id) do nothing"
SELECT_KEYS = "select person_id, algorithm, wrapped from person_key where person_id = any($1)"
SELECT_KEY = "select algorithm, wrapped from person_key where person_id = $1"
DESTROY_KEY = """
with gone as (
    update person_key set wrapped = null, destroyed_at = now()
    where person_id = $1 and wrapped is not null returning person_id
)
insert into key_rewrite (destroyed_in) select pg_current_xact_id() from gone
"""


class Erased(Permanent):
    """The person's key was destroyed: nothing of theirs can be read any more."""


class Reader(Protocol):
    """A Database or an open Transaction."""

    async def fetchrow(self, sql: str, *args: Any) -> Any: ...

    async def fetch(self, sql: str, *args: Any) -> Any: ...


class Writer(Reader, Protocol):
    async def execute(self, sql: str, *args: Any) -> Any: ...


class Queue(Protocol):
    """An open Transaction, which keeps a write until something else is sent."""

    def write(self, sql: str, *args: Any) -> None: ...


class PersonKeys:
    """The personal keys as they are kept: each wrapped by `master` (32 bytes, base64), and bound to
    its person."""

    def __init__(self, master: str) -> None:
        self._master = AESGCM(base64.b64decode(master))

    async def of(self, db: Reader, people: Iterable[UUID]) -> dict[UUID, tuple[Algorithm, bytes]]:
        """Of all these people by one statement; who was erased is left out."""
        rows = await db.fetch(SELECT_KEYS, sorted(people))
        return {
            row["person_id"]: (row["algorithm"], self.unwrap(row["person_id"], row["wrapped"]))
            for row in rows
            if row["wrapped"] is not None
        }

    def wrap(self, person_id: UUID, key: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._master.encrypt(nonce, key, person_id.bytes)

    def unwrap(self, person_id: UUID, wrapped: bytes) -> bytes:
        whole = bytes(wrapped)
        try:
            return self._master.decrypt(whole[:NONCE], whole[NONCE:], person_id.bytes)
        except (InvalidTag, ValueError):
            raise Permanent("a personal key does not open with this master key") from None


Opener = Callable[[Mapping[str, bytes | None]], dict[str, str | None]]
"""Decrypts what was sealed with one person's key."""


class Vault:
    """`master` wraps the personal keys, `index` keys the blind index; 32 bytes each, base64."""

    def __init__(self, master: str, index: str, algorithm: Algorithm = "AES-256-GCM") -> None:
        self._keys = PersonKeys(master)
        self._index = base64.b64decode(index)
        self._algorithm: Algorithm = algorithm

    async def seal(
        self, tx: Writer, person_id: UUID, fields: Mapping[str, str | None]
    ) -> dict[str, bytes | None]:
        """Encrypt these fields with the person's key, which is made on first use."""
        algorithm, key = await self._key_for_writing(tx, person_id)
        return _sealed(algorithm, key, person_id, fields)

    def seal_new(
        self, tx: Queue, person_id: UUID, fields: Mapping[str, str | None]
    ) -> dict[str, bytes | None]:
        """The same for somebody whose id was made just now: nothing has to be asked."""
        key = os.urandom(KEY_BYTES[self._algorithm])
        tx.write(NEW_KEY, person_id, self._algorithm, self._keys.wrap(person_id, key))
        return _sealed(self._algorithm, key, person_id, fields)

    async def seal_for_each(
        self, db: Reader, people: Iterable[UUID], field: str, text: str
    ) -> dict[UUID, bytes]:
        """One text for several people, with the key of each, by one statement. Left out: who has no
        key, or none any more."""
        return {
            person_id: _encryption(algorithm, key)(text.encode(), _bound(person_id, field))
            for person_id, (algorithm, key) in (await self._keys.of(db, people)).items()
        }

    async def open(
        self, db: Reader, person_id: UUID, sealed: Mapping[str, bytes | None]
    ) -> dict[str, str | None]:
        """Decrypt. Raises Erased when the key is gone, Permanent when a value was tampered with."""
        algorithm, key = await self._key(db, person_id)
        return _opened(algorithm, key, person_id, sealed)

    async def seal_bytes(self, tx: Writer, person_id: UUID, field: str, content: bytes) -> bytes:
        """The same for a whole file. `field` is its place: it opens at no other."""
        algorithm, key = await self._key_for_writing(tx, person_id)
        return _encryption(algorithm, key)(content, _bound(person_id, field))

    async def open_bytes(self, db: Reader, person_id: UUID, field: str, sealed: bytes) -> bytes:
        """Raises Erased, Permanent."""
        algorithm, key = await self._key(db, person_id)
        return _decrypt(algorithm, key, sealed, _bound(person_id, field))

    async def opener(self, db: Reader, person_id: UUID) -> Opener:
        """`open` for many rows of one person, by one look at the key. Raises Erased."""
        return partial(_opened, *await self._key(db, person_id), person_id)

    async def openers(self, db: Reader, people: Iterable[UUID]) -> dict[UUID, Opener]:
        """The same for several people by one statement; who was erased is left out."""
        keys = await self._keys.of(db, people)
        return {one: partial(_opened, *key, one) for one, key in keys.items()}

    async def open_many(
        self, db: Reader, sealed: Mapping[UUID, Mapping[str, bytes | None]]
    ) -> dict[UUID, dict[str, str | None]]:
        """The same for several people by one statement; who was erased is left out."""
        openers = await self.openers(db, sealed)
        return {person_id: opened(sealed[person_id]) for person_id, opened in openers.items()}

    async def destroy(self, tx: Writer, person_id: UUID) -> None:
        """Nobody reads this person's data any more once `tx` has committed. Safe to repeat."""
        await tx.execute(DESTROY_KEY, person_id)

    def blind_index(self, purpose: str, value: str) -> bytes:
        """A keyed hash to find an equal value by; says nothing about the value without the key."""
        normal = "".join(unicodedata.normalize("NFKC", value).split()).casefold()
        return hmac.digest(self._index, f"{purpose}\0{normal}".encode(), "sha256")

    async def _key_for_writing(self, tx: Writer, person_id: UUID) -> tuple[Algorithm, bytes]:
        key = os.urandom(KEY_BYTES[self._algorithm])
        made = await tx.execute(
            INSERT_KEY, person_id, self._algorithm, self._keys.wrap(person_id, key)
        )
        if str(made).endswith(" 1"):
            return self._algorithm, key
        return await self._key(tx, person_id)

    async def _key(self, db: Reader, person_id: UUID) -> tuple[Algorithm, bytes]:
        row = await db.fetchrow(SELECT_KEY, person_id)
        if row is None or row["wrapped"] is None:
            raise Erased(str(person_id))
        return row["algorithm"], self._keys.unwrap(person_id, row["wrapped"])


def _sealed(
    algorithm: Algorithm, key: bytes, person_id: UUID, fields: Mapping[str, str | None]
) -> dict[str, bytes | None]:
    encrypt = _encryption(algorithm, key)
    return {
        name: None if text is None else encrypt(text.encode(), _bound(person_id, name))
        for name, text in fields.items()
    }


def _opened(
    algorithm: Algorithm, key: bytes, person_id: UUID, sealed: Mapping[str, bytes | None]
) -> dict[str, str | None]:
    return {
        name: None
        if value is None
        else _decrypt(algorithm, key, bytes(value), _bound(person_id, name)).decode()
        for name, value in sealed.items()
    }


def _bound(person_id: UUID, field: str) -> bytes:
    return person_id.bytes + field.encode()


def _encryption(algorithm: Algorithm, key: bytes) -> Callable[[bytes, bytes], bytes]:
    """(text, what it is bound to) → sealed. The key is set up once for all fields."""
    if algorithm == "AES-256-GCM":
        cipher = AESGCM(key)

        def by_aes(text: bytes, bound: bytes) -> bytes:
            nonce = os.urandom(NONCE)
            return nonce + cipher.encrypt(nonce, text, bound)

        return by_aes

    def by_sm4(text: bytes, bound: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(bound)
        return nonce + encryptor.update(text) + encryptor.finalize() + encryptor.tag

    return by_sm4


def _decrypt(algorithm: Algorithm, key: bytes, sealed: bytes, bound: bytes) -> bytes:
    nonce, text = sealed[:NONCE], sealed[NONCE:]
    try:
        if algorithm == "AES-256-GCM":
            return AESGCM(key).decrypt(nonce, text, bound)
        mode = modes.GCM(nonce, text[-TAG:])
        decryptor = Cipher(algorithms.SM4(key), mode).decryptor()
        decryptor.authenticate_additional_data(bound)
        return decryptor.update(text[:-TAG]) + decryptor.finalize()
    except (InvalidTag, ValueError):
        raise Permanent("a sealed value was changed or belongs to somebody else") from None
