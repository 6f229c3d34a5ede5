"""Provisioning of servers that we did not start: docker compose, a cluster of operators.

Reads WISHTREE_ADMIN_DATABASE_URL, WISHTREE_ADMIN_KAFKA_PASSWORD, WISHTREE_KAFKA_BOOTSTRAP and
WISHTREE_SERVICE_PASSWORD_<NAME> for every service and the partner.
"""

import json
import os
import secrets as random
import subprocess
import sys

from confluent_kafka.admin import AdminClient

from stack import provision as steps
from stack.kafka import client_settings
from stack.postgres import run_now
from stack.secrets import DATABASE_SERVICES, KAFKA_USERS


class MissingSetting(Exception):
    """An environment variable that has no default."""


def provision(bootstrap: object) -> None:
    """Everything from an empty server to migrated services; safe to run again."""
    dsn = _setting("WISHTREE_ADMIN_DATABASE_URL")
    words = {name: _setting(f"WISHTREE_SERVICE_PASSWORD_{name.upper()}") for name in KAFKA_USERS}
    # The owners' passwords live for this run only: nobody signs in as an owner between upgrades.
    owners = {name: random.token_urlsafe(24) for name in DATABASE_SERVICES}
    run_now(steps.database(dsn, owners, {name: words[name] for name in DATABASE_SERVICES}))
    kafka = _setting("WISHTREE_KAFKA_BOOTSTRAP")
    admin = AdminClient(client_settings(kafka, "admin", _setting("WISHTREE_ADMIN_KAFKA_PASSWORD")))
    steps.topics(admin, replicas=int(os.environ.get("WISHTREE_KAFKA_REPLICAS", "1")))
    steps.users(admin, words)
    steps.acls(admin)
    place = dsn.rpartition("@")[2]
    for name in DATABASE_SERVICES:
        owner = f"postgresql://{name}_owner:{owners[name]}@{place}"
        _run(name, "migrate", WISHTREE_MIGRATION_URL=owner)
    runtime = f"postgresql://volunteers:{words['volunteers']}@{place}"
    _run(
        "volunteers",
        "bootstrap",
        WISHTREE_BOOTSTRAP=json.dumps(bootstrap),
        WISHTREE_DATABASE_URL=runtime,
        WISHTREE_KAFKA_USERNAME="volunteers",
        WISHTREE_KAFKA_PASSWORD=words["volunteers"],
    )


def _run(service: str, command: str, **extra: str) -> None:
    subprocess.run(
        [sys.executable, "-m", service, command],
        check=True,
        timeout=300,
        env={**os.environ, **extra},
    )


def _setting(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise MissingSetting(f"{name} 没有设置 / is not set") from None
