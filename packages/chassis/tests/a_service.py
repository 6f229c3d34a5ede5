"""A small service for the tests of run: a stream, a slow answer, and background loops of every kind."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

from chassis import run
from chassis.auth import public
from chassis.http import Health, create_app
from chassis.run import Built, Service, main
from chassis.settings import ServiceSettings
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse

health = Health()
if limit := os.environ["LIMITS"]:
    run.DRAIN_LIMIT = run.BACKGROUND_LIMIT = run.LAST_LIMIT = float(limit)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


router = APIRouter(dependencies=[public()])


async def beats(watch: bool) -> AsyncIterator[bytes]:
    yield b"data: first\n\n"
    while not (watch and health.stopping.is_set()):
        yield b"data: beat\n\n"
        await asyncio.sleep(0.05)
    yield b"event: reconnect\n\n"


@router.get("/stream")
async def get_stream(watch: bool = True) -> StreamingResponse:
    return StreamingResponse(beats(watch), media_type="text/event-stream")


busy = asyncio.Event()


@router.get("/busy")
async def get_busy() -> bool:
    return busy.is_set()


@router.get("/slow")
async def get_slow() -> dict[str, str]:
    busy.set()
    await asyncio.sleep(1)
    return {"done": "yes"}


async def orderly(stop: asyncio.Event) -> None:
    await stop.wait()
    say("loop ended")


async def dies(_: asyncio.Event) -> None:
    await asyncio.sleep(0.3)
    raise ValueError("张三 13800000001")


async def ends(_: asyncio.Event) -> None:
    await asyncio.sleep(0.3)


async def stubborn(_: asyncio.Event) -> None:
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue


async def threaded(_: asyncio.Event) -> None:
    await asyncio.to_thread(time.sleep, 600)


LOOPS = {loop.__name__: loop for loop in (orderly, dies, ends, stubborn, threaded)}


async def close() -> None:
    say("closed")


async def build(settings: ServiceSettings, role: str) -> Built:
    routers = [router] if role in ("api", "all") else []
    app = create_app("test", routers, permissions={}, health=health)
    return Built(app, health, {n: LOOPS[n] for n in os.environ["LOOPS"].split(",")}, (close,))


def describe() -> FastAPI:
    return create_app("test", [router], permissions={})


async def greet(_: ServiceSettings) -> int:
    say("hello")
    return 7


SERVICE = Service("test", ServiceSettings, build, describe, Path(), {"greet": greet})

if __name__ == "__main__":
    main(SERVICE)
