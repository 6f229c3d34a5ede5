"""Builds the service; the only file that knows all its parts."""

from pathlib import Path

from chassis.auth import TokenVerifier
from chassis.consumer import Consumer
from chassis.db import Database
from chassis.dead_letters import redrive
from chassis.http import AnswerSeal, Health, create_app
from chassis.measuring import Measuring
from chassis.outbox import Relay
from chassis.run import Built, Service
from chassis.settings import DatabaseSettings
from contracts import topics
from fastapi import FastAPI

from points import queries
from points.adapters.postgres import PostgresBooks
from points.app.post_events import PostEvents
from points.domain.posting import BOOKS
from points.entrypoints.http import router
from points.metrics import Books
from points.permissions import PERMISSIONS

NAME = "points"
MIGRATIONS = Path(__file__).parents[2] / "migrations"


async def build(settings: DatabaseSettings, role: str) -> Built:
    db = _database(settings)
    verifier = TokenVerifier(settings.issuers)
    health = Health()
    health.ready["database"] = db.ping
    app = create_app(
        NAME,
        [router] if role in ("api", "all") else [],
        permissions=PERMISSIONS,
        db=db,
        seal=AnswerSeal(settings.master_key.get_secret_value()),
        verifier=verifier,
        health=health,
    )
    built = Built(app, health, close=(verifier.close, db.close))
    handle = PostEvents(PostgresBooks())
    built.redrive = lambda key: redrive(db, NAME, handle, key)
    if role in ("worker", "all"):
        consumer = Consumer(
            db, settings.kafka(), group=NAME, topics=[topics.WISH.name], handle=handle
        )
        health.live["consumer"] = consumer.healthy
        built.background = {
            "relay": Relay(db, settings.kafka()).run,
            "consumer": consumer.run,
            "books": Measuring(Books(db).look).run,
        }
    return built


def describe() -> FastAPI:
    return create_app(NAME, [router], permissions=PERMISSIONS)


async def trial_balance(settings: DatabaseSettings) -> int:
    """`python -m points trial-balance`: the three books, recomputed; status 1 if one is not right."""
    db = _database(settings)
    status = 0
    try:
        for book in BOOKS:
            found = await queries.trial_balance(db, book)
            right = found.sum == 0 and not found.differences
            status = status if right else 1
            print(f"{book:<7} {'ok' if right else 'WRONG'} {found.model_dump_json()}")  # noqa: T201
    finally:
        await db.close()
    return status


def _database(settings: DatabaseSettings) -> Database:
    dsn = settings.database_url.get_secret_value()
    return Database(dsn, service=NAME, size=settings.database_pool)


SERVICE = Service(
    NAME, DatabaseSettings, build, describe, MIGRATIONS, commands={"trial-balance": trial_balance}
)
