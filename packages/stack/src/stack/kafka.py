"""Embedded Apache Kafka: one or three combined KRaft nodes with SCRAM users and ACLs."""

import base64
import signal
import subprocess
import uuid
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from stack.jars import JAVA, class_path
from stack.ports import HOST
from stack.processes import Child, Line, NotReady, wait_until

JVM = ("-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
START_LIMIT = 60.0
SHARED = """process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=CLIENT://{host}:{client},INTERNAL://{host}:{internal},CONTROLLER://{host}:{controller}
advertised.listeners=CLIENT://{host}:{client},INTERNAL://{host}:{internal}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,INTERNAL:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.mechanism.controller.protocol=PLAIN
listener.name.client.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.client.scram-sha-512.sasl.jaas.config={scram}
listener.name.internal.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.internal.scram-sha-512.sasl.jaas.config={scram}
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={plain}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
unclean.leader.election.enable=false
default.replication.factor={replicas}
min.insync.replicas={in_sync}
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=8
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={in_sync}
broker.session.timeout.ms=4500
broker.heartbeat.interval.ms=1000
num.network.threads=2
num.io.threads=4
log.dirs={data}
"""


class EmbeddedKafka:
    """A cluster of one or three nodes. Node numbers begin at 1."""

    def __init__(
        self, folder: Path, *, port: int, password: str, brokers: int = 1, show: Line | None = None
    ) -> None:
        if brokers not in (1, 3):
            raise ValueError("one broker or three: two have no majority without both")
        self.folder = folder
        self.brokers = brokers
        self._port = port
        self._password = password
        self._show = show
        self._children: dict[int, Child] = {}

    @property
    def nodes(self) -> range:
        return range(1, self.brokers + 1)

    @property
    def bootstrap(self) -> str:
        return ",".join(f"{HOST}:{self._place(node)}" for node in self.nodes)

    def start(self) -> None:
        """Format what is not formatted, start every node, wait until the cluster takes requests."""
        path = class_path()
        for node in self.nodes:
            self._format(node, path)
        for node in self.nodes:
            self.start_node(node, path)
        self.wait()

    def start_node(self, node: int, path: str | None = None) -> None:
        if node in self._children and self._children[node].running():
            return
        command = [str(JAVA), *JVM, "-cp", path or class_path(), "kafka.Kafka"]
        self._children[node] = Child(
            f"kafka-{node}",
            [*command, str(self._home(node) / "server.properties")],
            log=self._home(node) / "kafka.log",
            show=self._show,
        )

    def wait(self) -> None:
        """Open ports are not a ready cluster: ask for the members and a coordinator's answer."""
        for node, child in self._children.items():
            wait_until(self._complete, limit=START_LIMIT, what=f"Kafka node {node}", child=child)

    def stop(self, limit: float = 5.0) -> None:
        """A combined node may not end on SIGTERM once the others are gone, so the wait is bounded."""
        for child in self._children.values():
            child.signal(signal.SIGTERM)
        for child in self._children.values():
            child.stop(limit=limit)

    def kill(self, node: int | None = None) -> None:
        for number, child in self._children.items():
            if node in (None, number):
                child.kill()

    def child(self, node: int = 1) -> Child:
        return self._children[node]

    def pids(self) -> list[int]:
        return [child.pid for child in self._children.values() if child.running()]

    def admin(self) -> AdminClient:
        return AdminClient(client_settings(self.bootstrap, "admin", self._password))

    def _complete(self) -> bool:
        try:
            cluster = self.admin().list_topics(timeout=2)
        except KafkaException:
            return False
        return len(cluster.brokers) == self.brokers

    def _home(self, node: int) -> Path:
        return self.folder / f"node-{node}"

    def _place(self, node: int) -> int:
        return self._port + 3 * (node - 1)

    def _format(self, node: int, path: str) -> None:
        home = self._home(node)
        properties = home / "server.properties"
        replicas = min(3, self.brokers)
        client = self._place(node)
        home.mkdir(parents=True, exist_ok=True)
        user = f'username="admin" password="{self._password}"'
        properties.touch(mode=0o600)
        properties.write_text(
            SHARED.format(
                node=node,
                host=HOST,
                client=client,
                internal=client + 1,
                controller=client + 2,
                voters=",".join(f"{n}@{HOST}:{self._place(n) + 2}" for n in self.nodes),
                scram=f"org.apache.kafka.common.security.scram.ScramLoginModule required {user};",
                plain="org.apache.kafka.common.security.plain.PlainLoginModule required "
                f'{user} user_admin="{self._password}";',
                replicas=replicas,
                in_sync=2 if replicas == 3 else 1,
                data=home / "data",
            )
        )
        if (home / "data" / "meta.properties").exists():
            return
        command = [str(JAVA), "-XX:TieredStopAtLevel=1", "-cp", path, "kafka.tools.StorageTool"]
        scram = f"SCRAM-SHA-512=[name=admin,password={self._password}]"
        arguments = [
            "format",
            "-t",
            self._cluster_id(),
            "-c",
            str(properties),
            "--add-scram",
            scram,
        ]
        done = subprocess.run([*command, *arguments], capture_output=True, timeout=60, check=False)
        if done.returncode:
            words = (done.stderr or done.stdout).decode(errors="replace")[-800:]
            raise NotReady(f"Kafka's storage could not be formatted: {words}")

    def _cluster_id(self) -> str:
        """The same for all nodes and for every start."""
        path = self.folder / "cluster.id"
        if not path.exists():
            path.write_text(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
        return path.read_text()


def client_settings(bootstrap: str, username: str, password: str) -> dict[str, str | int]:
    """Options of a librdkafka client, as any partner would write them."""
    return {
        "bootstrap.servers": bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": username,
        "sasl.password": password,
        "socket.timeout.ms": 10_000,
        "log_level": 0,
    }
