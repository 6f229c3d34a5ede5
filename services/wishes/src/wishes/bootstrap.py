"""Builds the service; the only file that knows all its parts."""

from functools import partial
from pathlib import Path

from chassis.auth import TokenVerifier
from chassis.clock import Clock, now
from chassis.clocks import Clocks, Dial
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

from wishes.adapters.access import PostgresAccessStore
from wishes.adapters.aftercare import DUE_CALLBACKS, DUE_COMPLAINTS, PostgresAftercareStore
from wishes.adapters.changes import PostgresChanges
from wishes.adapters.consents import PostgresConsents
from wishes.adapters.desk import DUE_PEOPLE, PostgresDeskStore
from wishes.adapters.drafts import DUE_DRAFTS, PostgresDraftStore
from wishes.adapters.due import DUE_CLAIMS, DUE_WISHES
from wishes.adapters.evidence import PostgresEvidenceStore
from wishes.adapters.households import PostgresHouseholdStore
from wishes.adapters.invitations import DUE_INVITATIONS, PostgresInvitations
from wishes.adapters.likenesses import PostgresLikenessStore
from wishes.adapters.messages import PostgresMessageStore
from wishes.adapters.overrules import PostgresOverruleStore
from wishes.adapters.people import PostgresPeople
from wishes.adapters.postgres import PostgresWishStore
from wishes.adapters.programmes import PostgresProgrammeStore
from wishes.adapters.referrals import PostgresReferralStore
from wishes.adapters.rights import DUE_REQUESTS, PostgresRights
from wishes.adapters.rules import PostgresRuleStore
from wishes.adapters.standing import Standings
from wishes.adapters.terms import PostgresTermsBook
from wishes.adapters.visits import DUE_VISITS, PostgresVisits
from wishes.app.call_back import tick_callback
from wishes.app.complain import tick_complaint
from wishes.app.hand_in_draft import tick_draft
from wishes.app.index_person import index_person
from wishes.app.tick import tick_claim, tick_request, tick_visit, tick_wish
from wishes.entrypoints.events import COPY, HANDLERS
from wishes.entrypoints.http import ROUTERS
from wishes.entrypoints.parts import Parts
from wishes.entrypoints.problems import PROBLEMS
from wishes.metrics import Counts, Requests
from wishes.permissions import PERMISSIONS
from wishes.rehearse import rehearse

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
    parts = parts_of(db, Vault(master, settings.index_key.get_secret_value()), now)
    app = create_app(
        NAME,
        ROUTERS if role in ("api", "all") else (),
        permissions=PERMISSIONS,
        problems=PROBLEMS,
        db=db,
        seal=AnswerSeal(master),
        verifier=verifier,
        health=health,
        state=parts,
    )
    built = Built(app, health, close=(verifier.close, db.close))
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
            "clocks": Clocks(db, now, dials_of(parts)).run,
            "tally": Measuring(Counts(db, now).look).run,
            "requests": Measuring(Requests(db).look).run,
            "standings": Measuring(Standings(db, now).look).run,
        }
    return built


def parts_of(db: Database, vault: Vault, clock: Clock) -> Parts:
    return Parts(
        db,
        PostgresWishStore(),
        PostgresTermsBook(db),
        vault,
        clock,
        aftercare=PostgresAftercareStore(vault),
        programmes=PostgresProgrammeStore(),
        referrals=PostgresReferralStore(),
        messages=PostgresMessageStore(),
        evidence=PostgresEvidenceStore(),
        access=PostgresAccessStore(),
        drafts=PostgresDraftStore(),
        households=PostgresHouseholdStore(),
        rules=PostgresRuleStore(),
        desk=PostgresDeskStore(),
        overrules=PostgresOverruleStore(),
        likenesses=PostgresLikenessStore(),
        people=PostgresPeople(),
        invitations=PostgresInvitations(db),
        changes=PostgresChanges(),
        visits=PostgresVisits(),
        consents=PostgresConsents(),
        rights=PostgresRights(),
    )


def dials_of(parts: Parts) -> tuple[Dial, ...]:
    """Everything that happens by time."""
    db, store, terms, vault = parts.db, parts.store, parts.terms, parts.vault
    aftercare = parts.aftercare
    return (
        Dial(
            "claim",
            DUE_CLAIMS,
            partial(tick_claim, db, store, terms, parts.changes, parts.visits, vault),
        ),
        Dial("wish", DUE_WISHES, partial(tick_wish, db, store, terms)),
        Dial("visit", DUE_VISITS, partial(tick_visit, db, store, parts.visits)),
        Dial("invitation", DUE_INVITATIONS, parts.invitations.expire, told=False),
        Dial("callback", DUE_CALLBACKS, partial(tick_callback, db, store, aftercare)),
        Dial("complaint", DUE_COMPLAINTS, partial(tick_complaint, db, store, terms, aftercare)),
        Dial("draft", DUE_DRAFTS, partial(tick_draft, db, parts.drafts, vault)),
        Dial("data_request", DUE_REQUESTS, partial(tick_request, db, parts.rights)),
        Dial("index", DUE_PEOPLE, partial(index_person, db, parts.desk, vault)),
    )


def describe() -> FastAPI:
    return create_app(NAME, ROUTERS, permissions=PERMISSIONS, problems=PROBLEMS)


SERVICE = Service(
    NAME,
    DatabaseSettings,
    build,
    describe,
    MIGRATIONS,
    commands={"rehearse": partial(rehearse, parts_of)},
)
