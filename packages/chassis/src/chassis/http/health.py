"""Is the process alive, and should it get requests?"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chassis.auth.route import public

log = structlog.get_logger(__name__)
CHECK_LIMIT = 2.0
Check = Callable[[], Awaitable[bool]]


class Health:
    """Checks by name. A live check that fails restarts the process; a ready check keeps requests away."""

    def __init__(self) -> None:
        self.live: dict[str, Callable[[], bool]] = {}
        self.ready: dict[str, Check] = {}
        self.stopping = asyncio.Event()

    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False, dependencies=[public()])

        @router.get("/livez")
        async def livez(response: Response) -> dict[str, bool]:
            found = {name: await _within(_later(check)) for name, check in self.live.items()}
            response.status_code = 200 if all(found.values()) else 503
            return found

        @router.get("/readyz")
        async def readyz(response: Response) -> dict[str, bool]:
            found = {name: await _within(check) for name, check in self.ready.items()}
            if self.stopping.is_set():
                found["stopping"] = False
            response.status_code = 200 if all(found.values()) else 503
            return found

        @router.get("/metrics")
        async def metrics() -> Response:
            return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

        return router


def _later(check: Callable[[], bool]) -> Check:
    async def asked() -> bool:
        return check()

    return asked


async def _within(check: Check) -> bool:
    try:
        return await asyncio.wait_for(check(), CHECK_LIMIT)
    except Exception as error:  # noqa: BLE001
        # A check that breaks is a check that fails: the probe wants an answer, not a 500.
        log.warning("check_broke", error=type(error).__name__)
        return False
