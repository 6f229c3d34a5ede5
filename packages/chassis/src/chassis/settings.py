"""Settings from the environment: complete and valid, or the process does not start."""

import base64
import re
import sys
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from chassis.kafka import KafkaSettings

S = TypeVar("S", bound=BaseSettings)
PREFIX = "WISHTREE_"


def _key(value: SecretStr) -> SecretStr:
    try:
        length = len(base64.b64decode(value.get_secret_value(), validate=True))
    except ValueError:
        raise ValueError("要 base64 / must be base64") from None
    if length != 32:
        raise ValueError(f"要 32 个字节，现在是 {length} / must hold 32 bytes, not {length}")
    return value


Key = Annotated[SecretStr, AfterValidator(_key)]


class Issuer(BaseModel):
    """An OpenID Connect issuer whose tokens are trusted."""

    issuer: str
    jwks_url: str
    audience: str = "wishtree"


class ServiceSettings(BaseSettings):
    """What every process needs. A service derives its own and adds what it needs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    environment: Literal["demo", "test", "production"] = "production"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    http_host: str = "127.0.0.1"
    http_port: int = Field(ge=1, le=65535)
    issuers: tuple[Issuer, ...] = Field(min_length=1)
    kafka_bootstrap: str
    kafka_security_protocol: Literal["SASL_PLAINTEXT", "SASL_SSL", "PLAINTEXT"] = "SASL_SSL"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    traces: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    """Base address of an OTLP/HTTP collector, such as http://127.0.0.1:4318; empty: no traces."""

    def kafka(self) -> KafkaSettings:
        return KafkaSettings(
            bootstrap=self.kafka_bootstrap,
            username=self.kafka_username,
            password=self.kafka_password.get_secret_value() if self.kafka_password else None,
            security_protocol=self.kafka_security_protocol,
        )


class DatabaseSettings(ServiceSettings):
    """For a service with a schema of its own."""

    database_url: SecretStr
    master_key: Key
    index_key: Key
    database_pool: int = Field(default=10, ge=2, le=50)


def load_settings(model: type[S]) -> S:
    """The settings, or exit status 2 with one line per variable: its full name and what is wrong."""
    try:
        return model()
    except ValidationError as error:
        lines = complaints(error)
    except SettingsError as error:
        # A list that is no JSON. Only the field's name stands in quotes in that message.
        named = re.search(r'field "(\w+)"', str(error))
        name = named.group(1).upper() if named else "*"
        lines = [f"{PREFIX}{name}: 要写成 JSON / must be JSON"]
    for line in lines:
        print(line, file=sys.stderr)  # noqa: T201
    raise SystemExit(2)


def complaints(error: ValidationError) -> list[str]:
    """One line per variable. Never the value: it may be a secret."""
    found: dict[str, list[str]] = {}
    for e in error.errors(include_input=False, include_url=False, include_context=False):
        name, *inside = (str(part) for part in e["loc"])
        what = "没有设置 / is not set" if e["type"] == "missing" and not inside else e["msg"]
        place = ".".join(inside)
        found.setdefault(f"{PREFIX}{name.upper()}", []).append(
            f"{place}: {what}" if place else what
        )
    return [f"{name}: {'; '.join(what)}" for name, what in found.items()]
