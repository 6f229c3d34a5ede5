"""What surrounds every request: ids, limits, time, and the last net under an unexpected error."""

import asyncio
import re
import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import context, tracing
from chassis.http.body_limit import USUAL, BodyLimit, Larger
from chassis.http.no_trace import is_untold
from chassis.http.problems import INTERNAL, ProblemSpec, problem_response
from chassis.ids import uuid7
from chassis.log import frames
from chassis.metrics import HTTP_REQUESTS, HTTP_SECONDS

log = structlog.get_logger(__name__)
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SAFE_ID = re.compile(r"^[A-Za-z0-9_.:-]{8,64}$")
METHODS = WRITING | {"GET", "HEAD", "OPTIONS"}
UNMEASURED = ("/livez", "/readyz", "/metrics")

TOO_SLOW = ProblemSpec(408, "too-slow", "没有收完", "内容没有收完，什么都没有改动，请再发一次。")
NO_TEXT = ProblemSpec(400, "bad-address", "地址不对", "地址里有看不见的字符，请检查后再发。")
METHOD_NOT_ALLOWED = 405
CLOSE = {"Connection": "close"}
"""The rest of the body is still coming: it must not be read as the next request."""


class Surround:
    """Pure ASGI, outermost: one request is measured, limited, named, and never ends in silence.

    `larger`: the few routes that take more than the usual body.
    """

    def __init__(self, app: ASGIApp, larger: Sequence[Larger] = ()) -> None:
        self._app = app
        self._larger = tuple(larger)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-correlation-id", b"").decode("latin-1")
        correlation = given if SAFE_ID.match(given) else str(uuid7())
        trace = headers.get(b"traceparent", b"").decode("latin-1")
        scope["wishtree.untold"] = untold = is_untold(scope)
        asked = nullcontext() if untold else tracing.request(scope["path"], trace)
        with context.bound(correlation), asked as span:
            scope["wishtree.span"] = span
            await self._measured(scope, receive, send, headers, correlation)

    async def _measured(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes], number: str
    ) -> None:
        began = time.perf_counter()
        status = 0
        answered = 0.0

        async def answer(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status = message["status"]
                # How fast the other side takes it says nothing of us: a large file over a slow line, or
                # a page that stays open for minutes, is no slow answer.
                answered = time.perf_counter()
                message["headers"] = _with_ours(message["headers"], number)
            await send(message)

        try:
            await self._limited(scope, receive, answer, headers)
        except Exception as error:
            log.error("unexpected", error=type(error).__name__, frames=frames(error))
            if status:
                raise
            values = {"number": number[-12:]}
            problem = problem_response(Request(scope), INTERNAL, values=values)
            await problem(scope, receive, answer)
        finally:
            if not scope["wishtree.untold"]:
                _measure(scope, status, (answered or time.perf_counter()) - began)

    async def _limited(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]
    ) -> None:
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            await problem_response(Request(scope), NO_TEXT)(scope, receive, send)
            return
        if scope["method"] not in WRITING:
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope)
        try:
            length = headers.get(b"content-length", b"0")
            if not length.isdigit() or int(length) > limit.size:
                raise _TooLarge
            async with asyncio.timeout(limit.seconds):
                body = await _read(receive, limit.size)
        except _TooLarge:
            values = {"most": limit.words}
            problem = problem_response(Request(scope), limit.problem, headers=CLOSE, values=values)
            await problem(scope, receive, send)
        except TimeoutError:
            await problem_response(Request(scope), TOO_SLOW, headers=CLOSE)(scope, receive, send)
        else:
            # Half a body is nobody's wish: who went away in the middle of it asked for nothing.
            if body is not None:
                await self._app(scope, _replay(body, receive), send)

    def _limit(self, scope: Scope) -> BodyLimit:
        for methods, path, limit in self._larger:
            if scope["method"] in methods and path.match(scope["path"]):
                return limit
        return USUAL


def _with_ours(given: Iterable[tuple[bytes, bytes]], number: str) -> list[tuple[bytes, bytes]]:
    headers = [*given, (b"x-correlation-id", number.encode())]
    names = {name.lower(): value for name, value in headers}
    json = names.get(b"content-type", b"").startswith((b"application/json", b"application/problem"))
    if json and b"cache-control" not in names:
        # An answer may show a contact or a code: no cache on the way may keep it.
        headers.append((b"cache-control", b"no-store"))
    return headers


class _TooLarge(Exception):
    pass


async def _read(receive: Receive, most: int) -> bytes | None:
    """The whole body; None when the client went away. Raises _TooLarge before it holds too much."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > most:
            raise _TooLarge
        if not message.get("more_body", False):
            return bytes(body)


def _measure(scope: Scope, status: int, seconds: float) -> None:
    # Of a mounted folder its place; every file of it would be a series.
    route = getattr(scope.get("route"), "path", None) or scope.get("root_path") or "unmatched"
    if route in UNMEASURED:
        return
    # A method is the client's own word: as a label it would fill the memory.
    known = scope["method"] in METHODS and status != METHOD_NOT_ALLOWED
    method = scope["method"] if known and route != "unmatched" else "other"
    tracing.answered(scope["wishtree.span"], method, route, status)
    HTTP_REQUESTS.labels(route, method, str(status)).inc()
    HTTP_SECONDS.labels(route, method).observe(seconds)
    log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
