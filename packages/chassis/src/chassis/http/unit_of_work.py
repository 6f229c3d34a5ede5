"""One command over HTTP: its transaction, its idempotency key, its answer.

The key's row is inserted in the command's own transaction, before anything is read there: a second
request with the same key waits on the index until the first has committed and then gets the stored
answer. A command that reads nothing there, or only looks, inserts the row together with its writes,
in one statement: the second one's insert then fails with all the rest of it, and before such a
command is refused for whatever reason, the key is looked up. A refusal rolls back and stores
nothing, so that it can be tried again under the same key.

A stored answer that shows personal data is sealed with the keys of these people: it must not outlive
their erasure (PIPL Art. 47).
"""

import base64
import hmac
import os
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import Annotated, TypeVar
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Depends, Request, Response
from pydantic import BaseModel

from chassis.clock import now
from chassis.db import Database, Row, Transaction
from chassis.errors import Transient
from chassis.http.problems import Problem, ProblemSpec
from chassis.privacy import Erased, PersonKeys

M = TypeVar("M", bound=BaseModel)
KEY_LIMIT = 200

MISSING_KEY = ProblemSpec(
    400,
    "idempotency-key-missing",
    "缺一个请求编号",
    "请带上 Idempotency-Key（每一件事一个新的编号），这样按两次也只办一次。",
)
REUSED_KEY = ProblemSpec(
    422,
    "idempotency-key-reused",
    "这个编号用过了",
    "这个 Idempotency-Key 用在另一件事上了，请换一个新的编号再发。",
)
CHANGED = ProblemSpec(
    412,
    "changed-meanwhile",
    "别人也改了",
    "您看的时候，别的同事也改了这一条。请先看看现在的样子再改。",
)
VERSION_MISSING = ProblemSpec(
    428,
    "version-missing",
    "缺 If-Match",
    "请带上 If-Match，写明您看到的是哪一版，免得盖掉别人改的。",
)
AT_WORK = ProblemSpec(
    409,
    "same-request-at-work",
    "上一次还在办",
    "同一个编号的上一次请求还在办，请等几秒再问一次，不会办两次。",
)
ANSWER_ERASED = ProblemSpec(
    410,
    "answer-erased",
    "这次的答复已经删除",
    "答复里有人的资料已按本人的要求删除，不能再看了。要办别的事，请换一个新的编号。",
)
BAD_IF_MATCH = ProblemSpec(400, "bad-if-match", "If-Match 写法不对", '请写成 If-Match: "7" 这样。')

RECEIVE = """
insert into idempotency (principal, key, route, request_sha256) values ($1, $2, $3, $4)
on conflict do nothing returning true
"""
RECEIVE_AND_STORE = """
insert into idempotency (principal, key, route, request_sha256, status, etag, body, people)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
KEY_INDEX = "idempotency_pkey"
IS_KNOWN = "select true from idempotency where principal = $1 and key = $2"
STORED = """
select request_sha256, status, etag, body, people from idempotency where principal = $1 and key = $2
"""
STORE = """
update idempotency set status = $3, etag = $4, body = $5, people = $6
where principal = $1 and key = $2
"""


class AnswerSeal:
    """Keeps what is stored about a request unreadable.

    An answer may hold a contact that was shown, or a code shown once; a path may hold a card's code,
    and six digits are found from a plain hash in no time.
    """

    def __init__(self, master: str) -> None:
        """`master`: the service's master key, base64; keys for this use alone are derived from it."""
        self._secret = _derived(master, b"idempotency")
        self._nobody = AESGCM(self._secret)
        self._key = _derived(master, b"idempotency fingerprint")
        self._people = PersonKeys(master)

    def fingerprint(self, *parts: bytes) -> bytes:
        """A keyed hash: equal for equal parts only."""
        sizes = b"".join(len(part).to_bytes(8, "big") for part in parts)
        return hmac.digest(self._key, sizes + b"".join(parts), "sha256")

    async def close(self, db: Database | Transaction, people: Collection[UUID], text: str) -> bytes:
        """Raises Erased where one of `people` is gone already."""
        nonce = os.urandom(12)
        cipher = await self._cipher(db, people)
        return nonce + cipher.encrypt(nonce, text.encode(), None)

    async def open(
        self, db: Database | Transaction, people: Collection[UUID], sealed: bytes
    ) -> bytes:
        """Raises Erased since the first of `people` is gone."""
        cipher = await self._cipher(db, people)
        return cipher.decrypt(sealed[:12], sealed[12:], None)

    async def _cipher(self, db: Database | Transaction, people: Collection[UUID]) -> AESGCM:
        """One key made of the keys of all of them: none can be missing."""
        if not people:
            return self._nobody
        keys = await self._people.of(db, people)
        if missing := set(people) - set(keys):
            raise Erased(str(min(missing)))
        together = b"".join(keys[person][1] for person in sorted(keys))
        return AESGCM(hmac.digest(self._secret, together, "sha256"))


def _derived(master: str, purpose: bytes) -> bytes:
    return hmac.digest(base64.b64decode(master), purpose, "sha256")


_Answer = tuple[str | None, str, Collection[UUID]]
"""ETag, body, and whose data the body shows."""


class Replayed(Exception):
    """The command was done before under this key; `response` is what was answered then."""

    def __init__(self, response: Response) -> None:
        super().__init__("replayed")
        self.response = response


class Work:
    """The unit of work of one request. See chassis.unit_of_work for what a use case sees."""

    def __init__(
        self, db: Database, seal: AnswerSeal, request: Request, response: Response, body: bytes
    ) -> None:
        self._db = db
        self._seal = seal
        self._request = request
        self._response = response
        self._place = f"{request.method} {request.scope['path']}".encode()
        self._sha = seal.fingerprint(self._place, request.scope["query_string"], body)
        self._open: AbstractAsyncContextManager[Transaction] | None = None
        self._tx: Transaction | None = None
        self._answer: _Answer | None = None
        self.now: datetime = now()

    async def __aenter__(self) -> Transaction:
        _ = self._key  # A request without one is refused before anything is opened.
        self._answer = None
        self._open = self._db.transaction(self._receive)
        self._tx = await self._open.__aenter__()
        return self._tx

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._open is None or self._tx is None:
            raise RuntimeError("left a unit of work that was not entered")
        opened, tx = self._open, self._tx
        # The transaction knows this object by `_receive`: left as a circle, each request with all that
        # belongs to it would wait for the garbage collector, which took a tenth of the time.
        self._open = self._tx = None
        if error is None:
            try:
                if self._answer is None:
                    raise RuntimeError("a use case must reply before its unit of work ends")
                await self._store(tx, *self._answer)
            except Exception as trouble:
                await opened.__aexit__(type(trouble), trouble, trouble.__traceback__)
                raise
        try:
            await opened.__aexit__(kind, error, trace)
        except Exception as trouble:
            if not tx.has_begun:
                await self._not_in_one_go(trouble)
            raise
        if error is not None and not tx.has_begun:
            await self._not_in_one_go(error)
        if error is None and self._answer and self._answer[0]:
            self._response.headers["ETag"] = self._answer[0]

    async def _not_in_one_go(self, trouble: BaseException) -> None:
        """A command that never asked whether its key is known failed: perhaps it was done before."""
        if isinstance(trouble, Transient):
            waited = trouble.__cause__
            # PostgreSQL says which index it waited for.
            if isinstance(waited, asyncpg.LockNotAvailableError) and KEY_INDEX in str(
                getattr(waited, "context", "")
            ):
                raise Problem(AT_WORK, headers={"Retry-After": "2"}) from None
            return
        if isinstance(trouble, Exception) and await self._db.fetchval(
            IS_KNOWN, self._principal, self._key
        ):
            await self._replay(self._db, self._key)

    def reply(self, view: M, *, version: int | None = None, people: Collection[UUID] = ()) -> M:
        if self._answer is not None:
            raise RuntimeError("a use case replies once")
        etag = f'"{version}"' if version is not None else None
        self._answer = etag, view.model_dump_json(), people
        return view

    def require_version(self, version: int, *, missing_ok: bool = True) -> None:
        wanted = self._request.headers.get("if-match")
        if wanted is None and not missing_ok:
            raise Problem(VERSION_MISSING)
        if wanted is None or wanted == "*":
            return
        if not (wanted.startswith('"') and wanted.endswith('"') and wanted[1:-1].isdigit()):
            raise Problem(BAD_IF_MATCH)
        if wanted != f'"{version}"':
            raise Problem(CHANGED)

    async def _receive(self, tx: Transaction) -> None:
        """Before the first statement that is answered."""
        try:
            await self._take_key(tx, self._key, self._route)
        except asyncpg.LockNotAvailableError:
            raise Problem(AT_WORK, headers={"Retry-After": "2"}) from None

    async def _take_key(self, tx: Transaction, key: str, route: str) -> None:
        if await tx.fetchval(RECEIVE, self._principal, key, route, self._sha):
            return
        await self._replay(tx, key)

    async def _store(
        self, tx: Transaction, etag: str | None, text: str, people: Collection[UUID]
    ) -> None:
        body = await self._seal.close(tx, people, text)
        whose = sorted(people) or None
        if tx.has_begun:
            tx.write(STORE, self._principal, self._key, self._status, etag, body, whose)
            return
        tx.write(
            RECEIVE_AND_STORE,
            self._principal,
            self._key,
            self._route,
            self._sha,
            self._status,
            etag,
            body,
            whose,
        )

    async def _replay(self, db: Database | Transaction, key: str) -> None:
        """Always raises: the stored answer, or that this key was used for another thing."""
        stored = await db.fetchrow(STORED, self._principal, key)
        if stored is None or bytes(stored["request_sha256"]) != self._sha:
            raise Problem(REUSED_KEY)
        headers = {"Idempotency-Replayed": "true"}
        if stored["etag"]:
            headers["ETag"] = stored["etag"]
        body = await self._opened(db, stored)
        raise Replayed(Response(body, stored["status"], headers, media_type="application/json"))

    async def _opened(self, db: Database | Transaction, stored: Row) -> bytes:
        try:
            return await self._seal.open(db, stored["people"] or (), bytes(stored["body"]))
        except Erased:
            raise Problem(ANSWER_ERASED) from None

    @property
    def _route(self) -> str:
        return f"{self._request.method} {self._request.scope['route'].path}"

    @cached_property
    def _key(self) -> str:
        """Raises the problem `idempotency-key-missing`."""
        key = self._request.headers.get("idempotency-key", "")
        if not key or len(key) > KEY_LIMIT or not key.isprintable() or not key.isascii():
            raise Problem(MISSING_KEY)
        return key

    @cached_property
    def _principal(self) -> str:
        principal = getattr(self._request.state, "principal", None)
        if principal is not None:
            return str(principal.subject)
        # Two strangers may choose the same key: they only meet at the same place.
        return f"anonymous {self._seal.fingerprint(self._place).hex()[:32]}"

    @property
    def _status(self) -> int:
        return getattr(self._request.scope.get("route"), "status_code", None) or 200


async def unit_of_work(request: Request, response: Response) -> Work:
    """Dependency. It only makes the object; the use case opens, commits and closes."""
    state = request.app.state
    return Work(state.db, state.seal, request, response, await request.body())


async def replay(_: Request, error: Replayed) -> Response:
    return error.response


Uow = Annotated[Work, Depends(unit_of_work)]
"""The type of a route's parameter."""
