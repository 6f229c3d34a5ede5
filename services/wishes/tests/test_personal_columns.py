"""What may hold something about a person, column by column: a new one without a word here fails.

An erasure destroys keys and empties columns; it can only reach what somebody has thought of.
"""

import re
from collections.abc import Iterator
from typing import Any, get_args
from uuid import UUID, uuid4

from chassis.auth.principal import UNIT_ROLES, Kind
from wishes.adapters.aftercare import seed_keeper
from wishes.adapters.kept import EVERYTHING
from wishes.app.ask_access import APPROVED, ASKED
from wishes.app.copy_person import PURPOSE as OWN_COPY
from wishes.app.renew_code import PURPOSE as NEW_CODE
from wishes.app.reveal_origin import FIELDS as AUTHOR
from wishes.app.reveal_origin import OF_GUARDIAN
from wishes.app.write_draft import WRITE_ON
from wishes.bootstrap import describe
from wishes.domain.rights import RequestState
from wishes.domain.states import ClaimState, WishState
from wishes.domain.wish import EndedAs
from wishes.entrypoints.copy_words import CODES, FIELDS
from wishes.permissions import PERMISSIONS

from .conftest import Api, slip, wish_body
from .files import VOICES
from .test_attachments import upload
from .whole_life import CHILD, HEARD, SAID, whole_life

SEALED = "with the person's key"
WRITERS = "with the key of whoever wrote for the person"
EMPTIED = "plain text about the wish, emptied"
KEYED = "a keyed hash, or a sealed answer: see chassis.http.unit_of_work"
INDEX = "a keyed hash of what is sealed, emptied: the same person could be found again by it"
CODE = "an id, a code, a number of a card: it says nothing without the person"
TOLD = "an event of the published language: it has no personal data by its types"
KEY = "the key itself"
PLACE = "the name of a house or of a programme: nobody's"
COUNTED = "a keyed hash, which goes when the person is counted again"

COLUMNS = {
    "access_request": dict.fromkeys(("area", "purpose"), CODE),
    "attachment": {**dict.fromkeys(("kind", "purpose"), CODE), "sha256": KEYED, "sealed": SEALED},
    "beneficiary": {
        "area": CODE,
        **dict.fromkeys(("name", "phone", "address", "born"), SEALED),
        **dict.fromkeys(("phone_index", "address_index", "person_index"), INDEX),
    },
    "beneficiary_tally": dict.fromkeys(("area", "bucket"), CODE),
    "building": {"area": CODE, "name": PLACE},
    "callback": dict.fromkeys(("area", "outcome"), CODE),
    "callback_call": {"outcome": CODE, "note": SEALED},
    "callback_in_vain": dict.fromkeys(("district", "month"), CODE),
    "callback_seed": dict.fromkeys(("commitment", "district", "month", "seed"), CODE),
    "card_tries": {"card_no": CODE, "tried": KEYED},
    "category_rule": {"district": CODE, "category": CODE, "terms": CODE},
    "change_proposal": {
        **dict.fromkeys(("asks", "category", "effort"), CODE),
        **dict.fromkeys(("title", "note", "words", "answers"), SEALED),
    },
    "claim": dict.fromkeys(
        ("state", "claimant_kind", "asked_reason", "ended_as", "evidence"), CODE
    ),
    "complaint": {
        **dict.fromkeys(("about", "area", "outcome"), CODE),
        **dict.fromkeys(("words", "answer"), SEALED),
    },
    "confirmation": {
        **dict.fromkeys(("method", "means", "answer", "reason", "witness_relation"), CODE),
        "witness_name": SEALED,
        "note": SEALED,
    },
    "consent": {**dict.fromkeys(("purpose", "by_kind", "how"), CODE), "witness": SEALED},
    "data_request": {**dict.fromkeys(("area", "kind", "state", "reason"), CODE), "wanted": SEALED},
    "dead_letter": dict.fromkeys(
        ("consumer", "topic", "key", "headers", "payload", "reason"), TOLD
    ),
    "draft": {
        **dict.fromkeys(("area", "channel"), CODE),
        "content": SEALED,
        "person_index": INDEX,
    },
    "evaluation": {"means": CODE, "remark": SEALED},
    "gift": {"giver_kind": CODE, "item": CODE, "name": SEALED},
    "giver": dict.fromkeys(("area", "kind"), CODE),
    "guardian_consent": {
        **dict.fromkeys(("kind", "relation", "witness_relation"), CODE),
        **dict.fromkeys(("name", "phone", "reference", "witness"), SEALED),
    },
    "hand_over": dict.fromkeys(("handed_to", "note"), CODE),
    "idempotency": {
        **dict.fromkeys(("principal", "key", "route", "etag"), CODE),
        "request_sha256": KEYED,
        "body": KEYED,
        "people": CODE,
    },
    "inbox": {"consumer": CODE},
    "invitation": {"invitee_kind": CODE},
    "message": {"sender": CODE, "words": SEALED},
    "outbox": dict.fromkeys(("topic", "key", "headers", "payload"), TOLD),
    "outbox_dead": dict.fromkeys(("topic", "key", "headers", "payload", "reason"), TOLD),
    "overrule": {
        **dict.fromkeys(("answer", "field", "kind", "reason"), CODE),
        "fingerprint": KEYED,
        **dict.fromkeys(("card_text", "remark"), SEALED),
    },
    "person_key": {"algorithm": CODE, "wrapped": KEY},
    "pledge": {"giver_kind": CODE, "kind": CODE},
    "programme": {**dict.fromkeys(("area", "brand", "reach"), CODE), "name": PLACE},
    "qualification": {"ask": CODE},
    "queue_move": {"area": CODE, "queue": CODE},
    "queue_tally": {"area": CODE, "queue": CODE},
    "referral": {
        **dict.fromkeys(("area", "outcome", "reason", "recipient"), CODE),
        **dict.fromkeys(("receipt", "note"), SEALED),
    },
    "reveal_audit": {
        **dict.fromkeys(("by_kind", "by_role", "by_area", "fields", "purpose"), CODE),
        "by_name": SEALED,
        "previous": KEYED,
        "hash": KEYED,
    },
    "reveal_head": {"hash": KEYED},
    "schema_file": {"name": CODE},
    "speaker": {"kind": CODE},
    "standing": {**dict.fromkeys(("area", "bucket"), CODE), "person": COUNTED},
    "standing_due": {"area": CODE, "person": COUNTED},
    "takedown": {"reason": CODE},
    "tree_count": {"area": CODE, "category": CODE},
    "verification": {"method": CODE},
    "verification_step": dict.fromkeys(("method", "seen", "spoke_with"), CODE),
    "visit": {"visitors": CODE, "tried": KEYED},
    "wish": {
        **dict.fromkeys(("card_no", "area", "category", "channel", "effort", "state"), CODE),
        **dict.fromkeys(("proxy_relation", "consent_kind", "follow_up_reason"), CODE),
        **dict.fromkeys(("offered_kind", "asks", "callback", "queue", "code_seen_by"), CODE),
        "code_hash": KEYED,
        "words": SEALED,
        "answers": SEALED,
        "consent_witness_relation": CODE,
        **dict.fromkeys(("proxy_name", "proxy_phone"), WRITERS),
        **dict.fromkeys(("consent_reference", "consent_witness"), WRITERS),
        **dict.fromkeys(("title", "note"), EMPTIED),
    },
    "wish_history": dict.fromkeys(("event", "reason"), CODE),
    "wish_move": {"state": CODE},
    "wish_step": dict.fromkeys(
        ("area", "old_category", "old_state", "old_queue", "category", "state", "queue"), CODE
    ),
    "wish_tally": {"state": CODE},
}
HOLDING_TEXT = """
select c.table_name, c.column_name
from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
where c.table_schema = 'wishes' and t.table_type = 'BASE TABLE' and c.table_name !~ '^event_log'
    and c.data_type in ('text', 'bytea', 'json', 'jsonb', 'ARRAY', 'character varying')
"""
SEALED_OR_PLAIN = (SEALED, WRITERS, EMPTIED, INDEX, KEY)
ONLY_ADDED_TO = {"consent.witness", "reveal_audit.by_name"}
"""Never emptied: what is sealed there is unreadable with the key gone."""

CHECKED = """
select t.relname as table_name, a.attname as column_name, pg_get_constraintdef(c.oid) as rule
from pg_constraint c join pg_class t on t.oid = c.conrelid
    join pg_attribute a on a.attrelid = t.oid and array[a.attnum] = c.conkey
where c.contype = 'c' and t.relnamespace = 'wishes'::regnamespace
    and pg_get_constraintdef(c.oid) like '%= ANY (ARRAY[%'
"""
RAW = r"<d[dt]>([A-Za-z_]*[a-z][A-Za-z_]*)</d[dt]>"
STAYS = {"idempotency"}
"""Its rows go after two days."""


async def test_every_column_that_can_hold_words_is_known(api: Api) -> None:
    found: dict[str, set[str]] = {}
    for row in await api.db.fetch(HOLDING_TEXT):
        found.setdefault(row["table_name"], set()).add(row["column_name"])
    assert found == {table: set(columns) for table, columns in COLUMNS.items()}


async def test_an_erasure_empties_all_that_was_personal(api: Api) -> None:
    """Sealed or plain: nothing is left for somebody who has kept an old key."""
    wish = await whole_life(api)
    who = CHILD["name"]
    correction = {"kind": "correction", "correction": {"address": "咸东社区五号院"}}
    await api.ok(f"cards/{slip(wish)}/requests", {"who": who, **correction})
    body = {"who": who, "kind": "erasure", "end_claims": True}
    request = await api.ok(f"cards/{slip(wish)}/requests", body)
    # Somebody asks for a look, so there is a line with a name.
    await api.ok(f"wishes/{wish['id']}/access-requests", {"purpose": "verify"}, api.worker)
    before = await kept(api)
    assert {column for column, values in before.items() if not any(values)} == set()
    for one in (api.worker, api.colleague):
        decision = {"answer": "yes", "reason": "asked"}
        await api.ok(f"data-requests/{request['id']}/decision", decision, one)
    left = {column for column, values in (await kept(api)).items() if any(values)}
    assert left <= ONLY_ADDED_TO | {"person_key.wrapped"}
    keys = await api.db.fetch("select person_id from person_key where wrapped is not null")
    assert [row["person_id"] for row in keys] == [seed_keeper("610102")], "the lottery's, nobody's"
    row = await api.db.fetchrow(
        "select account_id, household_id, erased_at from beneficiary where id = $1",
        UUID(wish["beneficiary_id"]),
    )
    assert row is not None
    assert (row["account_id"], row["household_id"]) == (None, None)
    assert row["erased_at"] is not None


async def test_no_account_of_an_erased_person_is_left_where_they_did_something_with_it(
    api: Api,
) -> None:
    me, _ = uuid4(), await api.submitted()
    who = api.as_role("applicant", subject=me)
    heard = {name: value for name, value in HEARD.items() if name != "reference"}
    guardian = {"name": "肖红", "relation": "parent", "phone": "13900000001", "consent": heard}
    body = wish_body(beneficiary=CHILD, guardian=guardian)
    del body["channel"]
    child = await api.ok("own-wishes", body, who)
    held = await api.delivered()
    wish, person = held["wish"], f"beneficiaries/{held['wish']['beneficiary_id']}"
    await api.own_account(wish, me)
    await upload(api, child, VOICES["audio/amr"], "audio/amr", who)
    await api.ok(f"wishes/{wish['id']}/own-confirmation", {"answer": "satisfied"}, who)
    await api.ok(f"wishes/{wish['id']}/evaluation", {"means": "tap", "score": 5}, who)
    complaint = {"about": "late", "words": "来晚了"}
    complaint = await api.ok(f"wishes/{wish['id']}/complaints", complaint, who)
    answer = {"outcome": "explained", "words": "已经当面说明"}
    answering = api.as_role("community_worker", subject=uuid4())
    await api.ok(f"complaints/{complaint['id']}/answer", answer, answering)
    no = {"purpose": "photo", "given": False, "wording": 1}
    await api.ok(f"wishes/{wish['id']}/consents", {**no, "given": True}, who)
    await api.ok(f"wishes/{wish['id']}/consents", no, who)
    again = {"reason": "wrong_size", "words": "小了一号。"}
    await api.ok(f"wishes/{wish['id']}/own-follow-ups", again, who)
    await api.ok(f"{person}/copy", {}, who)
    by_card, wanted = f"cards/{slip(wish)}/requests", {"address": "咸东社区五号院"}
    asked = {"who": "黄建国", "kind": "correction", "correction": wanted}
    asked = await api.ok(by_card, asked)
    await api.ok(f"data-requests/{asked['id']}/withdrawal", {}, who)
    requests = [
        await api.ok(f"{one}/requests", {"kind": "erasure"}, who)
        for one in (person, f"beneficiaries/{child['beneficiary_id']}")
    ]
    # What was filed with it for another entry, which is nobody's account, names the account as well.
    assert requests[0]["also"]
    assert await holding(api, me) > STAYS
    for request in [request["id"] for request in requests] + requests[0]["also"]:
        for one in (api.worker, api.colleague):
            decision = {"answer": "yes", "reason": "asked"}
            await api.ok(f"data-requests/{request}/decision", decision, one)
    assert await holding(api, me) == STAYS
    lines = (await api.get(f"wishes/{wish['id']}/history", api.worker)).json()["items"]
    assert str(me) not in {line["by_id"] for line in lines}


async def test_a_copy_shows_all_of_it_in_words(api: Api) -> None:
    wish, me = await whole_life(api), uuid4()
    # With a card it is of that card alone: the follow-up has one of its own.
    await api.own_account(wish, me)
    copy = await api.ok(f"beneficiaries/{wish['beneficiary_id']}/copy", {}, api.volunteer(me))
    empty = {name for name, rows in copy["data"].items() if not rows}
    assert empty == {
        "services",
        "undone",
        "taken_down",
        "handed_over",
        "looks_asked_for",
        "visits",
        "household",
        "reveals_of_proxies",
    }
    shown = [value for rows in copy["data"].values() for row in rows for value in row.values()]
    assert [text for text in SAID if text not in shown] == []
    # No code of ours is left for a person to guess at.
    assert re.findall(RAW, copy["page"]) == []


async def holding(api: Api, account: UUID) -> set[str]:
    """The tables in which this account stands somewhere."""
    rows = {name: str(found) for name, found in (await api.snapshot()).items()}
    return {name for name, found in rows.items() if str(account) in found}


async def test_every_code_that_a_table_can_hold_has_a_word_in_the_copy(api: Api) -> None:
    shown = dict(shown_columns())
    held = [
        (shown[row["table_name"], row["column_name"]], code)
        for row in await api.db.fetch(CHECKED)
        if (row["table_name"], row["column_name"]) in shown
        for code in re.findall(r"'([^']+)'::text", row["rule"])
    ]
    assert len(held) > 60
    coded = {
        "ended_as": get_args(EndedAs),
        "state": (*WishState, *ClaimState, *RequestState),
        "by_role": {role for roles in PERMISSIONS.values() for role in roles} | UNIT_ROLES,
        "by_kind": ("self", *get_args(Kind)),
        "purpose": (ASKED, APPROVED, WRITE_ON, OWN_COPY, NEW_CODE),
    }
    held += [(name, code) for name, codes in coded.items() for code in codes]
    schemas = describe().openapi()["components"]["schemas"]
    # What they have a name in common with is in no copy, or under another name.
    reprint = schemas.pop("NewCode")["properties"]["reason"]["enum"]
    held += [("purpose", f"reprint_{reason}") for reason in reprint]
    names = set(shown.values()) - {"kind", "fields", "seen"}
    for schema in schemas.values():
        for name, what in schema.get("properties", {}).items():
            if name in names:
                held += [
                    (name, code) for one in (what, *what.get("anyOf", ())) for code in enum(one)
                ]
    assert {(name, str(code)) for name, code in held if str(code) not in CODES[name]} == set()
    looked_at = {f"{before}{field}" for before in ("", OF_GUARDIAN) for field in AUTHOR}
    seen = enum(schemas["CheckStep"]["properties"]["seen"]["items"])
    assert {*looked_at, *seen} <= set(FIELDS)


async def test_a_copy_has_words_for_what_went_another_way(api: Api) -> None:
    held = await api.claimed()
    wish, request = held["wish"], f"cards/{slip(held['wish'])}/requests"
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    async with api.db.transaction() as tx:
        sql = "insert into hand_over values ($1, 1, 'other', 'asked', $2, now())"
        await tx.execute(sql, UUID(wish["id"]), uuid4())
    for reason in ("asked", "made_up_at_the_desk"):
        wanted = {"who": "黄建国", "kind": "correction", "correction": {"address": "长乐坊9号楼"}}
        asked = await api.ok(request, wanted)
        answer = {"answer": "no", "reason": reason}
        await api.ok(f"data-requests/{asked['id']}/decision", answer, api.worker)
    await api.ok(request, wanted)
    page = (await api.ok(f"cards/{slip(wish)}/copy", {"who": "黄建国"}))["page"]
    for words in (
        "还回来了",
        "别的单位",
        "您要求的",
        "别的（made_up_at_the_desk）",
        "住址：长乐坊9号楼",
    ):
        assert f"<dd>{words}</dd>" in page, words
    assert re.findall(RAW, page) == []


def enum(schema: dict[str, Any]) -> list[str]:
    return [code for code in schema.get("enum", [schema.get("const")]) if isinstance(code, str)]


def shown_columns() -> Iterator[tuple[tuple[str, str], str]]:
    """Table and column → its name in a copy."""
    for section in EVERYTHING:
        columns, tables = re.split(r"\bfrom\b", section.sql, maxsplit=1)
        found = re.findall(r"(?:^|join)\s*(\w+)(?: (?!join|where|left|on)(\w+))?", tables)
        table_of = {short or table: table for table, short in found}
        for column in columns.replace("select", "").split(","):
            source, _, name = column.strip().partition(" as ")
            table, _, kept_as = source.rpartition(".")
            yield (table_of[table or next(iter(table_of))], kept_as), name or kept_as


async def kept(api: Api) -> dict[str, list[Any]]:
    """`table.column` → its values, of everything personal."""
    return {
        f"{table}.{column}": [row[0] for row in await api.db.fetch(f"select {column} from {table}")]
        for table, columns in COLUMNS.items()
        for column, holds in columns.items()
        if holds in SEALED_OR_PLAIN
    }
