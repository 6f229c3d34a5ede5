"""Builds the service; the only file that knows all its parts."""

import json
import os
from functools import partial
from pathlib import Path

from chassis.auth import TokenVerifier
from chassis.clock import now
from chassis.clocks import Clocks, Dial
from chassis.consumer import Consumer, one_by_one
from chassis.db import Database
from chassis.dead_letters import redrive
from chassis.gateway import LocalOutbox
from chassis.http import AnswerSeal, Health, create_app
from chassis.outbox import Relay
from chassis.privacy import Vault
from chassis.rebuild import rebuilder
from chassis.run import Built, Service
from chassis.settings import DatabaseSettings
from contracts import topics
from fastapi import FastAPI

from volunteers.adapters.passwords import Argon2Passwords
from volunteers.adapters.postgres import PostgresAccounts, PostgresOrganisations, PostgresPeople
from volunteers.adapters.qualifications import DUE, PostgresQualifications
from volunteers.adapters.signing import Signer
from volunteers.app.expire_qualification import expire_qualification
from volunteers.app.open_district import Opening, open_district
from volunteers.app.sign_in import SignIn
from volunteers.entrypoints import http
from volunteers.entrypoints import qualifications as qualification_routes
from volunteers.entrypoints.events import HANDLERS, MEMBER_FILE
from volunteers.entrypoints.http import PROBLEMS
from volunteers.entrypoints.parts import Parts
from volunteers.permissions import PERMISSIONS

NAME = "volunteers"
MIGRATIONS = Path(__file__).parents[2] / "migrations"
ROUTERS = [http.router, qualification_routes.router]


class Settings(DatabaseSettings):
    issuer: str
    """This service's own address as the issuer of tokens."""
    outbox_dir: Path
    """Where the embedded gateway keeps its messages."""


async def build(settings: Settings, role: str) -> Built:
    db = _database(settings)
    vault = _vault(settings)
    passwords = Argon2Passwords(cheap=settings.environment == "test")
    people, accounts = PostgresPeople(), PostgresAccounts()
    qualifications = PostgresQualifications()
    signer = Signer(db, vault)
    verifier = TokenVerifier(settings.issuers)
    health = Health()
    health.ready["database"] = db.ping
    app = create_app(
        NAME,
        ROUTERS if role in ("api", "all") else [],
        permissions=PERMISSIONS,
        problems=PROBLEMS,
        db=db,
        seal=AnswerSeal(settings.master_key.get_secret_value()),
        verifier=verifier,
        health=health,
        state=Parts(
            db=db,
            people=people,
            organisations=PostgresOrganisations(),
            qualifications=qualifications,
            accounts=accounts,
            passwords=passwords,
            vault=vault,
            gateway=LocalOutbox(settings.outbox_dir),
            sign_in=SignIn(db, people, accounts, passwords, vault, signer, settings.issuer),
            keys=signer,
            issuer=settings.issuer,
            clock=now,
        ),
    )
    built = Built(app, health, close=(verifier.close, db.close))
    handle = one_by_one(HANDLERS)
    built.redrive = lambda key: redrive(db, NAME, handle, key)
    built.rebuild = rebuilder(db, settings.kafka(), NAME, MEMBER_FILE)
    if role in ("api", "all"):
        await signer.load()
        verifier.trust(settings.issuer, await signer.key_set())
    if role in ("worker", "all"):
        read = [topics.WISH.name, topics.POINTS.name]
        consumer = Consumer(db, settings.kafka(), group=NAME, topics=read, handle=handle)
        health.live["consumer"] = consumer.healthy
        expire = partial(expire_qualification, db, people, qualifications)
        clocks = Clocks(db, now, [Dial("qualification", DUE, expire)])
        built.background = {
            "relay": Relay(db, settings.kafka()).run,
            "consumer": consumer.run,
            "clocks": clocks.run,
        }
    return built


def describe() -> FastAPI:
    return create_app(NAME, ROUTERS, permissions=PERMISSIONS, problems=PROBLEMS)


async def bootstrap(settings: Settings) -> int:
    """`python -m volunteers bootstrap`: the first operator and the services' clients."""
    db = _database(settings)
    opening = Opening.model_validate(json.loads(os.environ["WISHTREE_BOOTSTRAP"]))
    passwords = Argon2Passwords(cheap=settings.environment == "test")
    try:
        made = await open_district(db, PostgresAccounts(), passwords, _vault(settings), opening)
    finally:
        await db.close()
    print("operator made" if made else "operator kept")  # noqa: T201
    return 0


async def rotate_keys(settings: Settings) -> int:
    """`python -m volunteers rotate-keys`: a new signing key, used from the next start on."""
    db = _database(settings)
    try:
        await Signer(db, _vault(settings)).rotate()
    finally:
        await db.close()
    return 0


def _database(settings: Settings) -> Database:
    dsn = settings.database_url.get_secret_value()
    return Database(dsn, service=NAME, size=settings.database_pool)


def _vault(settings: Settings) -> Vault:
    return Vault(settings.master_key.get_secret_value(), settings.index_key.get_secret_value())


SERVICE = Service(
    NAME,
    Settings,
    build,
    describe,
    MIGRATIONS,
    commands={"bootstrap": bootstrap, "rotate-keys": rotate_keys},
)
