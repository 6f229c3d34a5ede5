"""What may hold something about a person, column by column: a new one without a word here fails.

An erasure destroys keys and empties columns; it can only reach what somebody has thought of.
"""

from typing import Any
from uuid import UUID

from .conftest import Api, slip, wish_body

SEALED = "with the person's key"
WRITERS = "with the key of whoever wrote for the person"
EMPTIED = "plain text about the wish, emptied"
KEYED = "a keyed hash, or a sealed answer: see chassis.http.unit_of_work"
CODE = "an id, a code, a number of a card: it says nothing without the person"
TOLD = "an event of the published language: it has no personal data by its types"
KEY = "the key itself"

COLUMNS = {
    "beneficiary": {"area": CODE, "name": SEALED, "phone": SEALED, "address": SEALED},
    "card_tries": {"card_no": CODE},
    "category_rule": {"district": CODE, "category": CODE, "terms": CODE},
    "claim": {"state": CODE, "claimant_kind": CODE, "asked_reason": CODE, "ended_as": CODE},
    "confirmation": {
        **dict.fromkeys(("method", "answer", "reason", "witness_relation"), CODE),
        "witness_name": SEALED,
        "note": SEALED,
    },
    "consent": {**dict.fromkeys(("purpose", "by_kind", "how"), CODE), "witness": SEALED},
    "data_request": {**dict.fromkeys(("area", "kind", "state", "reason"), CODE), "wanted": SEALED},
    "dead_letter": dict.fromkeys(
        ("consumer", "topic", "key", "headers", "payload", "reason"), TOLD
    ),
    "gift": {"giver_kind": CODE, "item": CODE, "name": SEALED},
    "giver": {"kind": CODE},
    "idempotency": {
        **dict.fromkeys(("principal", "key", "route", "etag"), CODE),
        "request_sha256": KEYED,
        "body": KEYED,
        "people": CODE,
    },
    "inbox": {"consumer": CODE},
    "outbox": dict.fromkeys(("topic", "key", "headers", "payload"), TOLD),
    "outbox_dead": dict.fromkeys(("topic", "key", "headers", "payload", "reason"), TOLD),
    "person_key": {"algorithm": CODE, "wrapped": KEY},
    "pledge": {"giver_kind": CODE, "kind": CODE},
    "qualification": {"ask": CODE},
    "queue_move": {"area": CODE, "queue": CODE},
    "queue_tally": {"area": CODE, "queue": CODE},
    "reveal_audit": {
        **dict.fromkeys(("by_kind", "by_role", "by_area", "fields", "purpose"), CODE),
        "previous": KEYED,
        "hash": KEYED,
    },
    "reveal_head": {"hash": KEYED},
    "schema_file": {"name": CODE},
    "takedown": {"reason": CODE},
    "tree_count": {"area": CODE, "category": CODE},
    "verification": {"method": CODE},
    "wish": {
        **dict.fromkeys(("card_no", "area", "category", "channel", "effort", "state"), CODE),
        **dict.fromkeys(("proxy_relation", "consent_kind", "follow_up_reason"), CODE),
        **dict.fromkeys(("offered_kind", "asks", "callback", "queue"), CODE),
        "code_hash": KEYED,
        "words": SEALED,
        **dict.fromkeys(("proxy_name", "proxy_phone", "consent_reference"), WRITERS),
        **dict.fromkeys(("title", "note"), EMPTIED),
    },
    "wish_history": {"event": CODE},
    "wish_move": {"state": CODE},
    "wish_tally": {"state": CODE},
}
HOLDING_TEXT = """
select c.table_name, c.column_name
from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
where c.table_schema = 'wishes' and t.table_type = 'BASE TABLE' and c.table_name !~ '^event_log'
    and c.data_type in ('text', 'bytea', 'json', 'jsonb', 'ARRAY', 'character varying')
"""
SEALED_OR_PLAIN = (SEALED, WRITERS, EMPTIED, KEY)
ONLY_ADDED_TO = "consent"
"""Nothing in it is ever emptied: its sealed witness is unreadable with the key gone."""


async def test_every_column_that_can_hold_words_is_known(api: Api) -> None:
    found: dict[str, set[str]] = {}
    for row in await api.db.fetch(HOLDING_TEXT):
        found.setdefault(row["table_name"], set()).add(row["column_name"])
    assert found == {table: set(columns) for table, columns in COLUMNS.items()}


async def test_an_erasure_empties_all_that_was_personal(api: Api) -> None:
    """Sealed or plain: nothing is left for somebody who has kept an old key."""
    proxy = {
        "name": "刘桂兰",
        "phone": "13891234568",
        "relation": "neighbour",
        "consent": {
            "kind": "witness",
            "reference": "王师傅听到的",
            "given_at": "2026-02-01T09:30:00+08:00",
        },
    }
    held = await api.delivered(proxy=proxy)
    wish: dict[str, Any] = held["wish"]
    told = {
        "method": "call",
        "answer": "satisfied",
        "witness": {"name": "刘桂兰", "relation": "neighbour"},
        "note": "说谢谢大家",
    }
    await api.ok(f"wishes/{wish['id']}/confirmation", told, api.worker)
    who = wish_body()["beneficiary"]["name"]
    for body in ({"kind": "correction", "correction": {"name": "黄建华"}}, {"kind": "erasure"}):
        request = await api.ok(f"cards/{slip(wish)}/requests", {"who": who, **body})
    before = await kept(api)
    assert {column for column, values in before.items() if not any(values)} == {
        # Nobody asked for a witness; no note on the card.
        "consent.witness",
        "wish.note",
    }
    for one in (api.worker, api.colleague):
        decision = {"answer": "yes", "reason": "asked"}
        await api.ok(f"data-requests/{request['id']}/decision", decision, one)
    left = {column for column, values in (await kept(api)).items() if any(values)}
    assert left <= {f"{ONLY_ADDED_TO}.witness"}
    row = await api.db.fetchrow(
        "select account_id, household_id, erased_at from beneficiary where id = $1",
        UUID(wish["beneficiary_id"]),
    )
    assert row is not None
    assert (row["account_id"], row["household_id"]) == (None, None)
    assert row["erased_at"] is not None


async def kept(api: Api) -> dict[str, list[Any]]:
    """`table.column` → its values, of everything personal."""
    return {
        f"{table}.{column}": [row[0] for row in await api.db.fetch(f"select {column} from {table}")]
        for table, columns in COLUMNS.items()
        for column, holds in columns.items()
        if holds in SEALED_OR_PLAIN
    }
