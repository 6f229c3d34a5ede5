"""How every client of ours connects: one place for addresses, credentials and time-outs."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

REQUEST_TIMEOUT_MS = 10_000


@dataclass(frozen=True)
class KafkaSettings:
    """`password` is a secret: the class never prints it."""

    bootstrap: str
    username: str | None = None
    password: str | None = None
    security_protocol: str = "SASL_PLAINTEXT"
    request_timeout_ms: int = REQUEST_TIMEOUT_MS

    def __repr__(self) -> str:
        return f"KafkaSettings({self.bootstrap!r}, {self.username!r})"

    def client(self) -> dict[str, Any]:
        """Options that producer, consumer and admin have in common."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.security_protocol,
            "metadata_max_age_ms": 10_000,
            "retry_backoff_ms": 100,
        }
        if self.security_protocol.startswith("SASL"):
            options |= {
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options


async def sleep_unless(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but no longer than until `stop`."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
