"""The ports of one stack: fixed ones for the demo, free ones for tests."""

import os
import socket
from dataclasses import dataclass, fields

HOST = "127.0.0.1"


class PortTaken(Exception):
    """Somebody else listens there. The sentence names the port and the setting that moves it."""

    def __init__(self, name: str, port: int) -> None:
        setting = f"WISHTREE_PORT_{name.upper()}"
        super().__init__(
            f"端口 {port}（{name}）已经有别的程序在用，换一个：{setting}={port + 1000}"
            f" / port {port} ({name}) is in use; choose another with {setting}={port + 1000}"
        )


@dataclass(frozen=True)
class Ports:
    """Loopback ports. `kafka` is the first of three per broker: client, inter-broker, controller."""

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
        chosen: dict[str, int] = {}
        for field in fields(Ports):
            text = os.environ.get(f"WISHTREE_PORT_{field.name.upper()}")
            if text is not None:
                chosen[field.name] = _number(field.name, text)
        return Ports(**chosen)

    @staticmethod
    def free(brokers: int = 1) -> "Ports":
        """Ports that nobody listens on now, so that a test stack runs beside a demo."""
        names = [field.name for field in fields(Ports) if field.name != "kafka"]
        found = _free(len(names))
        return Ports(**dict(zip(names, found, strict=True)), kafka=_free_row(3 * brokers))

    def of(self, name: str) -> int:
        return int(getattr(self, name))

    def check(self, brokers: int = 1) -> None:
        """Raise PortTaken for the first port that somebody listens on."""
        for field in fields(self):
            first = self.of(field.name)
            width = 3 * brokers if field.name == "kafka" else 1
            for port in range(first, first + width):
                if not is_free(port):
                    raise PortTaken(field.name, port)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _number(name: str, text: str) -> int:
    if not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise ValueError(f"WISHTREE_PORT_{name.upper()}: {text!r} is not a port (1024-65535)")
    return int(text)


def _free(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _free_row(width: int) -> int:
    """The first of `width` free ports in a row."""
    while True:
        (first,) = _free(1)
        if first + width < 65535 and all(is_free(port) for port in range(first, first + width)):
            return first
