"""Skills, trainings, insurances and checks: noted, renewed, revoked, over by themselves, and told."""

import asyncio
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis.auth.testing import assert_every_route_has_permission
from chassis.clock import BEIJING, now
from chassis.clocks import Clocks, Dial
from contracts.codec import decode
from orjson import loads
from volunteers.adapters.postgres import PostgresPeople
from volunteers.adapters.qualifications import DUE, PostgresQualifications
from volunteers.app.expire_qualification import expire_qualification
from volunteers.bootstrap import describe

from .conftest import MINTER, XIANDONG, Api

PHONE = "13800138002"
TODAY = now().date()
FIRST_AID = {"kind": "training", "code": "first_aid", "evidence": "陕救 2026-0417"}


def insurance(days: int = 30, **more: Any) -> dict[str, Any]:
    until = (TODAY + timedelta(days=days)).isoformat()
    return {"kind": "insurance", "code": "accident", "valid_until": until} | more


class Desk:
    """A volunteer, and what is noted about them."""

    def __init__(self, api: Api, volunteer: dict[str, Any]) -> None:
        self.api, self.id = api, UUID(volunteer["id"])
        self.path = f"volunteers/{self.id}/qualifications"
        self.own = MINTER.header("volunteer", XIANDONG, subject=self.id)

    async def grant(self, body: dict[str, Any]) -> dict[str, Any]:
        return await self.api.ok(self.path, body, self.api.worker)

    async def revoke(self, line: dict[str, Any]) -> dict[str, Any]:
        return await self.api.ok(f"{self.path}/{line['id']}/revocation", {}, self.api.worker)

    async def listed(self, who: dict[str, str] | None = None) -> list[dict[str, Any]]:
        answer = await self.api.get(self.path, who or self.api.worker)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def said(self) -> list[tuple[int, str, bool, datetime | None]]:
        """What was published of them: version, `kind:code`, in force, until."""
        rows = await self.api.db.fetch(
            "select headers, payload from outbox where key = $1 and headers->2->>1 like $2 order by id",
            str(self.id),
            "%.QualificationChanged.%",
        )
        read = [
            decode([(k, v.encode()) for k, v in loads(row["headers"])], row["payload"])
            for row in rows
        ]
        data: list[Any] = [event.data for event in read]
        return [
            (event.aggregate_version, f"{d.kind}:{d.code}", d.active, d.valid_until)
            for event, d in zip(read, data, strict=True)
        ]


@pytest.fixture
async def desk(api: Api) -> Desk:
    return Desk(api, await api.approved(PHONE))


def midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), BEIJING)


def test_every_route_states_a_permission() -> None:
    assert_every_route_has_permission(describe())


async def test_what_is_noted_is_listed_and_published_without_its_evidence(desk: Desk) -> None:
    aid = await desk.grant(FIRST_AID)
    insured = await desk.grant(insurance())
    until = midnight_after(TODAY + timedelta(days=30))
    assert (aid["active"], aid["valid_until"], aid["has_evidence"]) == (True, None, True)
    assert insured["valid_until"] == (TODAY + timedelta(days=30)).isoformat()
    listed = await desk.listed()
    assert [line["id"] for line in listed] == [insured["id"], aid["id"]]
    assert await desk.listed(desk.own) == listed
    assert await desk.said() == [
        (3, "training:first_aid", True, None),
        (4, "insurance:accident", True, until),
    ]
    sent = await desk.api.db.fetch("select convert_from(payload, 'utf8') as said from outbox")
    kept = await desk.api.db.fetch("select q::text as said from qualification q")
    assert not [row for row in (*sent, *kept) if "0417" in row["said"] or "陕救" in row["said"]]


async def test_the_evidence_is_shown_for_a_purpose_and_the_look_is_written_down(
    desk: Desk, problem: Any
) -> None:
    aid, insured = await desk.grant(FIRST_AID), await desk.grant(insurance())
    path = f"{desk.path}/{aid['id']}/evidence"
    problem(await desk.api.post(path, {}, desk.api.worker), 422, "invalid")
    found = await desk.api.ok(path, {"purpose": "verify"}, desk.api.worker)
    assert found == {"evidence": "陕救 2026-0417"}
    row = await desk.api.db.fetchrow("select person_id, purpose, fields from reveal_audit")
    assert (row["person_id"], row["purpose"], row["fields"]) == (desk.id, "verify", ["evidence"])
    missing = f"{desk.path}/{insured['id']}/evidence"
    problem(
        await desk.api.post(missing, {"purpose": "verify"}, desk.api.worker), 404, "no-evidence"
    )


async def test_a_second_one_renews_the_first(desk: Desk) -> None:
    first, second = await desk.grant(insurance(10)), await desk.grant(insurance(300))
    lines = await desk.listed()
    assert [(line["id"], line["active"]) for line in lines] == [
        (second["id"], True),
        (first["id"], False),
    ]
    assert [(active, until) for _, _, active, until in await desk.said()] == [
        (True, midnight_after(TODAY + timedelta(days=10))),
        (True, midnight_after(TODAY + timedelta(days=300))),
    ]


async def test_what_is_revoked_does_not_hold_any_more_and_only_once(
    desk: Desk, problem: Any
) -> None:
    aid = await desk.grant(FIRST_AID)
    assert (await desk.revoke(aid))["active"] is False
    again = await desk.api.post(f"{desk.path}/{aid['id']}/revocation", {}, desk.api.worker)
    problem(again, 409, "qualification-over")
    assert [active for _, _, active, _ in await desk.said()] == [True, False]
    # Why it ended is nobody's record.
    assert not {"ended_as", "ended_by", "reason"} & set((await desk.listed())[0])


async def test_time_ends_it_once_though_several_workers_look_and_one_died(desk: Desk) -> None:
    """By a clock that the test moves; what is due is found in the table, not in a process."""
    await desk.grant(insurance(10))
    await desk.grant(insurance(20, code="liability"))
    await desk.grant(FIRST_AID)
    db, at = desk.api.db, now()
    expire = partial(expire_qualification, db, PostgresPeople(), PostgresQualifications())
    dials = [Dial("qualification", DUE, expire)]
    over = midnight_after(TODAY + timedelta(days=10))
    for at, active in (
        (over - timedelta(seconds=1), [True, True, True]),
        (over, [True, True, False]),
        (over + timedelta(hours=1), [True, True, False]),
        (over + timedelta(days=99), [True, False, False]),
    ):
        # Each time three that have just been started.
        workers = [Clocks(db, lambda at=at: at, dials) for _ in range(3)]
        await asyncio.gather(*(worker.look() for worker in workers))
        assert [line["active"] for line in await desk.listed()] == active
    assert [(version, what) for version, what, active, _ in await desk.said() if not active] == [
        (6, "insurance:accident"),
        (7, "insurance:liability"),
    ]
    assert await db.fetchval("select version from volunteer where id = $1", desk.id) == 7


async def test_renewed_or_revoked_in_time_is_not_ended_again(desk: Desk) -> None:
    renewed, revoked = await desk.grant(insurance(1)), await desk.grant(insurance(1, code="b"))
    await desk.grant(insurance(400))
    await desk.revoke(revoked)
    before = await desk.said()
    late = now() + timedelta(days=3)
    people, store = PostgresPeople(), PostgresQualifications()
    for line in (renewed, revoked, {"id": str(uuid4())}):
        await expire_qualification(desk.api.db, people, store, UUID(line["id"]), late)
    assert await desk.said() == before


async def test_the_same_key_notes_it_once(desk: Desk) -> None:
    answers = [
        await desk.api.post(desk.path, FIRST_AID, desk.api.worker, key="once") for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert len(await desk.listed()) == len(await desk.said()) == 1


async def test_two_at_once_leave_one_in_force(desk: Desk) -> None:
    await asyncio.gather(*(desk.grant(insurance(days)) for days in (10, 20, 30)))
    lines = await desk.listed()
    assert [line["active"] for line in lines].count(True) == 1
    said = await desk.said()
    assert sorted(version for version, *_ in said) == [3, 4, 5]


async def test_who_may_note_it(desk: Desk, problem: Any) -> None:
    api = desk.api
    tree = await api.tree()
    member = Desk(api, await api.approved("13800138003", organisation_id=tree["branch"]))
    own = MINTER.header("branch_secretary", XIANDONG, organisation=tree["branch"])
    other = MINTER.header("branch_secretary", XIANDONG, organisation=uuid4())
    aid = await api.ok(member.path, FIRST_AID, own)
    for path, body in (
        (member.path, FIRST_AID),
        (f"{member.path}/{aid['id']}/revocation", {}),
        (f"{member.path}/{aid['id']}/evidence", {"purpose": "verify"}),
    ):
        for who in (other, api.stranger):
            problem(await api.post(path, body, who), 403, "out-of-scope")
        problem(await api.post(path, body, member.own), 403, "not-permitted")
    problem(await api.get(member.path, api.stranger), 403, "out-of-scope")
    problem(await api.get(member.path, desk.own), 403, "out-of-scope")
    # One of somebody else's is not found, whoever asks.
    mine = f"{desk.path}/{aid['id']}/revocation"
    problem(await api.post(mine, {}, api.worker), 404, "qualification-not-found")
    assert [line["active"] for line in await member.listed()] == [True]


async def test_what_cannot_be_noted_says_why(desk: Desk, problem: Any) -> None:
    api = desk.api
    missing = {"kind": "vetting", "code": "close_contact"}
    problem(await api.post(desk.path, missing, api.worker), 422, "valid-until-missing")
    problem(await api.post(desk.path, insurance(-1), api.worker), 422, "valid-until-past")
    nobody = f"volunteers/{uuid4()}/qualifications"
    problem(await api.post(nobody, FIRST_AID, api.worker), 404, "volunteer-not-found")
    refused = Desk(api, await api.registered("13800138004"))
    no = {"decision": "refuse"}
    await api.ok(f"volunteers/{refused.id}/approval", no, api.worker)
    problem(await api.post(refused.path, FIRST_AID, api.worker), 409, "not-a-volunteer")
    assert (await desk.listed(), await desk.said()) == ([], [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "boss"),
        ("code", "First Aid"),
        ("valid_until", "2026-13-01"),
        ("valid_until", "9999-12-31"),
        ("evidence", ""),
        ("evidence", "x" * 201),
        ("extra", 1),
    ],
)
async def test_bad_fields_are_pointed_at(desk: Desk, problem: Any, field: str, value: Any) -> None:
    answer = await desk.api.post(desk.path, FIRST_AID | {field: value}, desk.api.worker)
    found = problem(answer, 422, "invalid")
    assert [error["pointer"] for error in found["errors"]] == [f"/{field}"]


CANNOT_BE = {
    "valid_until = null": "what_runs_out_has_a_day",
    "valid_until = granted_at": "it_holds_for_some_time",
    "ended_as = 'lapsed', ended_at = now()": "qualification_ended_as_check",
    "ended_as = 'expired'": "an_end_is_whole",
    "code = 'First'": "qualification_code_check",
}


async def test_what_cannot_be_is_refused_by_the_table(desk: Desk) -> None:
    await desk.grant(insurance())
    for change, constraint in CANNOT_BE.items():
        with pytest.raises(asyncpg.CheckViolationError, match=constraint):
            await desk.api.db.fetch(f"update qualification set {change}")
    copy = """insert into qualification (id, volunteer_id, kind, code, valid_until, granted_by, granted_at)
        select gen_random_uuid(), volunteer_id, kind, code, valid_until, granted_by, granted_at
        from qualification"""
    with pytest.raises(asyncpg.UniqueViolationError, match="one_of_a_kind"):
        await desk.api.db.fetch(copy)
