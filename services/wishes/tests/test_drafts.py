"""A wish is begun, written on, handed in or discarded; what was discarded can be read by nobody."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.clock import now
from chassis.clocks import Clocks, Dial
from chassis.privacy import Erased, Vault
from wishes.adapters.drafts import DUE_DRAFTS, PostgresDraftStore
from wishes.app.hand_in_draft import tick_draft
from wishes.app.write_draft import FIELD, KEPT_FOR, MOST_DRAFTS

from .conftest import INDEX, MASTER, MINTER, XIANDONG, XINYUAN, Api, slip, wish_body
from .test_online import NEIGHBOUR, account, own_body

SECRET = "想要一盏亮一点的台灯"


def outer(**content: Any) -> dict[str, Any]:
    return {"area": XIANDONG, "channel": "visit", "content": content}


async def test_a_draft_grows_and_becomes_a_wish_with_its_own_history(api: Api) -> None:
    begun = await api.post("drafts", outer(words=SECRET), api.worker)
    draft = begun.json()
    assert (begun.status_code, begun.headers["etag"], draft["revision"]) == (201, '"1"', 1)
    assert "content" not in draft
    path = f"drafts/{draft['id']}"
    whole = wish_body()
    content = {name: whole[name] for name in ("beneficiary", "category")} | {"words": SECRET}
    written = await api.ok(f"{path}/content", {"content": content}, api.worker)
    assert written["revision"] == 2
    assert SECRET not in str(await api.snapshot())
    read = await api.get(path, api.worker)
    assert (read.json()["content"], read.headers["etag"]) == (content, '"2"')
    handed = await api.post(f"{path}/submission", {}, api.worker)
    wish = handed.json()
    assert (handed.status_code, handed.headers["etag"]) == (201, '"2"')
    assert (wish["id"], wish["channel"], wish["state"]) == (draft["id"], "visit", "submitted")
    drafted, submitted = await api.events(wish["id"])
    assert (drafted["type"], drafted["channel"], drafted["version"]) == ("WishDrafted", "visit", 1)
    assert (submitted["type"], submitted["version"]) == ("WishSubmitted", 2)
    lines = (await api.get(f"wishes/{wish['id']}/history", api.worker)).json()["items"]
    assert [(line["version"], line["event"]) for line in lines] == [
        (1, "WishDrafted"),
        (2, "WishSubmitted"),
    ]
    assert [line["event_id"] for line in lines] == [str(drafted["id"]), str(submitted["id"])]
    seen = await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    assert (seen["words"], seen["name"]) == (SECRET, "黄建国")
    # The look at the draft is a look at this person.
    reveals = (await api.get(f"wishes/{wish['id']}/reveals", api.worker)).json()["items"]
    assert [line["purpose"] for line in reveals] == ["verify", "write_on"]
    assert (await api.get("drafts", api.worker)).json()["items"] == []
    assert (await api.get(path, api.worker)).status_code == 404


async def test_what_is_there_must_be_right_and_all_of_it_when_handed_in(
    api: Api, problem: Any
) -> None:
    before = await api.snapshot()
    for content, pointer in (
        ({"wordz": "x"}, "/content/wordz"),
        ({"words": ""}, "/content/words"),
        ({"beneficiary": {"phone": "110"}}, "/content/beneficiary/phone"),
        ({"area": XIANDONG}, "/content/area"),
        ({"answers": {"size": {"deep": [1]}}}, "/content/answers/size"),
        ({"answers": {"size": "\u202e"}}, "/content/answers/size"),
    ):
        found = problem(await api.post("drafts", outer(**content), api.worker), 422, "draft-wrong")
        assert [error["pointer"] for error in found["errors"]] == [pointer]
    assert await api.snapshot() == before
    draft = await api.ok("drafts", outer(words=SECRET), api.worker)
    path = f"drafts/{draft['id']}/submission"
    found = problem(await api.post(path, {}, api.worker), 422, "draft-incomplete")
    missing = [error["pointer"] for error in found["errors"]]
    assert missing == ["/content/category", "/content/beneficiary"]
    body = {"content": {"words": SECRET, "category": "rainbow", "beneficiary": {}}}
    await api.ok(f"drafts/{draft['id']}/content", body, api.worker)
    found = problem(await api.post(path, {}, api.worker), 422, "draft-incomplete")
    assert "/content/beneficiary/name" in [error["pointer"] for error in found["errors"]]
    body["content"]["beneficiary"] = wish_body()["beneficiary"]
    await api.ok(f"drafts/{draft['id']}/content", body, api.worker)
    problem(await api.post(path, {}, api.worker), 422, "category-unknown")
    assert await api.types(draft["id"]) == ["WishDrafted"]


async def test_two_who_write_at_once_see_each_other(api: Api, problem: Any) -> None:
    draft = await api.ok("drafts", outer(words=SECRET), api.worker)
    path = f"/v1/drafts/{draft['id']}/content"

    async def write(words: str) -> Any:
        headers = {**api.worker, "Idempotency-Key": str(uuid4()), "If-Match": '"1"'}
        return await api.client.post(path, json={"content": {"words": words}}, headers=headers)

    first, second = await asyncio.gather(write("甲"), write("乙"))
    assert sorted([first.status_code, second.status_code]) == [200, 412]
    body = {"content": {"words": "甲"}}
    headers = {**api.worker, "Idempotency-Key": "x", "If-Match": '"7"'}
    problem(await api.client.post(path, json=body, headers=headers), 412, "changed-meanwhile")


async def test_nobody_else_finds_a_draft(api: Api, problem: Any) -> None:
    draft = await api.ok("drafts", outer(words=SECRET), api.worker)
    path = f"drafts/{draft['id']}"
    for who in (api.colleague, account(api, uuid4())):
        problem(await api.get(path, who), 404, "draft-not-found")
        for act, body in (("content", {"content": {}}), ("submission", {}), ("withdrawal", {})):
            problem(await api.post(f"{path}/{act}", body, who), 404, "draft-not-found")
        assert (await api.get("drafts", who)).json()["items"] == []


async def test_who_works_elsewhere_by_now_touches_no_draft_of_the_old_desk(
    api: Api, problem: Any
) -> None:
    who = uuid4()
    here = MINTER.header("community_worker", XIANDONG, subject=who)
    drafts = [
        await api.ok("drafts", outer(words=SECRET) | {"channel": channel}, here)
        for channel in ("visit", "online")
    ]
    moved = MINTER.header("community_worker", XINYUAN, subject=who)
    left = MINTER.header("volunteer", XIANDONG, subject=who)
    before = await api.snapshot()
    for draft, tokens in ((drafts[0], (moved, left)), (drafts[1], (moved,))):
        path = f"drafts/{draft['id']}"
        for token in tokens:
            problem(await api.get(path, token), 403, "out-of-scope")
            for act, body in (("content", {"content": {}}), ("submission", {}), ("withdrawal", {})):
                problem(await api.post(f"{path}/{act}", body, token), 403, "out-of-scope")
    assert await api.snapshot() == before
    assert (await api.get(f"drafts/{drafts[0]['id']}", here)).json()["content"] == {"words": SECRET}


async def test_an_account_writes_its_own(api: Api, problem: Any) -> None:
    me = account(api, uuid4())
    content = own_body(proxy=NEIGHBOUR)
    del content["area"]
    draft = await api.ok("drafts", outer(**content), me)
    assert draft["channel"] == "online"
    wish = await api.ok(f"drafts/{draft['id']}/submission", {}, me)
    assert (wish["channel"], wish["by_proxy"]) == ("online", True)
    assert [one["id"] for one in (await api.get("own-wishes", me)).json()["items"]] == [wish["id"]]
    spoken = NEIGHBOUR | {"consent": NEIGHBOUR["consent"] | {"kind": "spoken"}}
    wrong = await api.post("drafts", outer(proxy=spoken), me)
    problem(wrong, 422, "draft-wrong")


async def key_of(api: Api, draft: dict[str, Any]) -> tuple[UUID, bytes]:
    sql = "select beneficiary_id, content from draft where id = $1"
    row = await api.db.fetchrow(sql, UUID(draft["id"]))
    return row["beneficiary_id"], row["content"]


async def test_what_was_discarded_is_gone_for_good(api: Api, problem: Any) -> None:
    draft = await api.ok("drafts", outer(words=SECRET), api.worker)
    person, content = await key_of(api, draft)
    path = f"drafts/{draft['id']}/withdrawal"
    gone = await api.post(path, {}, api.worker, key="away")
    assert (await api.post(path, {}, api.worker, key="away")).json() == gone.json()
    problem(await api.post(path, {}, api.worker), 404, "draft-not-found")
    with pytest.raises(Erased):
        await Vault(MASTER, INDEX).open(api.db, person, {FIELD: content})
    *_, last = await api.events(draft["id"])
    assert (last["type"], last["version"], last["reason"]) == ("WishWithdrawn", 2, "discarded")
    assert await api.db.fetchval("select count(*) from draft") == 0


async def test_a_draft_that_nobody_writes_on_goes_after_thirty_days(api: Api) -> None:
    old = await api.ok("drafts", outer(words=SECRET), api.worker)
    person, content = await key_of(api, old)
    at = now()
    tick = partial(tick_draft, api.db, PostgresDraftStore(), Vault(MASTER, INDEX))
    clocks = [Clocks(api.db, lambda: at, [Dial("draft", DUE_DRAFTS, tick)]) for _ in range(3)]

    async def reach(days: timedelta) -> int:
        nonlocal at
        at = now() + days
        await asyncio.gather(*(clock.look() for clock in clocks))
        return await api.db.fetchval("select count(*) from draft")

    assert await reach(KEPT_FOR - timedelta(minutes=1)) == 1
    assert await reach(KEPT_FOR + timedelta(minutes=1)) == 0
    with pytest.raises(Erased):
        await Vault(MASTER, INDEX).open(api.db, person, {FIELD: content})
    events = await api.events(old["id"])
    assert [event["type"] for event in events] == ["WishDrafted", "WishWithdrawn"]
    assert events[1]["reason"] == "draft_expired"
    # Somebody hands it in at the moment at which it would go: one of the two happens, whole.
    late = await api.drafted()
    await api.db.fetch("update draft set discard_at = now() - interval '1 second'")
    answer, _ = await asyncio.gather(
        api.post(f"drafts/{late['id']}/submission", {}, api.worker), tick(UUID(late["id"]), now())
    )
    told = await api.types(late["id"])
    assert told[1:] == (["WishSubmitted"] if answer.status_code == 201 else ["WishWithdrawn"])


async def test_what_is_begun_about_a_person_is_theirs(api: Api, problem: Any) -> None:
    """It is in their copy, corrected with their data, and gone with them, whoever writes it."""
    wish, person = await api.submitted(words="要一把伞。"), wish_body()["beneficiary"]
    neighbour = account(api, uuid4())
    there = MINTER.header("community_worker", XINYUAN, subject=uuid4())
    mine = await api.drafted(words=SECRET)
    online = await api.ok("drafts", outer(beneficiary=person), neighbour)
    old = await api.ok("drafts", outer(), api.colleague)
    content = {"content": {"beneficiary": person, "words": "要一顶帽子。"}}
    await api.ok(f"drafts/{old['id']}/content", content, api.colleague)
    async with api.db.transaction() as tx:
        # As a program of the release before writes it.
        sql = "update draft set person_index = null, indexed = 1 where id = $1"
        await tx.execute(sql, UUID(old["id"]))
    others = [
        await api.ok("drafts", outer(beneficiary=person) | {"area": XINYUAN}, there),
        await api.drafted(beneficiary=person | {"phone": "13891234500"}),
        await api.ok("drafts", outer(beneficiary={"name": person["name"]}), api.worker),
    ]
    about = f"beneficiaries/{wish['beneficiary_id']}"
    copy = await api.ok(f"{about}/copy", {}, api.worker)
    rows = copy["data"]["drafts"]
    assert [row["words"] for row in rows] == [SECRET, None, "要一顶帽子。"]
    assert {(row["name"], row["phone"]) for row in rows} == {(person["name"], person["phone"])}
    assert "替您起草、还没交上来的" in copy["page"]

    async def answered(body: dict[str, Any]) -> None:
        asked = await api.ok(f"{about}/requests", body, api.worker)
        for who in (api.colleague, api.as_role("community_worker", subject=uuid4())):
            path = f"data-requests/{asked['id']}/decision"
            await api.ok(path, {"answer": "yes", "reason": "asked"}, who)
            if body["kind"] == "correction":
                break

    async def shown(draft: dict[str, Any], who: dict[str, str]) -> Any:
        return (await api.get(f"drafts/{draft['id']}", who)).json()["content"]["beneficiary"]

    right = {"address": "咸东社区五号院", "no_phone": True}
    await answered({"kind": "correction", "correction": right})
    now_right = {"name": person["name"], "address": right["address"]}
    assert await shown(mine, api.worker) == await shown(old, api.colleague) == now_right
    # Whoever writes somebody's name and number online learns nothing of them.
    assert await shown(online, neighbour) == person
    await answered({"kind": "erasure"})
    for draft, who in ((mine, api.worker), (online, neighbour), (old, api.colleague)):
        path = f"drafts/{draft['id']}"
        problem(await api.get(path, who), 404, "draft-not-found")
        problem(await api.post(f"{path}/submission", {}, who), 404, "draft-not-found")
        last = (await api.events(draft["id"]))[-1]
        assert (last["type"], last["reason"]) == ("WishWithdrawn", "person_erased")
    left = {str(row["id"]) for row in await api.db.fetch("select id from draft")}
    assert left == {one["id"] for one in others}
    assert await api.db.fetchval("select count(wrapped) from person_key") == len(others)


async def test_who_writes_somebodys_name_online_reaches_no_draft_of_the_desk(api: Api) -> None:
    draft, stranger = await api.drafted(), account(api, uuid4())
    about = {"beneficiary": wish_body()["beneficiary"]}
    wish = await api.ok("own-wishes", own_body(**about), stranger)
    mine = await api.ok("drafts", outer(**about), stranger)
    person = f"beneficiaries/{wish['beneficiary_id']}"
    copy = await api.ok(f"{person}/copy", {}, stranger)
    assert [row["channel"] for row in copy["data"]["drafts"]] == ["online"]
    by_card = await api.ok(f"cards/{slip(wish)}/copy", {"who": about["beneficiary"]["name"]})
    assert by_card["data"]["drafts"] == copy["data"]["drafts"]
    asked = await api.ok(f"{person}/requests", {"kind": "erasure"}, stranger)
    for who in (api.worker, api.colleague):
        yes = {"answer": "yes", "reason": "asked"}
        await api.ok(f"data-requests/{asked['id']}/decision", yes, who)
    assert (await api.get(f"drafts/{draft['id']}", api.worker)).status_code == 200
    assert (await api.get(f"drafts/{mine['id']}", stranger)).status_code == 404


async def test_handed_in_twice_is_one_wish(api: Api) -> None:
    draft = await api.drafted()
    path = f"drafts/{draft['id']}/submission"
    answers = await asyncio.gather(*(api.post(path, {}, api.worker) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 404, 404]
    assert await api.types(draft["id"]) == ["WishDrafted", "WishSubmitted"]


async def test_the_list_of_ones_drafts_by_pages_and_not_without_end(api: Api, problem: Any) -> None:
    made = [(await api.ok("drafts", outer(), api.worker))["id"] for _ in range(4)]
    page = (await api.get("drafts?limit=3", api.worker)).json()
    rest = (await api.get(f"drafts?limit=3&cursor={page['next']}", api.worker)).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == made[::-1]
    copies = """
    insert into draft select gen_random_uuid(), gen_random_uuid(), author_id, area, channel, content,
        revision, event_id, drafted_at, changed_at, discard_at
    from draft, generate_series(1, $1) limit $1
    """
    await api.db.fetch(copies, MOST_DRAFTS - 4)
    problem(await api.post("drafts", outer(), api.worker), 409, "too-many-drafts")
