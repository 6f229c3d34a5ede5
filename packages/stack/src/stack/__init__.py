"""Wishtree on one machine: PostgreSQL, Kafka and one process per service.

`Stack` starts and ends all of it; `EmbeddedPostgres` and `EmbeddedKafka` stand alone, for tests that
need only one of them; `attach` reads a running stack's addresses and credentials.
"""

from stack.attach import Attached, attach
from stack.errors import StackError
from stack.kafka import EmbeddedKafka
from stack.machine import Stack
from stack.ports import Ports
from stack.postgres import EmbeddedPostgres
from stack.secrets import Secrets
from stack.signals import ends_by_signal

__all__ = [
    "Attached",
    "EmbeddedKafka",
    "EmbeddedPostgres",
    "Ports",
    "Secrets",
    "Stack",
    "StackError",
    "attach",
    "ends_by_signal",
]
