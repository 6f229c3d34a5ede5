"""Every route says who may; whoever may not is told so, and nothing changes."""

import re
from typing import Any
from uuid import uuid4

from chassis.auth.route import permissions_of
from chassis.auth.testing import assert_every_route_has_permission
from wishes.bootstrap import describe
from wishes.permissions import PERMISSIONS

from .conftest import MINTER, XIANDONG, XINYUAN, Api, wish_body

ROLES = {role for roles in PERMISSIONS.values() for role in roles} | {"branch_secretary", "front"}
PUBLIC = {
    ("GET", "/v1/cards/{code}"),
    ("POST", "/v1/cards/{code}/confirmation"),
    ("GET", "/v1/cards/{code}/consents"),
    ("POST", "/v1/cards/{code}/consents"),
    ("POST", "/v1/cards/{code}/copy"),
    ("GET", "/v1/cards/{code}/requests"),
    ("POST", "/v1/cards/{code}/requests"),
    ("POST", "/v1/cards/{code}/requests/{request_id}/withdrawal"),
    ("GET", "/v1/cards/{code}/reveals"),
    ("GET", "/v1/consent-wordings"),
    ("GET", "/v1/trees"),
    ("GET", "/v1/trees/{area}"),
    ("GET", "/v1/trees/{area}/cards"),
    ("GET", "/v1/trees/{area}/cards/{card_no}"),
    ("GET", "/v1/trees/cards/{card_no}"),
}
CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
BODIES: dict[str, dict[str, Any]] = {
    "verification": {"method": "visit", "checklist": CHECKS},
    "return": {"reason": "not_clear"},
    "publication": {"title": "取暖器", "effort": "one_item"},
    "withdrawal": {"reason": "not_needed"},
    "follow-ups": {"reason": "too_bright", "channel": "desk", "words": "太亮"},
    "claims": {},
    "confirmation": {
        "method": "call",
        "answer": "satisfied",
        "witness": {"name": "刘桂兰", "relation": "neighbour"},
    },
    "reopening": {"reason": "not_right"},
    "contact": {"purpose": "verify"},
    "consents": {"purpose": "publish", "given": False, "wording": 1},
    "takedown": {"reason": "leak"},
}


def guarded() -> dict[tuple[str, str], str]:
    found = permissions_of(describe())
    return {route: name for route, name in found.items() if name and route[1].startswith("/v1")}


def test_every_route_states_its_permission() -> None:
    assert_every_route_has_permission(describe())
    found = permissions_of(describe())
    public = {route for route, name in found.items() if not name and route[1].startswith("/v1")}
    assert public == PUBLIC
    assert set(guarded().values()) == set(PERMISSIONS)


async def test_whoever_has_not_the_role_is_refused(api: Api, problem: Any) -> None:
    before = await api.snapshot()
    for (method, path), permission in guarded().items():
        url = re.sub(r"{\w+}", lambda _: str(uuid4()), path)
        headers = {"Idempotency-Key": "k"}
        answer = await api.client.request(method, url, headers=headers, json={})
        problem(answer, 401, "not-signed-in")
        for role in ROLES - set(PERMISSIONS[permission]):
            token = api.as_role(role, XIANDONG)
            answer = await api.client.request(method, url, headers=headers | token, json={})
            problem(answer, 403, "not-permitted")
    assert await api.snapshot() == before


async def test_staff_of_elsewhere_are_refused(api: Api, problem: Any) -> None:
    wish = (await api.fulfilled())["wish"]
    stranger = api.as_role("community_worker", XINYUAN)
    auditor = api.as_role("auditor", XINYUAN)
    before = await api.snapshot()
    problem(await api.post("wishes", wish_body(), stranger), 403, "out-of-scope")
    for act, body in BODIES.items():
        if act != "claims":
            answer = await api.post(f"wishes/{wish['id']}/{act}", body, stranger)
            problem(answer, 403, "out-of-scope")
    for path in ("", "/history", "/reveals", "/consents"):
        for who in (stranger, auditor):
            problem(await api.get(f"wishes/{wish['id']}{path}", who), 403, "out-of-scope")
    assert await api.snapshot() == before


async def test_a_scope_is_a_prefix(api: Api) -> None:
    wish = await api.submitted()
    for role, area in (
        ("street_officer", "610102007"),
        ("district_operator", "610102"),
        ("auditor", "610102"),
    ):
        answer = await api.get(f"wishes/{wish['id']}", api.as_role(role, area))
        assert answer.status_code == 200, (role, answer.text)
    answer = await api.get(f"wishes/{wish['id']}", api.as_role("street_officer", "610102008"))
    assert answer.status_code == 403


async def test_a_token_that_is_not_good_opens_nothing(api: Api, problem: Any) -> None:
    grants = [{"role": "community_worker", "area": XIANDONG}]
    tokens = [
        MINTER.token("staff", grants, exp=1),
        MINTER.token("staff", grants, iss="http://elsewhere.test"),
        MINTER.token("staff", grants, aud="another"),
        MINTER.token("staff", grants)[:-4] + "AAAA",
        "x",
    ]
    before = await api.snapshot()
    for token in tokens:
        headers = {"Authorization": f"Bearer {token}"}
        problem(await api.post("wishes", wish_body(), headers), 401, "not-signed-in")
    assert await api.snapshot() == before
