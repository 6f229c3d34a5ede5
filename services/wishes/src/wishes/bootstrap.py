"""Builds the service; the only file that knows all its parts."""

from functools import partial
from pathlib import Path

from chassis.auth import TokenVerifier
from chassis.clock import now
from chassis.consumer import Consumer, one_by_one
from chassis.db import Database
from chassis.dead_letters import redrive
from chassis.http import AnswerSeal, Health, create_app
from chassis.measuring import Measuring
from chassis.outbox import Relay
from chassis.privacy import Vault
from chassis.rebuild import rebuilder
from chassis.run import Built, Service
from chassis.settings import DatabaseSettings
from contracts import topics
from fastapi import FastAPI

from wishes.adapters.clocks import DUE_CLAIMS, DUE_WISHES, Clocks, Dial
from wishes.adapters.consents import PostgresConsents
from wishes.adapters.postgres import PostgresWishStore
from wishes.adapters.rights import DUE_REQUESTS, PostgresRights
from wishes.adapters.terms import PostgresTermsBook
from wishes.app.tick import tick_claim, tick_request, tick_wish
from wishes.entrypoints.events import COPY, HANDLERS
from wishes.entrypoints.http import ROUTERS
from wishes.entrypoints.parts import Parts
from wishes.entrypoints.problems import PROBLEMS
from wishes.metrics import Requests, Tally
from wishes.permissions import PERMISSIONS

NAME = "wishes"
MIGRATIONS = Path(__file__).parents[2] / "migrations"


async def build(settings: DatabaseSettings, role: str) -> Built:
    master = settings.master_key.get_secret_value()
    db = Database(
        settings.database_url.get_secret_value(), service=NAME, size=settings.database_pool
    )
    verifier = TokenVerifier(settings.issuers)
    health = Health()
    health.ready["database"] = db.ping
    store, terms = PostgresWishStore(), PostgresTermsBook(db)
    consents, rights = PostgresConsents(), PostgresRights()
    vault = Vault(master, settings.index_key.get_secret_value())
    app = create_app(
        NAME,
        ROUTERS if role in ("api", "all") else (),
        permissions=PERMISSIONS,
        problems=PROBLEMS,
        db=db,
        seal=AnswerSeal(master),
        verifier=verifier,
        health=health,
        state=Parts(db, store, terms, vault, now, consents, rights),
    )
    built = Built(app, health, close=(verifier.close, db.close))
    dials = (
        Dial("claim", DUE_CLAIMS, partial(tick_claim, db, store, terms)),
        Dial("wish", DUE_WISHES, partial(tick_wish, db, store, terms)),
        Dial("data_request", DUE_REQUESTS, partial(tick_request, db, rights)),
    )
    handle = one_by_one(HANDLERS)
    built.redrive = lambda key: redrive(db, NAME, handle, key)
    built.rebuild = rebuilder(db, settings.kafka(), NAME, COPY)
    if role in ("worker", "all"):
        consumer = Consumer(
            db, settings.kafka(), group=NAME, topics=[topics.VOLUNTEER.name], handle=handle
        )
        health.live["consumer"] = consumer.healthy
        built.background = {
            "relay": Relay(db, settings.kafka()).run,
            "consumer": consumer.run,
            "clocks": Clocks(db, now, dials).run,
            "tally": Measuring(Tally(db, now).look).run,
            "requests": Measuring(Requests(db).look).run,
        }
    return built


def describe() -> FastAPI:
    return create_app(NAME, ROUTERS, permissions=PERMISSIONS, problems=PROBLEMS)


SERVICE = Service(NAME, DatabaseSettings, build, describe, MIGRATIONS)
