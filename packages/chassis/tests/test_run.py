"""A process starts in order and always ends: in time, with its status, with its reason."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from chassis import run
from chassis.testing import PATIENCE, eventually
from stack.ports import free_port

SERVICE = Path(__file__).parent / "a_service.py"


class Running:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)

    async def ready(self) -> None:
        async def look() -> bool:
            try:
                return (await self.client.get("/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(look)

    async def end(self, *signs: signal.Signals) -> tuple[int, str]:
        """(status, what it said)."""
        for sign in signs:
            self.process.send_signal(sign)
            await asyncio.sleep(0)
        said, _ = await asyncio.wait_for(self.process.communicate(), PATIENCE)
        status = self.process.returncode
        assert status is not None
        return status, said.decode()


@asynccontextmanager
async def running(
    *arguments: str, loops: str = "orderly", port: int | None = None, patient: bool = False
) -> AsyncGenerator[Running]:
    """`patient`: its limits are those of tests, so that nothing is cut because the machine is busy."""
    port = port or free_port()
    environment = {
        **os.environ,
        "LOOPS": loops,
        "LIMITS": str(PATIENCE) if patient else "",
        "WISHTREE_HTTP_PORT": str(port),
        "WISHTREE_ISSUERS": json.dumps([{"issuer": "http://i", "jwks_url": "http://i/jwks"}]),
        "WISHTREE_KAFKA_BOOTSTRAP": "127.0.0.1:1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SERVICE),
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    found = Running(process, port)
    try:
        yield found
    finally:
        await found.client.aclose()
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
async def test_streams_end_answers_are_given_then_loops_end_then_all_is_closed(
    sign: signal.Signals,
) -> None:
    async with running(patient=True) as service:
        await service.ready()
        begun = asyncio.Event()

        async def read_stream() -> str:
            text = ""
            async with service.client.stream("GET", "/stream") as answer:
                async for part in answer.aiter_text():
                    text += part
                    begun.set()
            return text

        streams = [asyncio.create_task(read_stream()) for _ in range(5)]
        await asyncio.wait_for(begun.wait(), PATIENCE)
        slow = asyncio.create_task(service.client.get("/slow"))

        async def arrived() -> bool:
            return (await service.client.get("/busy")).json()

        await eventually(arrived)
        status, said = await service.end(sign)
        assert (status, cut(said)) == (0, []), said
        assert all(text.endswith("event: reconnect\n\n") for text in await asyncio.gather(*streams))
        assert (await slow).json() == {"done": "yes"}
        assert said.index("loop ended") < said.index("closed") < said.index('"stopped"')


async def test_a_stream_that_does_not_listen_is_cut() -> None:
    async with running() as service:
        await service.ready()
        async with service.client.stream("GET", "/stream?watch=false") as answer:
            await anext(answer.aiter_bytes())
            status, said = await service.end(signal.SIGTERM)
        assert (status, cut(said)) == (0, []), said
        assert '"stopped"' in said


async def test_nothing_holds_the_process() -> None:
    """Left to itself, one of them would go on for ten minutes and the other for ever."""
    async with running(loops="orderly,stubborn,threaded") as service:
        await service.ready()
        status, said = await service.end(signal.SIGTERM)
        assert (status, cut(said)) == (0, ["background_cut_off", "stopped_by_force"]), said
        assert said.index("closed") < said.index('"stopped"') < said.index("stopped_by_force")


def test_all_limits_together_are_under_ten_seconds() -> None:
    one_by_one = run.DRAIN_LIMIT + run.BACKGROUND_LIMIT + run.CUT_LIMIT + run.CLOSE_LIMIT
    assert one_by_one + run.LEFTOVERS_LIMIT < run.LAST_LIMIT < 10


def cut(said: str) -> list[str]:
    """What did not end by itself."""
    return [event for event in ("background_cut_off", "stopped_by_force") if event in said]


async def test_a_second_signal_waits_for_nobody() -> None:
    async with running(loops="orderly,stubborn", patient=True) as service:
        await service.ready()
        async with service.client.stream("GET", "/stream?watch=false") as answer:
            await anext(answer.aiter_bytes())
            service.process.send_signal(signal.SIGTERM)

            async def stopping() -> bool:
                try:
                    return (await service.client.get("/readyz")).status_code == 503
                except httpx.TransportError:
                    return True

            await eventually(stopping)
            service.process.send_signal(signal.SIGTERM)

            async def closed() -> bool:
                assert service.process.stdout is not None
                return b"closed" in await service.process.stdout.readline()

            # Half of what it would wait for whoever is stubborn.
            await eventually(closed, seconds=PATIENCE / 2)


@pytest.mark.parametrize(
    ("loop", "event"), [("dies", "background_died"), ("ends", "background_ended")]
)
async def test_a_loop_that_is_gone_takes_the_process_with_it(loop: str, event: str) -> None:
    async with running(loops=f"orderly,{loop}") as service:
        status, said = await service.end()
        assert status == 1
        lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        line: dict[str, Any] = next(line for line in lines if line["event"] == event)
        assert line["part"] == loop
        assert "张三" not in said
        assert "loop ended" in said


async def test_a_port_in_use_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with running(port=port) as service:
            status, said = await service.end()
    assert status == 1
    assert "WISHTREE_HTTP_PORT" in said
    assert str(port) in said
    assert "Traceback" not in said


async def test_a_worker_serves_health_and_metrics_only() -> None:
    async with running("--role", "worker") as service:
        await service.ready()
        assert (await service.client.get("/metrics")).status_code == 200
        assert (await service.client.get("/slow")).status_code == 404


@pytest.mark.parametrize(
    ("command", "status", "text"),
    [("openapi", 0, '"/slow"'), ("greet", 7, "hello"), ("dance", 2, "invalid choice")],
)
async def test_commands(command: str, status: int, text: str) -> None:
    async with running(command) as service:
        found, said = await service.end()
        assert found == status, said
        assert text in said
