"""The read side of people's rights: SQL to response, one query per need."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Literal
from uuid import UUID

from chassis.db import Database, Row
from chassis.http import Page, decode_cursor, encode_cursor, moment
from chassis.http.body import LARGEST
from chassis.privacy import Reveal, Vault, reveals_of

from wishes.adapters.rights import COLUMNS, SPEAKS, request_of
from wishes.app.views import RevealLine
from wishes.app.views_rights import DataRequestView, MineView, OwnPerson, OwnWish, SpokenFor
from wishes.pages import FIRST, LAST

MOST = 200
MINE = """
select b.id as person_id, b.area, w.id, w.card_no, w.state
from beneficiary b join wish w on w.beneficiary_id = b.id
where b.account_id = $1 order by b.id, w.id limit $2
"""
SPOKEN_FOR = f"""
select w.beneficiary_id as person_id, s.kind, w.area, w.id, w.card_no, w.state
from speaker s join wish w on w.id = s.wish_id
where s.account_id = $1 and {SPEAKS} order by w.beneficiary_id, s.kind, w.id limit $2
"""  # noqa: S608
REQUESTS_OF = f"""
select {COLUMNS} from data_request
where person_id = $1 and (filed_at, id) < ($2, $3)
order by filed_at desc, id desc limit $4
"""  # noqa: S608
PROXIES = "select proxy_id from wish where beneficiary_id = any($1) and proxy_id is not null"
OPEN = f"""
select {COLUMNS} from data_request
where answered_at is null and starts_with(area, $1) and (due_at, id) > ($2, $3)
order by due_at, id limit $4
"""  # noqa: S608
"""The open ones of the whole district in the order of their index: as many as come in three weeks."""


async def mine(db: Database, account_id: UUID) -> MineView:
    people: dict[UUID, OwnPerson] = {}
    for row in await db.fetch(MINE, account_id, MOST):
        person_id = row["person_id"]
        person = OwnPerson(person_id=person_id, area=row["area"], wishes=[])
        people.setdefault(person_id, person).wishes.append(_wish(row))
    spoken_for: dict[tuple[UUID, str], SpokenFor] = {}
    for row in await db.fetch(SPOKEN_FOR, account_id, MOST):
        person_id, kind = row["person_id"], row["kind"]
        other = SpokenFor(person_id=person_id, area=row["area"], wishes=[], kind=kind)
        spoken_for.setdefault((person_id, kind), other).wishes.append(_wish(row))
    return MineView(items=list(people.values()), speaks_for=list(spoken_for.values()))


async def looks(
    db: Database, vault: Vault, people: Sequence[UUID], cursor: str | None, limit: int
) -> Page[RevealLine]:
    """At any of these entries of one person, and at who wrote for them; the newest first."""
    (last,) = decode_cursor(cursor, _seq) or (None,)
    proxies = {row["proxy_id"] for row in await db.fetch(PROXIES, people)}
    found = [
        (look.seq, _line(look, "proxy" if one in proxies else "person"))
        for one in (*people, *proxies)
        for look in await reveals_of(db, vault, one, limit + 1, last)
    ]
    found.sort(key=itemgetter(0), reverse=True)
    more = encode_cursor(found[limit - 1][0]) if len(found) > limit else None
    return Page(items=[line for _, line in found[:limit]], next=more)


async def requests_of(
    db: Database, person_id: UUID, cursor: str | None, limit: int
) -> Page[DataRequestView]:
    """The newest first."""
    at, last = decode_cursor(cursor, moment, UUID) or LAST
    rows = await db.fetch(REQUESTS_OF, person_id, at, last, limit + 1)
    items = [DataRequestView.of(request_of(row)) for row in rows[:limit]]
    end = items[-1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(end.filed_at, end.id) if end else None)


async def open_requests(
    db: Database, area: str, cursor: str | None, limit: int
) -> Page[DataRequestView]:
    """`area`: a prefix."""
    at, last = decode_cursor(cursor, moment, UUID) or FIRST
    rows = await db.fetch(OPEN, area, at, last, limit + 1)
    items = [DataRequestView.of(request_of(row)) for row in rows[:limit]]
    end = items[-1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(end.due_at, end.id) if end else None)


def _line(look: Reveal, at: Literal["person", "proxy"]) -> RevealLine:
    return RevealLine(**{name: value for name, value in vars(look).items() if name != "seq"}, of=at)


def _wish(row: Row) -> OwnWish:
    return OwnWish(id=row["id"], card_no=row["card_no"], state=row["state"])


def _seq(text: str) -> int:
    number = int(text)
    if not 0 < number <= LARGEST:
        raise ValueError("no place in the chain")
    return number
