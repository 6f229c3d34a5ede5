"""Whatever is wrong gets a 4xx that names the field; the database stays as it was."""

from typing import Any
from uuid import uuid4

from chassis.http import encode_cursor

from .conftest import XIANDONG, Api, gift, wish_body

PERSON = wish_body()["beneficiary"]
PROXY = {"name": "刘桂兰", "relation": "neighbour"}
CONSENT = {"kind": "spoken", "reference": "当面", "given_at": "2026-02-01T09:30:00+08:00"}
CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
SUBMISSIONS: list[tuple[dict[str, Any], str]] = [
    ({"channel": "pigeon"}, "/channel"),
    ({"channel": None}, "/channel"),
    ({"category": 3}, "/category"),
    ({"area": "610102"}, "/area"),
    ({"area": "６１０１０２００７００１"}, "/area"),
    ({"area": 610102007001}, "/area"),
    ({"effort": "a_year"}, "/effort"),
    ({"words": ""}, "/words"),
    ({"words": "  \n "}, "/words"),
    ({"words": "……？！"}, "/words"),
    ({"words": "愿" * 501}, "/words"),
    ({"words": "a\u0000b"}, "/words"),
    ({"words": ["取暖器"]}, "/words"),
    ({"beneficiary": "黄建国"}, "/beneficiary"),
    ({"beneficiary": {}}, "/beneficiary/name"),
    ({"beneficiary": PERSON | {"name": "名" * 41}}, "/beneficiary/name"),
    ({"beneficiary": PERSON | {"phone": "110"}}, "/beneficiary/phone"),
    ({"beneficiary": PERSON | {"phone": "12345678901234567890123"}}, "/beneficiary/phone"),
    ({"beneficiary": PERSON | {"id_number": "1"}}, "/beneficiary/id_number"),
    ({"proxy": PROXY}, "/proxy/consent"),
    ({"proxy": PROXY | {"consent": CONSENT, "relation": "boss"}}, "/proxy/relation"),
    (
        {"proxy": PROXY | {"consent": CONSENT | {"given_at": "昨天"}}},
        "/proxy/consent/given_at",
    ),
    (
        {"proxy": PROXY | {"consent": CONSENT | {"given_at": "2026-02-01T09:30:00"}}},
        "/proxy/consent/given_at",
    ),
    (
        {"proxy": PROXY | {"consent": CONSENT | {"given_at": "2999-02-01T09:30:00+08:00"}}},
        "/proxy/consent/given_at",
    ),
    (
        {
            "guardian": PROXY
            | {"relation": "parent", "consent": CONSENT | {"given_at": "2999-02-01T09:30:00+08:00"}}
        },
        "/guardian/consent/given_at",
    ),
    ({"wish": "取暖器"}, "/wish"),
]


async def test_a_submission_that_is_not_right(api: Api, problem: Any) -> None:
    before = await api.snapshot()
    for change, pointer in SUBMISSIONS:
        answer = await api.post("wishes", wish_body(**change), api.worker)
        body = problem(answer, 422, "invalid")
        assert pointer in [error["pointer"] for error in body["errors"]], change
        assert all(error["detail"] for error in body["errors"])
        assert "黄建国" not in answer.text
    assert await api.snapshot() == before


async def test_what_is_no_json_at_all(api: Api, problem: Any) -> None:
    before = await api.snapshot()
    headers = {**api.worker, "Idempotency-Key": "k", "Content-Type": "application/json"}
    for content, status, slug in (
        (b"{", 400, "bad-json"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b"\xff\xfe", 400, "bad-json"),
        (b"{" + b" " * 70_000 + b"}", 413, "too-large"),
    ):
        answer = await api.client.post("/v1/wishes", content=content, headers=headers)
        problem(answer, status, slug)
    del headers["Idempotency-Key"]
    answer = await api.client.post("/v1/wishes", json=wish_body(), headers=headers)
    problem(answer, 400, "idempotency-key-missing")
    assert await api.snapshot() == before


async def test_every_other_body_that_is_not_right(api: Api, problem: Any) -> None:
    """With a wish in the state in which the right body would do something."""
    submitted, verified = await api.submitted(), await api.verified()
    posted, held, given = await api.posted(), await api.claimed(), await api.delivered()
    done = await api.fulfilled()
    by = api.volunteer(held["by"])
    witness = {"name": "刘桂兰", "relation": "neighbour"}
    bad: list[tuple[str, dict[str, Any], Any, str]] = [
        (f"wishes/{submitted['id']}/verification", {}, api.worker, "/method"),
        (
            f"wishes/{submitted['id']}/verification",
            {"method": "visit", "checklist": CHECKS | {"need_checked": False}},
            api.worker,
            "/checklist/need_checked",
        ),
        (f"wishes/{submitted['id']}/return", {"reason": "看不懂"}, api.worker, "/reason"),
        (f"wishes/{submitted['id']}/withdrawal", {}, api.worker, "/reason"),
        (
            f"wishes/{verified['id']}/publication",
            {"title": "长" * 25, "effort": "one_item"},
            api.colleague,
            "/title",
        ),
        (
            f"wishes/{verified['id']}/publication",
            {"title": "……", "effort": "one_item"},
            api.colleague,
            "/title",
        ),
        (
            f"wishes/{verified['id']}/publication",
            {"title": "取暖器", "note": "长" * 61, "effort": "one_item"},
            api.colleague,
            "/note",
        ),
        (
            f"wishes/{verified['id']}/publication",
            {"title": "取暖器", "effort": "much"},
            api.colleague,
            "/effort",
        ),
        (f"wishes/{posted['id']}/claims", {"organisation_id": "we"}, by, "/organisation_id"),
        (f"wishes/{posted['id']}/claims", {"for": "me"}, by, "/for"),
        (f"claims/{held['claim']['id']}/helpers", {"who": str(uuid4())}, by, "/who"),
        (f"claims/{held['claim']['id']}/delivery", {"gifts": [{}]}, by, "/gifts/0/giver"),
        (
            f"claims/{held['claim']['id']}/delivery",
            {"gifts": [gift(held["by"], quantity=0)]},
            by,
            "/gifts/0/quantity",
        ),
        (
            f"claims/{held['claim']['id']}/delivery",
            {"gifts": [gift(held["by"], value_fen=1.5)]},
            by,
            "/gifts/0/value_fen",
        ),
        (
            f"claims/{held['claim']['id']}/delivery",
            {"gifts": [gift(held["by"], value_fen=2**70)]},
            by,
            "/gifts/0/value_fen",
        ),
        (
            f"claims/{held['claim']['id']}/delivery",
            {"gifts": [gift(held["by"])] * 51},
            by,
            "/gifts",
        ),
        (
            f"claims/{held['claim']['id']}/delivery",
            {"services": [{"volunteer_id": str(held["by"]), "minutes": -1}]},
            by,
            "/services/0/minutes",
        ),
        (
            f"wishes/{given['wish']['id']}/confirmation",
            {"method": "telepathy", "answer": "satisfied", "witness": witness},
            api.worker,
            "/method",
        ),
        (
            f"wishes/{given['wish']['id']}/confirmation",
            {"method": "call", "answer": "satisfied", "witness": {"name": "刘桂兰"}},
            api.worker,
            "/witness/relation",
        ),
        (
            f"cards/{given['wish']['card_no']}-{given['wish']['code']}/confirmation",
            {"answer": "maybe"},
            None,
            "/answer",
        ),
        (f"wishes/{done['wish']['id']}/reopening", {"reason": ""}, api.worker, "/reason"),
        (
            f"wishes/{done['wish']['id']}/follow-ups",
            {"reason": "boring", "channel": "paper", "words": "再来"},
            api.worker,
            "/reason",
        ),
        (f"wishes/{posted['id']}/contact", {"purpose": "curious"}, api.worker, "/purpose"),
    ]
    before = await api.snapshot()
    for path, body, who, pointer in bad:
        found = problem(await api.post(path, body, who), 422, "invalid")
        assert pointer in [error["pointer"] for error in found["errors"]], (path, found)
    assert await api.snapshot() == before


async def test_an_act_that_does_not_fit_the_state(api: Api, problem: Any) -> None:
    submitted, posted, held = await api.submitted(), await api.posted(), await api.delivered()
    by = api.volunteer(held["by"])
    card = {"title": "取暖器", "effort": "one_item"}
    acts: list[tuple[str, dict[str, Any], Any]] = [
        (f"wishes/{submitted['id']}/publication", card, api.colleague),
        (f"wishes/{submitted['id']}/claims", {}, by),
        (
            f"wishes/{posted['id']}/verification",
            {"method": "visit", "checklist": CHECKS},
            api.worker,
        ),
        (f"wishes/{posted['id']}/return", {"reason": "not_clear"}, api.worker),
        (f"wishes/{held['wish']['id']}/withdrawal", {"reason": "not_needed"}, api.worker),
        (f"wishes/{posted['id']}/reopening", {"reason": "not_right"}, api.worker),
    ]
    before = await api.snapshot()
    for path, body, who in acts:
        found = problem(await api.post(path, body, who), 409, "wrong-state")
        assert "现在是“" in found["detail"]
    assert await api.snapshot() == before


async def test_what_does_not_exist(api: Api, problem: Any) -> None:
    by = api.volunteer(uuid4())
    missing = uuid4()
    problem(await api.get(f"wishes/{missing}", api.worker), 404, "wish-not-found")
    problem(await api.get("wishes/17", api.worker), 422, "invalid")
    problem(await api.post(f"wishes/{missing}/claims", {}, by), 404, "wish-not-found")
    problem(await api.post(f"claims/{missing}/release", {}, by), 404, "claim-not-found")
    problem(await api.get("trees/cards/2222"), 404, "card-not-on-tree")
    problem(await api.get("trees/cards/0000"), 422, "invalid")
    problem(await api.get("cards/2222"), 422, "invalid")
    reader = api.as_role("notifier", "")
    asked = {"purpose": "notify", "ids": [str(missing)]}
    assert await api.ok("contacts", asked, reader) == {"items": []}
    problem(await api.post("contacts", asked | {"purpose": "arrange"}, reader), 422, "invalid")
    problem(await api.post("contacts", asked | {"ids": []}, reader), 422, "invalid")


QUERIES = [
    ("", 422, "invalid"),
    ("area=61", 422, "invalid"),
    (f"area={XIANDONG}&state=lost", 422, "invalid"),
    (f"area={XIANDONG}&limit=0", 422, "invalid"),
    (f"area={XIANDONG}&limit=1000", 422, "invalid"),
    (f"area={XIANDONG}&cursor=%3B%3B", 422, "invalid"),
    (f"area={XIANDONG}&cursor=abcd", 400, "bad-cursor"),
    ("area=610102007002", 403, "out-of-scope"),
]


async def test_a_list_that_is_asked_wrongly(api: Api, problem: Any) -> None:
    for query, status, slug in QUERIES:
        problem(await api.get(f"wishes?{query}", api.worker), status, slug)


async def test_an_empty_tree_is_an_answer(api: Api) -> None:
    tree = (await api.get(f"trees/{XIANDONG}")).json()
    assert (tree["leaves"], tree["counts"]["open"]) == ([], 0)
    assert (await api.get(f"trees/{XIANDONG}/cards")).json() == {"items": [], "next": None}


async def test_a_cursor_that_nobody_gave(api: Api, problem: Any) -> None:
    me = api.as_role("applicant", XIANDONG)
    some, time = uuid4(), "2026-02-01T09:30:00+08:00"
    lists = (
        ("drafts?", api.worker, (some,)),
        ("own-wishes?", me, (some,)),
        (f"access-requests?area={XIANDONG}&", api.worker, (time, some)),
        (f"rules/history?area={XIANDONG}&category=goods&", api.worker, (some,)),
    )
    forged = encode_cursor(some, time), encode_cursor("1"), "abcd"
    for path, who, place in lists:
        for cursor in forged:
            problem(await api.get(f"{path}cursor={cursor}", who), 400, "bad-cursor")
        # A place between two others is no secret: it shows what its reader may see anyway.
        answer = await api.get(f"{path}cursor={encode_cursor(*place)}", who)
        assert answer.status_code == 200
