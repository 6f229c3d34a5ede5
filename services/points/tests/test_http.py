"""Accounts, entries, rules and the trial balance over HTTP."""

from uuid import uuid4

import pytest
from chassis.testing import assert_every_route_has_permission
from points.bootstrap import describe

from .conftest import AREA, MINTER, Books, fulfilled, received, reopened


def test_every_route_says_who_may_use_it() -> None:
    assert_every_route_has_permission(describe())


async def test_volunteers_see_their_own_account_and_why(books: Books) -> None:
    a = uuid4()
    event = received(fulfilled(a, services=[(a, 90)], gifts=[(a, "volunteer", 15_000)]))
    await books.handle(event)
    me = MINTER.header("volunteer", subject=a)
    answer = await books.get(f"accounts/{a}", me)
    assert answer.json() == {
        "holder_id": str(a),
        "holder_kind": "volunteer",
        "points": 4,
        "minutes": 90,
        "gift_value_fen": 15_000,
        "version": 1,
    }
    lines = (await books.get(f"accounts/{a}/entries", me)).json()["items"]
    assert {line["book"]: line["amount"] for line in lines} == {
        "points": 4,
        "hours": 90,
        "gifts": 15_000,
    }
    assert {line["source_event_id"] for line in lines} == {str(event.id)}
    assert {line["rule_version"] for line in lines} == {1}


async def test_entries_come_page_by_page_without_a_gap(books: Books) -> None:
    a = uuid4()
    credit = received(fulfilled(a, services=[(a, 60)]))
    await books.handle(credit, received(reopened(credit)), received(fulfilled(a)))
    me = MINTER.header("volunteer", subject=a)
    whole = (await books.get(f"accounts/{a}/entries", me)).json()["items"]
    assert len(whole) == 5
    seen: list[object] = []
    cursor = ""
    while True:
        page = (await books.get(f"accounts/{a}/entries?limit=2{cursor}", me)).json()
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == whole


async def test_nobody_sees_the_account_of_somebody_else(books: Books) -> None:
    a = uuid4()
    for who in (
        MINTER.header("volunteer", subject=uuid4()),
        MINTER.header("unit_contact", organisation=uuid4()),
        MINTER.header("community_worker", AREA),
    ):
        for path in (f"accounts/{a}", f"accounts/{a}/entries"):
            answer = await books.get(path, who)
            assert answer.status_code == 403
            assert answer.headers["content-type"] == "application/problem+json"
    assert (await books.get(f"accounts/{a}")).status_code == 401


async def test_a_units_contact_sees_the_gifts_of_the_unit(books: Books) -> None:
    unit = uuid4()
    gifts = [(unit, "organisation", 990_000)]
    await books.handle(received(fulfilled(unit, kind="organisation", gifts=gifts)))
    who = MINTER.header("unit_contact", organisation=unit)
    account = (await books.get(f"accounts/{unit}", who)).json()
    assert (account["holder_kind"], account["gift_value_fen"]) == ("organisation", 990_000)
    assert account["points"] == 0


@pytest.mark.parametrize("book", ["points", "hours", "gifts"])
async def test_the_trial_balance_is_for_those_who_audit(books: Books, book: str) -> None:
    a = uuid4()
    gifts = [(a, "volunteer", 7)]
    await books.handle(received(fulfilled(a, services=[(a, 60)], gifts=gifts)))
    found = await books.get(f"books/{book}/trial-balance", MINTER.header("auditor"))
    body = found.json()
    assert (body["sum"], body["differences"], body["postings"]) == (0, [], 1)
    assert body["credited"] == {"points": 4, "hours": 60, "gifts": 7}[book]
    refused = await books.get(f"books/{book}/trial-balance", MINTER.header("volunteer"))
    assert refused.status_code == 403


async def test_the_rules_are_open_to_everybody(books: Books) -> None:
    (rule,) = (await books.get("rules")).json()["items"]
    assert (rule["version"], rule["goods"], rule["lead_weight"]) == (1, 3, 2)


async def test_a_bad_address_is_no_fault_of_the_server(books: Books) -> None:
    who = MINTER.header("auditor")
    assert (await books.get("accounts/nobody", who)).status_code in (400, 422)
    assert (await books.get("books/cash/trial-balance", who)).status_code in (400, 422)
    bad = await books.get(f"accounts/{uuid4()}/entries?cursor=AAAA", who)
    assert bad.status_code in (400, 422)
