"""One machine: PostgreSQL, Kafka and one process per service, started and ended in order."""

import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import httpx
from filelock import FileLock, Timeout

from stack.environment import bootstrap_environment, environment, migration_environment, url
from stack.errors import AlreadyRunning, NotReady
from stack.kafka import EmbeddedKafka
from stack.layout import (
    DATABASE_SERVICES,
    SERVICES,
    STOP_ORDER,
    log_path,
    outbox_path,
    private_folder,
)
from stack.lines import Follower, Line
from stack.note import end_leftovers, remove_note, write_note
from stack.ports import Ports
from stack.postgres import EmbeddedPostgres, StopMode
from stack.processes import Child, inherited_environment, last_lines, spawn, wait_until
from stack.provision import acls, database, run_now, topics, users
from stack.secrets import Secrets
from stack.watch import Watch

READY_LIMIT = 120.0
COMMAND_LIMIT = 120.0
# All of stop() fits into ten seconds: services, then Kafka, then PostgreSQL.
SERVICES_LIMIT, KAFKA_LIMIT, POSTGRES_LIMIT = 6.0, 2.0, 1.5
Progress = Callable[[str, str], None]
"""(step, state): state is `begin` or `done`."""


class Stack:
    """Everything that a district needs, on loopback, in one folder. Methods block.

    `stop` ends what `start` began, in the opposite order, within ten seconds. A folder that a killed
    run left behind is taken over: what still runs from it is ended first. `fsync` is on in a demo
    and off in a test, unless said; `front` puts a proxy before the brokers (see EmbeddedKafka).
    """

    def __init__(
        self,
        folder: Path,
        ports: Ports,
        *,
        brokers: int = 1,
        purpose: Literal["demo", "test"] = "demo",
        show: Line | None = None,
        progress: Progress | None = None,
        extra: Mapping[str, str] | None = None,
        fsync: bool | None = None,
        front: Sequence[int] = (),
    ) -> None:
        self.folder = folder.expanduser().resolve()
        self.ports = ports
        self.purpose: Literal["demo", "test"] = purpose
        self._progress = progress or (lambda step, state: None)
        self._extra = dict(extra or {})
        for place in (self.folder, self._logs, outbox_path(self.folder)):
            private_folder(place)
        self._lock = FileLock(self.folder / "stack.lock", mode=0o600)
        self._show = show
        self._follower: Follower | None = None
        self.secrets = Secrets.load(self.folder)
        self.postgres = EmbeddedPostgres(
            self.folder / "postgres",
            password=self.secrets.postgres,
            port=ports.postgres,
            fsync=purpose == "demo" if fsync is None else fsync,
            log=log_path(self.folder, "postgres"),
            stack=self.folder,
        )
        self.kafka = EmbeddedKafka(
            self.folder / "kafka",
            password=self.secrets.kafka_admin,
            port=ports.kafka,
            brokers=brokers,
            logs=self._logs,
            stack=self.folder,
            front=front,
        )
        self.services: dict[str, Child] = {}
        self.watch = Watch(self.services, self._servers, self._launch)

    def start(self) -> None:
        """Everything, in order. Raises a StackError with a sentence, and leaves what runs to `stop`."""
        self.start_infrastructure()
        self.prepare()
        for service in SERVICES:
            self._launch(service, {})
        for service in SERVICES:
            self.wait_for(service)

    def start_infrastructure(self) -> None:
        """PostgreSQL and Kafka, with roles, schemas, topics, users and ACLs."""
        self._take_folder()
        if self._show:
            self._follower = Follower(self._logs, self._show)
            self._follower.start()
        self.ports.check(self.kafka.brokers)
        self._progress("Kafka", "begin")
        self.kafka.begin()
        # While the brokers come up:
        self._step("PostgreSQL", self.postgres.start)
        self._note()
        run_now(database(self.postgres.dsn(), self.secrets.owners, self.secrets.roles))
        self.kafka.wait_ready()
        self._progress("Kafka", "done")
        self._step("主题、用户、权限", self._provision_kafka)

    def prepare(self) -> None:
        """The services' tables, the first operator and the services' clients; safe to repeat."""
        self._step("数据表", self._migrate)
        self._step("第一位运营员", self._bootstrap)

    def start_service(
        self, service: str, *, wait: bool = True, extra: Mapping[str, str] | None = None
    ) -> None:
        """Starts one service unless it runs; NotReady with its last lines if it does not come up."""
        if not (service in self.services and self.services[service].running):
            self._launch(service, extra or {})
        if wait:
            self.wait_for(service)

    def start_worker(
        self, service: str, name: str, port: int, extra: Mapping[str, str] | None = None
    ) -> Child:
        """One more process of a service that only works events, no requests; the caller ends it.
        Its own health and metrics are at `port`."""
        own = {**(extra or {}), "WISHTREE_HTTP_PORT": str(port)}
        return self._python(name, [service, "--role", "worker"], own)

    def command(self, service: str, command: str, extra: Mapping[str, str]) -> None:
        """A subcommand of a service, to its end; NotReady with its last lines where it fails."""
        _finish([self._command(service, command, extra)])

    def wait_for(self, service: str) -> None:
        """Until the service says that it is ready."""
        child = self.services[service]
        self._step(
            service, lambda: wait_until(lambda: self.ready(service), child, seconds=READY_LIMIT)
        )

    def ready(self, service: str) -> bool:
        try:
            return httpx.get(f"{self.url(service)}/readyz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def kill_service(self, service: str) -> None:
        """SIGKILL, as a crash; the watch leaves it alone until `start_service`."""
        self.watch.forget(service)
        self.services[service].kill()
        self._note()

    def stop_service(self, service: str, *, within: float = 8.0) -> None:
        self.watch.forget(service)
        self.services[service].end(within=within)
        self._note()

    def stop_kafka(self, *, hard: bool = False) -> None:
        """Ends every broker, `hard` as a power cut. Services go on and keep what they could not send."""
        if hard:
            self.kafka.kill()
        else:
            self.kafka.stop()
        self._note()

    def start_kafka(self) -> None:
        """After a hard stop this takes a session time-out longer: the old broker must be forgotten."""
        self.kafka.start()
        self._note()

    def stop_postgres(self, mode: StopMode = "fast") -> None:
        """`immediate` is a crash: nothing that was committed is lost, recovery follows at the start."""
        self.postgres.stop(mode)
        self._note()

    def start_postgres(self) -> None:
        self.postgres.start()
        self._note()

    def restart_postgres(self, mode: StopMode = "fast") -> None:
        self.stop_postgres(mode)
        self.start_postgres()

    def stop(self) -> None:
        """The web first, then the other services, then Kafka, then PostgreSQL; safe to repeat."""
        self._stop_services()
        self.kafka.stop(within=KAFKA_LIMIT)
        self.postgres.stop(within=POSTGRES_LIMIT)
        if self._lock.is_locked:
            remove_note(self.folder)
            self._lock.release()
        if self._follower:
            self._follower.stop()
            self._follower = None

    def url(self, service: str) -> str:
        return url(self.ports, service)

    def environment(self, service: str) -> dict[str, str]:
        """WISHTREE_* of one service: its own secrets and nobody else's."""
        return environment(
            service, self.ports, self.secrets, self.kafka.bootstrap, self.folder, self.purpose
        )

    @property
    def _logs(self) -> Path:
        return self.folder / "logs"

    def _take_folder(self) -> None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise AlreadyRunning(self.folder) from None
        end_leftovers(self.folder)

    def _stop_services(self) -> None:
        """One after the other, so that readers end before writers; one limit for all of them.

        Who is slow keeps the next one waiting for a fair share of the time that is left, no longer.
        """
        deadline = time.monotonic() + SERVICES_LIMIT
        running = [self.services[s] for s in STOP_ORDER if s in self.services]
        for number, child in enumerate(running):
            if child.running:
                child.ask(signal.SIGTERM)
                child.wait((deadline - time.monotonic()) / (len(running) - number))
        for child in running:
            child.end(within=max(0.0, deadline - time.monotonic()))

    def _provision_kafka(self) -> None:
        admin = self.kafka.admin()
        users(admin, self.secrets.kafka)
        topics(admin, replicas=self.kafka.brokers)
        acls(admin)

    def _migrate(self) -> None:
        """All schemas side by side: each has an owner and a lock of its own."""
        _finish(
            [
                self._command(
                    name, "migrate", migration_environment(name, self.ports, self.secrets)
                )
                for name in DATABASE_SERVICES
            ]
        )

    def _bootstrap(self) -> None:
        _finish([self._command("volunteers", "bootstrap", bootstrap_environment(self.secrets))])

    def _launch(self, service: str, extra: Mapping[str, str]) -> None:
        self.services[service] = self._python(service, [service], extra)
        self._note()

    def _command(self, service: str, command: str, extra: Mapping[str, str]) -> Child:
        return self._python(f"{service}-{command}", [service, command], extra)

    def _python(self, name: str, module: list[str], extra: Mapping[str, str]) -> Child:
        return spawn(
            name,
            [sys.executable, "-m", *module],
            log=log_path(self.folder, name),
            env={
                **inherited_environment(),
                "PYTHONUNBUFFERED": "1",
                "PYTHONUTF8": "1",
                **self.environment(module[0]),
                **self._extra,
                **extra,
            },
            stack=self.folder,
        )

    def _step(self, name: str, do: Callable[[], None]) -> None:
        self._progress(name, "begin")
        do()
        self._progress(name, "done")

    def _servers(self) -> list[Child]:
        postgres = [self.postgres.child] if self.postgres.child else []
        return [*postgres, *self.kafka.children.values()]

    def _note(self) -> None:
        children = {**{child.name: child for child in self._servers()}, **self.services}
        kafka = self.kafka
        write_note(self.folder, children, self.ports, kafka.brokers, kafka.bootstrap, self.purpose)


def _finish(commands: list[Child]) -> None:
    """Waits for commands to end well; NotReady with the last lines of the first that did not."""
    try:
        for child in commands:
            child.wait(COMMAND_LIMIT)
    finally:
        for child in commands:
            if child.running:
                child.kill()
    for child in commands:
        code = child.process.returncode
        if code:
            why = f"返回码 {code} / exit status {code}"
            raise NotReady(child.name, why, last_lines(child.log))
