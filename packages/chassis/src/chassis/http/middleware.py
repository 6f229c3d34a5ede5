"""What surrounds every request: ids, limits, time, and the last net under an unexpected error."""

import asyncio
import re
import time
import traceback
from typing import Any

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import context
from chassis.http.problems import INTERNAL, ProblemSpec, problem_response
from chassis.ids import uuid7
from chassis.metrics import HTTP_REQUESTS, HTTP_SECONDS

log = structlog.get_logger(__name__)
BODY_LIMIT = 64 * 1024
BODY_TIME = 15.0
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SAFE_ID = re.compile(r"^[A-Za-z0-9_.:-]{8,64}$")
TRACE = re.compile(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
CONTENT_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")

TOO_LARGE = ProblemSpec(413, "too-large", "太大了", "内容太大了，最多 64 KB。请缩短一些再发。")
TOO_SLOW = ProblemSpec(408, "too-slow", "没有收完", "内容没有收完，什么都没有改动，请再发一次。")
WRONG_TYPE = ProblemSpec(415, "wrong-content-type", "格式不对", "请用 application/json 发送。")


class Surround:
    """Pure ASGI, outermost: one request is measured, limited, named, and never ends in silence."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        given = headers.get(b"x-correlation-id", "")
        correlation = given if SAFE_ID.match(given) else str(uuid7())
        trace = headers.get(b"traceparent", "")
        with context.bound(correlation, None, trace if TRACE.match(trace) else None):
            await self._measured(scope, receive, send, headers, correlation)

    async def _measured(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, str], number: str
    ) -> None:
        began = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-correlation-id", number.encode())]
            await send(message)

        try:
            await self._limited(scope, receive, answer, headers)
        except Exception as error:
            # The message of an exception may hold what the person typed: frames only.
            frames = [
                f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in _frames(error)
            ]
            log.error("unexpected", error=type(error).__name__, frames=frames)
            if status:
                raise
            values = {"number": number[-12:]}
            problem = problem_response(Request(scope), INTERNAL, values=values)
            await problem(scope, receive, answer)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            seconds = time.perf_counter() - began
            if route not in ("/livez", "/readyz", "/metrics"):
                HTTP_REQUESTS.labels(route, scope["method"], str(status)).inc()
                HTTP_SECONDS.labels(route, scope["method"]).observe(seconds)
                log.info(
                    "request",
                    method=scope["method"],
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                )

    async def _limited(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, str]
    ) -> None:
        if scope["method"] not in WRITING:
            await self._app(scope, receive, send)
            return
        length = headers.get(b"content-length", "0")
        spec: ProblemSpec | None = None
        body = b""
        if length.isdigit() and int(length) > BODY_LIMIT:
            spec = TOO_LARGE
        else:
            try:
                body = await asyncio.wait_for(_read(receive), BODY_TIME)
            except TimeoutError:
                spec = TOO_SLOW
            if len(body) > BODY_LIMIT:
                spec = TOO_LARGE
            elif body and not headers.get(b"content-type", "").startswith(CONTENT_TYPES):
                spec = WRONG_TYPE
        if spec is not None:
            await problem_response(Request(scope), spec)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


async def _read(receive: Receive) -> bytes:
    """The whole body, but no more than a little over the limit."""
    body = b""
    while len(body) <= BODY_LIMIT:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _frames(error: BaseException) -> list[Any]:
    return traceback.extract_tb(error.__traceback__)[-6:]
