"""docker-compose runs the same Kafka, PostgreSQL and settings as this package, where both can say."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from stack import Ports, Stack
from stack.kafka_settings import server_properties
from stack.layout import DATABASE_SERVICES, SERVICES
from stack.secrets import KAFKA_USERS

# One worker: the shared infrastructure is started once.
pytestmark = pytest.mark.xdist_group("machine")

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "docker-compose.yml"
BROKER = ROOT / "deploy" / "compose" / "kafka" / "server.properties"
PLACES = {"controller.quorum.voters", "listeners", "advertised.listeners", "log.dirs"}
# A machine that is not ours alone has room for what a laptop must save.
SIZES = {
    "num.network.threads",
    "num.io.threads",
    "log.cleaner.dedupe.buffer.size",
    "offsets.topic.num.partitions",
    "transaction.state.log.num.partitions",
}
PASSWORD = "${KAFKA_ADMIN_PASSWORD}"


def properties(text: str) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name: value for name, value in pairs if name not in PLACES | SIZES}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


def test_the_brokers_rules_are_the_same() -> None:
    ours = server_properties(
        node=1, ports=[9092], controllers=[9093], data=Path("/data"), password=PASSWORD
    )
    theirs = properties(BROKER.read_text(encoding="utf-8"))
    missing = {name: value for name, value in properties(ours).items() if theirs.get(name) != value}
    # What is not said there has this value by default, with one broker or with none but its own.
    defaults = {
        "unclean.leader.election.enable": "false",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
    }
    assert {k: v for k, v in missing.items() if defaults.get(k) != v} == {}


def test_the_brokers_have_the_same_version(compose: dict[str, Any]) -> None:
    from stack.kafka_jars import ENDPOINT

    version = compose["services"]["kafka"]["image"].split(":")[1]
    assert f"kafka_2.13:{version}" in ENDPOINT


def test_the_databases_have_the_same_version_and_let_nobody_in_without_a_password(
    compose: dict[str, Any], machine: Stack
) -> None:
    postgres = compose["services"]["postgres"]
    major = (machine.postgres.data / "PG_VERSION").read_text(encoding="utf-8").strip()
    assert postgres["image"] == f"postgres:{major}"
    assert "scram-sha-256" in postgres["environment"]["POSTGRES_INITDB_ARGS"]
    assert "trust" not in str(postgres)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_gets_the_same_settings(
    compose: dict[str, Any], machine: Stack, service: str
) -> None:
    assert set(compose["services"][service]["environment"]) == set(machine.environment(service))


def test_provisioning_is_given_what_it_asks_for(compose: dict[str, Any]) -> None:
    given = compose["services"]["prepare"]["environment"]
    needed = {f"WISHTREE_SERVICE_PASSWORD_{name.upper()}" for name in KAFKA_USERS}
    needed |= {"WISHTREE_ADMIN_DATABASE_URL", "WISHTREE_ADMIN_KAFKA_PASSWORD"}
    needed |= {"WISHTREE_KAFKA_BOOTSTRAP", "WISHTREE_BOOTSTRAP"}
    assert needed <= set(given)
    assert set(DATABASE_SERVICES) <= set(KAFKA_USERS)


def test_ports_on_the_host_are_the_defaults(compose: dict[str, Any]) -> None:
    for service in SERVICES:
        (published,) = compose["services"][service].get("ports", ["::"])
        assert published.split(":")[1] in (str(Ports().of(service)), "")
