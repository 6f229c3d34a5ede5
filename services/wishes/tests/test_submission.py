"""A wish comes in: its people sealed, the consent kept, a code that is shown once."""

from typing import Any
from uuid import uuid4

from .conftest import XIANDONG, Api, Time, slip, wish_body

NEIGHBOUR = {
    "name": "刘桂兰",
    "phone": "029-83456789",
    "relation": "neighbour",
    "consent": {
        "kind": "spoken",
        "reference": "当面说好了，居委会李老师在场",
        "given_at": "2026-02-01T09:30:00+08:00",
    },
}
NEEDLES = (
    "黄建国",
    "13891234567",
    "8613891234567",
    "省建八公司",
    "天冷了",
    "刘桂兰",
    "83456789",
    "李老师",
)


async def test_a_submitted_wish_waits_for_verification(api: Api) -> None:
    answer = await api.post("wishes", wish_body(effort="one_item"), api.worker)
    wish = answer.json()
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert (wish["state"], wish["version"], wish["area"]) == ("submitted", 1, XIANDONG)
    assert (wish["effort"], wish["hanging"], wish["leaf"]) == ("one_item", False, None)
    assert len(wish["code"]) == 6
    assert wish["code"].isdigit()
    (event,) = await api.events(wish["id"])
    assert (event["type"], event["version"]) == ("WishSubmitted", 1)
    assert (event["card_no"], event["by_proxy"]) == (wish["card_no"], False)


async def test_the_code_is_shown_this_once(api: Api) -> None:
    wish = await api.submitted()
    shown = await api.get(f"wishes/{wish['id']}", api.worker)
    assert shown.status_code == 200
    assert wish["code"] not in shown.text
    assert "code" not in shown.json()


async def test_nothing_personal_is_stored_in_the_clear_published_or_logged(
    api: Api, capsys: Any
) -> None:
    wish = await api.submitted(proxy=NEIGHBOUR)
    await api.post(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    await api.get(f"cards/{slip(wish)}")
    stored = str(await api.snapshot()) + capsys.readouterr().out
    assert "/v1/cards/{code}" in stored
    for needle in (*NEEDLES, f"-{wish['code']}", f'"{wish["code"]}"'):
        assert needle not in stored
        assert needle.encode().hex() not in stored


async def test_a_neighbour_may_write_the_card_with_consent(api: Api) -> None:
    wish = await api.submitted(proxy=NEIGHBOUR)
    assert wish["by_proxy"] is True
    row = await api.db.fetchrow(
        "select proxy_relation, consent_kind, consent_given_at, proxy_name from wish"
    )
    assert (row["proxy_relation"], row["consent_kind"]) == ("neighbour", "spoken")
    assert row["proxy_name"] is not None
    (event,) = await api.events(wish["id"])
    assert event["by_proxy"] is True


async def test_without_consent_nobody_writes_for_somebody_else(api: Api, problem: Any) -> None:
    proxy = {name: value for name, value in NEIGHBOUR.items() if name != "consent"}
    answer = await api.post("wishes", wish_body(proxy=proxy), api.worker)
    body = problem(answer, 422, "invalid")
    assert [error["pointer"] for error in body["errors"]] == ["/proxy/consent"]


async def test_a_repeated_request_is_one_wish_with_the_same_code(api: Api, problem: Any) -> None:
    first = await api.post("wishes", wish_body(), api.worker, key="desk-17")
    again = await api.post("wishes", wish_body(), api.worker, key="desk-17")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert await api.db.fetchval("select count(*) from wish") == 1
    other = await api.post("wishes", wish_body(category="service"), api.worker, key="desk-17")
    problem(other, 422, "idempotency-key-reused")


async def test_a_person_without_a_phone_may_wish(api: Api) -> None:
    person = {"name": "肖老太", "address": "咸东社区"}
    wish = await api.submitted(beneficiary=person)
    seen = await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    assert (seen["name"], seen["phone"]) == ("肖老太", None)


async def test_verified_returned_withdrawn(api: Api) -> None:
    wish = await api.verified()
    assert (wish["state"], wish["version"]) == ("verified", 2)
    returned = await api.ok(f"wishes/{wish['id']}/return", {"reason": "not_clear"}, api.worker)
    assert (returned["state"], returned["version"]) == ("returned", 3)
    assert await api.types(wish["id"]) == ["WishSubmitted", "WishVerified", "WishReturned"]
    other = await api.verified()
    path = f"wishes/{other['id']}/withdrawal"
    assert (await api.ok(path, {"reason": "not_needed"}, api.worker))["state"] == "withdrawn"


async def test_the_history_says_what_happened_and_who_did_it(api: Api) -> None:
    wish = await api.posted()
    answer = await api.get(f"wishes/{wish['id']}/history", api.worker)
    lines = answer.json()["items"]
    assert [(line["version"], line["event"]) for line in lines] == [
        (1, "WishSubmitted"),
        (2, "WishVerified"),
        (3, "WishPosted"),
    ]
    assert lines[0]["by_id"] == lines[1]["by_id"] != lines[2]["by_id"]
    events = await api.events(wish["id"])
    assert [line["event_id"] for line in lines] == [str(event["id"]) for event in events]


async def test_the_history_says_why_it_came_back_and_how_a_claim_ended(
    api: Api, time: Time
) -> None:
    held = await api.claimed()
    path = f"wishes/{held['wish']['id']}"
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    await api.ok(f"{path}/claims", {}, api.volunteer(held["by"]))
    for _ in range(3):
        await time.reaches(await api.db.fetchval("select max(due_at) from claim"))
    await api.ok(f"{path}/withdrawal", {"reason": "not_needed"}, api.worker)
    lines = (await api.get(f"{path}/history", api.worker)).json()["items"]
    assert [(line["event"], line["reason"]) for line in lines if line["reason"]] == [
        ("ClaimReleased", "given_back"),
        ("ClaimLapsed", "lapsed_contact"),
        ("WishWithdrawn", "not_needed"),
    ]


async def test_the_list_of_a_community_by_pages(api: Api) -> None:
    made = [(await api.submitted())["id"] for _ in range(5)]
    await api.verified(category="service")
    path = f"wishes?area={XIANDONG}&state=submitted&category=goods&limit=2"
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await api.get(path + (f"&cursor={cursor}" if cursor else ""), api.worker)).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert found == made[::-1]


async def test_who_looked_is_written_down_and_can_be_seen(api: Api) -> None:
    wish = await api.submitted()
    seen = await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    assert {name: value for name, value in seen.items() if value is not None} == {
        "name": "黄建国",
        "phone": "+8613891234567",
        "address": "省建八公司家属院3号楼2单元501",
        "words": "天冷了，想有个取暖的电器。",
    }
    reader = api.as_role("notifier", "", subject=uuid4())
    asked = {"purpose": "notify", "ids": [wish["beneficiary_id"]]}
    found = {"id": wish["beneficiary_id"], "phone": "+8613891234567", "erased": False}
    assert await api.ok("contacts", asked, reader) == {"items": [found]}
    lines = (await api.get(f"wishes/{wish['id']}/reveals", api.worker)).json()["items"]
    assert [(line["purpose"], line["fields"]) for line in lines] == [
        ("notify", ["phone"]),
        ("verify", ["address", "name", "phone", "words"]),
    ]
