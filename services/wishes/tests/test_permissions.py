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
    ("GET", "/v1/callback-seeds/{district}"),
    ("GET", "/v1/cards/{code}"),
    ("GET", "/v1/cards/{code}/complaints"),
    ("GET", "/v1/cards/{code}/messages"),
    ("GET", "/v1/cards/{code}/receipt"),
    ("POST", "/v1/cards/{code}/complaints"),
    ("POST", "/v1/cards/{code}/evaluation"),
    ("POST", "/v1/cards/{code}/messages"),
    ("POST", "/v1/cards/{code}/confirmation"),
    ("GET", "/v1/cards/{code}/consents"),
    ("POST", "/v1/cards/{code}/consents"),
    ("POST", "/v1/cards/{code}/copy"),
    ("POST", "/v1/cards/{code}/copy/file"),
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
    ("GET", "/v1/rules"),
    ("GET", "/v1/cards/{code}/visit"),
    ("POST", "/v1/cards/{code}/visit-check"),
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
    "evaluation": {"score": 5, "means": "call"},
    "callback": {"outcome": "satisfied"},
    "complaints": {"about": "manners", "words": "说话不好听"},
    "aftercare": {"purpose": "after_care"},
    "referral": {"to": "grid", "reason": "road_broken"},
    "programme": {"programme_id": str(uuid4())},
    "messages": {"text": "谢谢"},
    "messages/reading": {"purpose": "help"},
    "origin": {"purpose": "verify"},
    "access-requests": {"purpose": "verify"},
    "change": {"words": "想要一盏灯"},
    "guardian": {
        "name": "黄建军",
        "relation": "parent",
        "consent": {
            "kind": "spoken",
            "reference": "在家里说的",
            "given_at": "2026-02-01T09:30:00+08:00",
        },
    },
    f"attachments/{uuid4()}/content": {"purpose": "verify"},
    "hand-over": {"handed_to": "street", "note": "told_by_phone"},
    "overrules": {
        "field": "note",
        "text": "独居",
        "kind": "vulnerable",
        "first": 1,
        "last": 2,
        "reason": "is_the_wish",
    },
    f"overrules/{uuid4()}/answer": {"answer": "yes"},
    f"overrules/{uuid4()}/text": {"purpose": "verify"},
    "duplicate-of": {"wish_id": "OTHER"},
    "not-a-duplicate": {"wish_id": "OTHER"},
    "new-code": {"reason": "lost"},
    "invitations": {"invitees": [{"kind": "volunteer", "id": str(uuid4())}]},
    "change-proposals": {"title": "小台灯", "effort": "one_item", "words": "想要台灯。"},
    "visit-code": {"purpose": "verify"},
    "visit-check": {"digits": "000000"},
    "consents": {"purpose": "publish", "given": False, "wording": 1},
    "takedown": {"reason": "leak"},
}
PARAMETER = re.compile(r"\{\w+\}")
LISTS = (
    "queue?queue=to_verify&",
    "queue/counts?",
    "buildings?",
    "cards/print?",
    "fairness?",
    "untaken?",
)


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
        url = PARAMETER.sub(lambda _: str(uuid4()), path)
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
    other = await api.submitted()
    stranger = api.as_role("community_worker", XINYUAN)
    auditor = api.as_role("auditor", XINYUAN)
    before = await api.snapshot()
    draft = {"area": XIANDONG, "channel": "desk", "content": {}}
    home = {"beneficiary_id": wish["beneficiary_id"], "volunteer_id": str(uuid4())}
    for place, body, slug in (
        ("wishes", wish_body(), "out-of-scope"),
        ("wishes/batch", {"rows": [wish_body()]}, "rows-out-of-scope"),
        ("drafts", draft, "out-of-scope"),
        ("households", home, "out-of-scope"),
    ):
        problem(await api.post(place, body, stranger), 403, slug)
    for act, body in BODIES.items():
        if act != "claims":
            body = {k: other["id"] if v == "OTHER" else v for k, v in body.items()}
            answer = await api.post(f"wishes/{wish['id']}/{act}", body, stranger)
            problem(answer, 403, "out-of-scope")
    for path in ("", "/history", "/reveals", "/consents", "/overrules", "/verifications"):
        for who in (stranger, auditor):
            problem(await api.get(f"wishes/{wish['id']}{path}", who), 403, "out-of-scope")
    for path in (
        f"wishes/{wish['id']}/attachments",
        f"access-requests?area={XIANDONG}",
        f"rules/history?area={XIANDONG}&category=goods",
    ):
        problem(await api.get(path, stranger), 403, "out-of-scope")
    rule = {"district": "610103", "category": "goods", "valid_from": "2999-01-01", "terms": {}}
    operator = api.as_role("district_operator", "610102")
    problem(await api.post("rules", rule, operator), 403, "out-of-scope")
    problem(await api.get(f"wishes/{wish['id']}/likenesses", stranger), 403, "out-of-scope")
    for path in (*LISTS, "fairness/people?bucket=often&"):
        answer = await api.get(f"{path}area={XIANDONG}", stranger)
        problem(answer, 403, "out-of-scope")
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
