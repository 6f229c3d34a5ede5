"""A contestant's process and what it and the servers use: the same for every work."""

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from stack import Stack
from stack.processes import Child, inherited_environment, spawn

READY = 40.0


@contextmanager
def worker(stack: Stack, command: Sequence[str], service: str, dsn: str = "") -> Generator[Child]:
    """A program that works for `service` until it is ended; entered when it has said `ready`.

    Its database is the service's own unless `dsn` is given.
    """
    settings = stack.environment(service)
    log = stack.folder / "logs" / "contestant.log"
    log.unlink(missing_ok=True)
    child = spawn(
        "contestant",
        command,
        log=log,
        env={
            **inherited_environment(),
            "DSN": dsn or settings["WISHTREE_DATABASE_URL"],
            "BOOTSTRAP": stack.kafka.bootstrap,
            "KAFKA_USER": service,
            "KAFKA_PASSWORD": stack.secrets.kafka[service],
        },
        stack=stack.folder,
    )
    try:
        deadline = time.monotonic() + READY
        while "ready" not in (log.read_text() if log.exists() else ""):
            if not child.running or time.monotonic() > deadline:
                raise RuntimeError(log.read_text()[-2000:])
            time.sleep(0.05)
        yield child
    finally:
        child.end(within=8)


def servers_cpu(stack: Stack) -> tuple[float, float]:
    """CPU seconds of PostgreSQL with all its backends, and of the brokers."""
    postgres = psutil.Process(stack.postgres.child.pid) if stack.postgres.child else None
    backends = [postgres, *postgres.children(recursive=True)] if postgres else []
    brokers = [psutil.Process(child.pid) for child in stack.kafka.children.values()]
    return sum(map(seconds_of, backends)), sum(map(seconds_of, brokers))


def seconds_of(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    # What ended children used counts too: PostgreSQL's backends come and go.
    return times.user + times.system + times.children_user + times.children_system


def peak_of(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
