"""Provisioning of servers that we did not start: docker compose, clusters run by operators.

Reads WISHTREE_ADMIN_DATABASE_URL, WISHTREE_ADMIN_KAFKA_PASSWORD, WISHTREE_KAFKA_BOOTSTRAP,
WISHTREE_KAFKA_REPLICAS (1 where not set) and WISHTREE_SERVICE_PASSWORD_<NAME> for every service and
the partner. Safe to run again.
"""

import json
import os
import secrets as random
import subprocess
import sys

from confluent_kafka.admin import AdminClient

from stack.errors import StackError
from stack.kafka import client_settings
from stack.layout import DATABASE_SERVICES
from stack.provision import acls, database, run_now, topics, users
from stack.secrets import KAFKA_USERS

COMMAND_LIMIT = 300


def provision(bootstrap: object) -> None:
    """Everything from empty servers to migrated services. StackError names a setting that is missing."""
    dsn = _setting("WISHTREE_ADMIN_DATABASE_URL")
    words = {name: _setting(f"WISHTREE_SERVICE_PASSWORD_{name.upper()}") for name in KAFKA_USERS}
    brokers = _setting("WISHTREE_KAFKA_BOOTSTRAP")
    password = _setting("WISHTREE_ADMIN_KAFKA_PASSWORD")
    # The owners' passwords live for this run only: nobody signs in as an owner between upgrades.
    owners = {name: random.token_urlsafe(24) for name in DATABASE_SERVICES}
    run_now(database(dsn, owners, {name: words[name] for name in DATABASE_SERVICES}))
    admin = AdminClient(client_settings(brokers, "admin", password))
    topics(admin, replicas=int(os.environ.get("WISHTREE_KAFKA_REPLICAS", "1")))
    users(admin, words)
    acls(admin)
    place = dsn.rpartition("@")[2]
    for name in DATABASE_SERVICES:
        owner = f"postgresql://{name}_owner:{owners[name]}@{place}"
        _run(name, "migrate", {"WISHTREE_MIGRATION_URL": owner, **_credentials(name, words, place)})
    credentials = _credentials("volunteers", words, place)
    _run("volunteers", "bootstrap", {"WISHTREE_BOOTSTRAP": json.dumps(bootstrap), **credentials})


def _credentials(service: str, words: dict[str, str], place: str) -> dict[str, str]:
    return {
        "WISHTREE_DATABASE_URL": f"postgresql://{service}:{words[service]}@{place}",
        "WISHTREE_KAFKA_USERNAME": service,
        "WISHTREE_KAFKA_PASSWORD": words[service],
    }


def _run(service: str, command: str, extra: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", service, command],
        check=False,
        timeout=COMMAND_LIMIT,
        env={**os.environ, **extra},
    )
    if done.returncode:
        raise StackError(
            f"{service} {command} 没有做成，原因在上面。 / {service} {command} ended with {done.returncode}; see above."
        )


def _setting(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise StackError(f"{name} 没有设置，请先设好它。 / {name} is not set.")
    return value
