"""A small token bucket per client for routes that anybody may call."""

import time
from collections import OrderedDict

from fastapi import Request

from chassis.http.problems import Problem, ProblemSpec

TOO_MANY = ProblemSpec(
    429, "too-many-requests", "太快了", "这会儿问得太快了，请歇一下再试；什么都没有丢。"
)
CLIENTS = 10_000
"""Buckets kept; the longest unused goes first, so that memory has a bound."""


class RateLimit:
    """`rate` requests a second on average, `burst` at once, per client address."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, request: Request) -> None:
        client = request.client.host if request.client else "unknown"
        self.take(client, time.monotonic())

    def take(self, client: str, now: float) -> None:
        """Take one token at `now` (seconds). Raises the problem `too-many-requests`."""
        tokens, before = self._buckets.pop(client, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - before) * self._rate)
        allowed = tokens >= 1
        self._buckets[client] = (tokens - 1 if allowed else tokens, now)
        while len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        if not allowed:
            wait = int((1 - tokens) / self._rate) + 1
            raise Problem(TOO_MANY, headers={"Retry-After": str(wait)})
