"""Somebody who is signed in wishes for themselves, or for a neighbour with the neighbour's consent."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.auth.testing import NAME

from .conftest import XIANDONG, XINYUAN, Api, slip, wish_body
from .files import PDF, photo
from .test_attachments import upload
from .test_children import CHILD, HEARD

CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}
VISIT = {"method": "phone", "checklist": CHECKS}
AT = "2026-02-01T09:30:00+08:00"
WITNESS = {"name": "王芳", "relation": "family"}
NEIGHBOUR: dict[str, Any] = {
    "name": "刘桂兰",
    "relation": "neighbour",
    "phone": "13900000002",
    "consent": {"kind": "paper_photo", "given_at": AT},
}


def own_body(**more: Any) -> dict[str, Any]:
    body = wish_body(**more)
    del body["channel"]
    return body


def account(api: Api, subject: UUID, role: str = "applicant", area: str = XIANDONG) -> Any:
    return api.as_role(role, area, subject=subject)


@pytest.mark.parametrize("role", ["applicant", "volunteer"])
async def test_ones_own_wish_is_tied_to_ones_account(api: Api, problem: Any, role: str) -> None:
    person = await api.approved()
    me = account(api, person, role)
    wish = await api.ok("own-wishes", own_body(), me)
    assert (wish["channel"], wish["by_proxy"], wish["state"]) == ("online", False, "submitted")
    row = await api.db.fetchrow("select account_id from beneficiary")
    assert row["account_id"] == person
    assert [one["id"] for one in (await api.get("own-wishes", me)).json()["items"]] == [wish["id"]]
    shown = await api.get(f"wishes/{wish['id']}", me)
    assert (shown.status_code, shown.json()["card_no"]) == (200, wish["card_no"])
    assert (await api.get(f"cards/{slip(wish)}")).status_code == 200
    for stranger in (account(api, uuid4(), role), api.volunteer(uuid4())):
        problem(await api.get(f"wishes/{wish['id']}", stranger), 403, "not-the-claimant")
        answer = await api.post(f"wishes/{wish['id']}/change", {"words": "x"}, stranger)
        problem(answer, 403, "not-the-author")
    # Nobody claims what they wished for themselves.
    await api.ok(f"wishes/{wish['id']}/verification", VISIT, api.worker)
    await api.publish(wish)
    claim = await api.post(f"wishes/{wish['id']}/claims", {}, api.volunteer(person))
    problem(claim, 409, "own-wish")


async def test_nobody_claims_their_own_wish_that_the_desk_wrote_down(
    api: Api, problem: Any
) -> None:
    """The account stands at the entry of the wish that came by it; they are one person all the same."""
    person = await api.approved()
    first = await api.ok("own-wishes", own_body(), account(api, person))
    await api.ok(f"wishes/{first['id']}/verification", VISIT, api.worker)
    second, other = await api.posted(), await api.approved()
    claims, before = f"wishes/{second['id']}/claims", await api.snapshot()
    problem(await api.post(claims, {}, api.volunteer(person)), 409, "own-wish")
    assert await api.snapshot() == before
    held = await api.ok(claims, {}, api.volunteer(other))
    joining = await api.post(f"claims/{held['id']}/helpers", {}, api.volunteer(person))
    problem(joining, 409, "own-wish")
    # The account itself opens no more than before.
    shown = await api.get(f"wishes/{second['id']}", account(api, person))
    problem(shown, 403, "not-the-claimant")


async def test_a_neighbour_writes_and_shows_the_paper(api: Api, problem: Any) -> None:
    me = account(api, uuid4())
    wish = await api.ok("own-wishes", own_body(proxy=NEIGHBOUR), me)
    assert wish["by_proxy"] is True
    assert await api.db.fetchval("select account_id from beneficiary") is None
    path = f"wishes/{wish['id']}/verification"
    before = await api.snapshot()
    problem(await api.post(path, VISIT, api.worker), 409, "consent-evidence-missing")
    assert await api.snapshot() == before
    # A photo of the room is no consent.
    await upload(api, wish, photo(), "image/jpeg", me, purpose="need")
    problem(await api.post(path, VISIT, api.worker), 409, "consent-evidence-missing")
    paper = await upload(api, wish, photo("PNG"), "image/png", me, purpose="proxy_consent")
    assert paper.status_code == 201
    assert (await api.ok(path, VISIT, api.worker))["state"] == "verified"
    origin = await api.ok(f"wishes/{wish['id']}/origin", {"purpose": "verify"}, api.worker)
    assert origin["guardian"] is None
    assert (origin["proxy"]["name"], origin["proxy"]["phone"]) == ("刘桂兰", "+8613900000002")
    assert (origin["proxy"]["kind"], origin["proxy"]["relation"]) == ("paper_photo", "neighbour")


async def test_who_wrote_it_for_a_neighbour_does_not_take_it_on(api: Api, problem: Any) -> None:
    unit = await api.unit()
    writer, colleague = await api.approved(unit), await api.approved(unit)
    asked = NEIGHBOUR | {"consent": NEIGHBOUR["consent"] | {"kind": "witness", "witness": WITNESS}}
    wish = await api.ok("own-wishes", own_body(proxy=asked), account(api, writer, "volunteer"))
    await api.ok(f"wishes/{wish['id']}/verification", VISIT, api.worker)
    assert (await api.publish(wish)).status_code == 200
    served = await takes_nothing_on(api, problem, wish, unit, writer)
    served["services"][0]["volunteer_id"] = str(colleague)
    other = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    claim = await api.db.fetchval("select id from claim")
    await api.ok(f"claims/{claim}/delivery", served, other)


async def test_who_speaks_for_somebody_at_the_desk_does_not_take_it_on(
    api: Api, problem: Any
) -> None:
    unit = await api.unit()
    for kind in ("proxy", "guardian"):
        writer = await api.approved(unit)
        noted = {"account_id": str(writer)}
        proxy = NEIGHBOUR | {
            "consent": NEIGHBOUR["consent"] | {"kind": "witness", "witness": WITNESS}
        }
        by = {"proxy": proxy} if kind == "proxy" else {"beneficiary": CHILD, "guardian": HEARD}
        wish = await api.posted(**by | {kind: by[kind] | noted})
        await takes_nothing_on(api, problem, wish, unit, writer)


@pytest.mark.parametrize("how", ["handed in", "from a draft", "new code"])
async def test_who_was_shown_the_code_does_not_take_it_on(api: Api, problem: Any, how: str) -> None:
    unit = await api.unit()
    worker = await api.approved(unit)
    desk = api.as_role("community_worker", subject=worker)
    if how == "new code":
        wish = await api.posted()
        await api.ok(f"wishes/{wish['id']}/new-code", {"reason": "lost"}, desk)
    else:
        first = api.worker
        api.worker = desk
        wish = await (api.submitted() if how == "handed in" else api.drafted())
        if how == "from a draft":
            wish |= await api.ok(f"drafts/{wish['id']}/submission", {}, desk)
        api.worker = first
        await api.ok(f"wishes/{wish['id']}/verification", VISIT, api.worker)
        assert (await api.publish(wish)).status_code == 200
    await takes_nothing_on(api, problem, wish, unit, worker, "code-seen-by-you")
    assert (await api.db.fetchval("select count(*) from claim")) == 1


async def takes_nothing_on(
    api: Api,
    problem: Any,
    wish: dict[str, Any],
    unit: UUID,
    writer: UUID,
    slug: str = "written-by-you",
) -> dict[str, Any]:
    """What the writer was said to have done for the unit, which holds it now."""
    contact = api.as_role("unit_contact", organisation=unit, subject=writer)
    mine, path = {"organisation_id": str(unit)}, f"wishes/{wish['id']}/claims"
    before = await api.snapshot()
    problem(await api.post(path, {}, api.volunteer(writer)), 409, slug)
    problem(await api.post(path, mine, contact), 409, slug)
    assert await api.snapshot() == before
    # Neither by joining somebody else, nor by a unit for which others act.
    other = api.as_role("unit_contact", organisation=unit, subject=uuid4())
    claim = await api.ok(path, mine, other)
    path = f"claims/{claim['id']}"
    problem(await api.post(f"{path}/helpers", {}, api.volunteer(writer)), 409, slug)
    served = {"services": [{"volunteer_id": str(writer), "minutes": 60}]}
    for act, body in (("parts", served | mine), ("delivery", served)):
        problem(await api.post(f"{path}/{act}", body, other), 409, slug)
    return served


async def test_a_named_witness_is_evidence_and_is_somebody_else(api: Api, problem: Any) -> None:
    me = account(api, uuid4())

    def by(name: str | None, kind: str = "witness") -> dict[str, Any]:
        consent: dict[str, Any] = {"kind": kind, "given_at": AT}
        if name:
            consent["witness"] = {"name": name, "relation": "family"}
        return own_body(proxy=NEIGHBOUR | {"consent": consent})

    before = await api.snapshot()
    unseen = problem(await api.post("own-wishes", by(None), me), 422, "invalid")
    assert [error["pointer"] for error in unseen["errors"]] == ["/proxy/consent"]
    problem(await api.post("own-wishes", by(None, "spoken"), me), 422, "invalid")
    problem(await api.post("own-wishes", by(" 刘桂兰"), me), 422, "witness-is-the-author")
    late = by("王芳")
    late["proxy"]["consent"]["given_at"] = "2999-02-01T09:30:00+08:00"
    found = problem(await api.post("own-wishes", late, me), 422, "invalid")
    assert [error["pointer"] for error in found["errors"]] == ["/proxy/consent/given_at"]
    assert await api.snapshot() == before
    wish = await api.ok("own-wishes", by("王芳"), me)
    assert (await api.ok(f"wishes/{wish['id']}/verification", VISIT, api.worker))["version"] == 2
    origin = await api.ok(f"wishes/{wish['id']}/origin", {"purpose": "verify"}, api.worker)
    assert (origin["proxy"]["witness"], origin["proxy"]["witness_relation"]) == ("王芳", "family")
    for needle in ("王芳", "刘桂兰", "13900000002"):
        assert needle not in str(await api.snapshot())


async def test_neither_the_person_nor_who_speaks_for_them_nor_the_pen_is_the_witness(
    api: Api, problem: Any
) -> None:
    """Else a proxy's word alone carries the wish: its one proof is the name of whoever is absent."""
    before = await api.snapshot()

    def told(name: str, **more: Any) -> dict[str, Any]:
        seen = {"kind": "witness", "witness": {"name": name, "relation": "other"}, "given_at": AT}
        return wish_body(proxy=NEIGHBOUR | {"consent": seen}, **more)

    of_child = {
        "beneficiary": CHILD,
        "guardian": HEARD | {"consent": {"kind": "voice", "given_at": AT}},
    }
    for name, more in (
        ("黄 建国", {}),
        (NAME, {}),
        (CHILD["name"], of_child),
        (HEARD["name"], of_child),
    ):
        body = told(name, **more)
        problem(await api.post("wishes", body, api.worker), 422, "witness-is-the-author")
        rows = problem(
            await api.post("wishes/batch", {"rows": [body]}, api.worker), 422, "bad-rows"
        )
        assert [one["code"] for one in rows["errors"]] == ["witness-is-the-author"]
    del body["channel"]
    problem(await api.post("own-wishes", body, account(api, uuid4())), 422, "witness-is-the-author")
    assert await api.snapshot() == before
    # So for a guardian who is noted later, and for what follows a wish.
    child = await api.submitted(**told("王芳", beneficiary=CHILD))
    first = await api.fulfilled()
    again = {"reason": "too_bright", "channel": "paper", "words": "太亮了。"}
    before = await api.snapshot()
    for name in (CHILD["name"], "刘桂兰", NAME):
        heard = {"kind": "spoken", "given_at": AT, "witness": {"name": name, "relation": "other"}}
        noted = await api.post(
            f"wishes/{child['id']}/guardian", HEARD | {"consent": heard}, api.worker
        )
        problem(noted, 422, "witness-is-the-author")
    for name in ("黄建国", NAME):
        body = again | {"proxy": told(name)["proxy"]}
        refused = await api.post(f"wishes/{first['wish']['id']}/follow-ups", body, api.worker)
        problem(refused, 422, "witness-is-the-author")
    assert await api.snapshot() == before


async def test_at_the_desk_evidence_is_where_the_paper_lies(api: Api, problem: Any) -> None:
    def by(**consent: Any) -> dict[str, Any]:
        return {"proxy": NEIGHBOUR | {"consent": {"given_at": AT} | consent}}

    body = wish_body(**by(kind="spoken"))
    found = problem(await api.post("wishes", body, api.worker), 422, "invalid")
    assert [error["pointer"] for error in found["errors"]] == ["/proxy/consent"]
    bare = await api.submitted(**by(kind="voice"))
    path = f"wishes/{bare['id']}/verification"
    problem(await api.post(path, VISIT, api.worker), 409, "consent-evidence-missing")
    await api.verified(**by(kind="voice", reference="录音在 2 号机"))
    # Whoever heard a spoken word is named, or it is shown by a file: a remark can't be looked up.
    for kind in ("spoken", "witness"):
        told = await api.submitted(**by(kind=kind, reference="当面说的"))
        path = f"wishes/{told['id']}/verification"
        problem(await api.post(path, VISIT, api.worker), 409, "consent-evidence-missing")
        await upload(api, told, photo("PNG"), "image/png", purpose="proxy_consent")
        await api.ok(path, VISIT, api.worker)


async def test_the_card_that_a_neighbour_wrote_after_the_first_says_so_and_shows_the_persons_yes(
    api: Api, problem: Any
) -> None:
    first = await api.fulfilled()
    path, writer = f"wishes/{first['wish']['id']}/follow-ups", first["by"]

    def by(kind: str, **consent: Any) -> dict[str, Any]:
        said = {"kind": kind, "given_at": AT} | consent
        proxy = NEIGHBOUR | {"consent": said, "account_id": str(writer)}
        return {"reason": "too_bright", "channel": "paper", "words": "太亮了。", "proxy": proxy}

    before = await api.snapshot()
    own = by("witness", witness=WITNESS | {"name": " 刘桂兰"})
    problem(await api.post(path, own, api.worker), 422, "witness-is-the-author")
    unseen = problem(await api.post(path, by("spoken"), api.worker), 422, "invalid")
    assert [error["pointer"] for error in unseen["errors"]] == ["/proxy/consent"]
    assert await api.snapshot() == before
    second = await api.ok(path, by("voice"), api.worker)
    (event,) = await api.events(second["id"])
    assert (second["by_proxy"], event["by_proxy"]) == (True, True)
    check = f"wishes/{second['id']}/verification"
    problem(await api.post(check, VISIT, api.worker), 409, "consent-evidence-missing")
    heard = await api.ok(path, by("witness", witness=WITNESS), api.worker)
    await api.ok(f"wishes/{heard['id']}/verification", VISIT, api.worker)
    origin = await api.ok(f"wishes/{heard['id']}/origin", {"purpose": "verify"}, api.worker)
    assert (origin["proxy"]["name"], origin["proxy"]["witness"]) == ("刘桂兰", "王芳")
    # Who helped first and writes for them now does not take it on, so it is not kept for them.
    assert (await api.publish(heard)).status_code == 200
    assert "WishOffered" not in await api.types(heard["id"])
    claims = f"wishes/{heard['id']}/claims"
    problem(await api.post(claims, {}, api.volunteer(writer)), 409, "written-by-you")
    await api.ok(claims, {}, api.volunteer(await api.approved()))
    for needle in ("王芳", "刘桂兰", "13900000002"):
        assert needle not in str(await api.snapshot())


async def test_an_account_acts_in_its_own_community_and_not_without_end(
    api: Api, problem: Any
) -> None:
    me = account(api, uuid4())
    problem(await api.post("own-wishes", own_body(area=XINYUAN), me), 403, "not-your-community")
    homeless = account(api, uuid4(), area="")
    problem(await api.post("own-wishes", own_body(), homeless), 403, "not-your-community")
    made = [await api.ok("own-wishes", own_body(), me) for _ in range(7)]
    at_once = await asyncio.gather(*(api.post("own-wishes", own_body(), me) for _ in range(6)))
    made += sorted(
        (one.json() for one in at_once if one.is_success), key=lambda one: str(one["id"])
    )
    assert len(made) == 10
    problem(await api.post("own-wishes", own_body(), me), 409, "too-many-waiting")
    page = (await api.get("own-wishes?limit=4", me)).json()
    assert [one["id"] for one in page["items"]] == [one["id"] for one in made[:-5:-1]]
    rest = (await api.get(f"own-wishes?limit=100&cursor={page['next']}", me)).json()
    assert len(rest["items"]) == 6
    await api.ok(f"wishes/{made[0]['id']}/withdrawal", {"reason": "not_needed"}, me)
    await api.ok("own-wishes", own_body(), me)


async def test_author_and_slip_are_told_why_it_was_sent_back_until_it_is_handed_in_again(
    api: Api,
) -> None:
    me = account(api, uuid4())
    wish = await api.ok("own-wishes", own_body(), me)

    async def told() -> tuple[str | None, str | None]:
        (own,) = (await api.get("own-wishes", me)).json()["items"]
        return own["returned_for"], (await api.get(f"cards/{slip(wish)}")).json()["returned_for"]

    assert await told() == (None, None)
    for why in ("not_clear", "needs_a_photo"):
        await api.ok(f"wishes/{wish['id']}/return", {"reason": why}, api.worker)
        assert await told() == (why, why)
        await api.ok(f"wishes/{wish['id']}/change", {"words": "想要一盏灯。"}, me)
        assert await told() == (None, None)


async def test_who_was_helped_wishes_again_for_what_did_not_fit(api: Api, problem: Any) -> None:
    first, person = await api.delivered(), uuid4()
    path = f"wishes/{first['wish']['id']}/own-follow-ups"
    body = {"reason": "too_bright", "words": "灯太亮，想要一盏暗一点的。"}
    await api.own_account(first["wish"], person)
    # Wherever they live by now, it is their wish.
    me = account(api, person, area=XINYUAN)
    problem(await api.post(path, body, me), 409, "wrong-state")
    await api.ok(f"cards/{slip(first['wish'])}/confirmation", {"answer": "satisfied"})
    before = await api.snapshot()
    for other in (account(api, uuid4()), account(api, uuid4(), "volunteer")):
        problem(await api.post(path, body, other), 403, "not-your-wish")
    problem(await api.post(path, body, api.volunteer(first["by"])), 403, "not-your-wish")
    problem(await api.post(path, body, api.worker), 403, "not-permitted")
    wrong = problem(await api.post(path, body | {"channel": "desk"}, me), 422, "invalid")
    assert [error["pointer"] for error in wrong["errors"]] == ["/channel"]
    problem(await api.post(path, body | {"category": "moon"}, me), 422, "category-unknown")
    assert await api.snapshot() == before
    second = await api.ok(path, body, me)
    (event,) = await api.events(second["id"])
    assert (event["channel"], event["follows_wish_id"]) == ("online", first["wish"]["id"])
    assert (event["by_proxy"], event["follow_up_reason"]) == (False, "too_bright")
    assert second["beneficiary_id"] == first["wish"]["beneficiary_id"]
    assert [one["id"] for one in (await api.get("own-wishes", me)).json()["items"]] == [
        second["id"]
    ]
    # It goes on as the desk's: offered first to whoever helped.
    await api.ok(f"wishes/{second['id']}/verification", VISIT, api.worker)
    assert (await api.publish(second)).status_code == 200
    assert (await api.types(second["id"]))[-2:] == ["WishPosted", "WishOffered"]
    for _ in range(10):
        await api.ok(path, body, me)
    problem(await api.post(path, body, me), 409, "too-many-waiting")


async def test_whoever_handed_it_in_may_change_and_take_back_and_no_more(
    api: Api, problem: Any
) -> None:
    me = account(api, uuid4())
    wish = await api.ok("own-wishes", own_body(), me)
    assert (await upload(api, wish, PDF, "application/pdf", me)).status_code == 201
    assert len((await api.get(f"wishes/{wish['id']}/attachments", me)).json()["items"]) == 1
    changed = await api.ok(f"wishes/{wish['id']}/change", {"words": "想要一盏灯。"}, me)
    assert (changed["state"], changed["version"]) == ("submitted", 2)
    for act, body in (("verification", VISIT), ("contact", {"purpose": "verify"})):
        answer = await api.post(f"wishes/{wish['id']}/{act}", body, me)
        problem(answer, 403, "not-permitted")
    gone = await api.ok(f"wishes/{wish['id']}/withdrawal", {"reason": "not_needed"}, me)
    assert gone["state"] == "withdrawn"
    lines = (await api.get(f"wishes/{wish['id']}/history", api.worker)).json()["items"]
    assert len({line["by_id"] for line in lines}) == 1
