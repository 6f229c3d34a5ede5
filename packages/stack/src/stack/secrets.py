"""Generated secrets of one stack: made once, readable by their owner only, never printed by accident."""

import base64
import secrets as random
from pathlib import Path

from pydantic import BaseModel, Field

from stack.layout import DATABASE_SERVICES, SERVICES, write_private

KAFKA_USERS = (*SERVICES, "partner")
SERVICE_CLIENTS = ("notifications", "web")
"""Services that ask volunteers for a token of their own."""
FILE = "secrets.json"


def _word() -> str:
    # URL-safe, so that it needs no quoting in a DSN, a JAAS line or a properties file.
    return random.token_urlsafe(24)


def _key() -> str:
    return base64.b64encode(random.token_bytes(32)).decode()


def _totp_secret() -> str:
    return base64.b32encode(random.token_bytes(20)).decode()


def _words(names: tuple[str, ...]) -> dict[str, str]:
    return {name: _word() for name in names}


def _keys() -> dict[str, str]:
    return {name: _key() for name in SERVICES}


class Secrets(BaseModel):
    """Passwords and keys. `repr` shows none of them. Keys are 32 bytes in base64, one per service:

    what one service leaks opens nothing of another, and their blind indexes cannot be joined.
    """

    postgres: str = Field(default_factory=_word, repr=False)
    owners: dict[str, str] = Field(default_factory=lambda: _words(DATABASE_SERVICES), repr=False)
    roles: dict[str, str] = Field(default_factory=lambda: _words(DATABASE_SERVICES), repr=False)
    kafka_admin: str = Field(default_factory=_word, repr=False)
    kafka: dict[str, str] = Field(default_factory=lambda: _words(KAFKA_USERS), repr=False)
    clients: dict[str, str] = Field(default_factory=lambda: _words(SERVICE_CLIENTS), repr=False)
    master_keys: dict[str, str] = Field(default_factory=_keys, repr=False)
    index_keys: dict[str, str] = Field(default_factory=_keys, repr=False)
    alerts: str = Field(default_factory=_word, repr=False)
    """What Alertmanager shows to notifications."""
    operator_password: str = Field(default_factory=_word, repr=False)
    operator_totp: str = Field(default_factory=_totp_secret, repr=False)

    @classmethod
    def load(cls, folder: Path) -> "Secrets":
        """The secrets of this folder, made where there are none; its file is 0600 afterwards."""
        path = folder / FILE
        if not path.exists():
            made = cls()
            write_private(path, made.model_dump_json(indent=1))
            return made
        path.chmod(0o600)
        text = path.read_text(encoding="utf-8")
        kept = cls.model_validate_json(text)
        if (whole := kept.model_dump_json(indent=1)) != text:
            # An older folder lacks what was added since: made now, and kept.
            write_private(path, whole)
        return kept
