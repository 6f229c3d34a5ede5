"""Apache Kafka's class path: resolved by jgo from Maven artifacts, checked against kafka.lock."""

import hashlib
from importlib.resources import files
from pathlib import Path

import jgo
from filelock import FileLock

from stack.errors import JarsChanged

# slf4j-simple, so that a broker that fails says why; log4j's own binding drags in other versions.
ENDPOINT = "org.apache.kafka:kafka_2.13:4.3.0+org.slf4j:slf4j-simple:1.7.36"
LOCK = "kafka.lock"


def class_path() -> str:
    """The verified class path. Downloads on first use; JarsChanged if anything differs from the lock."""
    cache = Path.home() / ".cache" / "wishtree"
    cache.mkdir(parents=True, exist_ok=True)
    # jgo builds its environment in place: two at once would see each other's half.
    with FileLock(cache / "kafka.lock", timeout=300):
        folder = Path(jgo.build(ENDPOINT).path)
        wrong = differences(folder)
    if wrong:
        raise JarsChanged(wrong)
    return f"{folder}/modules/*:{folder}/jars/*"


def differences(folder: Path) -> list[str]:
    """Names of jars that are missing, unknown, or not what was locked."""
    found = checksums(folder)
    locked = read_lock()
    return sorted(
        name for name in found.keys() | locked.keys() if found.get(name) != locked.get(name)
    )


def checksums(folder: Path) -> dict[str, str]:
    """Jar name to SHA-256, of every jar that the class path would load."""
    return {
        jar.name: hashlib.sha256(jar.read_bytes()).hexdigest()
        for part in ("modules", "jars")
        for jar in sorted((folder / part).glob("*.jar"))
    }


def read_lock() -> dict[str, str]:
    """kafka.lock has sha256sum's format: checksum, two spaces, name."""
    lines = files("stack").joinpath(LOCK).read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines if line)}


def write_lock() -> None:
    """Pins what ENDPOINT resolves to now: for an upgrade of Kafka, never at run time."""
    sums = checksums(Path(jgo.build(ENDPOINT).path))
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    Path(__file__).with_name(LOCK).write_text(text, encoding="utf-8")
