"""A node's server.properties. Kept beside deploy/compose/kafka: the same listeners, the same rules."""

from collections.abc import Sequence
from pathlib import Path

from stack.ports import HOST

SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


def server_properties(
    *,
    node: int,
    ports: Sequence[int],
    controllers: Sequence[int],
    data: Path,
    password: str,
    front: Sequence[int] = (),
    internal: Sequence[int] = (),
) -> str:
    """The settings of one combined node. Holds the administrator's password: write it 0600.

    `front`: ports that clients are told instead of the nodes' own, a proxy's for example. The
    brokers then talk among themselves on `internal`, past it.
    """
    copies = len(ports)
    in_sync = 2 if copies > 1 else 1
    admin = f'username="admin" password="{password}"'
    between = "INTERNAL" if front else "CLIENT"
    settings: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.quorum.voters": ",".join(
            f"{n}@{HOST}:{port}" for n, port in enumerate(controllers, start=1)
        ),
        "listeners": f"CLIENT://{HOST}:{ports[node - 1]},CONTROLLER://{HOST}:{controllers[node - 1]}",
        "advertised.listeners": f"CLIENT://{HOST}:{ports[node - 1]}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": between,
        "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.client.scram-sha-512.sasl.jaas.config": f"{SCRAM} required {admin};",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": f'{PLAIN} required {admin} user_admin="{password}";',
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:admin",
        "allow.everyone.if.no.acl.found": "false",
        "auto.create.topics.enable": "false",
        "unclean.leader.election.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": 8,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        # A group of one service is complete at once.
        "group.initial.rebalance.delay.ms": 0,
        # A killed leader costs 5 s instead of 9.
        "broker.session.timeout.ms": 4500,
        "broker.heartbeat.interval.ms": 1000,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
        "log.dirs": data,
    }
    if front:
        settings |= {
            "listeners": f"{settings['listeners']},INTERNAL://{HOST}:{internal[node - 1]}",
            "advertised.listeners": (
                f"CLIENT://{HOST}:{front[node - 1]},INTERNAL://{HOST}:{internal[node - 1]}"
            ),
            "listener.security.protocol.map": (
                f"{settings['listener.security.protocol.map']},INTERNAL:SASL_PLAINTEXT"
            ),
            "listener.name.internal.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.internal.scram-sha-512.sasl.jaas.config": f"{SCRAM} required {admin};",
        }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
