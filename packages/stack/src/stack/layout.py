"""Where a stack keeps things, and which processes it has."""

import os
from pathlib import Path

SERVICES = ("volunteers", "wishes", "points", "notifications", "web")
"""In the order they are started: volunteers signs the tokens that the others trust."""
STOP_ORDER = ("web", "notifications", "points", "wishes", "volunteers")
"""Readers before writers, so that nobody waits for a service that is already gone."""
DATABASE_SERVICES = ("wishes", "volunteers", "points", "notifications")
"""Services with a schema of their own; web decides nothing and owns none."""


def log_path(folder: Path, name: str) -> Path:
    return folder / "logs" / f"{name}.log"


def outbox_path(folder: Path) -> Path:
    """The demo's SMS and e-mail: what a gateway would have sent."""
    return folder / "outbox"


def private_folder(folder: Path) -> Path:
    """Creates a folder that only its owner can list; folders above it keep their modes.

    As root it stays traversable (0711), because PostgreSQL runs as another user below it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return folder


def write_private(path: Path, text: str) -> None:
    """Replaces a file whole or not at all; it is 0600 before its first byte is written."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
