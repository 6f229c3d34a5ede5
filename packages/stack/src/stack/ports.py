"""Which ports a stack uses: fixed and named by settings for people, free ones for tests."""

import os
import random
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stack.errors import PortInUse, StackError
from stack.layout import START_ORDER

HOST = "127.0.0.1"
DEFAULTS: Mapping[str, int] = {
    "web": 8000,
    "wishes": 8001,
    "volunteers": 8002,
    "points": 8003,
    "notifications": 8004,
    "postgres": 8432,
    "kafka": 8092,
}
# Below the range from which the kernel takes outgoing ports: a free one there stays free.
FREE_RANGE = (20_000, 32_000)


def setting(name: str) -> str:
    """The environment variable that moves a port."""
    return f"WISHTREE_PORT_{name.upper()}"


@dataclass(frozen=True)
class Ports:
    """`kafka` and `controllers` have one port per broker."""

    services: Mapping[str, int]
    postgres: int
    kafka: tuple[int, ...]
    controllers: tuple[int, ...]

    @classmethod
    def from_environment(cls, brokers: int) -> "Ports":
        """The defaults, moved by WISHTREE_PORT_…; Kafka uses two ports per broker from its first on."""
        chosen = {name: _chosen(name, default) for name, default in DEFAULTS.items()}
        first = chosen["kafka"]
        return cls(
            services={name: chosen[name] for name in START_ORDER},
            postgres=chosen["postgres"],
            kafka=tuple(range(first, first + brokers)),
            controllers=tuple(range(first + brokers, first + 2 * brokers)),
        )

    @classmethod
    def free(cls, brokers: int) -> "Ports":
        """Free ports, so that a test's stack runs beside a demo."""
        found = free_ports(len(START_ORDER) + 1 + 2 * brokers)
        services, rest = found[: len(START_ORDER)], found[len(START_ORDER) :]
        return cls(
            services=dict(zip(START_ORDER, services, strict=True)),
            postgres=rest[0],
            kafka=tuple(rest[1 : 1 + brokers]),
            controllers=tuple(rest[1 + brokers :]),
        )

    def named(self) -> Iterator[tuple[str, int]]:
        yield from self.services.items()
        yield "postgres", self.postgres
        for port in (*self.kafka, *self.controllers):
            yield "kafka", port

    def require_free(self) -> None:
        """Raises PortInUse for the first port that somebody else has."""
        for name, port in self.named():
            if not is_free(port):
                raise PortInUse(port, setting(name))


def _chosen(name: str, default: int) -> int:
    given = os.environ.get(setting(name), str(default))
    if not given.isdecimal() or not 0 < int(given) < 65_000:
        raise StackError(
            f"{setting(name)}={given} 不是可用的端口号。 / {setting(name)}={given} is not a usable port."
        )
    return int(given)


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Distinct free ports, taken at random so that stacks that start together rarely meet."""
    candidates = random.sample(range(*FREE_RANGE), k=min(2_000, 40 * count))
    found: list[int] = []
    for port in candidates:
        if is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise StackError("没有空闲端口。 / No free ports left.")
