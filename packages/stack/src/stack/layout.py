"""Where a stack keeps things, and which processes it has."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

START_ORDER = ("volunteers", "wishes", "points", "notifications", "web")
"""volunteers first: it signs the tokens that the others trust."""
STOP_ORDER = ("web", "notifications", "points", "wishes", "volunteers")
"""Readers before writers, so that nobody waits for a service that is already gone."""
OWN_SCHEMA = ("wishes", "volunteers", "points", "notifications")
"""Services with a schema of their own; web decides nothing and owns none."""


@dataclass(frozen=True)
class StackPaths:
    """The files of one stack. `root` is traversable for the database's user, its secrets are 0600."""

    root: Path

    @classmethod
    def at(cls, folder: Path | str) -> "StackPaths":
        return cls(Path(folder).expanduser().resolve())

    def create(self) -> None:
        """Creates the folders that the stack itself writes to; safe to repeat."""
        for folder in (self.root, self.logs, self.outbox):
            private_folder(folder)

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def state(self) -> Path:
        return self.root / "stack.json"

    @property
    def lock(self) -> Path:
        return self.root / "stack.lock"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def kafka(self) -> Path:
        return self.root / "kafka"

    @property
    def outbox(self) -> Path:
        """The demo's SMS and e-mail: what the embedded gateway would have sent."""
        return self.root / "outbox"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def private_folder(folder: Path) -> None:
    """Creates a folder that only its owner can list; parents keep their modes.

    As root it stays traversable (0711), because PostgreSQL runs as another user below it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def write_private(path: Path, text: str) -> None:
    """Replaces a file atomically; it is 0600 before its first byte is written."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
