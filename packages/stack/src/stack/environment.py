"""The settings of each service process, and nothing that is not its business."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path

from stack.layout import DATABASE_SERVICES, outbox_path
from stack.ports import HOST, Ports
from stack.postgres import DATABASE
from stack.secrets import SERVICE_CLIENTS, Secrets

OPERATOR_LOGIN = "operator"
OPERATOR_AREA = "610102"
AUDIENCE = "wishtree"


@cache
def revision() -> str:
    """What is checked out here, for /metrics; `unknown` where this is no checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=2, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()


def url(ports: Ports, service: str) -> str:
    return f"http://{HOST}:{ports.of(service)}"


def environment(
    service: str, ports: Ports, secrets: Secrets, bootstrap: str, folder: Path, purpose: str
) -> dict[str, str]:
    """WISHTREE_* for one process. `purpose` is demo or test."""
    issuer = url(ports, "volunteers")
    issuers = [
        {"issuer": issuer, "jwks_url": f"{issuer}/.well-known/jwks.json", "audience": AUDIENCE}
    ]
    settings = {
        "ENVIRONMENT": purpose,
        "REVISION": revision(),
        "HTTP_HOST": HOST,
        "HTTP_PORT": str(ports.of(service)),
        "KAFKA_BOOTSTRAP": bootstrap,
        "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "KAFKA_USERNAME": service,
        "KAFKA_PASSWORD": secrets.kafka[service],
        "ISSUER": issuer,
        "ISSUERS": json.dumps(issuers),
        "TOKEN_URL": f"{issuer}/oauth2/token",
        "MASTER_KEY": secrets.master_keys[service],
        "INDEX_KEY": secrets.index_keys[service],
        "OUTBOX_DIR": str(outbox_path(folder)),
    }
    for other in DATABASE_SERVICES:
        settings[f"{other.upper()}_URL"] = url(ports, other)
    if service in DATABASE_SERVICES:
        word = secrets.roles[service]
        settings["DATABASE_URL"] = (
            f"postgresql://{service}:{word}@{HOST}:{ports.postgres}/{DATABASE}"
        )
    if service in SERVICE_CLIENTS:
        settings["CLIENT_ID"] = service
        settings["CLIENT_SECRET"] = secrets.clients[service]
    if collector := os.environ.get("WISHTREE_TRACES"):
        settings["TRACES"] = collector
    if service == "notifications":
        settings["ALERTS_SECRET"] = secrets.alerts
    return {f"WISHTREE_{name}": value for name, value in settings.items()}


def migration_environment(service: str, ports: Ports, secrets: Secrets) -> dict[str, str]:
    """For `python -m <service> migrate`: the schema owner's credentials, for that moment only."""
    word = secrets.owners[service]
    return {
        "WISHTREE_MIGRATION_URL": (
            f"postgresql://{service}_owner:{word}@{HOST}:{ports.postgres}/{DATABASE}"
        )
    }


def bootstrap_environment(secrets: Secrets) -> dict[str, str]:
    """For `python -m volunteers bootstrap`: the first operator and the services' clients."""
    value = {
        "operator": {
            "login": OPERATOR_LOGIN,
            "name": "区运营员",
            "area": OPERATOR_AREA,
            "password": secrets.operator_password,
            "totp_secret": secrets.operator_totp,
        },
        "clients": secrets.clients,
    }
    return {"WISHTREE_BOOTSTRAP": json.dumps(value)}
