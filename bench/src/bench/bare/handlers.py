"""Bare FastAPI and asyncpg: the same inserts, no token, no idempotency, no encryption, no relay.

`python -m bench.bare.handlers PORT`, with BARE_DSN. Same server, loop and pool as our services.
"""

import asyncio
import gc
import itertools
import os
import sys
import zlib
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn
import uvloop
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel
from uuid_utils.compat import uuid7

POOL = 10
SCHEMA = """
create schema bare;
create table bare.wish (like wishes.wish including all);
alter table bare.wish alter beneficiary_id drop not null, alter rule_id drop not null,
    add name text, add phone text, add address text;
create table bare.claim (like wishes.claim including all);
-- What the service's triggers keep, in the plain way.
alter table bare.wish
    add check (not hanging or (leaf is not null and title is not null)),
    add check (two_people or not minor),
    add check ((consent_witness is null) = (consent_witness_relation is null)),
    add check ((offered_id is null) = (offered_until is null) and (offered_id is null) =
        (offered_kind is null)),
    add check ((follows_wish_id is null) = (follow_up_reason is null)),
    add check (may_hang or not hanging),
    add check ((proxy_id is null) = (consent_kind is null) and (proxy_id is null) = (proxy_relation
        is null)),
    add check (published_by <> verified_by),
    add check (state <> 'posted' or hanging),
    add check (area ~ '^\\d{12}$'),
    add check (callback in ('no', 'due', 'done')),
    add check (card_no ~ '^[2-9A-HJKMNP-Z]{4,5}$'),
    add check (category in ('goods', 'service', 'companionship', 'skills')),
    add check (channel in ('online', 'desk', 'visit', 'paper', 'phone')),
    add check (desk_level between 0 and 2),
    add check (effort in ('half_hour', 'one_hour', 'half_day', 'one_day', 'one_item')),
    add check (handed_level between 0 and 3),
    add check (leaf between 0 and 319),
    add check (level between 0 and 3),
    add check (offered_kind in ('volunteer', 'organisation')),
    add check (open_complaints >= 0),
    add check (queue in ('to_verify', 'to_publish', 'to_hand_over', 'late_to_contact',
        'late_to_fulfil', 'to_decide', 'to_confirm', 'to_call_back', 'taken_down', 'returned')),
    add check (state in ('submitted', 'verified', 'posted', 'claimed', 'delivered', 'fulfilled',
        'closed', 'returned', 'withdrawn', 'taken_down', 'referred')),
    add check (version > 0);
alter table bare.claim
    add check (state in ('live', 'contacted', 'delivered', 'done', 'released')),
    add check (claimant_kind in ('volunteer', 'organisation')),
    add check (warned between 0 and 2),
    add check (extensions >= 0),
    add check ((asked_until is null) = (asked_reason is null));
create table bare.giver (like wishes.giver including all);
create table bare.outbox (like wishes.outbox including all);
"""
ADD_WISH = """
insert into wish (id, card_no, code_hash, area, category, channel, state, version, words,
    submitted_at, effort, name, phone, address)
values ($1, $2, $3, $4, $5, $6, 'submitted', 1, $7, $8, $9, $10, $11, $12)
"""
ADD_OUTBOX = """
insert into outbox (shard, event_id, topic, key, headers, payload) values ($1, $2, $3, $4, $5, $6)
"""
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Person(BaseModel):
    name: str
    address: str
    phone: str | None = None


class WishIn(BaseModel):
    channel: str
    category: str
    area: str
    words: str
    beneficiary: Person
    effort: str | None = None


class WishOut(BaseModel):
    id: UUID
    card_no: str
    state: str
    version: int


app = FastAPI(openapi_url=None)
numbers = itertools.count()


def _row(event: str, key: UUID, data: dict[str, Any]) -> tuple[Any, ...]:
    event_id = uuid7()
    headers = [["ce_id", str(event_id)], ["ce_type", event], ["ce_subject", str(key)]]
    shard = zlib.crc32(str(key).encode()) & 15
    topic = "wishtree.wish.events.v1"
    return shard, event_id, topic, str(key), orjson.dumps(headers).decode(), orjson.dumps(data)


def _card_no() -> str:
    number, text = next(numbers), ""
    for _ in range(4):
        number, digit = divmod(number, 31)
        text += ALPHABET[digit]
    return text


@app.post("/v1/wishes", status_code=201)
async def post_wish(wish: WishIn, request: Request) -> WishOut:
    wish_id, at = uuid7(), datetime.now().astimezone()
    out = WishOut(id=wish_id, card_no=_card_no(), state="submitted", version=1)
    data = {
        "wish_id": wish_id,
        "area": wish.area,
        "card_no": out.card_no,
        "category": wish.category,
        "channel": wish.channel,
        "submitted_at": at,
    }
    who = wish.beneficiary
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            ADD_WISH,
            wish_id,
            out.card_no,
            b"",
            wish.area,
            wish.category,
            wish.channel,
            wish.words.encode(),
            at,
            wish.effort,
            who.name,
            who.phone,
            who.address,
        )
        await connection.execute(ADD_OUTBOX, *_row("WishSubmitted", wish_id, data))
    return out


class ClaimIn(BaseModel):
    volunteer_id: UUID


class ClaimOut(BaseModel):
    id: UUID
    wish_id: UUID
    state: str


@app.post("/v1/wishes/{wish_id}/claims", status_code=201)
async def post_claim(wish_id: UUID, body: ClaimIn, request: Request) -> ClaimOut:
    """Plain `select … for update`: everybody stands in the queue for the row."""
    claim_id, at = uuid7(), datetime.now().astimezone()
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(
            "select state, version, area, category from wish where id = $1 for update", wish_id
        )
        if row is None:
            raise HTTPException(404)
        if row["state"] != "posted":
            raise HTTPException(409, "already claimed")
        known = "select true from giver where id = $1 and active"
        if not await connection.fetchval(known, body.volunteer_id):
            raise HTTPException(409, "giver not known")
        await connection.execute(
            "insert into claim (id, wish_id, state, claimant_kind, claimant_id, claimed_by,"
            " contact_by, fulfil_by, claimed_at)"
            " values ($1, $2, 'live', 'volunteer', $3, $3, $4, $4, $4)",
            claim_id,
            wish_id,
            body.volunteer_id,
            at,
        )
        await connection.execute(
            "update wish set state = 'claimed', version = version + 1 where id = $1", wish_id
        )
        data = {
            "wish_id": wish_id,
            "claim_id": claim_id,
            "area": row["area"],
            "category": row["category"],
            "claimed_by": body.volunteer_id,
            "claimed_at": at,
        }
        await connection.execute(ADD_OUTBOX, *_row("WishClaimed", wish_id, data))
    return ClaimOut(id=claim_id, wish_id=wish_id, state="live")


async def _serve(port: int) -> None:
    app.state.pool = await asyncpg.create_pool(
        os.environ["BARE_DSN"],
        min_size=2,
        max_size=POOL,
        server_settings={"search_path": "bare", "timezone": "Asia/Shanghai"},
    )
    gc.collect()
    gc.freeze()
    configuration = uvicorn.Config(
        app,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=False,
        backlog=2048,
    )
    await uvicorn.Server(configuration).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(int(sys.argv[1])))
