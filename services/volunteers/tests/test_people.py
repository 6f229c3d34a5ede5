"""Registration, approval, dual affiliation, staff: who may, where, and what is refused."""

from typing import Any
from uuid import uuid4

import pytest
from chassis.auth.route import permissions_of
from chassis.auth.testing import assert_every_route_has_permission
from pyotp.totp import TOTP
from volunteers.bootstrap import describe

from .conftest import MINTER, XIANDONG, XINYUAN, Api

PHONE = "13800138002"


def test_every_route_states_a_permission() -> None:
    assert_every_route_has_permission(describe())
    public = {
        place for place, permission in permissions_of(describe()).items() if permission is None
    }
    assert ("POST", "/v1/staff") not in public
    assert ("POST", "/v1/volunteers") in public


async def test_a_registration_is_approved_and_numbered(api: Api) -> None:
    volunteer = await api.registered(PHONE)
    assert (volunteer["state"], volunteer["number"]) == ("registered", None)
    path = f"volunteers/{volunteer['id']}/approval"
    approved = await api.ok(path, {"decision": "approve"}, api.worker)
    assert approved["number"].startswith("610102")
    assert len(approved["number"]) == 12
    assert await api.events() == ["VolunteerRegistered", "VolunteerApproved"]


async def test_the_branch_approves_its_own_and_no_others(api: Api, problem: Any) -> None:
    tree = await api.tree()
    volunteer = await api.registered(PHONE, organisation_id=tree["branch"])
    path = f"volunteers/{volunteer['id']}/approval"
    other = MINTER.header("branch_secretary", XIANDONG, organisation=uuid4())
    own = MINTER.header("branch_secretary", XIANDONG, organisation=tree["branch"])
    problem(await api.post(path, {"decision": "approve"}, other), 403, "out-of-scope")
    assert (await api.post(path, {"decision": "approve"}, own)).status_code == 200


async def test_a_worker_of_another_community_sees_and_decides_nothing(
    api: Api, problem: Any
) -> None:
    volunteer = await api.registered(PHONE)
    path = f"volunteers/{volunteer['id']}"
    problem(
        await api.post(f"{path}/approval", {"decision": "approve"}, api.stranger),
        403,
        "out-of-scope",
    )
    problem(await api.get(path, api.stranger), 403, "out-of-scope")
    problem(await api.get(f"{path}/cards", api.stranger), 403, "out-of-scope")
    problem(
        await api.post(f"{path}/contact", {"purpose": "verify"}, api.stranger), 403, "out-of-scope"
    )
    problem(await api.get(f"volunteers?area={XIANDONG}", api.stranger), 403, "out-of-scope")
    assert await api.events() == ["VolunteerRegistered"]


async def test_a_decision_is_made_once(api: Api, problem: Any) -> None:
    volunteer = await api.approved(PHONE)
    path = f"volunteers/{volunteer['id']}/approval"
    problem(await api.post(path, {"decision": "refuse"}, api.worker), 409, "already-decided")


async def test_a_phone_belongs_to_one_account(api: Api, problem: Any) -> None:
    await api.registered(PHONE)
    body = {
        "phone": PHONE,
        "code": await api.code(PHONE),
        "name": "x",
        "kind": "local",
        "area": XIANDONG,
    }
    problem(await api.post("volunteers", body), 409, "phone-already-registered")


async def test_a_wrong_code_registers_nobody_and_counts(api: Api, problem: Any) -> None:
    code = await api.code(PHONE)
    wrong = "000000" if code != "000000" else "111111"
    body = {"phone": PHONE, "code": wrong, "name": "x", "kind": "local", "area": XIANDONG}
    for _ in range(5):
        problem(await api.post("volunteers", body), 401, "sign-in-refused")
    problem(await api.post("volunteers", body | {"code": code}), 401, "sign-in-refused")
    assert await api.db.fetchval("select count(*) from volunteer") == 0


async def test_the_same_key_makes_one_account(api: Api) -> None:
    body = {
        "phone": PHONE,
        "code": await api.code(PHONE),
        "name": "x",
        "kind": "guest",
        "area": XIANDONG,
    }
    first = await api.post("volunteers", body, key="once")
    second = await api.post("volunteers", body, key="once")
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("phone", "12345", "/phone"),
        ("area", "61010200700", "/area"),
        ("kind", "boss", "/kind"),
        ("name", "", "/name"),
        ("name", "包\x00红", "/name"),
        ("code", "12 456", "/code"),
        ("extra", 1, "/extra"),
        ("skills", ["x" * 99], "/skills/0"),
    ],
)
async def test_bad_fields_are_pointed_at(
    api: Api, problem: Any, field: str, value: Any, pointer: str
) -> None:
    body = {"phone": PHONE, "code": "123456", "name": "x", "kind": "local", "area": XIANDONG}
    found = problem(await api.post("volunteers", body | {field: value}), 422, "invalid")
    assert [error["pointer"] for error in found["errors"]] == [pointer]


async def test_dual_affiliation_is_an_event(api: Api) -> None:
    tree = await api.tree()
    unit = await api.unit("resident_unit", "四院", XIANDONG, tree["community"])
    volunteer = await api.approved(PHONE)
    path = f"volunteers/{volunteer['id']}/affiliations"
    after = await api.ok(path, {"organisation_id": unit, "kind": "work"}, api.worker)
    assert after["version"] == 3
    assert (await api.events())[-1] == "AffiliationChanged"


async def test_a_look_at_a_phone_is_written_down(api: Api) -> None:
    volunteer = await api.approved(PHONE)
    path = f"volunteers/{volunteer['id']}/contact"
    found = await api.ok(path, {"purpose": "verify"}, api.worker)
    assert found["phone"] == f"+86{PHONE}"
    row = await api.db.fetchrow("select person_id, purpose, fields from reveal_audit")
    assert (str(row["person_id"]), row["purpose"]) == (volunteer["id"], "verify")


async def test_nobody_gives_a_role_where_they_have_none(api: Api, problem: Any) -> None:
    body = {"login": "someone", "name": "x", "roles": [{"role": "auditor", "area": "610103"}]}
    problem(await api.post("staff", body, api.operator), 403, "out-of-scope")
    problem(await api.post("staff", body, api.worker), 403, "not-permitted")


async def test_staff_get_their_secrets_once_and_sign_in_with_them(api: Api) -> None:
    roles = [{"role": "community_worker", "area": XINYUAN}]
    made = await api.ok(
        "staff", {"login": "wang-juan", "name": "王娟", "roles": roles}, api.operator
    )
    answer = await api.token(
        grant_type="password",
        username="wang-juan",
        password=made["password"],
        totp=TOTP(made["totp_secret"]).now(),
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("kind", "area", "parent", "slug"),
    [
        ("street", "610102007000", None, "wrong-parent"),
        ("community", "610102008001", "street", "wrong-parent"),
        ("community", "610102007003", "district", "wrong-parent"),
        ("community", XIANDONG, "street", "organisation-exists"),
    ],
)
async def test_the_tree_of_organisations_keeps_its_shape(
    api: Api, problem: Any, kind: str, area: str, parent: str | None, slug: str
) -> None:
    tree = await api.tree()
    body = {"kind": kind, "name": "新来的", "area": area}
    if parent:
        body["parent_id"] = tree[parent]
    status = 409 if slug == "organisation-exists" else 422
    problem(await api.post("organisations", body, api.operator), status, slug)


async def test_a_wrong_credit_code_is_refused(api: Api, problem: Any) -> None:
    tree = await api.tree()
    body = {
        "kind": "resident_unit",
        "name": "四院",
        "area": XIANDONG,
        "parent_id": tree["community"],
    }
    problem(
        await api.post("organisations", body | {"uscc": "91350100M000100Y44"}, api.operator),
        422,
        "bad-uscc",
    )
    assert (
        await api.post("organisations", body | {"uscc": "91350100M000100Y43"}, api.operator)
    ).is_success
