"""Generated secrets of one data directory, made once, readable by their owner only."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

DATABASE_SERVICES = ("wishes", "volunteers", "points", "notifications")
KAFKA_SERVICES = (*DATABASE_SERVICES, "web")
KAFKA_USERS = (*KAFKA_SERVICES, "partner")
SERVICE_CLIENTS = ("notifications", "web")


def _word() -> str:
    return secrets.token_urlsafe(24)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _words(names: tuple[str, ...]) -> dict[str, str]:
    return {name: _word() for name in names}


@dataclass(frozen=True)
class Secrets:
    """Passwords and keys. `repr` shows none of them."""

    postgres: str = field(default_factory=_word, repr=False)
    owners: dict[str, str] = field(default_factory=lambda: _words(DATABASE_SERVICES), repr=False)
    roles: dict[str, str] = field(default_factory=lambda: _words(DATABASE_SERVICES), repr=False)
    kafka_admin: str = field(default_factory=_word, repr=False)
    kafka: dict[str, str] = field(default_factory=lambda: _words(KAFKA_USERS), repr=False)
    clients: dict[str, str] = field(default_factory=lambda: _words(SERVICE_CLIENTS), repr=False)
    master_keys: dict[str, str] = field(
        default_factory=lambda: {name: _key() for name in KAFKA_SERVICES}, repr=False
    )
    index_keys: dict[str, str] = field(
        default_factory=lambda: {name: _key() for name in KAFKA_SERVICES}, repr=False
    )
    operator_password: str = field(default_factory=_word, repr=False)
    operator_totp: str = field(
        default_factory=lambda: base64.b32encode(secrets.token_bytes(20)).decode(), repr=False
    )

    @staticmethod
    def load(folder: Path) -> "Secrets":
        """The secrets of this data directory; new ones where there are none."""
        path = folder / "secrets.json"
        if path.exists():
            return Secrets(**json.loads(path.read_text()))
        made = Secrets()
        write_private(path, json.dumps(asdict(made), indent=1))
        return made


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read at any moment, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)
