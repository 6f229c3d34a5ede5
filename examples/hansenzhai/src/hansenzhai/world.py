"""The world of a stack on this machine: addresses and logins for the stories."""

from datetime import datetime
from functools import partial

from stack.machine import Stack

from hansenzhai.api import Addresses
from hansenzhai.desk import Login
from hansenzhai.stream import Reader
from hansenzhai.telling import World

OPERATOR = "operator"


def world_of(stack: Stack) -> World:
    secrets = stack.secrets
    return World(
        addresses=Addresses(
            wishes=stack.url("wishes"),
            volunteers=stack.url("volunteers"),
            points=stack.url("points"),
            notifications=stack.url("notifications"),
        ),
        operator=Login(OPERATOR, secrets.operator_password, secrets.operator_totp),
        reader=Reader(stack.kafka.bootstrap, "partner", secrets.kafka["partner"]),
        folder=stack.folder,
        let_pass=partial(_let_pass, stack),
    )


def _let_pass(stack: Stack, wish: str, at: datetime) -> None:
    stack.command(
        "wishes",
        "rehearse",
        {"WISHTREE_REHEARSE_WISH": wish, "WISHTREE_REHEARSE_AT": at.isoformat()},
    )
