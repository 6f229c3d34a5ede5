"""One machine: PostgreSQL, Kafka and one process a service, started and stopped in order."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import psutil

from stack import provision
from stack.environment import (
    SERVICES,
    bootstrap_environment,
    environment,
    migration_environment,
    url,
)
from stack.kafka import EmbeddedKafka
from stack.ports import Ports
from stack.postgres import EmbeddedPostgres, run_now
from stack.processes import Child, Line, NotReady, wait_until
from stack.secrets import DATABASE_SERVICES, Secrets, write_private

READY_LIMIT = 40.0
Progress = Callable[[str, str], None]
"""(step, state) with state one of begin, done."""


class AlreadyRunning(Exception):
    """Another process holds this data directory."""


class Stack:
    """Everything that a district needs, on loopback, in one folder.

    `stop` ends what `start` began, in the opposite order, within ten seconds; a data directory that
    a killed run left behind is taken over: what still runs from it is ended first.
    """

    def __init__(
        self,
        folder: Path,
        ports: Ports,
        *,
        brokers: int = 1,
        purpose: str = "demo",
        show: Line | None = None,
        progress: Progress | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.ports = ports
        self.purpose = purpose
        self._show = show
        self._progress = progress or (lambda step, state: None)
        self._extra = dict(extra or {})
        self.folder.mkdir(parents=True, exist_ok=True)
        self.secrets = Secrets.load(self.folder)
        self.postgres = EmbeddedPostgres(
            self.folder / "postgres",
            port=ports.postgres,
            password=self.secrets.postgres,
            fsync=purpose == "demo",
        )
        self.kafka = EmbeddedKafka(
            self.folder / "kafka",
            port=ports.kafka,
            password=self.secrets.kafka_admin,
            brokers=brokers,
        )
        self.services: dict[str, Child] = {}

    def start(self) -> None:
        """Everything, in order. Raises PortTaken, AlreadyRunning or NotReady with a sentence."""
        self.start_infrastructure()
        self.prepare()
        for service in SERVICES:
            self.start_service(service, wait=False)
        for service in SERVICES:
            self.wait_for(service)

    def start_infrastructure(self) -> None:
        """PostgreSQL and Kafka with roles, schemas, topics, users and ACLs."""
        end_leftovers(self.folder)
        self.ports.check(self.kafka.brokers)
        self._step("PostgreSQL", self.postgres.start)
        self._step("Kafka", self.kafka.start)
        self._note()
        self._step("角色、主题、权限", self._provision)

    def prepare(self) -> None:
        """The services' schemas, the first operator and the services' clients."""
        self._step("数据表", self._migrate)
        self._run("volunteers", "bootstrap", bootstrap_environment(self.secrets))

    def start_service(
        self, service: str, *, wait: bool = True, extra: Mapping[str, str] | None = None
    ) -> None:
        self.services[service] = Child(
            service,
            [sys.executable, "-m", service],
            log=self.folder / "logs" / f"{service}.log",
            environment={**self.environment(service), **self._extra, **(extra or {})},
            show=self._show,
        )
        self._note()
        if wait:
            self.wait_for(service)

    def wait_for(self, service: str) -> None:
        """Until the service says it is ready; its last lines are in the error if it does not."""
        self._step(
            service,
            lambda: wait_until(
                lambda: self.ready(service),
                limit=READY_LIMIT,
                what=service,
                child=self.services[service],
            ),
        )

    def ready(self, service: str) -> bool:
        try:
            return httpx.get(f"{self.url(service)}/readyz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def kill_service(self, service: str) -> None:
        self.services[service].kill()

    def stop_service(self, service: str, limit: float = 8.0) -> None:
        self.services[service].stop(limit=limit)

    def stop(self) -> None:
        """The web first, then the services together, then Kafka, then PostgreSQL."""
        running = [child for child in self.services.values() if child.running()]
        for child in running:
            child.signal(signal.SIGTERM)
        for child in running:
            child.stop(limit=4)
        self.kafka.stop(limit=3)
        self.postgres.stop(limit=2)
        (self.folder / "stack.json").unlink(missing_ok=True)

    def url(self, service: str) -> str:
        return url(self.ports, service)

    def environment(self, service: str) -> dict[str, str]:
        return environment(
            service, self.ports, self.secrets, self.kafka.bootstrap, self.folder, self.purpose
        )

    def _provision(self) -> None:
        secrets = self.secrets
        run_now(provision.database(self.postgres.dsn(), secrets.owners, secrets.roles))
        admin = self.kafka.admin()
        provision.topics(admin, replicas=min(3, self.kafka.brokers))
        provision.users(admin, secrets.kafka)
        provision.acls(admin)

    def _migrate(self) -> None:
        running = [
            self._spawn(
                service, "migrate", migration_environment(service, self.ports, self.secrets)
            )
            for service in DATABASE_SERVICES
        ]
        for child in running:
            _finish(child)

    def _run(self, service: str, command: str, extra: Mapping[str, str]) -> None:
        _finish(self._spawn(service, command, extra))

    def _spawn(self, service: str, command: str, extra: Mapping[str, str]) -> Child:
        return Child(
            f"{service} {command}",
            [sys.executable, "-m", service, command],
            log=self.folder / "logs" / f"{service}-{command}.log",
            environment={**self.environment(service), **extra},
            show=self._show,
        )

    def _step(self, name: str, do: Callable[[], None]) -> None:
        self._progress(name, "begin")
        do()
        self._progress(name, "done")

    def _note(self) -> None:
        """What runs, for `status`, `down`, other programs, and for the run after a power cut."""
        pids = {
            "postgres": self.postgres.pid,
            **{f"kafka-{n}": pid for n, pid in enumerate(self.kafka.pids(), start=1)},
            **{name: child.pid for name, child in self.services.items()},
        }
        note = {
            "supervisor": os.getpid(),
            "pids": pids,
            "ports": vars(self.ports),
            "brokers": self.kafka.brokers,
            "bootstrap": self.kafka.bootstrap,
            "purpose": self.purpose,
        }
        write_private(self.folder / "stack.json", json.dumps(note, indent=1))


def read_note(folder: Path) -> dict[str, object] | None:
    """The note of the stack in this folder; None where none was left."""
    path = folder / "stack.json"
    return json.loads(path.read_text()) if path.exists() else None


def is_alive(pid: object, folder: Path) -> bool:
    """Whether this process lives and is ours: a pid may have been given to somebody else."""
    if not isinstance(pid, int):
        return False
    try:
        process = psutil.Process(pid)
        words = " ".join(process.cmdline())
        return process.status() != psutil.STATUS_ZOMBIE and (
            str(folder) in words or "-m " in words or "stack" in words or "hansenzhai" in words
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def end_leftovers(folder: Path) -> None:
    """End what a killed run left. Raises AlreadyRunning while its supervisor lives."""
    note = read_note(folder)
    if note is None:
        return
    supervisor = note["supervisor"]
    if supervisor != os.getpid() and is_alive(supervisor, folder):
        raise AlreadyRunning(
            f"这份数据正在用（进程 {supervisor}）：先 make down，或者换一个 --data"
            f" / this data is in use by process {supervisor}: make down first, or choose another --data"
        )
    pids = note["pids"]
    for pid in pids.values() if isinstance(pids, dict) else ():
        if is_alive(pid, folder):
            process = psutil.Process(pid)
            process.kill()
            try:
                process.wait(5)
            except psutil.TimeoutExpired as error:
                raise NotReady(f"process {pid} of an earlier run does not end") from error
    (folder / "stack.json").unlink()


def _finish(child: Child) -> None:
    try:
        code = child.process.wait(90)
    except subprocess.TimeoutExpired:
        child.kill()
        raise NotReady(f"{child.name} did not end\n{child.last_lines()}") from None
    child.stop()
    if code:
        raise NotReady(f"{child.name} ended with {code}\n{child.last_lines()}")
