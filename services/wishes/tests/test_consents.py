"""What people agreed to, per purpose: kept for ever, and taken back as easily as it was given."""

import asyncio
import hashlib
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis.auth.testing import NAME
from wishes.domain.consent import Said, of_the_card, require_change
from wishes.domain.errors import ConsentUnchanged
from wishes.domain.wordings import PURPOSES, WORDINGS

from .conftest import XIANDONG, XINYUAN, Api, gift, slip
from .files import PDF
from .test_attachments import opened, upload
from .test_children import CHILD, HEARD
from .test_overrules import NOTE, asked, findings
from .test_states import new_wish
from .test_walk import counted_alike
from .whole_life import PROXY

ON_THE_SLIP = {"wording": 1}
AT_THE_DESK = {"wording": 1, "how": "paper"}
OF_A_CHILD = {"beneficiary": CHILD, "guardian": HEARD}
LEAF = "select leaf, hanging, may_hang, state from wish where id = $1"


async def leaf(api: Api, wish: dict[str, Any]) -> tuple[Any, ...]:
    row = await api.db.fetchrow(LEAF, UUID(wish["id"]))
    assert row is not None
    return tuple(row)


async def on_the_tree(api: Api, wish: dict[str, Any]) -> bool:
    """To everybody: as a leaf and as a card."""
    tree = (await api.get(f"trees/{wish['area']}")).json()
    hangs = wish["card_no"] in {leaf["card_no"] for leaf in tree["leaves"]}
    card = await api.get(f"trees/cards/{wish['card_no']}")
    assert (card.status_code == 200) is hangs
    return hangs


async def by_card(api: Api, wish: dict[str, Any], purpose: str, *, given: bool) -> Any:
    body = {"purpose": purpose, "given": given, **ON_THE_SLIP}
    return await api.ok(f"cards/{slip(wish)}/consents", body)


async def at_desk(api: Api, wish: dict[str, Any], purpose: str, *, given: bool) -> Any:
    body = {"purpose": purpose, "given": given, **AT_THE_DESK}
    return await api.ok(f"wishes/{wish['id']}/consents", body, api.worker)


TEXTS = {
    ("service", 1): "04c5ba0e316b",
    ("publish", 1): "c507a1c0c6f8",
    ("photo", 1): "6278d98008b3",
    ("share", 1): "c5c676acbf97",
}


def test_a_wording_that_was_shown_is_never_changed() -> None:
    """Add the next version instead: somebody has agreed to this one."""
    texts = {
        (w.purpose, w.version): hashlib.sha256(f"{w.zh}\n{w.en}".encode()).hexdigest()[:12]
        for w in WORDINGS
    }
    assert texts == TEXTS


async def test_the_wordings_are_there_to_be_shown(api: Api) -> None:
    shown = (await api.get("consent-wordings")).json()["items"]
    assert [(w["purpose"], w["version"]) for w in shown] == [(p, 1) for p in PURPOSES]
    assert all(w["zh"].startswith(("我同意", "这个心愿")) and w["en"] for w in shown)


async def test_verification_is_in_the_ledger_and_changes_nothing_else(api: Api) -> None:
    wish = await api.verified()
    assert await api.types(wish["id"]) == ["WishSubmitted", "WishVerified"]
    seen = (await api.get(f"wishes/{wish['id']}/consents", api.worker)).json()
    assert seen == (await api.get(f"cards/{slip(wish)}/consents")).json()
    assert seen["in_force"] == {"service": True, "publish": True, "photo": None, "share": None}
    lines = [(line["purpose"], line["given"], line["by"], line["how"]) for line in seen["items"]]
    assert lines == [("publish", True, "self", "spoken"), ("service", True, "self", "spoken")]
    assert all(line["wording"] == 1 and line["recorded_by"] for line in seen["items"])


async def test_no_card_without_a_yes_in_the_ledger(api: Api, problem: Any) -> None:
    wish = await api.submitted()
    async with api.db.transaction() as tx:
        sql = "update wish set state = 'verified', verified_by = $2 where id = $1"
        await tx.execute(sql, UUID(wish["id"]), uuid4())
    problem(await api.publish(wish), 409, "no-consent")
    await at_desk(api, wish, "publish", given=True)
    assert (await api.publish(wish)).status_code == 200


CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}


async def verify(
    api: Api, wish: dict[str, Any], agreed: bool | None = None, by: Any = None
) -> dict[str, Any]:
    checks = CHECKS if agreed is None else CHECKS | {"publish_agreed": agreed}
    body = {"method": "phone", "checklist": checks}
    return await api.ok(f"wishes/{wish['id']}/verification", body, by or api.worker)


async def said_of_the_card(api: Api, wish: dict[str, Any]) -> list[bool]:
    seen = (await api.get(f"wishes/{wish['id']}/consents", api.worker)).json()
    return [line["given"] for line in seen["items"] if line["purpose"] == "publish"]


async def test_a_no_before_publication_is_heard_and_only_a_yes_undoes_it(
    api: Api, problem: Any
) -> None:
    wish = await api.verified()
    await by_card(api, wish, "publish", given=False)
    problem(await api.publish(wish), 409, "no-consent")
    await by_card(api, wish, "publish", given=True)
    assert (await api.publish(wish)).status_code == 200
    other = await api.submitted()
    await by_card(api, other, "publish", given=False)
    await verify(api, other, agreed=True)
    assert (await api.publish(other)).status_code == 200
    assert await said_of_the_card(api, other) == [True, False]
    assert await api.types(other["id"]) == [
        "WishSubmitted",
        "ConsentChanged",
        "WishVerified",
        "ConsentChanged",
        "WishPosted",
    ]


def check(*reached: str) -> dict[str, Any]:
    """A call for each of those who were spoken with."""
    call = {"method": "phone", "done_at": "2026-02-02T09:30:00+08:00"}
    steps = [call | {"spoke_with": whom} for whom in reached]
    return {"method": "phone", "checklist": CHECKS, "steps": steps}


@pytest.mark.parametrize(
    ("wish", "reached", "by"),
    [
        ({}, (), "self"),
        ({}, ("neighbour", "person"), "self"),
        ({"proxy": PROXY}, ("proxy", "person"), "self"),
        ({"proxy": PROXY}, ("nobody", "proxy"), "proxy"),
        (OF_A_CHILD, (), "guardian"),
        (OF_A_CHILD, ("person", "guardian"), "guardian"),
    ],
)
async def test_the_ledger_says_whose_word_the_check_has_heard(
    api: Api, wish: dict[str, Any], reached: tuple[str, ...], by: str
) -> None:
    made = await api.submitted(**wish)
    await api.ok(f"wishes/{made['id']}/verification", check(*reached), api.worker)
    lines = (await api.get(f"wishes/{made['id']}/consents", api.worker)).json()["items"]
    assert [(line["purpose"], line["given"], line["by"]) for line in lines] == [
        ("publish", True, by),
        ("service", True, by),
    ]
    assert (await api.publish(made)).status_code == 200


async def test_a_check_that_reached_nobody_who_may_agree_is_none(api: Api, problem: Any) -> None:
    written = await api.submitted(proxy=PROXY)
    for wish, whom in (
        (written, "family"),
        (await api.submitted(), "proxy"),
        (await api.submitted(), "guardian"),
        (await api.submitted(**OF_A_CHILD), "person"),
        (await api.submitted(**OF_A_CHILD, proxy=PROXY | {"name": "赵敏"}), "proxy"),
    ):
        before = await api.snapshot()
        path = f"wishes/{wish['id']}/verification"
        answer = await api.post(path, check("neighbour", whom), api.worker)
        assert "把这一次也记上" in problem(answer, 409, "consent-not-heard")["detail"]
        assert await api.snapshot() == before
    # Whoever lies ill and can be asked by nobody but the proxy is not left out.
    await api.ok(f"wishes/{written['id']}/verification", check("family", "proxy"), api.worker)


async def test_a_proxy_who_is_asked_at_the_check_undoes_no_no_of_the_person(
    api: Api, problem: Any
) -> None:
    wish = await api.submitted(proxy=PROXY)
    await by_card(api, wish, "publish", given=False)
    body = check("proxy")
    path = f"wishes/{wish['id']}/verification"
    agreed = body | {"checklist": CHECKS | {"publish_agreed": True}}
    problem(await api.post(path, agreed, api.worker), 409, "person-speaks")
    # To the service the proxy may agree; of the card the person's no stays.
    await api.ok(path, body, api.worker)
    assert await said_of_the_card(api, wish) == [False]
    problem(await api.publish(wish), 409, "no-consent")


async def test_one_may_want_help_and_no_card(api: Api, problem: Any) -> None:
    """A check that does not speak of the card overrides no no; a no that it hears is one."""
    silent, asked, twice = [await api.submitted() for _ in range(3)]
    for wish in (silent, twice):
        await by_card(api, wish, "publish", given=False)
    await verify(api, silent)
    await verify(api, asked, agreed=False)
    await verify(api, twice, agreed=False)
    for wish in (silent, asked, twice):
        assert await said_of_the_card(api, wish) == [False]
        seen = (await api.get(f"cards/{slip(wish)}/consents")).json()
        assert (seen["in_force"]["service"], seen["in_force"]["publish"]) == (True, False)
        problem(await api.publish(wish), 409, "no-consent")
    heard = ["WishSubmitted", "WishVerified", "ConsentChanged"]
    assert await api.types(asked["id"]) == heard
    assert (await api.events(asked["id"]))[-1]["given"] is False
    for wish in (silent, twice):
        assert sorted(await api.types(wish["id"])) == sorted(heard)
    # Whoever has changed their mind says so, and it may hang.
    await at_desk(api, asked, "publish", given=True)
    assert (await api.publish(asked)).status_code == 200


async def test_what_was_said_of_the_card_stays_when_it_is_checked_anew(
    api: Api, problem: Any
) -> None:
    wish = await api.posted()
    change = {"words": "取暖器太亮了，想要一个油汀的。"}
    await api.ok(f"wishes/{wish['id']}/change", change, api.worker)
    await verify(api, wish)
    assert await said_of_the_card(api, wish) == [True]
    assert (await api.publish(wish)).status_code == 200
    await api.ok(f"wishes/{wish['id']}/change", change, api.worker)
    await verify(api, wish, agreed=False)
    assert await said_of_the_card(api, wish) == [False, True]
    problem(await api.publish(wish), 409, "no-consent")


@pytest.mark.parametrize(
    ("agreed", "before", "noted"),
    [
        (None, None, True),
        (None, False, None),
        (None, True, None),
        (True, None, True),
        (True, False, True),
        (True, True, True),
        (False, None, False),
        (False, True, False),
        (False, False, None),
    ],
)
def test_silence_is_a_yes_only_where_nothing_was_said(
    agreed: bool | None, before: bool | None, noted: bool | None
) -> None:
    assert of_the_card(agreed, before) is noted


async def test_the_card_is_off_the_tree_at_once_and_the_world_hears_it(
    api: Api, problem: Any
) -> None:
    wish = await api.posted()
    done = await by_card(api, wish, "publish", given=False)
    assert (done["state"], done["hanging"], done["version"]) == ("taken_down", False, 5)
    assert not await on_the_tree(api, wish)
    *_, said, down = await api.events(wish["id"])
    assert (said["type"], said["purpose"], said["given"]) == ("ConsentChanged", "publish", False)
    assert (down["type"], down["reason"]) == ("WishTakenDown", "consent_withdrawn")
    assert said["beneficiary_id"] == wish["beneficiary_id"]
    me = api.volunteer(await api.approved())
    problem(await api.post(f"wishes/{wish['id']}/claims", {}, me), 409, "wrong-state")
    back = await by_card(api, wish, "publish", given=True)
    assert back["state"] == "verified"
    again = await api.publish(wish, title="想有一盏台灯")
    assert (again.json()["state"], again.json()["leaf"]) == ("posted", wish["leaf"])
    assert await on_the_tree(api, wish)
    seen = (await api.get(f"cards/{slip(wish)}/consents")).json()
    assert [line["given"] for line in seen["items"]] == [True, False, True, True]


async def test_help_under_way_goes_on_without_the_card(api: Api) -> None:
    held = await api.claimed()
    wish, me = held["wish"], api.volunteer(held["by"])
    down = await by_card(api, wish, "publish", given=False)
    assert (down["state"], down["hanging"]) == ("claimed", False)
    assert not await on_the_tree(api, wish)
    back = await by_card(api, wish, "publish", given=True)
    assert (back["state"], back["hanging"], back["version"]) == ("claimed", True, 7)
    assert await leaf(api, wish) == (wish["leaf"], True, True, "claimed")
    assert await on_the_tree(api, wish)
    await at_desk(api, wish, "publish", given=False)
    body = {"gifts": [gift(held["by"])]}
    await api.ok(f"claims/{held['claim']['id']}/delivery", body, me)
    await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "satisfied"})
    assert await leaf(api, wish) == (wish["leaf"], False, False, "fulfilled")
    await at_desk(api, wish, "publish", given=True)
    assert await leaf(api, wish) == (wish["leaf"], False, True, "fulfilled")


async def test_its_place_may_be_taken_meanwhile(api: Api) -> None:
    wish = (await api.claimed())["wish"]
    await by_card(api, wish, "publish", given=False)
    other = await api.posted()
    async with api.db.transaction() as tx:
        sql = "update wish set leaf = $2 where id = $1"
        await tx.execute(sql, UUID(other["id"]), wish["leaf"])
    await by_card(api, wish, "publish", given=True)
    place, hanging, _, _ = await leaf(api, wish)
    assert hanging
    assert place != wish["leaf"]


async def test_given_back_without_a_card_it_waits_on_the_shelf(api: Api) -> None:
    held = await api.claimed()
    wish = held["wish"]
    await by_card(api, wish, "publish", given=False)
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    assert await leaf(api, wish) == (wish["leaf"], False, False, "taken_down")
    assert (await by_card(api, wish, "publish", given=True))["state"] == "verified"


async def test_agreed_again_while_it_was_delivered_and_given_back_it_is_found(api: Api) -> None:
    held = await api.delivered()
    wish = held["wish"]
    await by_card(api, wish, "publish", given=False)
    assert (await by_card(api, wish, "publish", given=True))["hanging"] is False
    await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "unsatisfied"})
    assert await leaf(api, wish) == (wish["leaf"], True, True, "claimed")
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    assert await leaf(api, wish) == (wish["leaf"], True, True, "posted")
    assert await on_the_tree(api, wish)
    assert await counted_alike(api) == 0


@pytest.mark.parametrize(
    ("stage", "state", "told"),
    [
        ("submitted", "withdrawn", ["WishWithdrawn"]),
        ("posted", "withdrawn", ["WishWithdrawn"]),
        ("claimed", "withdrawn", ["ClaimEnded", "WishWithdrawn"]),
        ("delivered", "delivered", ["WishTakenDown"]),
        ("fulfilled", "fulfilled", ["WishTakenDown"]),
    ],
)
async def test_without_consent_to_be_served_it_ends_or_nobody_looks_any_more(
    api: Api, problem: Any, stage: str, state: str, told: list[str]
) -> None:
    made = await getattr(api, stage)()
    wish = made.get("wish", made)
    before = len(await api.types(wish["id"]))
    done = await by_card(api, wish, "service", given=False)
    assert (done["state"], done["hanging"]) == (state, False)
    assert done["may_be_erased"] is (state != "delivered")
    assert (await api.types(wish["id"]))[before:] == ["ConsentChanged", *told]
    assert not await on_the_tree(api, wish)
    look = await api.post(f"wishes/{wish['id']}/contact", {"purpose": "verify"}, api.worker)
    assert "用资料办这个心愿" in problem(look, 409, "consent-needed")["detail"]
    for way, purpose in (
        ("messages/reading", "complaint"),
        ("aftercare", "complaint"),
        ("origin", "verify"),
    ):
        look = await api.post(f"wishes/{wish['id']}/{way}", {"purpose": purpose}, api.worker)
        problem(look, 409, "consent-needed")
    assert await phone(api, wish) is None
    if state != "withdrawn":
        await by_card(api, wish, "service", given=True)
        assert await phone(api, wish) == "+8613891234567"


async def test_no_file_no_finding_and_no_receipt_is_opened_once_the_service_is_taken_back(
    api: Api, problem: Any
) -> None:
    wish = await api.verified()
    path = f"wishes/{wish['id']}"
    file = (await upload(api, wish, PDF, "application/pdf")).json()
    error, *_ = await findings(api, wish, note=NOTE)
    overrule = await api.ok(f"{path}/overrules", asked(error, NOTE), api.colleague)
    body = {"to": "charity", "reason": "too_large", "receipt": "XA2026-000123"}
    referral = await api.ok(f"{path}/referral", body, api.worker)

    async def looks() -> list[Any]:
        text, receipt = f"overrules/{overrule['id']}/text", f"referrals/{referral['id']}/receipt"
        return [
            await opened(api, wish, file["id"]),
            await api.post(f"{path}/{text}", {"purpose": "verify"}, api.worker),
            await api.post(receipt, {"purpose": "receipt"}, api.worker),
        ]

    assert [answer.status_code for answer in await looks()] == [200, 200, 200]
    contact = (f"{path}/contact", {"purpose": "verify"}, api.worker)
    assert (await api.post(*contact, key="seen")).status_code == 200
    await by_card(api, wish, "service", given=False)
    # Nor is what was answered before said again.
    problem(await api.post(*contact, key="seen"), 409, "consent-needed")
    before = (await api.get(f"{path}/reveals", api.worker)).json()
    for answer in await looks():
        problem(answer, 409, "consent-needed")
    assert (await api.get(f"{path}/reveals", api.worker)).json() == before
    # Whoever holds the slip has the receipt in hand all the same.
    assert (await api.get(f"cards/{slip(wish)}/receipt")).status_code == 200


async def test_who_said_stop_and_begins_anew_is_written_to_again(api: Api) -> None:
    first, me = (await api.fulfilled())["wish"], uuid4()
    await api.own_account(first, me)
    more = {"reason": "wrong_size", "words": "小了一号。"}
    begins = (
        ("follow-ups", more | {"channel": "desk"}, api.worker),
        ("own-follow-ups", more, api.volunteer(me)),
    )
    for way, body, who in begins:
        await by_card(api, first, "service", given=False)
        assert await phone(api, first) is None
        second = await api.ok(f"wishes/{first['id']}/{way}", body, who)
        assert await phone(api, first) == "+8613891234567"
        await by_card(api, second, "service", given=False)
        assert await phone(api, first) is None
        await by_card(api, first, "service", given=True)


async def test_a_stop_holds_until_the_person_says_yes_to_whoever_verifies(
    api: Api, problem: Any
) -> None:
    held = await api.delivered(proxy=PROXY)
    wish = held["wish"]
    path = f"wishes/{wish['id']}"
    await by_card(api, wish, "service", given=False)
    await api.ok(f"cards/{slip(wish)}/confirmation", {"answer": "unsatisfied"})
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    body = {"to": "charity", "reason": "too_large"}
    problem(await api.post(f"{path}/referral", body, api.worker), 409, "consent-needed")
    await by_card(api, wish, "publish", given=True)
    await api.ok(f"{path}/change", {"words": "想要一个油汀的。"}, api.worker)
    answer = await api.post(f"{path}/verification", check("proxy"), api.worker)
    problem(answer, 409, "person-speaks")
    assert await phone(api, wish) is None
    await api.ok(f"{path}/verification", check("proxy", "person"), api.worker)
    assert await phone(api, wish) == "+8613891234567"


async def phone(api: Api, wish: dict[str, Any]) -> str | None:
    body = {"purpose": "notify", "ids": [wish["beneficiary_id"]]}
    (line,) = (await api.ok("contacts", body, api.as_role("notifier")))["items"]
    return line["phone"]


async def test_a_card_that_a_worker_took_down_is_written_anew_before_it_hangs(
    api: Api, problem: Any
) -> None:
    held = await api.claimed()
    wish = held["wish"]
    path = f"wishes/{wish['id']}"
    shown = await api.ok(f"{path}/takedown", {"reason": "leak"}, api.worker)
    assert (shown["state"], shown["hanging"]) == ("claimed", False)
    last = (await api.events(wish["id"]))[-1]
    assert (last["type"], last["reason"]) == ("WishTakenDown", "leak")
    problem(
        await api.post(f"{path}/takedown", {"reason": "leak"}, api.worker),
        409,
        "already-taken-down",
    )
    # The person agrees, but this very card would show the same again.
    kept = await at_desk(api, wish, "publish", given=True)
    assert (kept["state"], kept["hanging"]) == ("claimed", False)
    # A consent that is taken back and given again does not hide why it was taken down.
    await by_card(api, wish, "publish", given=False)
    assert (await by_card(api, wish, "publish", given=True))["hanging"] is False
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    assert (await at_desk(api, wish, "publish", given=True))["state"] == "verified"
    assert (await api.publish(wish, title="想有一盏台灯")).status_code == 200
    await by_card(api, wish, "publish", given=False)
    assert (await by_card(api, wish, "publish", given=True))["state"] == "verified"


async def test_an_account_of_ones_own_says_it_online(api: Api, problem: Any) -> None:
    wish, me = await api.posted(), uuid4()
    path = f"wishes/{wish['id']}/consents"
    body = {"purpose": "photo", "given": True, "wording": 1}
    problem(await api.post(path, body, api.volunteer(me)), 403, "not-your-data")
    problem(await api.get(path, api.volunteer(me)), 403, "not-your-data")
    async with api.db.transaction() as tx:
        await tx.execute("update beneficiary set account_id = $1", me)
    assert (await api.ok(path, body, api.volunteer(me)))["given"] is True
    (line, *_) = (await api.get(path, api.volunteer(me))).json()["items"]
    assert (line["how"], line["recorded_by"]) == ("online", None)
    stranger = api.as_role("community_worker", XINYUAN)
    problem(await api.get(path, stranger), 403, "out-of-scope")


async def test_for_a_child_only_the_guardian_agrees_and_anybody_says_no(
    api: Api, problem: Any
) -> None:
    held = await api.claimed(beneficiary=CHILD, guardian=HEARD)
    wish, me = held["wish"], uuid4()
    path = f"wishes/{wish['id']}/consents"
    items = (await api.get(path, api.worker)).json()["items"]
    assert [(line["purpose"], line["by"]) for line in items] == [
        ("publish", "guardian"),
        ("service", "guardian"),
    ]
    await api.own_account(wish, me)
    photo = {"purpose": "photo", "given": True, "wording": 1, "how": "paper"}
    publish = photo | {"purpose": "publish"}
    card = {"purpose": "publish", "given": True, "wording": 1}
    await by_card(api, wish, "publish", given=False)
    before = await api.snapshot()
    for sent, body, who in (
        (path, photo, api.worker),
        (path, photo | {"by": "self"}, api.worker),
        (path, photo | {"by": "proxy"}, api.worker),
        (path, publish | {"by": "guardian"}, api.volunteer(me)),
        (f"cards/{slip(wish)}/consents", card, None),
    ):
        answer = await api.post(sent, body, who)
        assert "监护人" in problem(answer, 409, "guardian-speaks")["detail"]
    after = await api.snapshot()
    assert after.pop("card_tries") is not None
    del before["card_tries"]
    assert after == before
    for body in (photo, publish):
        assert (await api.ok(path, body | {"by": "guardian"}, api.worker))["given"] is True
    assert (await api.ok(path, photo | {"given": False}, api.volunteer(me)))["given"] is False


async def test_nobody_else_undoes_a_grown_ups_no_and_no_stranger_agrees_for_them(
    api: Api, problem: Any
) -> None:
    alone, written = await api.posted(), await api.posted(proxy=PROXY)
    yes = {"purpose": "publish", "given": True, "wording": 1, "witness": "吴红正"}
    photo = yes | {"purpose": "photo", "by": "proxy"}
    for wish in (alone, written):
        path = f"wishes/{wish['id']}/consents"
        await by_card(api, wish, "publish", given=False)
        before = await api.snapshot()
        bodies = [yes | {"by": "proxy"}, yes | {"by": "guardian"}]
        for body in bodies if wish is written else [*bodies, photo]:
            refused = problem(await api.post(path, body, api.worker), 409, "person-speaks")
            assert "请问过本人" in refused["detail"]
        assert await api.snapshot() == before
        assert not await on_the_tree(api, wish)
    path = f"wishes/{written['id']}/consents"
    # Whoever wrote the card agrees to what the person has not refused, and undoes their own no.
    for given in (True, False, True):
        await api.ok(path, photo | {"given": given}, api.worker)
    await api.ok(path, yes, api.worker)
    assert (await api.publish(written)).status_code == 200


@pytest.mark.parametrize("heard_by", [" 黄 建国", "刘桂兰", NAME])
async def test_a_spoken_yes_is_heard_by_somebody_else(
    api: Api, problem: Any, heard_by: str
) -> None:
    """Not by whoever it is about, the proxy who says it, or the worker who writes it down."""
    wish = await api.posted(proxy=PROXY)
    path = f"wishes/{wish['id']}/consents"
    yes = {"purpose": "photo", "given": True, "wording": 1, "by": "proxy", "witness": heard_by}
    before = await api.snapshot()
    for how in ("spoken", "paper"):
        refused = await api.post(path, yes | {"how": how}, api.worker)
        problem(refused, 422, "witness-is-the-author")
    assert await api.snapshot() == before
    childs = await api.verified(**OF_A_CHILD)
    mothers = yes | {"by": "guardian", "witness": HEARD["name"]}
    refused = await api.post(f"wishes/{childs['id']}/consents", mothers, api.worker)
    problem(refused, 422, "witness-is-the-author")
    await api.ok(path, yes | {"witness": "吴红正"}, api.worker)


async def test_another_yes_is_another_and_the_persons_own_needs_no_other(
    api: Api, problem: Any
) -> None:
    wish = await api.posted(proxy=PROXY)
    path = f"wishes/{wish['id']}/consents"
    yes = {"purpose": "photo", "given": True, "wording": 1, "how": "paper"}
    for by in ("proxy", "self"):
        await api.ok(path, yes | {"by": by}, api.worker)
        problem(await api.post(path, yes | {"by": by}, api.worker), 409, "consent-unchanged")
    problem(await api.post(path, yes | {"by": "proxy"}, api.worker), 409, "consent-unchanged")
    # A no is a no, whoever says it again.
    await api.ok(path, yes | {"given": False, "by": "proxy"}, api.worker)
    again = await api.post(path, yes | {"given": False}, api.worker)
    problem(again, 409, "consent-unchanged")


def test_a_yes_to_a_new_wording_is_another() -> None:
    wish, said = replace(new_wish(), may_hang=True), Said("publish", True, "self", "paper", 2)
    require_change(wish, said, replace(said, wording=1))
    with pytest.raises(ConsentUnchanged):
        require_change(wish, said, said)


async def test_nothing_is_passed_on_after_a_no_to_sharing(api: Api, problem: Any) -> None:
    """Where nothing was said the desk asks by phone; a no in the ledger holds until the person says yes."""
    wish = await api.verified()
    path = f"wishes/{wish['id']}/referral"
    body = {"to": "charity", "reason": "too_large"}
    await by_card(api, wish, "share", given=False)
    before = await api.snapshot()
    refused = problem(await api.post(path, body, api.worker), 409, "consent-needed")
    assert "没有同意转给别的单位" in refused["detail"]
    assert "登记新的同意，再来办这一步" in refused["detail"]
    assert await api.snapshot() == before
    await at_desk(api, wish, "share", given=True)
    await by_card(api, wish, "share", given=False)
    problem(await api.post(path, body, api.worker), 409, "consent-needed")
    await by_card(api, wish, "share", given=True)
    assert (await api.post(path, body, api.worker)).status_code == 201


async def test_what_can_not_be_said_is_refused_and_changes_nothing(api: Api, problem: Any) -> None:
    wish, fresh = await api.posted(), await api.submitted()
    desk, card = f"wishes/{wish['id']}/consents", f"cards/{slip(wish)}/consents"
    yes = {"purpose": "photo", "given": True, "wording": 1}
    publish = {"purpose": "publish", "given": True, "wording": 1}
    stranger = api.as_role("community_worker", XINYUAN)
    before = await api.snapshot()
    for path, body, who, status, slug in (
        (desk, publish | {"how": "paper"}, api.worker, 409, "consent-unchanged"),
        (card, publish, None, 409, "consent-unchanged"),
        (desk, yes, api.worker, 422, "witness-needed"),
        (desk, yes | {"wording": 9}, api.worker, 422, "wording-unknown"),
        (card, yes | {"wording": 9}, None, 422, "wording-unknown"),
        (card, yes, None, 409, "first-consent-at-desk"),
        (desk, yes | {"how": "card"}, api.worker, 422, "invalid"),
        (desk, yes | {"purpose": "sell"}, api.worker, 422, "invalid"),
        (f"wishes/{fresh['id']}/takedown", {"reason": "leak"}, api.worker, 409, "wrong-state"),
        (f"wishes/{wish['id']}/takedown", {"reason": "leak"}, stranger, 403, "out-of-scope"),
        (desk, yes | {"how": "paper"}, stranger, 403, "out-of-scope"),
    ):
        problem(await api.post(path, body, who), status, slug)
    after = await api.snapshot()
    assert {k: v for k, v in after.items() if k != "card_tries"} == {
        k: v for k, v in before.items() if k != "card_tries"
    }


async def test_the_ledger_is_only_ever_added_to(api: Api) -> None:
    wish = await api.verified()
    for change in (
        "update consent set given = false",
        "delete from consent",
        "truncate consent",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await api.db.fetch(change)
        owner = await asyncpg.connect(api.db.owner_dsn)
        try:
            # Not even who may do everything does it by mistake.
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                await owner.execute(f"set search_path to wishes; {change}")
        finally:
            await owner.close()
    sql = """
    insert into consent (person_id, wish_id, purpose, given, by_kind, how, wording, at)
    select beneficiary_id, id, 'photo', true, 'self', 'paper', 1, now() from wish where id = $1
    """
    with pytest.raises(asyncpg.CheckViolationError, match="somebody_recorded_it"):
        await api.db.fetch(sql, UUID(wish["id"]))


@pytest.mark.parametrize("purpose", ["publish", "service"])
async def test_a_claim_and_a_no_at_once_never_leave_a_card_that_may_not_hang(
    api: Api, purpose: str
) -> None:
    wishes = [await api.posted() for _ in range(4)]
    people = [await api.approved() for _ in wishes]

    async def race(wish: dict[str, Any], who: UUID) -> tuple[int, int]:
        body = {"purpose": purpose, "given": False, **ON_THE_SLIP}
        claim, no = await asyncio.gather(
            api.post(f"wishes/{wish['id']}/claims", {}, api.volunteer(who)),
            api.post(f"cards/{slip(wish)}/consents", body),
        )
        return claim.status_code, no.status_code

    for claim, no in await asyncio.gather(*map(race, wishes, people)):
        assert no == 200, "nobody's no is refused because somebody was faster"
        assert claim in (201, 409)
    for wish in wishes:
        _, hanging, may_hang, state = await leaf(api, wish)
        assert (hanging, may_hang) == (False, purpose == "service" and state == "withdrawn")
        events = await api.events(wish["id"])
        assert [event["version"] for event in events] == list(range(1, len(events) + 1))
    area = await api.db.fetchrow(
        "select sum(open) as open, sum(claimed) as claimed from tree_now where area = $1",
        XIANDONG,
    )
    assert area is not None
    assert (area["open"], area["claimed"]) == (0, 0)
