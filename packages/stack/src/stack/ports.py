"""The ports of one stack: fixed ones, moved by settings, for people; free ones for tests."""

import os
import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass, fields

from stack.errors import PortTaken, StackError

HOST = "127.0.0.1"
# Below the range from which the kernel takes outgoing ports: a free one there stays free.
FREE_RANGE = range(20_000, 32_000)


def setting(name: str) -> str:
    """The environment variable that moves a port."""
    return f"WISHTREE_PORT_{name.upper()}"


def kafka_width(brokers: int) -> int:
    """Ports in a row that Kafka takes: all clients' first, then all controllers'."""
    return 2 * brokers


@dataclass(frozen=True)
class Ports:
    """Loopback ports. `kafka` is the first of a row: see `kafka_width`."""

    web: int = 8000
    wishes: int = 8001
    volunteers: int = 8002
    points: int = 8003
    notifications: int = 8004
    postgres: int = 8432
    kafka: int = 8092

    @staticmethod
    def from_environment() -> "Ports":
        """The defaults, moved by WISHTREE_PORT_WEB, WISHTREE_PORT_KAFKA and so on."""
        given = {f.name: os.environ.get(setting(f.name)) for f in fields(Ports)}
        return Ports(**{name: _number(name, text) for name, text in given.items() if text})

    @staticmethod
    def free(brokers: int = 1) -> "Ports":
        """Ports that nobody listens on now, so that a test's stack runs beside a demo."""
        kafka = free_port(kafka_width(brokers))
        taken = set(range(kafka, kafka + kafka_width(brokers)))
        found: dict[str, int] = {"kafka": kafka}
        for field in fields(Ports):
            if field.name not in found:
                found[field.name] = free_port(avoid=taken)
                taken.add(found[field.name])
        return Ports(**found)

    def of(self, name: str) -> int:
        return int(getattr(self, name))

    def check(self, brokers: int = 1) -> None:
        """Raises PortTaken for the first port that somebody listens on."""
        for name, port in self._all(brokers):
            if not is_free(port):
                raise PortTaken(port, setting(name))

    def _all(self, brokers: int) -> Iterator[tuple[str, int]]:
        for field in fields(self):
            width = kafka_width(brokers) if field.name == "kafka" else 1
            for port in range(self.of(field.name), self.of(field.name) + width):
                yield field.name, port


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(width: int = 1, *, avoid: set[int] | None = None) -> int:
    """The first of `width` free ports in a row. No other process is given one of them while this one lives."""
    for first in random.sample(FREE_RANGE, k=2_000):
        row = range(first, first + width)
        if not {*row} & (avoid or set()) and all(is_free(port) for port in row) and _keep(row):
            return first
    raise StackError("没有空闲的端口了。 / No free ports are left.")


def _keep(row: range) -> bool:
    """Whether nobody else was given one of these. A server listens on its port only when it has come up, half
    a minute later perhaps: until then the same port of UDP, which nobody uses, says that it is given away.
    """
    kept: list[int] = []
    for port in row:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mark:
            try:
                mark.bind((HOST, port))
            except OSError:
                for descriptor in kept:
                    os.close(descriptor)
                return False
            # Left open on purpose, until this process ends.
            kept.append(mark.detach())
    return True


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_000:
        raise StackError(
            f"{setting(name)}={text} 不是可用的端口（1–65000），请换一个数。"
            f" / {setting(name)}={text} is not a usable port (1–65000): choose another number."
        )
    return int(text)
