"""Who waits and was served, and what nobody takes: sums, and small ones only for those who may see.

Whoever may not see people one by one is told what domain/small_cells.py lets through; its sums are made
for the whole district each time, so that no two answers at different levels give a small one away.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from chassis.db import Database
from chassis.http import Page, decode_cursor, encode_cursor, moment

from wishes.app import views_desk as views
from wishes.domain.fairness import Bucket
from wishes.domain.small_cells import Shown, listed, shown
from wishes.domain.untaken import WAITED, cuts
from wishes.pages import FIRST

CATEGORIES = ("goods", "service", "companionship", "skills")
COMMUNITY, DISTRICT = 12, 6
"""Digits of their codes."""
STANDINGS = """
select area, bucket, people as number from beneficiary_tally
where area between rpad($1, 12, '0') and rpad($1, 12, '9')
"""
PEOPLE = """
select s.wish_id, w.card_no, s.bucket, s.since, s.open, s.in_year as helped_in_year
from standing s join wish w on w.id = s.wish_id
where s.area = $1 and s.bucket = $2
  and (s.since, s.wish_id) > ($3, $4)
order by s.since, s.wish_id limit $5
"""
# At most 320 places hang on a tree, so a community costs no more than that.
UNTAKEN = """
select area, category, width_bucket(posted_at, $2::timestamptz[]) as waited, count(*) as number
from wish where area between rpad($1, 12, '0') and rpad($1, 12, '9') and hanging and state = 'posted'
group by 1, 2, 3
"""
UNTAKEN_BUILDINGS = """
select b.building_id, u.name, count(*) as number
from wish w join beneficiary b on b.id = w.beneficiary_id left join building u on u.id = b.building_id
where w.area = $1 and w.hanging and w.state = 'posted' group by 1, 2 order by number desc, u.name
"""


async def fairness(db: Database, area: str, now: datetime, *, exact: bool) -> views.FairnessView:
    """Of an area and of those right below it; some seconds old (adapters/standing.py)."""
    counts = await _counts(db, STANDINGS, area, exact=exact)
    cells = {bucket: counts.get((bucket,), {}) for bucket in Bucket}
    rows = [
        views.PeopleRow(
            area=one,
            cells=[_people(bucket, cells[bucket].get(one, _nobody(exact))) for bucket in Bucket],
        )
        for one in _areas(area, *cells.values())
    ]
    return views.FairnessView(area=area, exact=exact, as_of=now, rows=rows)


def _people(bucket: Bucket, value: Shown) -> views.PeopleCell:
    group, _, waited = bucket.partition(".")
    return views.PeopleCell.model_validate(
        _count(value) | {"bucket": group, "waited": waited or None}
    )


async def people(
    db: Database, area: str, bucket: Bucket, cursor: str | None, limit: int
) -> Page[views.PersonLine]:
    """Of one community, whoever has waited longest first."""
    since, last = decode_cursor(cursor, moment, UUID) or FIRST
    rows = await db.fetch(PEOPLE, area, bucket, since, last, limit + 1)
    items = [views.PersonLine(**dict(row)) for row in rows[:limit]]
    end = items[-1] if len(rows) > limit else None
    return Page(
        items=items, next=encode_cursor(end.since.isoformat(), end.wish_id) if end else None
    )


async def untaken(db: Database, area: str, now: datetime, *, exact: bool) -> views.UntakenView:
    """The wishes that hang and wait, by kind and by how long, of an area and those right below it."""
    counts = await _counts(db, UNTAKEN, area, list(cuts(now)), exact=exact)
    kinds = [(category, n) for category in CATEGORIES for n in range(len(WAITED))]
    cells = {kind: counts.get(kind, {}) for kind in kinds}
    rows = [
        views.UntakenRow(
            area=one,
            cells=[
                views.UntakenCell.model_validate(
                    _count(cells[kind].get(one, _nobody(exact)))
                    | {"category": kind[0], "waited": WAITED[kind[1]]}
                )
                for kind in kinds
            ],
        )
        for one in _areas(area, *cells.values())
    ]
    houses: list[views.BuildingCell] = []
    if len(area) == COMMUNITY:
        told = sum(value for of in cells.values() if isinstance(value := of.get(area), int))
        houses = await _houses(db, area, None if exact else told)
    return views.UntakenView(area=area, exact=exact, as_of=now, rows=rows, buildings=houses)


async def _houses(db: Database, area: str, within: int | None) -> list[views.BuildingCell]:
    """`within`: so many wishes are known from what is shown beside; None: everything may be."""
    rows = await db.fetch(UNTAKEN_BUILDINGS, area)
    may = {row["building_id"]: row["number"] for row in rows}
    if within is not None:
        may = listed({key: number for key, number in may.items() if key is not None}, within)
    return [
        views.BuildingCell.model_validate(
            _count(row["number"]) | {"building_id": row["building_id"], "name": row["name"]}
        )
        for row in rows
        if row["building_id"] in may
    ]


async def _counts(
    db: Database, sql: str, area: str, *args: Any, exact: bool
) -> dict[tuple[Any, ...], dict[str, Shown]]:
    """Cell → area → what is shown. `sql` gives the numbers of communities: what may be shown of one
    depends on all others of its district."""
    rows = await db.fetch(sql, area if exact else area[:DISTRICT], *args)
    found: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in rows:
        _, *cell, number = row.values()
        found.setdefault(tuple(cell), {})[row["area"]] = number
    if exact:
        return cast("dict[tuple[Any, ...], dict[str, Shown]]", found)
    return {cell: shown(numbers) for cell, numbers in found.items()}


def _areas(area: str, *cells: Mapping[str, Any]) -> Sequence[str]:
    """The area itself, and those right below it that anything is counted in."""
    below = {
        one
        for of in cells
        for one in of
        if one.startswith(area) and len(one) == min(len(area) + 3, COMMUNITY)
    }
    return [area, *sorted(below - {area})]


def _nobody(exact: bool) -> Shown:
    return 0 if exact else "few"


def _count(value: Shown) -> dict[str, Any]:
    if isinstance(value, int):
        return {"number": value, "shown": str(value)}
    return {"number": None, "shown": {"few": "少于 5", "kept_back": "不单列"}[value]}
