"""What the pages show of a whole life: leaves come and go with the events, every state has its words."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import html5lib
import pytest
from chassis.testing import PATIENCE, eventually
from contracts.registry import EVENTS
from contracts.topics import NOTIFICATION, POINTS, VOLUNTEER, WISH
from web import words
from web.stream import BESIDE_THE_TREE

from .conftest import AREA, Front

GOLDEN = Path(__file__).parents[3] / "packages" / "contracts" / "golden"
CARD = {"leaf": 7, "category": "goods", "state": "open", "card_no": "7K3Q"}
OTHER = {"leaf": 8, "category": "skills", "state": "open", "card_no": "8M4R"}
TAKEN = CARD | {"state": "claimed"}


def record(name: str, **changes: Any) -> Any:
    """A message of the topic, as the consumer hands it over."""
    spec = next(spec for spec in EVENTS.values() if spec.name == name)
    golden = json.loads((GOLDEN / f"{spec.type}.json").read_text())
    headers = [(key, value.encode()) for key, value in golden["headers"].items()]
    value = json.dumps(golden["data"] | {"area": AREA} | changes).encode()
    return SimpleNamespace(
        topic=spec.topic.name, partition=0, offset=0, headers=headers, value=value, timestamp=0
    )


class Watcher:
    """An open page of one tree: it shows what it was sent and what it is told."""

    def __init__(self, front: Front, stream: AsyncGenerator[str]) -> None:
        self.front = front
        self._stream = stream

    async def hears(self, name: str) -> None:
        self.front.parts.stream._see(record(name))

    async def told(self) -> list[Any]:
        """Leaves that changed, up to the next counts."""
        found: list[Any] = []
        while True:
            message = await asyncio.wait_for(anext(self._stream), PATIENCE)
            if match := re.search(r"event: (\w+)\ndata: (.*)\n", message):
                if match[1] == "counts":
                    return found
                found.append(json.loads(match[2]))


@pytest.fixture
async def watcher(front: Front) -> AsyncGenerator[Watcher]:
    await front.tree(CARD, OTHER)
    stop = asyncio.Event()
    running = asyncio.create_task(front.parts.trees.run(stop))
    tree = await front.parts.trees.get(AREA)
    stream = tree.channel.listen(None, stop)
    await anext(stream)
    yield Watcher(front, stream)
    stop.set()
    front.parts.trees._ring.set()
    await stream.aclose()
    await asyncio.wait_for(running, PATIENCE)


@pytest.mark.parametrize("name", ["WishTakenDown", "WishChanged", "WishReferred", "WishWithdrawn"])
async def test_a_card_that_is_off_the_tree_goes_from_every_open_page(
    watcher: Watcher, name: str
) -> None:
    await watcher.front.tree(OTHER)
    await watcher.hears(name)
    assert await watcher.told() == [{"leaf": 7, "state": "gone"}]


@pytest.mark.parametrize("name", ["ClaimLapsed", "ClaimEnded", "ClaimReleased"])
async def test_a_wish_that_is_free_again_hangs_where_it_hung_and_is_open(
    watcher: Watcher, name: str
) -> None:
    before = (await watcher.front.parts.trees.get(AREA)).leaves[7]
    await watcher.front.tree(TAKEN, OTHER)
    await watcher.hears("WishClaimed")
    (taken,) = await watcher.told()
    assert (taken["leaf"], taken["state"]) == (7, "claimed")
    await watcher.front.tree(CARD, OTHER)
    await watcher.hears(name)
    assert await watcher.told() == [before.message()]


async def test_a_card_taken_down_is_not_shown_to_who_comes_later(watcher: Watcher) -> None:
    front = watcher.front
    front.upstream.says(f"/v1/trees/{AREA}/cards", {"items": [], "next": None})
    await front.tree(OTHER)
    await watcher.hears("WishTakenDown")
    await watcher.told()
    page = (await front.client.get(f"/t/{AREA}")).text
    assert "7K3Q" not in page
    assert "8M4R" in page
    assert (await front.client.get("/w/7K3Q")).status_code == 404


async def test_only_what_may_change_a_tree_asks_for_it_anew(watcher: Watcher) -> None:
    trees = watcher.front.parts.trees
    for spec in EVENTS.values():
        await watcher.hears(spec.name)
        changes = spec.topic is WISH and spec.model not in BESIDE_THE_TREE
        assert trees._dirty == ({AREA} if changes else set()), spec.name
        await eventually(lambda: not trees._dirty)


def test_what_is_beside_the_tree_is_of_the_wish_stream() -> None:
    assert {spec.model for spec in EVENTS.values() if spec.topic is WISH} >= BESIDE_THE_TREE


async def test_the_operators_page_names_every_event(front: Front) -> None:
    for spec in EVENTS.values():
        front.parts.stream._see(record(spec.name))
    rows = {row["name"]: row for row in front.parts.stream.latest}
    assert set(rows) == {spec.name for spec in EVENTS.values()}
    assert all(re.search(r"[\u4e00-\u9fff]{3}", row["title"]) for row in rows.values())
    assert {spec.topic for spec in EVENTS.values()} == {WISH, VOLUNTEER, POINTS, NOTIFICATION}


STEPS = ("submitted", "posted", "claimed", "contacted", "delivered", "fulfilled")
STATES = {
    "submitted": ("等核实", 1, "着急就到社区服务台"),
    "posted": ("等人帮", 2, "着急就到社区服务台"),
    "claimed": ("有人在办", 4, "着急就到社区服务台"),
    "delivered": ("等您确认", 5, "办好了吗？说一声"),
    "fulfilled": ("已实现", 6, "您的心愿开花了。"),
    "returned": ("退回修改", 1, "还要改一改"),
    "withdrawn": ("已收回", 2, "什么时候想再许"),
    "taken_down": ("已取下", 2, "想再挂上去"),
    "referred": ("已转办", 1, "有回音社区会告诉您"),
    "from_the_future": ("在办", 3, "着急就到社区服务台"),
}


def card(state: str, reached: int, *more: str) -> dict[str, Any]:
    at = "2026-11-24T10:24:00+08:00"
    steps = [{"step": name, "at": at if n < reached else None} for n, name in enumerate(STEPS)]
    steps += [{"step": name, "at": at} for name in more]
    return {
        "card_no": "7K3Q",
        "title": "想要一台电暖器",
        "category": "goods",
        "state": state,
        "steps": steps,
    }


@pytest.mark.parametrize("state", STATES)
async def test_every_state_of_a_card_has_its_words(front: Front, state: str) -> None:
    word, reached, sentence = STATES[state]
    front.upstream.says("/v1/cards/7K3Q-123456", card(state, reached))
    answer = await front.client.get("/k/7K3Q-123456")
    assert answer.status_code == 200
    assert f"卡号 7K3Q · {word}" in answer.text
    assert sentence in answer.text
    # What will not come any more is not promised.
    over = ("returned", "withdrawn", "taken_down", "referred", "from_the_future")
    assert ("（还没到）" in answer.text) == (state not in (*over, "fulfilled"))
    assert answer.text.count('class="at"') == reached
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert len(gzip.compress(answer.content)) <= 12_000


async def test_a_closed_card_blossoms_only_if_it_came_true(front: Front) -> None:
    for reached, blossoms in ((6, True), (1, False)):
        front.upstream.says("/v1/cards/7K3Q-123456", card("closed", reached))
        text = (await front.client.get("/k/7K3Q-123456")).text
        assert "已了结" in text
        assert ("您的心愿开花了。" in text) == blossoms
        assert ("还有什么要说的" in text) == (not blossoms)


async def test_a_step_that_came_after_this_page_was_written_is_left_out(front: Front) -> None:
    front.upstream.says("/v1/cards/7K3Q-123456", card("claimed", 3, "from_the_future"))
    answer = await front.client.get("/k/7K3Q-123456")
    assert answer.status_code == 200
    assert "from_the_future" not in answer.text


OPEN = {
    "wish_id": "0198d1c0-0000-7000-8000-000000000001",
    "card_no": "7K3Q",
    "area": AREA,
    "title": "想要一台电暖器",
    "note": None,
    "category": "goods",
    "effort": "one_item",
    "state": "open",
    "leaf": 7,
    "posted_at": "2026-11-24T10:24:00+08:00",
    "follows": None,
}
REFUSALS = {
    "already-claimed": words.LOST_RACE,
    "kept-for-another": "这个心愿先留给上一次帮忙的人，11月27日以后谁都可以办。",
    "too-many-claims": "您手上已经有 3 个心愿在办，办好一个再来，或者先还回一个。",
    "unqualified": "这个心愿要有急救培训的人来办。有的话请到社区登记一下，没有就看看别的。",
    "own-wish": "自己的心愿由邻居来办，您可以去看看树上别人的。",
    "household-wish": "家里人的心愿请让邻居来办，这样谁都说得清。",
    "over-the-value-cap": "一个心愿的实物合起来不超过 3000 元。",
    "giver-not-known": "您的登记还没通过，或者刚通过还没传到这里，过一分钟再试。",
    "from-the-future": "有一句还没有人写过的话。",
}


@pytest.mark.parametrize("slug", REFUSALS)
async def test_why_a_wish_cannot_be_taken_is_said_as_the_service_says_it(
    front: Front, slug: str
) -> None:
    front.sign_in()
    front.upstream.says("/v1/trees/cards/7K3Q", OPEN)
    front.upstream.says(
        f"/v1/trees/{AREA}/cards", {"items": [OPEN | {"card_no": "8M4R"}], "next": None}
    )
    front.upstream.refuses(f"/v1/wishes/{OPEN['wish_id']}/claims", slug, REFUSALS[slug])
    answer = await front.claim("7K3Q")
    assert answer.status_code == 409
    assert f'role="alert">{REFUSALS[slug]}' in answer.text
    assert "我来帮" not in answer.text
    # Who has their hands full is not shown more of the same.
    assert ("8M4R" in answer.text) == (slug != "too-many-claims")


async def test_a_state_is_said_in_our_words_not_in_the_services(front: Front) -> None:
    front.sign_in()
    front.upstream.says("/v1/trees/cards/7K3Q", OPEN)
    front.upstream.says(f"/v1/trees/{AREA}/cards", {"items": [], "next": None})
    refused = f"/v1/wishes/{OPEN['wish_id']}/claims"
    front.upstream.refuses(refused, "wrong-state", "这一件现在是“claimed”，不能这样办。")
    answer = await front.claim("7K3Q")
    assert words.LOST_RACE in answer.text
    assert "“claimed”" not in answer.text


async def test_what_is_kept_for_the_first_helper_is_shown_as_open(front: Front) -> None:
    """Who is asked first is nobody's business but theirs."""
    front.sign_in()
    front.upstream.says("/v1/trees/cards/7K3Q", OPEN | {"follows": "8M4R"})
    page = (await front.client.get("/w/7K3Q")).text
    assert "等人帮" in page
    assert "我来帮" in page
    assert "接着上一个心愿" in page
