"""What people may ask about their own data: who looked, a copy, a correction, erasure; with a clock."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import asyncpg
import pytest
from chassis.auth.testing import NAME as LOOKER
from chassis.clock import now
from chassis.clocks import Clocks, Dial
from chassis.privacy import KeyPages, broken_links
from chassis.privacy.reveals import OF_PERSON
from chassis.testing import eventually
from prometheus_client import REGISTRY
from wishes.adapters.consents import LAST
from wishes.adapters.rights import DUE_REQUESTS, SAME, SPEAKS_FOR, TOGETHER, PostgresRights
from wishes.app.copy_files import contents, copy_with_files
from wishes.app.tick import tick_request
from wishes.domain.attachment import kind_of
from wishes.domain.rights import (
    ANSWER_DAYS,
    ERASURE,
    REMIND_DAYS,
    REQUEST,
    RequestAct,
    RequestState,
)
from wishes.domain.working_days import after_working_days, before_working_days
from wishes.entrypoints.copy_archive import archive
from wishes.metrics import STAGES, Requests
from wishes.queries_rights import OPEN, REQUESTS_OF, SPOKEN_FOR

from .conftest import XIANDONG, XINYUAN, Api, gift, slip, wish_body
from .files import VOICES, photo
from .test_attachments import upload
from .test_children import CHILD, HEARD, MOTHER, VISIT, approved
from .test_online import NEIGHBOUR

NAME, PHONE = "黄建国", "13891234567"
PROXY = {
    "name": "刘桂兰",
    "relation": "neighbour",
    "phone": "13891234568",
    "consent": {"kind": "voice", "reference": "录音 7 号", "given_at": "2026-02-01T09:30:00+08:00"},
}
FEW = {"beneficiary_person", "data_request_with", "speaker_account"}
"""Of one person, or one account: the few that there are may be sorted."""
CORRECT = {"purpose": "correct"}
YES_TO_CARD = {"purpose": "publish", "given": True, "wording": 1, "witness": "吴红正"}
YES, NO = ({"answer": answer, "reason": "asked"} for answer in ("yes", "no"))


def somebody(number: int) -> dict[str, str]:
    """Of the same name at the same place, with a telephone of their own: each is another person."""
    return wish_body()["beneficiary"] | {"phone": f"1389123450{number}"}


def person_of(wish: dict[str, Any]) -> str:
    return f"beneficiaries/{wish['beneficiary_id']}"


async def filed(api: Api, wish: dict[str, Any], kind: str = "erasure", **more: Any) -> Any:
    """By the person, with the card in hand."""
    body = {"kind": kind, "who": NAME, **more}
    return await api.ok(f"cards/{slip(wish)}/requests", body)


async def decided(api: Api, request: Any, who: Any, answer: dict[str, str] = YES) -> Any:
    return await api.ok(f"data-requests/{request['id']}/decision", answer, who)


async def erased(api: Api, wish: dict[str, Any], **more: Any) -> Any:
    request = await filed(api, wish, **more)
    await decided(api, request, api.worker)
    return await decided(api, request, api.colleague)


def linked(page: dict[str, Any], kind: str) -> list[Any]:
    return [line[kind] for line in page["items"]]


def test_an_erasure_passes_through_two_hands_and_ends_are_ends() -> None:
    for table in (REQUEST, ERASURE):
        ends = set(table.values()) - {state for state, _ in table}
        assert ends == {RequestState.DONE, RequestState.REFUSED, RequestState.TAKEN_BACK}
    assert [state for (state, act) in ERASURE if act is RequestAct.DO] == [RequestState.CHECKED]
    assert {act for _, act in REQUEST} == set(RequestAct) - {RequestAct.CHECK}


# Who looked


async def test_the_person_sees_who_looked_from_which_office_and_what_for(
    api: Api, problem: Any
) -> None:
    held = await api.claimed()
    wish, path = held["wish"], f"wishes/{held['wish']['id']}/contact"
    await api.ok(path, {"purpose": "verify"}, api.worker)
    await api.ok(path, {"purpose": "arrange"}, api.volunteer(held["by"]))
    ids = {"purpose": "notify", "ids": [wish["beneficiary_id"]]}
    await api.ok("contacts", ids, api.as_role("notifier", name=None))
    first = (await api.get(f"cards/{slip(wish)}/reveals?limit=2")).json()
    assert linked(first, "purpose") == ["notify", "arrange"]
    assert first["items"][1]["by_id"] == str(held["by"])
    assert [line["by_name"] for line in first["items"]] == [None, LOOKER]
    rest = (await api.get(f"cards/{slip(wish)}/reveals?limit=2&cursor={first['next']}")).json()
    (line,) = rest["items"]
    assert line["by_name"] == LOOKER
    assert (line["by_role"], line["by_area"]) == ("community_worker", XIANDONG)
    assert line["fields"] == ["address", "name", "phone", "words"]
    assert rest["next"] is None
    for forged in ("WyItMSJd", "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OSJd", "x"):
        answer = await api.get(f"cards/{slip(wish)}/reveals?cursor={forged}")
        problem(answer, 400, "bad-cursor")


async def test_whoever_speaks_for_somebody_sees_who_looked_and_nothing_else(
    api: Api, problem: Any
) -> None:
    mother, neighbour = uuid4(), uuid4()
    child = await api.submitted(
        beneficiary=CHILD,
        guardian=MOTHER | {"account_id": str(mother)},
        proxy=PROXY | {"account_id": str(neighbour)},
    )
    await approved(api, child)
    await api.ok(f"wishes/{child['id']}/contact", {"purpose": "verify"}, api.worker)
    seen = ["verify", "approve_access", "ask_access"]
    person = person_of(child)
    by_desk = (await api.get(f"{person}/reveals", api.worker)).json()
    for account, kind in ((mother, "guardian"), (neighbour, "proxy")):
        who = api.volunteer(account)
        assert (await api.get(f"{person}/reveals", who)).json() == by_desk
        assert linked(by_desk, "purpose") == seen
        mine = (await api.get("mine", who)).json()
        assert mine["items"] == []
        (spoken_for,) = mine["speaks_for"]
        assert (spoken_for["person_id"], spoken_for["kind"]) == (child["beneficiary_id"], kind)
        assert linked({"items": spoken_for["wishes"]}, "card_no") == [child["card_no"]]
        before = await api.snapshot()
        for answer in (
            await api.post(f"{person}/copy", {}, who),
            await api.get(f"{person}/requests", who),
            await api.post(f"{person}/requests", {"kind": "erasure"}, who),
            await api.get(f"wishes/{child['id']}/consents", who),
        ):
            problem(answer, 403, "not-your-data")
        contact = await api.post(f"wishes/{child['id']}/contact", {"purpose": "arrange"}, who)
        problem(contact, 403, "not-the-claimant")
        assert await api.snapshot() == before
    problem(await api.get(f"{person}/reveals", api.volunteer(uuid4())), 403, "not-your-data")
    # The same child, written down another time, by others.
    again = await api.submitted(beneficiary=CHILD, guardian=MOTHER)
    other = await api.get(f"{person_of(again)}/reveals", api.volunteer(mother))
    problem(other, 403, "not-your-data")
    # Somebody else answers for the child now.
    await api.ok(f"wishes/{child['id']}/guardian", MOTHER, api.worker)
    problem(await api.get(f"{person}/reveals", api.volunteer(mother)), 403, "not-your-data")


async def test_a_proxy_sees_who_looked_while_the_consent_stands(api: Api, problem: Any) -> None:
    account = uuid4()
    neighbour = api.as_role("applicant", subject=account)
    body = wish_body(proxy=NEIGHBOUR)
    del body["channel"]
    wish = await api.ok("own-wishes", body, neighbour)
    await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    path = f"{person_of(wish)}/reveals"
    for said in ("publish", "service"):
        assert linked((await api.get(path, neighbour)).json(), "purpose") == ["verify"], said
        no = {"purpose": said, "given": False, "wording": 1}
        await api.ok(f"cards/{slip(wish)}/consents", no)
    problem(await api.get(path, neighbour), 403, "not-your-data")
    assert (await api.get("mine", neighbour)).json() == {"items": [], "speaks_for": []}
    # Nobody who is signed in says whose account another one is.
    child = await api.ok("own-wishes", body | {"beneficiary": CHILD}, neighbour)
    guardian = f"wishes/{child['id']}/guardian"
    strange = await api.post(guardian, MOTHER | {"account_id": str(uuid4())}, neighbour)
    problem(strange, 403, "account-not-yours")
    await api.ok(guardian, MOTHER | {"account_id": str(account)}, neighbour)
    kinds = linked({"items": (await api.get("mine", neighbour)).json()["speaks_for"]}, "kind")
    assert kinds == ["guardian", "proxy"]


async def test_who_looked_at_a_neighbour_who_wrote_is_shown_to_them_and_to_the_person(
    api: Api,
) -> None:
    neighbour, auditor = uuid4(), api.as_role("auditor")
    wish = await api.submitted(proxy=PROXY | {"account_id": str(neighbour)})
    person = person_of(wish)
    await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    await api.ok(f"wishes/{wish['id']}/origin", {"purpose": "verify"}, api.worker)
    for path, who in (
        (f"cards/{slip(wish)}/reveals", None),
        (f"{person}/reveals", api.volunteer(neighbour)),
        (f"{person}/reveals", api.worker),
        (f"wishes/{wish['id']}/reveals", auditor),
    ):
        looks = (await api.get(path, who)).json()
        assert linked(looks, "of") == ["proxy", "person"], path
        assert linked(looks, "by_name") == [LOOKER] * 2
        assert looks["items"][0]["fields"] == ["name", "phone", "reference", "witness"]
    # One after the other, whoever it was at.
    first = (await api.get(f"{person}/reveals?limit=1", api.worker)).json()
    rest = await api.get(f"{person}/reveals?limit=1&cursor={first['next']}", api.worker)
    assert (linked(first, "of"), linked(rest.json(), "of")) == (["proxy"], ["person"])
    assert rest.json()["next"] is None
    copy = await api.ok(f"{person}/copy", {}, api.worker)
    (line,) = copy["data"]["reveals_of_proxies"]
    assert (line["by_name"], line["purpose"]) == (LOOKER, "verify")
    assert "谁看过替您写的人的资料" in copy["page"]
    # Once the person is erased and the neighbour with them, nobody's name is left on it.
    await erased(api, wish)
    looks = (await api.get(f"{person}/reveals", api.worker)).json()
    assert linked(looks, "by_name") == [None] * 3


# A copy


async def test_a_copy_holds_everything_to_read_and_for_a_program(api: Api) -> None:
    held = await api.fulfilled(proxy=PROXY)
    wish = held["wish"]
    await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    copy = await api.ok(f"cards/{slip(wish)}/copy", {"who": " 黄 建国 "})
    data, page = copy["data"], copy["page"]
    (person,), (card,), (proxy,) = data["person"], data["wishes"], data["proxies"]
    assert (person["name"], person["phone"]) == (NAME, "+8613891234567")
    assert (card["words"], card["state"]) == (wish_body()["words"], "fulfilled")
    assert (proxy["name"], proxy["reference"]) == ("刘桂兰", "录音 7 号")
    assert [gift["name"] for gift in data["gifts"]] == ["小太阳取暖器"]
    assert linked({"items": data["history"]}, "event")[-1] == "WishFulfilled"
    assert linked({"items": data["reveals"]}, "purpose") == ["verify", "own_copy"]
    assert data["reveals"][1]["by_kind"] == "self"
    assert linked({"items": data["consents"]}, "purpose") == ["service", "publish"]
    for word in (NAME, wish_body()["words"], "小太阳取暖器", "录音 7 号", "社区工作人员", LOOKER):
        assert word in page
    assert page.startswith("<!doctype html>")
    assert 'lang="zh-CN"' in page
    # No code of ours is left for a person to guess at.
    assert re.findall(r"<dd>([A-Za-z_]*[a-z][A-Za-z_]*)</dd>", page) == []
    # Nothing is fetched, nothing runs, and it can be read without glasses.
    assert not re.search(r"https?://|<script|src=|@import|url\(", page)
    assert all(int(size) >= 18 for size in re.findall(r"(\d+)pt", page))
    assert linked((await api.get(f"cards/{slip(wish)}/requests")).json(), "state") == ["done"]
    told = await api.events(wish["beneficiary_id"])
    assert [(e["type"], e["version"]) for e in told] == [
        ("DataRequestFiled", 1),
        ("DataRequestAnswered", 2),
    ]
    assert told[1]["outcome"] == "given"
    assert await broken_links(api.db) == []


async def test_a_copy_says_who_is_noted_as_living_with_the_person(api: Api) -> None:
    wish, other, son = await api.submitted(), await api.submitted(), uuid4()
    # Another person, whose card somebody else wrote.
    neighbour = await api.submitted(beneficiary=somebody(7), proxy=PROXY)
    for one, who in ((wish, son), (neighbour, uuid4())):
        home = {"beneficiary_id": one["beneficiary_id"], "volunteer_id": str(who)}
        await api.ok("households", home, api.worker)
    # By the card of another entry of the same person as well.
    for card in (wish, other):
        copy = await api.ok(f"cards/{slip(card)}/copy", {"who": NAME})
        (line,) = copy["data"]["household"]
        assert line["volunteer_id"] == str(son)
        assert "社区记下的，和您住在一起的志愿者" in copy["page"]
        assert f"<dt>志愿者编号</dt><dd>{son}</dd>" in copy["page"]
    assert (await api.ok(f"cards/{slip(neighbour)}/copy", {"who": NAME}))["data"]["household"] == []


async def test_the_desk_hands_out_everything_as_one_file(api: Api, problem: Any) -> None:
    wish, other = await api.submitted(), await api.submitted()
    room, voice = photo(), VOICES["audio/amr"]
    await upload(api, wish, room, "image/jpeg", purpose="need")
    await upload(api, other, voice, "audio/amr", purpose="proxy_consent")
    kept = (await api.ok(f"cards/{slip(wish)}/copy", {"who": NAME}))["data"]["attachments"]
    path = f"{person_of(wish)}/copy/file"
    answers = [
        await api.post(path, {}, api.worker),
        await api.post(f"cards/{slip(wish)}/copy/file", {"who": NAME}),
    ]
    for answer in answers:
        assert answer.headers["Content-Type"] == "application/zip"
        assert answer.headers["Cache-Control"] == "no-store"
        with ZipFile(BytesIO(answer.content)) as whole:
            assert whole.testzip() is None
            found = {name: whole.read(name) for name in whole.namelist()}
        first, second = (f"files/{wish['card_no']}-01.jpg", f"files/{other['card_no']}-02.amr")
        page = found.pop("您的资料.html").decode()
        data = json.loads(found.pop("data.json"))
        assert [line["file"] for line in data["attachments"]] == [first, second]
        assert [line["size"] for line in data["attachments"]] == [len(found[first]), len(voice)]
        assert set(found) == {first, second}
        assert (kind_of(found[first]), found[second]) == ("image/jpeg", voice)
        assert data["person"][0]["name"] == NAME
        assert NAME in page
        assert re.findall(r'(?:src|href)="([^"]*)"', page) == [first, first, second]
    assert [line["size"] for line in kept] == [line["size"] for line in data["attachments"]]
    # Each is a look, and a request that was answered.
    looks = (await api.get(f"cards/{slip(wish)}/reveals")).json()
    assert linked(looks, "purpose") == ["own_copy"] * 6
    asked = (await api.get(f"cards/{slip(wish)}/requests")).json()
    assert linked(asked, "state") == ["done"] * 3
    problem(await api.post(path, {}, api.volunteer(uuid4())), 403, "not-your-data")
    wrong = await api.post(f"cards/{slip(wish)}/copy/file", {"who": "王建国"})
    problem(wrong, 403, "not-recognised")


async def test_a_file_that_broke_off_is_asked_for_again_on_the_day_of_the_second_persons_yes(
    api: Api, problem: Any
) -> None:
    child = await api.submitted(beneficiary=CHILD, guardian=MOTHER)
    await upload(api, child, VOICES["audio/amr"], "audio/amr", purpose="need")
    person, own = person_of(child), {"purpose": "own_copy"}
    file, asking = f"{person}/copy/file", f"wishes/{child['id']}/access-requests"
    problem(await api.post(file, {}, api.worker), 403, "approval-needed")
    asked = await api.ok(asking, own, api.worker)
    problem(await api.post(file, {}, api.worker), 403, "approval-needed")
    await api.ok(f"access-requests/{asked['id']}/approval", {}, api.colleague)
    # Two at once are one request as well.
    sent = await asyncio.gather(*(api.post(file, {}, api.worker) for _ in range(2)))
    sent.append(await api.post(file, {}, api.worker))
    assert [answer.status_code for answer in sent] == [200] * 3
    problem(await api.post(f"{person}/copy", {}, api.worker), 403, "approval-needed")
    problem(await api.post(file, {}, api.colleague), 403, "approval-needed")
    looks = (await api.get(f"{person}/reveals", api.worker)).json()
    assert linked(looks, "purpose") == ["own_copy"] * 3 + ["approve_access", "ask_access"]
    requests = (await api.get(f"{person}/requests", api.worker)).json()
    assert linked(requests, "state") == ["done"]
    assert await broken_links(api.db) == []
    await api.db.fetch("update access_request set until = now() - interval '1 second'")
    problem(await api.post(file, {}, api.worker), 403, "approval-needed")
    # A new yes is a new request.
    asked = await api.ok(asking, own, api.worker)
    await api.ok(f"access-requests/{asked['id']}/approval", {}, api.colleague)
    assert (await api.post(file, {}, api.worker)).status_code == 200
    assert len((await api.get(f"{person}/requests", api.worker)).json()["items"]) == 2


async def test_a_copy_is_written_file_by_file(api: Api) -> None:
    """However many there are: what was sent is not kept, and what is not sent yet is not opened."""
    wish = await api.submitted()
    for _ in range(3):
        await upload(api, wish, VOICES["audio/amr"], "audio/amr", purpose="need")
    parts = api.parts
    async with api.db.transaction() as tx:
        card = await parts.store.lock(tx, UUID(wish["id"]))
    copied, files = await copy_with_files(
        *(parts.db, parts.rights, parts.drafts, parts.access, parts.vault),
        *(card, card.beneficiary_id, now()),
    )
    opened: list[str] = []

    async def counted_in() -> AsyncGenerator[tuple[str, bytes]]:
        async for name, content in contents(parts.db, parts.evidence, parts.vault, files):
            opened.append(name)
            yield name, content

    seen = [len(opened) async for _ in archive(copied, now(), counted_in())]
    # The page, the data, each file, and the list of what is in it.
    assert seen == [0, 0, 1, 2, 3, 3]
    # What was deleted a moment ago is left out.
    await api.db.fetch("delete from attachment where id = $1", files[1].id)
    left = [name async for name, _ in contents(parts.db, parts.evidence, parts.vault, files)]
    assert left == [files[0].name, files[2].name]


async def test_what_somebody_wrote_is_text_on_the_page(api: Api) -> None:
    wish = await api.submitted(words="<script>alert(1)</script>")
    copy = await api.ok(f"{person_of(wish)}/copy", {}, api.worker)
    assert "<script" not in copy["page"]
    assert "&lt;script&gt;" in copy["page"]


async def test_a_slip_that_was_found_is_not_enough(api: Api, problem: Any) -> None:
    wish = await api.submitted()
    path = f"cards/{slip(wish)}/copy"
    for given in ("1389123456", "567", "王建国", "+8613891234568", "建国"):
        body = problem(await api.post(path, {"who": given}), 403, "not-recognised")
    assert "先停 15 分钟" in body["detail"]
    problem(await api.post(path, {"who": NAME}), 429, "card-locked")
    assert await api.db.fetchval("select count(*) from reveal_audit") == 0
    later = api.clock.now() + timedelta(minutes=15, seconds=1)
    api.clock.now = lambda: later
    for given in (NAME, PHONE, "+86 138-9123-4567"):
        await api.ok(path, {"who": given})


async def test_an_account_reaches_its_own_and_the_desk_its_area(api: Api, problem: Any) -> None:
    wish, other = await api.submitted(), await api.submitted()
    me = uuid4()
    mine = api.volunteer(me)
    assert (await api.get("mine", mine)).json() == {"items": [], "speaks_for": []}
    async with api.db.transaction() as tx:
        sql = "update beneficiary set account_id = $2 where id = $1"
        await tx.execute(sql, UUID(wish["beneficiary_id"]), me)
    (linked_person,) = (await api.get("mine", mine)).json()["items"]
    assert linked_person["person_id"] == wish["beneficiary_id"]
    assert [w["card_no"] for w in linked_person["wishes"]] == [wish["card_no"]]
    for who in (mine, api.worker, api.as_role("street_officer", "610102007")):
        copy = await api.ok(f"{person_of(wish)}/copy", {}, who)
        assert copy["data"]["person"][0]["name"] == NAME
    stranger, auditor = (api.as_role(r, XINYUAN) for r in ("community_worker", "auditor"))
    request = await filed(api, wish)
    before = await api.snapshot()
    erasure = {"kind": "erasure"}
    for who, slug in ((stranger, "out-of-scope"), (api.volunteer(uuid4()), "not-your-data")):
        problem(await api.post(f"{person_of(wish)}/copy", {}, who), 403, slug)
        problem(await api.post(f"{person_of(wish)}/requests", erasure, who), 403, slug)
        problem(await api.get(f"{person_of(wish)}/requests", who), 403, slug)
        problem(await api.get(f"{person_of(wish)}/reveals", who), 403, slug)
        path = f"data-requests/{request['id']}"
        problem(await api.post(f"{path}/withdrawal", {}, who), 403, slug)
    for act, body in (("decision", YES), ("details", {"purpose": "correct"})):
        problem(await api.post(f"{path}/{act}", body, stranger), 403, "out-of-scope")
    problem(await api.get(f"data-requests?area={XIANDONG}", stranger), 403, "out-of-scope")
    problem(await api.get("data-requests?area=610102", api.worker), 403, "out-of-scope")
    problem(await api.get(f"{person_of(wish)}/reveals", auditor), 403, "out-of-scope")
    problem(await api.post(f"{person_of(other)}/copy", {}, mine), 403, "not-your-data")
    by_other_card = f"cards/{slip(other)}/requests/{request['id']}/withdrawal"
    problem(await api.post(by_other_card, {"who": NAME}), 404, "data-request-not-found")
    assert await api.snapshot() == before


# A correction


async def test_a_correction_is_looked_at_decided_and_done_without_a_trace_of_the_old(
    api: Api, problem: Any
) -> None:
    wish = await api.submitted()
    wrong = {"address": "新家属院1号楼2单元303", "phone": "13891234560"}
    request = await filed(api, wish, "correction", correction=wrong)
    assert datetime.fromisoformat(request["due_at"]) == after_working_days(now(), ANSWER_DAYS)
    path = f"data-requests/{request['id']}"
    seen = await api.ok(f"{path}/details", {"purpose": "correct"}, api.worker)
    assert seen["current"]["address"] == wish_body()["beneficiary"]["address"]
    rest = {"name": None, "no_phone": False, "born": None}
    assert seen["wanted"] == {**wrong, "phone": "+8613891234560", **rest}
    done = await decided(api, request, api.worker)
    assert (done["state"], done["reason"]) == ("done", "asked")
    shown = await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    assert (shown["name"], shown["phone"]) == (NAME, "+8613891234560")
    assert shown["address"] == wrong["address"]
    assert await api.db.fetchval("select count(wanted) from data_request") == 0
    copy = await api.ok(f"{person_of(wish)}/copy", {}, api.worker)
    assert wish_body()["beneficiary"]["address"] not in str(copy)
    assert linked((await api.get(f"cards/{slip(wish)}/reveals")).json(), "purpose") == [
        "own_copy",
        "verify",
        "correct",
    ]
    problem(await api.post(f"{path}/decision", YES, api.worker), 409, "wrong-state")
    told = await api.events(wish["beneficiary_id"])
    assert [e.get("outcome") for e in told] == [None, "corrected", None, "given"]


async def test_a_correction_reaches_every_entry_and_the_person_stays_one(api: Api) -> None:
    one, two = await api.posted(), await api.submitted()
    moved = wish_body()["beneficiary"] | {"address": "家属院9号楼101"}
    three = await api.submitted(beneficiary=moved)
    another = await api.submitted(beneficiary=somebody(7))
    # Whoever wrote the name and the number online is not told what is right.
    body = wish_body()
    del body["channel"]
    online = await api.ok("own-wishes", body, api.as_role("applicant", subject=uuid4()))
    await api.ok(f"wishes/{two['id']}/contact", {"purpose": "verify"}, api.worker)
    entries = [wish["beneficiary_id"] for wish in (one, two, three)]
    right = {"phone": "13891234999", "born": "1951-05"}
    await decided(api, await filed(api, two, "correction", correction=right), api.worker)
    found = [await PostgresRights().same(api.db, UUID(one)) for one in entries]
    assert found == [[UUID(one) for one in sorted(entries)]] * 3
    who, ids = api.as_role("notifier", name=None), [w["beneficiary_id"] for w in (another, online)]
    told = await api.ok("contacts", {"purpose": "notify", "ids": [*entries, *ids]}, who)
    phones = {line["id"]: line["phone"] for line in told["items"]}
    assert [phones[one] for one in entries] == ["+8613891234999"] * 3
    assert [phones[one] for one in ids] == ["+8613891234507", "+8613891234567"]
    looks = linked((await api.get(f"cards/{slip(one)}/reveals")).json(), "purpose")
    assert looks == ["notify"] * 3 + ["verify"]
    # And with what is noted of them from now on.
    new = await api.submitted(beneficiary=wish_body()["beneficiary"] | {"phone": "13891234999"})
    asked = await filed(api, new)
    assert len(asked["also"]) == 3
    # One request, and what it changed is told once.
    assert [len(await api.events(one)) for one in entries] == [1, 3, 1]


async def test_two_corrections_of_one_person_at_once_both_reach_every_entry(api: Api) -> None:
    wishes = [await api.posted() for _ in range(2)] + [await api.submitted()]
    rights: list[dict[str, str]] = [
        {"phone": "13891234999"},
        {"address": "家属院9号楼101"},
        {"born": "1951-05"},
    ]
    requests = [
        await filed(api, wish, "correction", correction=right)
        for wish, right in zip(wishes, rights, strict=True)
    ]
    done = await asyncio.gather(*(decided(api, request, api.worker) for request in requests))
    assert [one["state"] for one in done] == ["done"] * 3
    for wish in wishes:
        seen = await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
        found = (seen["phone"], seen["address"], seen["born"])
        assert found == ("+8613891234999", "家属院9号楼101", "1951-05")
    assert len((await filed(api, wishes[0]))["also"]) == 2


async def test_whoever_has_moved_lives_in_the_old_building_no_more(api: Api) -> None:
    known = await api.ok("buildings", {"area": XIANDONG, "name": "3号楼"}, api.worker)
    person = wish_body()["beneficiary"] | {"building_id": known["id"]}
    wish = await api.posted(beneficiary=person)
    for address, house in ((f"{person['address']}室", "3号楼"), ("家属院9号楼101", None)):
        right = {"address": address}
        await decided(api, await filed(api, wish, "correction", correction=right), api.worker)
        untaken = (await api.get(f"untaken?area={XIANDONG}", api.worker)).json()
        assert linked({"items": untaken["buildings"]}, "name") == [house], address


async def test_a_number_that_is_nobodys_any_more_is_taken_away(api: Api, problem: Any) -> None:
    one, two = await api.submitted(), await api.submitted(words="想有一盏台灯")
    path, right = f"cards/{slip(one)}/requests", {"name": "黄建华", "no_phone": True}
    for wrong in (right | {"phone": PHONE}, {"no_phone": False}):
        body = {"kind": "correction", "who": NAME, "correction": wrong}
        problem(await api.post(path, body), 422, "invalid")
    request = await filed(api, one, "correction", correction=right)
    seen = await api.ok(f"data-requests/{request['id']}/details", CORRECT, api.worker)
    assert (seen["wanted"]["phone"], seen["wanted"]["no_phone"]) == (None, True)
    page = (await api.ok(f"cards/{slip(one)}/copy", {"who": NAME}))["page"]
    assert "<dd>姓名：黄建华、不留电话</dd>" in page
    await decided(api, request, api.worker)
    ids = [wish["beneficiary_id"] for wish in (one, two)]
    told = await api.ok("contacts", {"purpose": "notify", "ids": ids}, api.as_role("notifier"))
    assert linked(told, "phone") == [None, None]
    assert await api.db.fetchval("select count(phone_index) from beneficiary") == 0
    assert len((await filed(api, one, who="黄建华"))["also"]) == 1
    # The number opens nothing any more.
    problem(await api.post(f"cards/{slip(two)}/copy", {"who": PHONE}), 403, "not-recognised")


async def test_a_card_that_names_the_person_after_a_correction_comes_down_and_is_written_anew(
    api: Api, problem: Any
) -> None:
    title, words = "想请黄河清老师教唱歌", "想唱歌。"
    hanging = await api.posted(title=title, words=words)
    held = await api.claimed(title=title, words=words)
    harmless = await api.posted()
    wishes = (hanging, held["wish"], harmless)
    before = [len(await api.types(wish["id"])) for wish in wishes]
    for right in ({"phone": "13891234999"}, {"name": "黄河清"}):
        assert [len(await api.types(wish["id"])) for wish in wishes] == before
        await decided(api, await filed(api, harmless, "correction", correction=right), api.worker)
    told = [await api.types(wish["id"]) for wish in wishes]
    down = ["WishTakenDown"]
    assert [types[n:] for types, n in zip(told, before, strict=True)] == [down, down, []]
    assert (await api.events(hanging["id"]))[-1]["reason"] == "leak"
    shown = [(await api.get(f"wishes/{wish['id']}", api.worker)).json() for wish in wishes]
    assert [(one["state"], one["hanging"]) for one in shown] == [
        ("taken_down", False),
        ("claimed", False),
        ("posted", True),
    ]
    for wish in wishes[:2]:
        await api.ok(f"wishes/{wish['id']}/consents", YES_TO_CARD, api.worker)
    # The person's yes is not to this card.
    assert (await api.get(f"wishes/{held['wish']['id']}", api.worker)).json()["hanging"] is False
    problem(await api.publish(hanging, title=title), 422, "card-leaks")
    assert (await api.publish(hanging, title="想请老师教唱歌")).status_code == 200


async def test_a_correction_can_be_refused_with_the_reason_and_asked_again(
    api: Api, problem: Any
) -> None:
    wish = await api.submitted()
    path = f"cards/{slip(wish)}/requests"
    problem(await api.post(path, {"kind": "correction", "who": NAME}), 422, "nothing-to-correct")
    empty = {"kind": "correction", "who": NAME, "correction": {}}
    problem(await api.post(path, empty), 422, "nothing-to-correct")
    first = await filed(api, wish, "correction", correction={"name": "黄建华"})
    again = {"kind": "correction", "who": NAME, "correction": {"name": "黄建中"}}
    problem(await api.post(path, again), 409, "request-already-open")
    kept = await decided(api, first, api.worker, NO)
    assert (kept["state"], kept["reason"]) == ("refused", "asked")
    second = await filed(api, wish, "correction", correction={"name": "黄建华"})
    back = await api.ok(f"{path}/{second['id']}/withdrawal", {"who": PHONE})
    assert back["state"] == "taken_back"
    shown = await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    assert shown["name"] == NAME
    outcomes = [e.get("outcome") for e in await api.events(wish["beneficiary_id"])]
    assert outcomes == [None, "refused", None, "taken_back"]


@pytest.mark.parametrize(
    ("stage", "state", "told"),
    [
        ("submitted", "submitted", ["WishChanged"]),
        ("posted", "submitted", ["WishChanged"]),
        ("claimed", "claimed", ["WishTakenDown"]),
        ("fulfilled", "fulfilled", ["WishTakenDown"]),
    ],
)
async def test_who_turns_out_to_be_a_child_is_one_in_all_their_wishes(
    api: Api, stage: str, state: str, told: list[str]
) -> None:
    made = await getattr(api, stage)()
    wish = made.get("wish", made)
    before = len(await api.types(wish["id"]))
    request = await filed(api, wish, "correction", correction={"born": CHILD["born"]})
    seen = await api.ok(f"data-requests/{request['id']}/details", CORRECT, api.worker)
    assert (seen["current"]["born"], seen["wanted"]["born"]) == (None, CHILD["born"])
    (line,) = (await api.get(f"cards/{slip(wish)}/reveals")).json()["items"]
    assert line["fields"] == ["address", "born", "name", "phone"]
    await decided(api, request, api.worker)
    shown = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
    assert (shown["state"], shown["minor"], shown["two_people"]) == (state, True, True)
    assert shown["hanging"] is False
    assert (await api.types(wish["id"]))[before:] == told
    assert CHILD["born"] not in str(await api.snapshot())


async def test_the_guardian_agrees_before_a_childs_card_hangs_again(api: Api, problem: Any) -> None:
    wish, held = await api.posted(), await api.claimed()
    other = held["wish"]
    for one in (wish, other):
        request = await filed(api, one, "correction", correction={"born": CHILD["born"]})
        await decided(api, request, api.worker)
    path = f"wishes/{wish['id']}"
    # Nobody had taken it: it is checked anew, with the guardian's proof and the guardian's yes.
    unheard = await api.post(f"{path}/verification", VISIT, api.worker)
    problem(unheard, 409, "guardian-consent-missing")
    await api.ok(f"{path}/guardian", HEARD, api.worker)
    await api.ok(f"{path}/verification", VISIT, api.worker)
    problem(await api.publish(wish), 409, "no-consent")
    # Help under way went on, and was given back: it is not on the tree.
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    shown = (await api.get(f"wishes/{other['id']}", api.worker)).json()
    assert (shown["state"], shown["hanging"]) == ("taken_down", False)
    for one in (wish, other):
        consents = f"wishes/{one['id']}/consents"
        problem(await api.post(consents, YES_TO_CARD, api.worker), 409, "guardian-speaks")
        await api.ok(consents, YES_TO_CARD | {"by": "guardian"}, api.worker)
    assert (await api.publish(wish)).status_code == 200
    # It was checked as a grown-up's: what shows that the guardian agreed is still missing.
    before = await api.snapshot()
    problem(await api.publish(other), 409, "guardian-consent-missing")
    assert await api.snapshot() == before
    await api.ok(f"wishes/{other['id']}/guardian", HEARD, api.worker)
    assert (await api.publish(other)).status_code == 200


async def test_no_childs_card_hangs_beside_help_without_its_guardians_proof(
    api: Api, problem: Any
) -> None:
    """It would be given back to the tree from there, and nobody would publish it anew."""
    held = await api.claimed()
    wish, yes = held["wish"], YES_TO_CARD | {"by": "guardian"}
    path = f"wishes/{wish['id']}"
    request = await filed(api, wish, "correction", correction={"born": CHILD["born"]})
    await decided(api, request, api.worker)
    before = await api.snapshot()
    refused = await api.post(f"{path}/consents", yes, api.worker)
    problem(refused, 409, "guardian-consent-missing")
    assert await api.snapshot() == before
    await api.ok(f"{path}/guardian", HEARD, api.worker)
    # Once: nobody replaces what the card hangs on.
    problem(await api.post(f"{path}/guardian", HEARD, api.worker), 409, "wrong-state")
    await api.ok(f"{path}/consents", yes, api.worker)
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    shown = (await api.get(path, api.worker)).json()
    assert (shown["state"], shown["hanging"]) == ("posted", True)


async def test_a_child_who_was_referred_as_a_grown_up_is_checked_anew(
    api: Api, problem: Any
) -> None:
    wish = await api.posted()
    path = f"wishes/{wish['id']}"
    body = {"to": "grid", "reason": "road_broken"}
    referral = await api.ok(f"{path}/referral", body, api.worker)
    request = await filed(api, wish, "correction", correction={"born": CHILD["born"]})
    await decided(api, request, api.worker)
    answer = {"outcome": "not_helped"}
    await api.ok(f"referrals/{referral['id']}/answer", answer, api.worker)
    assert (await api.get(path, api.worker)).json()["state"] == "submitted"
    unheard = await api.post(f"{path}/verification", VISIT, api.worker)
    problem(unheard, 409, "guardian-consent-missing")


async def test_who_is_no_child_after_all_speaks_for_themself_when_two_say_so(
    api: Api, problem: Any
) -> None:
    wish = await api.posted(beneficiary=CHILD, guardian=HEARD)
    other = await api.submitted(beneficiary=CHILD, guardian=HEARD)
    body = {"kind": "correction", "correction": {"born": "1951-05"}}
    request = await api.ok(f"{person_of(wish)}/requests", body, api.colleague)
    path = f"data-requests/{request['id']}"
    before = await api.snapshot()
    problem(await api.post(f"{path}/decision", YES, api.colleague), 409, "second-person-needed")
    problem(await api.post(f"{path}/decision", YES, api.worker), 403, "approval-needed")
    assert await api.snapshot() == before
    asked = await api.ok(f"wishes/{wish['id']}/access-requests", CORRECT, api.worker)
    await api.ok(f"access-requests/{asked['id']}/approval", {}, api.colleague)
    seen = await api.ok(f"{path}/details", CORRECT, api.worker)
    assert (seen["current"]["born"], seen["wanted"]["born"]) == (CHILD["born"], "1951-05")
    await decided(api, request, api.worker)
    shown = (await api.get(f"wishes/{wish['id']}", api.worker)).json()
    assert (shown["state"], shown["minor"], shown["two_people"]) == ("submitted", False, False)
    assert (await api.get(f"wishes/{other['id']}", api.worker)).json()["minor"] is False
    look = await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    assert look["born"] == "1951-05"
    # The guardian's yes to the card was not theirs.
    await api.ok(f"wishes/{wish['id']}/verification", VISIT, api.worker)
    problem(await api.publish(wish), 409, "no-consent")
    yes = {"purpose": "publish", "given": True, "wording": 1, "witness": "吴红正"}
    await api.ok(f"wishes/{wish['id']}/consents", yes, api.worker)
    assert (await api.publish(wish)).status_code == 200


async def test_a_mistyped_year_that_one_alone_has_changed_is_put_right_by_two(
    api: Api, problem: Any
) -> None:
    """1951 typed as a year of late: the month is another now, and the wish has stayed a child's."""
    mistyped = wish_body()["beneficiary"] | {"born": CHILD["born"]}
    wish = await api.submitted(beneficiary=mistyped)
    path = f"wishes/{wish['id']}"
    changed = await api.ok(f"{path}/change", {"born": "1951-05"}, api.worker)
    assert (changed["minor"], changed["two_people"]) == (True, True)
    told = problem(
        await api.post(f"{path}/verification", VISIT, api.worker), 409, "guardian-consent-missing"
    )
    assert "更正" in told["detail"]
    body = {"kind": "correction", "correction": {"born": "1951-05"}}
    request = await api.ok(f"{person_of(wish)}/requests", body, api.colleague)
    decision = f"data-requests/{request['id']}/decision"
    problem(await api.post(decision, YES, api.colleague), 409, "second-person-needed")
    problem(await api.post(decision, YES, api.worker), 403, "approval-needed")
    asked = await api.ok(f"{path}/access-requests", CORRECT, api.worker)
    await api.ok(f"access-requests/{asked['id']}/approval", {}, api.colleague)
    await decided(api, request, api.worker)
    done = await api.ok(f"{path}/verification", VISIT, api.worker)
    assert (done["state"], done["minor"], done["two_people"]) == ("verified", False, False)


async def test_a_correction_judges_an_age_by_the_day_on_which_a_wish_came_in(api: Api) -> None:
    """Thirteen on that day and fourteen by now: no birthday ends what protects a child."""
    long_ago, birthday = now() - timedelta(days=200), now() - timedelta(days=100)
    born = f"{birthday.year - 14}-{birthday.month:02}"
    known, unknown = await api.claimed(beneficiary=CHILD, guardian=HEARD), await api.claimed()
    wishes = [UUID(one["wish"]["id"]) for one in (known, unknown)]
    async with api.db.transaction() as tx:
        await tx.execute("update wish set submitted_at = $2 where id = any($1)", wishes, long_ago)
    for one, name in ((known, CHILD["name"]), (unknown, NAME)):
        right = {"born": born, "phone": "13891234560"}
        request = await filed(api, one["wish"], "correction", correction=right, who=name)
        # No second person: nobody's protection is taken away.
        await decided(api, request, api.worker)
        shown = (await api.get(f"wishes/{one['wish']['id']}", api.worker)).json()
        assert (shown["state"], shown["minor"], shown["two_people"]) == ("claimed", True, True)
    assert "WishTakenDown" not in await api.types(known["wish"]["id"])
    assert (await api.types(unknown["wish"]["id"]))[-1] == "WishTakenDown"


async def test_a_correction_that_repeats_the_month_of_birth_changes_no_wish(api: Api) -> None:
    first = (await api.fulfilled(beneficiary=CHILD, guardian=HEARD))["wish"]
    body = {"reason": "wrong_size", "channel": "desk", "words": "小了一号。"}
    second = await api.ok(f"wishes/{first['id']}/follow-ups", body, api.worker)
    # What follows a child's wish is a child's, though they were fourteen when it came in.
    later = "update wish set submitted_at = submitted_at + interval '6 years' where id = $1"
    await api.db.fetch(later, UUID(second["id"]))
    before = await api.types(second["id"])
    right = {"born": CHILD["born"], "phone": "13891234560"}
    request = await filed(api, first, "correction", correction=right, who=CHILD["name"])
    await decided(api, request, api.worker)
    shown = (await api.get(f"wishes/{second['id']}", api.worker)).json()
    assert (shown["minor"], shown["two_people"]) == (True, True)
    assert await api.types(second["id"]) == before


# Erasure


async def test_an_erasure_takes_two_people_and_neither_is_the_one_who_asked(
    api: Api, problem: Any
) -> None:
    wish = await api.submitted()
    request = await api.ok(f"{person_of(wish)}/requests", {"kind": "erasure"}, api.worker)
    path = f"data-requests/{request['id']}/decision"
    assert (await decided(api, request, api.colleague))["state"] == "checked"
    for one in (api.colleague, api.worker):
        problem(await api.post(path, YES, one), 409, "second-person-needed")
    assert await api.db.fetchval("select count(wrapped) from person_key") == 1
    third = api.as_role("community_worker", subject=uuid4())
    assert (await decided(api, request, third))["state"] == "done"
    assert await api.db.fetchval("select count(wrapped) from person_key") == 0


@pytest.mark.parametrize(
    ("stage", "ends", "told"),
    [
        ("submitted", "withdrawn", ["WishWithdrawn"]),
        ("posted", "withdrawn", ["WishWithdrawn"]),
        ("claimed", "withdrawn", ["ClaimEnded", "WishWithdrawn"]),
        ("fulfilled", "closed", ["WishTakenDown", "WishClosed"]),
    ],
)
async def test_nothing_of_an_erased_person_stays_open_hangs_or_can_be_read(
    api: Api, problem: Any, stage: str, ends: str, told: list[str]
) -> None:
    made = await getattr(api, stage)(proxy=PROXY)
    wish, path = made.get("wish", made), f"wishes/{made.get('wish', made)['id']}"
    look = await api.post(f"{path}/contact", {"purpose": "verify"}, api.worker, key="look-1")
    assert look.json()["name"] == NAME
    before = len(await api.types(wish["id"]))
    done = await erased(api, wish, end_claims=True)
    assert done["state"] == "done"
    assert (await api.types(wish["id"]))[before:] == told
    shown = (await api.get(path, api.worker)).json()
    assert (shown["state"], shown["hanging"], shown["title"]) == (ends, False, None)
    assert (await api.get(f"trees/cards/{wish['card_no']}")).status_code == 404
    # The look of before, asked for again under its key, is gone with the key.
    again = await api.post(f"{path}/contact", {"purpose": "verify"}, api.worker, key="look-1")
    problem(again, 410, "answer-erased")
    new = await api.post(f"{path}/contact", {"purpose": "verify"}, api.worker)
    problem(new, 410, "already-erased")
    asked = {"purpose": "notify", "ids": [wish["beneficiary_id"]]}
    (line,) = (await api.ok("contacts", asked, api.as_role("notifier")))["items"]
    assert (line["phone"], line["erased"]) == (None, True)
    problem(await api.post(f"{person_of(wish)}/copy", {}, api.worker), 410, "already-erased")
    body = {"kind": "erasure"}
    problem(await api.post(f"{person_of(wish)}/requests", body, api.worker), 410, "already-erased")
    home = {"beneficiary_id": wish["beneficiary_id"], "volunteer_id": str(uuid4())}
    problem(await api.post("households", home, api.worker), 410, "already-erased")
    said = {"purpose": "photo", "given": False, "wording": 1}
    problem(await api.post(f"cards/{slip(wish)}/consents", said), 410, "already-erased")
    again = {"who": NAME}
    problem(await api.post(f"cards/{slip(wish)}/copy", again), 410, "already-erased")
    if stage == "fulfilled":
        more = {"reason": "too_bright", "channel": "desk", "words": "太亮"}
        problem(await api.post(f"{path}/follow-ups", more, api.worker), 410, "already-erased")
        problem(
            await api.post(f"{path}/reopening", {"reason": "broke"}, api.worker), 409, "wrong-state"
        )
    # What stays: that there was a wish, and what became of it.
    assert (await api.get(f"cards/{slip(wish)}")).json()["state"] == ends
    assert linked((await api.get(f"cards/{slip(wish)}/requests")).json(), "kind") == ["erasure"]
    assert linked((await api.get(f"{path}/history", api.worker)).json(), "event")[0] == (
        "WishSubmitted"
    )
    *_, answered, gone = await api.events(wish["beneficiary_id"])
    assert (answered["type"], answered["outcome"]) == ("DataRequestAnswered", "erased")
    assert gone["type"] == "PersonErased"
    keys = "select count(*) as keys, count(wrapped) as readable from person_key"
    row = await api.db.fetchrow(keys)
    assert row is not None
    assert (row["keys"], row["readable"]) == (2, 0)
    assert await eventually(KeyPages(api.db).rewrite)


async def test_help_under_way_is_waited_for_or_ended_when_the_person_says_so(
    api: Api, problem: Any
) -> None:
    held = await api.claimed()
    wish = held["wish"]
    request = await filed(api, wish)
    path = f"data-requests/{request['id']}/decision"
    problem(await api.post(path, YES, api.worker), 409, "erasure-waits-for-claim")
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    await decided(api, request, api.worker)
    # Somebody takes it between the two: it waits again.
    someone = await api.approved()
    claim = await api.ok(f"wishes/{wish['id']}/claims", {}, api.volunteer(someone))
    problem(await api.post(path, YES, api.colleague), 409, "erasure-waits-for-claim")
    body = {"services": [{"volunteer_id": str(someone), "minutes": 30}]}
    await api.ok(f"claims/{claim['id']}/delivery", body, api.volunteer(someone))
    problem(await api.post(path, YES, api.colleague), 409, "erasure-waits-for-claim")
    await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"})
    assert (await decided(api, request, api.colleague))["state"] == "done"


@pytest.mark.parametrize("end_claims", [True, False])
async def test_who_wants_no_service_any_more_is_erased_though_something_was_delivered(
    api: Api, problem: Any, end_claims: bool
) -> None:
    """Nobody may look at their number to ask for the word that the erasure would wait for."""
    held = await api.claimed()
    wish, claim, by = held["wish"], held["claim"]["id"], held["by"]
    gave = {"gifts": [gift(by)], "services": [{"volunteer_id": str(by), "minutes": 180}]}
    await api.ok(f"claims/{claim}/delivery", gave, api.volunteer(by))
    service = {"purpose": "service", "wording": 1}
    await api.ok(f"cards/{slip(wish)}/consents", {**service, "given": False})
    look = await api.post(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    problem(look, 409, "consent-needed")
    request = await filed(api, wish, end_claims=end_claims)
    await decided(api, request, api.worker)
    # Somebody may be asked again between the two, and may be no more.
    await api.ok(f"cards/{slip(wish)}/consents", {**service, "given": True})
    path = f"data-requests/{request['id']}/decision"
    problem(await api.post(path, YES, api.colleague), 409, "erasure-waits-for-claim")
    await api.ok(f"cards/{slip(wish)}/consents", {**service, "given": False})
    assert (await decided(api, request, api.colleague))["state"] == "done"
    ended, withdrawn = (await api.events(wish["id"]))[-2:]
    assert (ended["type"], ended["reason"]) == ("ClaimEnded", "not_confirmed")
    assert (withdrawn["type"], withdrawn["reason"]) == ("WishWithdrawn", "person_erased")
    # Nobody's word stands for it, so no credit; what the volunteer has said they gave stays written down.
    assert "WishFulfilled" not in await api.types(wish["id"])
    row = await api.db.fetchrow("select state, ended_as, delivered_at, ended_at from claim")
    assert (row["state"], row["ended_as"]) == ("released", "not_confirmed")
    assert row["delivered_at"] < row["ended_at"]
    assert [
        tuple(one) for one in await api.db.fetch("select volunteer_id, minutes from service")
    ] == [(by, 180)]
    assert await api.db.fetchval("select queue from wish") is None


@pytest.mark.parametrize("said", ["satisfied", "unsatisfied"])
async def test_a_last_word_at_the_moment_of_the_erasure_counts_or_comes_too_late(
    api: Api, said: str
) -> None:
    held = await api.delivered()
    wish = held["wish"]
    no = {"purpose": "service", "given": False, "wording": 1}
    await api.ok(f"cards/{slip(wish)}/consents", no)
    request = await filed(api, wish)
    await decided(api, request, api.worker)
    word, erasure = await asyncio.gather(
        api.post(f"cards/{slip(wish)}/confirmation", {"answer": said}),
        api.post(f"data-requests/{request['id']}/decision", YES, api.colleague),
    )
    assert erasure.status_code == 200, erasure.text
    told = (await api.types(wish["id"]))[-3:]
    counts = told[-2:] == ["WishFulfilled", "WishClosed"] or told[0] == "WishReopened"
    assert counts is (word.status_code == 200), told
    assert told[-2:] in (["WishFulfilled", "WishClosed"], ["ClaimEnded", "WishWithdrawn"])
    assert await api.db.fetchval("select count(wrapped) from person_key") == 0


async def test_all_wishes_of_the_person_and_what_else_they_asked_end_with_it(
    api: Api, problem: Any
) -> None:
    first = (await api.fulfilled())["wish"]
    body = {"reason": "too_bright", "channel": "paper", "words": "灯太亮，睡不着。"}
    second = await api.ok(f"wishes/{first['id']}/follow-ups", body, api.worker)
    other, another = await api.submitted(), await api.submitted(beneficiary=somebody(7))
    correction = await filed(api, first, "correction", correction={"name": "黄建华"})
    await erased(api, first)
    states = [
        (await api.get(f"wishes/{wish['id']}", api.worker)).json()["state"]
        for wish in (first, second, other, another)
    ]
    assert states == ["closed", "withdrawn", "submitted", "submitted"]
    shown = (await api.get(f"cards/{slip(second)}/requests")).json()
    assert {(line["kind"], line["state"]) for line in shown["items"]} == {
        ("erasure", "done"),
        ("correction", "done"),
    }
    told = await api.events(first["beneficiary_id"])
    assert [event["version"] for event in told] == [1, 2, 3, 4, 5]
    assert told[3]["request_id"] == correction["id"]
    # The other entry of the same person waits for its own two hands.
    (waiting,) = (await api.get(f"cards/{slip(other)}/requests")).json()["items"]
    assert (waiting["state"], waiting["filed_with"]) == ("filed", str(told[1]["request_id"]))
    for who in (api.worker, api.colleague):
        await decided(api, waiting, who)
    problem(await api.post(f"{person_of(other)}/copy", {}, api.worker), 410, "already-erased")
    assert (await api.get(f"cards/{slip(another)}/requests")).json()["items"] == []
    look = await api.ok(f"wishes/{another['id']}/contact", {"purpose": "verify"}, api.worker)
    assert look["name"] == NAME


async def test_an_erasure_is_filed_for_every_entry_of_the_person_and_taken_back_as_one(
    api: Api, problem: Any
) -> None:
    one, two, three = [await api.submitted() for _ in range(3)]
    # As it might have come in another community: nobody there has been asked.
    far = await api.ok("wishes", wish_body(area=XINYUAN), api.as_role("community_worker", XINYUAN))
    asked = await filed(api, one, end_claims=True)
    assert len(asked["also"]) == 2
    assert asked["filed_with"] is None
    events = [(await api.events(wish["beneficiary_id"]))[-1] for wish in (two, three)]
    assert [event["request_id"] for event in events] == asked["also"]
    assert {(event["kind"], event["due_by"]) for event in events} == {
        ("erasure", events[0]["due_by"])
    }
    assert await api.events(far["beneficiary_id"]) == []
    listed = (await api.get(f"data-requests?area={XIANDONG}", api.worker)).json()
    assert {line["end_claims"] for line in listed["items"]} == {True}
    due = [datetime.fromisoformat(at) for at in linked(listed, "due_at")]
    assert due == [datetime.fromisoformat(asked["due_at"])] * 3
    # One of them is decided by itself; the rest go with the first, and can be asked for again.
    await decided(api, {"id": asked["also"][0]}, api.worker, NO)
    back = await api.ok(f"cards/{slip(one)}/requests/{asked['id']}/withdrawal", {"who": NAME})
    assert back["state"] == "taken_back"
    assert (await api.get(f"data-requests?area={XIANDONG}", api.worker)).json()["items"] == []
    states = [
        linked((await api.get(f"cards/{slip(wish)}/requests")).json(), "state")
        for wish in (one, two, three)
    ]
    assert states == [["taken_back"], ["refused"], ["taken_back"]]
    by_two = await filed(api, two)
    assert len(by_two["also"]) == 2
    path = f"cards/{slip(three)}/requests"
    again = await api.post(path, {"kind": "erasure", "who": NAME})
    problem(again, 409, "request-already-open")
    # Only this one.
    own = by_two["also"][1]
    await api.ok(f"{path}/{own}/withdrawal", {"who": NAME})
    listed = (await api.get(f"data-requests?area={XIANDONG}", api.worker)).json()
    assert set(linked(listed, "id")) == {by_two["id"], by_two["also"][0]}
    correction = await filed(api, one, "correction", correction={"name": "黄建华"})
    assert correction["also"] == []


async def test_two_cards_of_one_person_asked_for_erasure_at_once_give_one_request_an_entry(
    api: Api,
) -> None:
    wishes = [await api.submitted() for _ in range(4)]
    body = {"kind": "erasure", "who": NAME}
    answers = await asyncio.gather(
        *(api.post(f"cards/{slip(wish)}/requests", body) for wish in wishes)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await api.db.fetchval("select count(*) from data_request") == len(wishes)


async def test_a_copy_and_the_looks_are_of_all_entries_of_the_person(
    api: Api, problem: Any
) -> None:
    one, two = await api.submitted(), await api.submitted(words="想要一盏亮一点的台灯。")
    another = await api.submitted(beneficiary=somebody(7))
    for wish in (two, another, one):
        await api.ok(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    copy = await api.post(f"cards/{slip(one)}/copy", {"who": NAME}, key="copy")
    data = copy.json()["data"]
    assert linked({"items": data["wishes"]}, "card_no") == [one["card_no"], two["card_no"]]
    assert data["wishes"][1]["words"] == "想要一盏亮一点的台灯。"
    assert "想要一盏亮一点的台灯。" in copy.json()["page"]
    assert len(data["person"]) == 2
    assert another["card_no"] not in copy.text
    # It was a look at both.
    first = (await api.get(f"cards/{slip(two)}/reveals?limit=3")).json()
    assert linked(first, "purpose") == ["own_copy", "own_copy", "verify"]
    rest = f"cards/{slip(two)}/reveals?limit=3&cursor={first['next']}"
    assert linked((await api.get(rest)).json(), "purpose") == ["verify"]
    by_desk = (await api.get(f"{person_of(one)}/reveals", api.worker)).json()
    assert linked(by_desk, "purpose") == ["own_copy", "own_copy", "verify", "verify"]
    # What was handed out of both is gone with the first of them.
    request = await filed(api, two)
    for who in (api.worker, api.colleague):
        await decided(api, request, who)
    again = await api.post(f"cards/{slip(one)}/copy", {"who": NAME}, key="copy")
    problem(again, 410, "answer-erased")
    copy = await api.ok(f"cards/{slip(one)}/copy", {"who": NAME})
    assert linked({"items": copy["data"]["wishes"]}, "card_no") == [one["card_no"]]


@pytest.mark.parametrize(
    ("name", "phone", "one_person"),
    [
        # At the number of the desk, who have the same name for everybody.
        ("王奶奶", "029-83456789", False),
        ("王奶奶", "010-62345678", False),
        ("王奶奶", None, False),
        # Whoever has moved, and whoever has a number of elsewhere.
        ("王奶奶", PHONE, True),
        ("王奶奶", "+852 2345 6789", True),
        # Nothing is left of the name.
        ("……", PHONE, False),
    ],
)
async def test_who_shares_a_number_with_others_is_shown_nothing_of_theirs(
    api: Api, name: str, phone: str | None, one_person: bool
) -> None:
    homes = ("家属院1号楼101", "家属院7号楼202")
    one, two = [
        await api.submitted(beneficiary={"name": name, "phone": phone, "address": home})
        for home in homes
    ]
    copy = await api.ok(f"{person_of(one)}/copy", {}, api.worker)
    found = [home for home in homes if home in str(copy)]
    assert found == list(homes if one_person else homes[:1])
    looks = (await api.get(f"cards/{slip(two)}/reveals")).json()
    asked = await api.ok(f"{person_of(one)}/requests", {"kind": "erasure"}, api.worker)
    right = {"kind": "correction", "correction": {"address": "新家属院1号楼303"}}
    request = await api.ok(f"{person_of(one)}/requests", right, api.worker)
    await decided(api, request, api.worker)
    other = await api.ok(f"wishes/{two['id']}/contact", {"purpose": "verify"}, api.worker)
    reached = [
        len(linked(looks, "purpose")) > 0,
        len(asked["also"]) > 0,
        other["address"] == right["correction"]["address"],
    ]
    assert reached == [one_person] * 3


async def test_who_writes_somebodys_name_online_reaches_nothing_the_desk_has_of_them(
    api: Api,
) -> None:
    known, me = await api.submitted(), api.as_role("applicant", subject=uuid4())
    body = wish_body()
    del body["channel"]
    online = await api.ok("own-wishes", body, me)
    await api.ok(f"wishes/{known['id']}/contact", {"purpose": "verify"}, api.worker)
    copy = await api.ok(f"cards/{slip(online)}/copy", {"who": NAME})
    assert linked({"items": copy["data"]["wishes"]}, "card_no") == [online["card_no"]]
    looks = (await api.get(f"cards/{slip(online)}/reveals")).json()
    assert linked(looks, "purpose") == ["own_copy"]
    asked = await filed(api, online)
    assert asked["also"] == []
    await api.ok(f"cards/{slip(online)}/requests/{asked['id']}/withdrawal", {"who": NAME})
    # Somebody of the desk has seen who it is.
    checks = {"identity_checked": True, "need_checked": True, "consent_checked": True}
    path = f"wishes/{online['id']}/verification"
    await api.ok(path, {"method": "visit", "checklist": checks}, api.worker)
    assert len((await filed(api, online))["also"]) == 1


async def test_who_wrote_for_a_neighbour_reaches_by_its_card_what_they_wrote_and_no_more(
    api: Api,
) -> None:
    known, me = await api.submitted(words="夜里疼得睡不着。"), api.as_role("applicant")
    body = wish_body(proxy=NEIGHBOUR)
    del body["channel"]
    online = await api.ok("own-wishes", body, me)
    await upload(api, online, photo(), "image/jpeg", me, purpose="proxy_consent")
    # The desk has seen who it is about, so the two entries are of one person.
    await api.ok(f"wishes/{online['id']}/verification", VISIT, api.worker)
    at_desk = await api.submitted(proxy=PROXY)
    await api.ok(f"wishes/{known['id']}/contact", {"purpose": "verify"}, api.worker)
    for wish in (online, at_desk):
        path = f"cards/{slip(wish)}"
        copy = await api.ok(f"{path}/copy", {"who": NAME})
        assert copy["of_card"]
        assert "卡片是别人替写的" in copy["page"]
        assert linked({"items": copy["data"]["wishes"]}, "card_no") == [wish["card_no"]]
        assert len(copy["data"]["person"]) == 1
        file = await api.post(f"{path}/copy/file", {"who": NAME})
        with ZipFile(BytesIO(file.content)) as whole:
            data = json.loads(whole.read("data.json"))
        assert linked({"items": data["wishes"]}, "card_no") == [wish["card_no"]]
        looks = (await api.get(f"{path}/reveals")).json()
        assert linked(looks, "purpose") == ["own_copy"] * 2
    # Who is erased is erased everywhere; how often the desk has written them down is not told.
    assert (await filed(api, at_desk))["also"] == []
    assert await api.db.fetchval("select count(*) from data_request where kind = 'erasure'") == 3
    # The person's own card, and the desk, have it all.
    whole = await api.ok(f"cards/{slip(known)}/copy", {"who": NAME})
    assert not whole["of_card"]
    assert len(whole["data"]["wishes"]) == 3
    by_desk = await api.ok(f"{person_of(online)}/copy", {}, api.worker)
    assert len(by_desk["data"]["wishes"]) == 3


async def test_two_at_the_last_step_erase_once_and_a_new_wish_comes_before_or_not_at_all(
    api: Api,
) -> None:
    first = (await api.fulfilled())["wish"]
    request = await filed(api, first)
    await decided(api, request, api.worker)
    path = f"data-requests/{request['id']}/decision"
    body = {"reason": "too_bright", "channel": "paper", "words": "灯太亮，睡不着。"}
    third = api.as_role("community_worker", subject=uuid4())
    one, two, more = await asyncio.gather(
        api.post(path, YES, api.colleague),
        api.post(path, YES, third),
        api.post(f"wishes/{first['id']}/follow-ups", body, api.worker),
    )
    assert sorted((one.status_code, two.status_code)) == [200, 409]
    assert more.status_code in (201, 410)
    open_ = "select count(*) from wish where state not in ('withdrawn', 'closed')"
    assert await api.db.fetchval(open_) == 0
    told = [event["type"] for event in await api.events(first["beneficiary_id"])]
    assert told == ["DataRequestFiled", "DataRequestAnswered", "PersonErased"]


async def test_nobody_erases_alone_in_the_database_either(api: Api) -> None:
    wish = await api.submitted()
    await filed(api, wish)
    done = "update data_request set state = 'done', answered_at = now(), next_at = null"
    for change, constraint in (
        (done, "nobody_erases_alone"),
        (f"{done}, checked_by = $1, answered_by = $1", "nobody_erases_alone"),
        ("update data_request set state = 'refused'", "open_or_answered"),
    ):
        with pytest.raises(asyncpg.CheckViolationError, match=constraint):
            await api.db.fetch(change, *([uuid4()] if "$1" in change else []))


# The clock


async def test_the_desk_is_reminded_before_the_day_and_sees_what_is_late(api: Api) -> None:
    wish = await api.submitted()
    request = await filed(api, wish)
    tick = partial(tick_request, api.db, PostgresRights())
    at = SimpleClock()
    clocks = [Clocks(api.db, at, [Dial("data_request", DUE_REQUESTS, tick)]) for _ in range(3)]
    due = datetime.fromisoformat(request["due_at"])
    officer = api.as_role("street_officer", "610102007")

    async def shown() -> tuple[bool, bool]:
        (line,) = (await api.get("data-requests?area=610102007", officer)).json()["items"]
        return line["soon"], line["late"]

    for moment, seen in (
        (before_working_days(due, REMIND_DAYS) - timedelta(minutes=1), (False, False)),
        (before_working_days(due, REMIND_DAYS), (True, False)),
        (due, (True, True)),
        (due + timedelta(days=30), (True, True)),
    ):
        at.moment = moment + timedelta(seconds=1)
        await asyncio.gather(*(clock.look() for clock in clocks))
        assert await shown() == seen, moment
    assert await counted(api) == {"waiting": 0, "soon": 0, "late": 1, "rewriting": 0}
    await decided(api, request, api.worker, NO)
    assert (await api.get(f"data-requests?area={XIANDONG}", api.worker)).json()["items"] == []
    await erased(api, wish)
    assert await counted(api) == {"waiting": 0, "soon": 0, "late": 0, "rewriting": 1}


async def counted(api: Api) -> dict[str, float | None]:
    await Requests(api.db).look()
    name = "wishtree_data_requests"
    return {stage: REGISTRY.get_sample_value(name, {"stage": stage}) for stage in STAGES}


class SimpleClock:
    moment: datetime = now()

    def __call__(self) -> datetime:
        return self.moment


async def test_what_is_due_first_is_listed_first(api: Api, problem: Any) -> None:
    wishes = [await api.submitted(beneficiary=somebody(number)) for number in range(5)]
    requests = [await filed(api, wish) for wish in wishes]
    async with api.db.transaction() as tx:
        sql = "update data_request set due_at = due_at - interval '1 day' where id = $1"
        await tx.execute(sql, UUID(requests[3]["id"]))
    found: list[str] = []
    path = f"data-requests?area={XIANDONG}&limit=2"
    page = (await api.get(path, api.worker)).json()
    found += linked(page, "id")
    while page["next"]:
        page = (await api.get(f"{path}&cursor={page['next']}", api.worker)).json()
        found += linked(page, "id")
    rest = sorted(r["id"] for n, r in enumerate(requests) if n != 3)
    assert found == [requests[3]["id"], *rest]
    problem(await api.get(f"{path}&cursor=WyJ4Il0", api.worker), 400, "bad-cursor")


@pytest.mark.fresh_database
async def test_the_lists_are_read_by_their_index(api: Api) -> None:
    """Without sorting or reading a whole table, however many people there are."""
    plans = {
        "data_request_open": (OPEN, "610102", None, None, 21),
        "data_request_person": (REQUESTS_OF, uuid4(), None, None, 21),
        "data_request_next": (DUE_REQUESTS, now(), 200),
        "beneficiary_account": ("select id from beneficiary where account_id = $1", uuid4()),
        "beneficiary_person": (SAME, uuid4()),
        "data_request_with": (TOGETHER, uuid4()),
        "speaker_account": (SPOKEN_FOR, uuid4(), 200),
        "wish_person": (SPEAKS_FOR, uuid4(), uuid4()),
        "consent_wish": (LAST, uuid4(), "publish"),
        "reveal_audit_person": (OF_PERSON, uuid4(), 21, None),
    }
    async with api.db.transaction() as tx:
        for way in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
            await tx.execute(f"set local {way} = off")
        await tx.execute("set local plan_cache_mode = force_generic_plan")
        for index, (sql, *values) in plans.items():
            found = await tx.fetch(f"explain (costs off) {sql}", *values)
            lines = [row[0] for row in found]
            assert any(f"using {index} " in line for line in lines), lines
            assert index in FEW or not any("Sort" in line for line in lines), lines
