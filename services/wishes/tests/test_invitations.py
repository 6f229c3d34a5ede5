"""People and units are asked; a yes is a claim, and a no can't be told from silence by anybody."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.clocks import Clocks
from prometheus_client import REGISTRY, generate_latest
from wishes.bootstrap import dials_of

from .conftest import Api, Time, gift, slip

RUNTIME = re.compile(r"^(# |python_|process_|wishtree_db_pool|wishtree_clock_late)")
ONE_STATEMENT = """
select distinct cmin::text from (
    select cmin from claim union all select cmin from wish
    union all select cmin from wish_history where version > 4
    union all select cmin from idempotency where route like '%claims'
    union all select cmin from outbox where payload::text like '%' || $1 || '%'
) as written
"""


def person(who: UUID) -> dict[str, str]:
    return {"kind": "volunteer", "id": str(who)}


async def invite(api: Api, wish: dict[str, Any], *who: dict[str, str]) -> dict[str, Any]:
    path = f"wishes/{wish['id']}/invitations"
    return await api.ok(path, {"invitees": list(who)}, api.worker)


async def asked(api: Api, who: dict[str, str]) -> list[dict[str, Any]]:
    return (await api.get("invitations", who)).json()["items"]


async def decline(api: Api, invitation: str, who: dict[str, str]) -> int:
    answer = await api.client.delete(f"/v1/invitations/{invitation}", headers=who)
    return answer.status_code


async def pass_expiry(api: Api, until: str) -> None:
    at = datetime.fromisoformat(until) + timedelta(minutes=1)
    (dial,) = (dial for dial in dials_of(api.parts) if dial.name == "invitation")
    await Clocks(api.db, lambda: at, [dial]).look()


def metrics() -> list[str]:
    """All but what counts connections and memory, and how far behind a clock is."""
    lines = generate_latest(REGISTRY).decode().splitlines()
    return [line for line in lines if not RUNTIME.match(line)]


async def test_who_is_asked_sees_the_card_and_says_yes_by_claiming(api: Api) -> None:
    wish, unit = await api.posted(), await api.unit("branch")
    ann, ben = await api.approved(), await api.approved()
    contact = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    branch = {"kind": "organisation", "id": str(unit)}
    sent = await invite(api, wish, person(ann), branch, person(ann))
    assert (sent["asked"], set(sent)) == (2, {"wish_id", "asked", "until"})
    (hers,), (theirs,) = await asked(api, api.volunteer(ann)), await asked(api, contact)
    assert (hers["card_no"], hers["title"]) == (wish["card_no"], "冬天想有一台取暖器")
    assert (hers["invitee"], theirs["invitee"]) == (person(ann), branch)
    assert await asked(api, api.volunteer(ben)) == []
    told = await api.ok(
        "invitations/recipients",
        {"purpose": "notify", "ids": [hers["id"], theirs["id"], str(uuid4())]},
        api.as_role("notifier"),
    )
    assert {(line["id"], line["kind"], line["recipient_id"]) for line in told["items"]} == {
        (hers["id"], "volunteer", str(ann)),
        (theirs["id"], "organisation", str(unit)),
    }
    body = {"organisation_id": str(unit), "invitation_id": theirs["id"]}
    claim = await api.ok(f"wishes/{wish['id']}/claims", body, contact)
    *_, first, second, claimed, answered = await api.events(wish["id"])
    assert [first["type"], second["type"]] == ["InvitationSent"] * 2
    assert (claimed["type"], answered["type"]) == ("WishClaimed", "InvitationAnswered")
    assert (answered["invitation_id"], answered["claim_id"]) == (theirs["id"], claim["id"])
    for who in (ann, unit):
        assert str(who) not in str([first, second])
    assert await asked(api, api.volunteer(ann)) == [], "the wish is taken, nobody is asked any more"
    assert await api.db.fetchval("select count(*) from invitation") == 0


async def test_a_yes_is_still_one_statement(api: Api) -> None:
    wish, ann = await api.posted(), await api.approved()
    await invite(api, wish, person(ann))
    (invitation,) = await asked(api, api.volunteer(ann))
    body = {"invitation_id": invitation["id"]}
    claim = await api.ok(f"wishes/{wish['id']}/claims", body, api.volunteer(ann))
    rows = await api.db.fetch(ONE_STATEMENT, claim["id"].encode().hex())
    assert [row["cmin"] for row in rows] == ["0"]


async def test_a_no_leaves_what_silence_leaves(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = await api.posted()
    ann, ben = await api.approved(), await api.approved()
    sent = await invite(api, wish, person(ann), person(ben))
    (hers,) = await asked(api, api.volunteer(ann))
    before, counted = await api.snapshot(), metrics()
    capsys.readouterr()
    assert await decline(api, hers["id"], api.volunteer(ann)) == 204
    assert capsys.readouterr().out == ""
    assert metrics() == counted
    after = await api.snapshot()
    (gone,) = {str(row) for row in before["invitation"]} - {str(r) for r in after["invitation"]}
    assert str(ann) in gone
    assert before | {"invitation": after["invitation"]} == after
    assert await decline(api, hers["id"], api.volunteer(ann)) == 204, "a second time is as good"

    # From here on both look the same to everybody.
    await pass_expiry(api, sent["until"])
    assert capsys.readouterr().out == ""
    assert metrics() == counted
    rows = [str(row) for table in (await api.snapshot()).values() for row in table]
    kept = [
        sorted(row.replace(str(who), "X") for row in rows if str(who) in row) for who in (ann, ben)
    ]
    assert kept[0] == kept[1]
    assert len(kept[0]) == 1, "known as somebody who may claim, and nothing else"


async def test_whoever_asks_again_learns_nothing(api: Api) -> None:
    wish = await api.posted()
    ann, ben = await api.approved(), await api.approved()
    await invite(api, wish, person(ann), person(ben))
    (hers,) = await asked(api, api.volunteer(ann))
    await decline(api, hers["id"], api.volunteer(ann))
    again = [await invite(api, wish, person(who)) for who in (ann, ben)]
    assert again[0] == again[1]
    for who in (ann, ben):
        assert len(await asked(api, api.volunteer(who))) == 1
    events = (await api.events(wish["id"]))[-2:]
    assert [event["type"] for event in events] == ["InvitationSent"] * 2
    assert await api.db.fetchval("select count(*) from invitation") == 2


async def test_nobody_answers_for_somebody_else(api: Api, problem: Any) -> None:
    wish = await api.posted()
    ann, ben = await api.approved(), await api.approved()
    await invite(api, wish, person(ann))
    (hers,) = await asked(api, api.volunteer(ann))
    before = await api.snapshot()
    for stranger in (api.volunteer(ben), api.as_role("unit_contact", organisation=uuid4())):
        # Not even that it is there is told.
        assert await decline(api, hers["id"], stranger) == 204
        assert await decline(api, str(uuid4()), stranger) == 204
    answer = await api.client.delete(f"/v1/invitations/{hers['id']}", headers=api.worker)
    problem(answer, 403, "not-permitted")
    assert await api.snapshot() == before


async def test_reading_leaves_nothing_either(api: Api) -> None:
    wish, ann = await api.posted(), await api.approved()
    await invite(api, wish, person(ann))
    before = await api.snapshot()
    (hers,) = await asked(api, api.volunteer(ann))
    body = {"purpose": "notify", "ids": [hers["id"]]}
    assert (await api.ok("invitations/recipients", body, api.as_role("notifier")))["items"]
    assert await api.snapshot() == before


async def test_an_invitation_gives_no_right_and_its_end_takes_none(
    api: Api, time: Time, problem: Any
) -> None:
    first, second = await api.posted(), await api.posted()
    ann, ben = await api.approved(), await api.approved()
    sent = await invite(api, first, person(ann))
    (hers,) = await asked(api, api.volunteer(ann))
    body = {"invitation_id": hers["id"]}
    async with api.db.transaction() as tx:
        await tx.execute(
            "update wish set asks = '{vetting:child}' where id = $1", UUID(first["id"])
        )
    path = f"wishes/{first['id']}/claims"
    problem(await api.post(path, body, api.volunteer(ann)), 409, "unqualified")
    async with api.db.transaction() as tx:
        await tx.execute("update wish set asks = '{}'")
    # Somebody else's number, or one for another wish, is no invitation and no reason to refuse.
    await api.ok(f"wishes/{second['id']}/claims", body, api.volunteer(ann))
    assert (await api.types(second["id"]))[-1] == "WishClaimed"
    await time.reaches(datetime.fromisoformat(sent["until"]))
    assert await asked(api, api.volunteer(ann)) == []
    await api.ok(path, body, api.volunteer(ben))
    assert (await api.types(first["id"]))[-1] == "WishClaimed"


async def test_whatever_takes_the_wish_from_the_tree_ends_the_question(api: Api) -> None:
    ann = await api.approved()
    wishes = [await api.posted() for _ in range(2)]
    for wish in wishes:
        await invite(api, wish, person(ann))
    await api.ok(f"wishes/{wishes[0]['id']}/withdrawal", {"reason": "not_needed"}, api.worker)
    (left,) = await asked(api, api.volunteer(ann))
    assert left["wish_id"] == wishes[1]["id"]


async def test_pages_of_invitations(api: Api, problem: Any) -> None:
    ann = await api.approved()
    for _ in range(3):
        await invite(api, await api.posted(), person(ann))
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        path = f"invitations?limit=2{cursor and f'&cursor={cursor}'}"
        page = (await api.get(path, api.volunteer(ann))).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 3
    answer = await api.get("invitations?cursor=abcd", api.volunteer(ann))
    problem(answer, 400, "bad-cursor")


async def test_who_can_be_asked_and_when(api: Api, problem: Any) -> None:
    ann, wish, done = await api.approved(), await api.posted(), await api.fulfilled()
    kept = await follow_up(api, done)
    before = await api.snapshot()
    body = {"invitees": [person(ann), person(uuid4())]}
    answer = await api.post(f"wishes/{wish['id']}/invitations", body, api.worker)
    problem(answer, 422, "invitee-not-known")
    body = {"invitees": [{"kind": "organisation", "id": str(ann)}]}
    answer = await api.post(f"wishes/{wish['id']}/invitations", body, api.worker)
    problem(answer, 422, "invitee-not-known")
    body = {"invitees": [person(ann)]}
    for one, slug in ((done["wish"], "wrong-state"), (kept, "kept-for-another")):
        answer = await api.post(f"wishes/{one['id']}/invitations", body, api.worker)
        problem(answer, 409, slug)
    for bad in ([], [person(ann)] * 21, [{"kind": "branch", "id": str(ann)}]):
        answer = await api.post(f"wishes/{wish['id']}/invitations", {"invitees": bad}, api.worker)
        problem(answer, 422, "invalid")
    assert await api.snapshot() == before


async def follow_up(api: Api, first: dict[str, Any]) -> dict[str, Any]:
    """A second wish on the tree, kept for who helped with the first."""
    body = {"reason": "too_bright", "channel": "paper", "words": "灯太亮，睡不着。"}
    second = await api.ok(f"wishes/{first['wish']['id']}/follow-ups", body, api.worker)
    checks = {"identity_checked": True, "need_checked": True, "consent_checked": True}
    path = f"wishes/{second['id']}/verification"
    await api.ok(path, {"method": "phone", "checklist": checks}, api.worker)
    assert (await api.publish(second)).status_code == 200
    return second


async def test_who_helped_first_lets_a_follow_up_go_and_nobody_hears_of_it(
    api: Api, time: Time, problem: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    first = await api.fulfilled()
    second, other = await follow_up(api, first), await api.approved()
    *_, offered = await api.events(second["id"])
    assert offered["type"] == "WishOffered"
    path, me = f"/v1/wishes/{second['id']}/offer", api.volunteer(first["by"])
    before, counted = await api.snapshot(), metrics()
    answer = await api.client.delete(path, headers=api.volunteer(other))
    problem(answer, 409, "kept-for-another")
    assert await api.snapshot() == before
    capsys.readouterr()
    for _ in range(2):
        assert (await api.client.delete(path, headers=me)).status_code == 204
    assert capsys.readouterr().out == ""
    assert metrics() == counted
    after = await api.snapshot()
    assert {name for name in after if after[name] != before[name]} == {"wish"}
    row = await api.db.fetchrow(
        "select version, due_at, offered_id from wish where id = $1", UUID(second["id"])
    )
    assert (row["version"], row["offered_id"]) == (offered["version"], None)
    assert row["due_at"] > datetime.fromisoformat(offered["until"])
    claim = await api.ok(f"wishes/{second['id']}/claims", {}, api.volunteer(other))
    # Of a wish in other hands there is nothing to let go.
    assert (await api.client.delete(path, headers=me)).status_code == 204
    await api.ok(f"claims/{claim['id']}/delivery", {"gifts": [gift(other)]}, api.volunteer(other))
    await api.ok(f"cards/{slip(second)}/confirmation", {"answer": "satisfied"})
    assert (await api.events(second["id"]))[-1]["counts_as"] == "fit"
    problem(
        await api.client.delete(f"/v1/wishes/{uuid4()}/offer", headers=me), 404, "wish-not-found"
    )
