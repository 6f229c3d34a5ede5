"""Work 6: from a POST to the event at another department, with all services running."""

import asyncio
import time
import uuid

import httpx

from bench.outcome import Contestant, Figure, Goal, Outcome, Setting
from bench.whole import Whole, arrivals, partner, percentile, whole

RATE = 50.0
SECONDS, QUICK_SECONDS = 20.0, 2.0
WARM = 1.0
"""Seconds of the same load before the clock counts."""
P50, P99 = 10.0, 50.0
LAST_ARRIVAL = 3.0
BODY = {
    "channel": "desk",
    "category": "service",
    "area": "610102007001",
    "words": "厨房的灯不亮了",
    "beneficiary": {"name": "测试居民", "address": "测试家属院", "phone": "13800138099"},
}


def run(setting: Setting) -> Outcome:
    seconds = QUICK_SECONDS if setting.quick else SECONDS
    runs: list[tuple[list[float], list[float]]] = []
    with whole(setting.folder) as at:
        token = at.token("wang-juan")
        for _ in range(setting.rounds):
            _round(at, token, WARM)
            answered, arrived = _round(at, token, seconds)
            runs.append((answered, arrived))
            setting.say(
                f"{len(arrived)} events: p50 {percentile(arrived, 0.5):.1f} ms,"
                f" p99 {percentile(arrived, 0.99):.1f} ms"
            )
    ours = Contestant(
        "POST → partner",
        "ours",
        (
            Figure("p50", "ms", tuple(percentile(arrived, 0.5) for _, arrived in runs)),
            Figure("p99", "ms", tuple(percentile(arrived, 0.99) for _, arrived in runs)),
            Figure("answer p50", "ms", tuple(percentile(answered, 0.5) for answered, _ in runs)),
            Figure("answer p99", "ms", tuple(percentile(answered, 0.99) for answered, _ in runs)),
            Figure("lost", "", tuple(float(len(a) - len(b)) for a, b in runs)),
        ),
    )
    return Outcome(
        "partner",
        "6 · POST → event at a partner",
        (ours,),
        (
            Goal("p50, ms", ours.figure("p50").value, "<=", P50),
            Goal(
                "p99, ms",
                ours.figure("p99").value,
                "<=",
                P99,
                f"p99 of the answers alone is {ours.figure('answer p99').value:.0f} ms; see the spread",
            ),
            Goal("events that did not arrive", sum(ours.figure("lost").runs), "<=", 0),
        ),
        (f"Open loop, {RATE:.0f} wishes a second, five services, relay and consumers running.",),
    )


def load(at: Whole, seconds: float) -> None:
    """The same load, for whoever wants the services to have worked."""
    asyncio.run(_send(at.stack.url("wishes"), at.token("wang-juan"), seconds))


def _round(at: Whole, token: str, seconds: float) -> tuple[list[float], list[float]]:
    """Milliseconds until the answer, and until the partner had the event."""
    with partner(at.stack) as log:
        sent = asyncio.run(_send(at.stack.url("wishes"), token, seconds))
        deadline = time.monotonic() + LAST_ARRIVAL
        while time.monotonic() < deadline:
            time.sleep(0.1)
    first: dict[str, float] = {}
    for _, correlation, seen in arrivals(log):
        first.setdefault(correlation, seen)
    log.unlink()
    answered = [(end - began) * 1000 for began, end in sent.values()]
    arrived = [(first[c] - began) * 1000 for c, (began, _) in sent.items() if c in first]
    return answered, arrived


async def _send(wishes: str, token: str, seconds: float) -> dict[str, tuple[float, float]]:
    """Correlation id → (sent, answered), seconds since 1970. Open loop: nobody waits for an answer."""
    sent: dict[str, tuple[float, float]] = {}

    async def one(http: httpx.AsyncClient, number: int) -> None:
        await asyncio.sleep(max(0.0, began + number / RATE - time.time()))
        correlation = str(uuid.uuid4())
        headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": correlation,
            "X-Correlation-Id": correlation,
        }
        at = time.time()
        answer = await http.post(f"{wishes}/v1/wishes", json=BODY, headers=headers)
        answer.raise_for_status()
        sent[correlation] = at, time.time()

    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(limits=limits, timeout=10) as http:
        began = time.time() + 0.1
        await asyncio.gather(*(one(http, number) for number in range(round(seconds * RATE))))
    return sent
