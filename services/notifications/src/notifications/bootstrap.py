"""Builds the service; the only file that knows all its parts."""

from pathlib import Path

import httpx
from chassis.auth import TokenVerifier
from chassis.auth.service_tokens import ServiceTokens
from chassis.consumer import Consumer
from chassis.db import Database
from chassis.dead_letters import redrive
from chassis.gateway import LocalOutbox
from chassis.http import AnswerSeal, Health, create_app
from chassis.measuring import Measuring
from chassis.outbox import Relay
from chassis.rebuild import rebuilder
from chassis.run import Built, Service
from chassis.settings import DatabaseSettings
from contracts import topics
from fastapi import FastAPI
from pydantic import Field, SecretStr

from notifications import metrics
from notifications.adapters.owners import HttpAddresses
from notifications.app.forget_messages import Forgetting
from notifications.app.send_messages import Sender
from notifications.entrypoints import alerts
from notifications.entrypoints.events import COPY, tell_everybody
from notifications.entrypoints.http import PROBLEMS, router
from notifications.permissions import PERMISSIONS

NAME = "notifications"
MIGRATIONS = Path(__file__).parents[2] / "migrations"


class Settings(DatabaseSettings):
    outbox_dir: Path
    """Where the embedded gateway keeps its messages."""
    client_id: str
    client_secret: SecretStr
    token_url: str
    wishes_url: str
    volunteers_url: str
    alerts_secret: SecretStr | None = Field(default=None, min_length=32)
    """Known to Alertmanager as well; without it nobody can send alerts."""


async def build(settings: Settings, role: str) -> Built:
    dsn = settings.database_url.get_secret_value()
    db = Database(dsn, service=NAME, size=settings.database_pool)
    verifier = TokenVerifier(settings.issuers)
    client = httpx.AsyncClient(timeout=5.0)
    health = Health()
    health.ready["database"] = db.ping
    app = create_app(
        NAME,
        [router, alerts.router] if role in ("api", "all") else [],
        permissions=PERMISSIONS,
        problems=PROBLEMS,
        db=db,
        seal=AnswerSeal(settings.master_key.get_secret_value()),
        verifier=verifier,
        health=health,
        state=alerts.Shared(settings.alerts_secret),
    )
    metrics.declare()
    built = Built(app, health, close=(verifier.close, client.aclose, db.close))
    built.redrive = lambda key: redrive(db, NAME, tell_everybody, key)
    built.rebuild = rebuilder(db, settings.kafka(), NAME, COPY)
    if role in ("worker", "all"):
        read = [topics.WISH.name, topics.VOLUNTEER.name, topics.POINTS.name]
        consumer = Consumer(db, settings.kafka(), group=NAME, topics=read, handle=tell_everybody)
        health.live["consumer"] = consumer.healthy
        secret = settings.client_secret.get_secret_value()
        tokens = ServiceTokens(settings.token_url, settings.client_id, secret, client)
        addresses = HttpAddresses(settings.wishes_url, settings.volunteers_url, tokens, client)
        gateway = LocalOutbox(settings.outbox_dir)
        sender = Sender(db, gateway, addresses)
        built.background = {
            "relay": Relay(db, settings.kafka()).run,
            "consumer": consumer.run,
            "sender": sender.run,
            "forgetting": Forgetting(db, gateway).run,
            "pending": Measuring(metrics.Pending(db).look).run,
        }
    return built


def describe() -> FastAPI:
    return create_app(NAME, [router, alerts.router], permissions=PERMISSIONS, problems=PROBLEMS)


SERVICE = Service(NAME, Settings, build, describe, MIGRATIONS)
