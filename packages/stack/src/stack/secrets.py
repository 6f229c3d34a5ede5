"""Generated secrets of one stack: made once, kept 0600, never printed by accident."""

import base64
import secrets as random
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, Field

from stack.layout import OWN_SCHEMA, write_private

DATABASE_ROLES = ("postgres", *(f"{s}_owner" for s in OWN_SCHEMA), *OWN_SCHEMA)
KAFKA_USERS = ("admin", *OWN_SCHEMA, "web", "partner")
CLIENTS = ("wishes", "points", "notifications", "web")
"""Services that ask volunteers for a token of their own."""


def _password() -> str:
    # URL-safe, so that it needs no quoting in a DSN, a JAAS line or a properties file.
    return random.token_urlsafe(24)


def _key() -> str:
    return base64.b64encode(random.token_bytes(32)).decode()


def _passwords(names: tuple[str, ...]) -> dict[str, str]:
    return {name: _password() for name in names}


class Operator(BaseModel):
    """The first operator of the district: password and TOTP, created by the volunteers' bootstrap."""

    login: str = "operator"
    password: str = Field(default_factory=_password, repr=False)
    totp_secret: str = Field(
        default_factory=lambda: base64.b32encode(random.token_bytes(20)).decode(), repr=False
    )


class Secrets(BaseModel):
    """Every secret of one stack. `master_key` and `index_key` are 32 bytes in base64."""

    postgres: dict[str, str] = Field(default_factory=lambda: _passwords(DATABASE_ROLES), repr=False)
    kafka: dict[str, str] = Field(default_factory=lambda: _passwords(KAFKA_USERS), repr=False)
    clients: dict[str, str] = Field(default_factory=lambda: _passwords(CLIENTS), repr=False)
    master_key: str = Field(default_factory=_key, repr=False)
    index_key: str = Field(default_factory=_key, repr=False)
    operator: Operator = Field(default_factory=Operator)

    @classmethod
    def load_or_create(cls, path: Path) -> "Secrets":
        """Reads the file, or makes it; a newly known user gets a password, nobody's changes."""
        if not path.exists():
            made = cls()
            write_private(path, made.model_dump_json(indent=1))
            return made
        path.chmod(0o600)
        found = cls.model_validate_json(path.read_text(encoding="utf-8"))
        known = found.model_dump_json()
        _complete(found.postgres, _passwords(DATABASE_ROLES))
        _complete(found.kafka, _passwords(KAFKA_USERS))
        _complete(found.clients, _passwords(CLIENTS))
        if found.model_dump_json() != known:
            write_private(path, found.model_dump_json(indent=1))
        return found


def _complete(passwords: dict[str, str], fresh: Mapping[str, str]) -> None:
    for name, password in fresh.items():
        passwords.setdefault(name, password)
