"""The four wishes of 韩森寨, told through the public API.

Each story is a list of steps; each step is one act of one person. `tell` does a step once and
remembers its answer, so that a second run goes on where the first one stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hansenzhai.cast import HUANG, XIANDONG, XIAO, YANG, Beneficiary
from hansenzhai.desk import Desk
from hansenzhai.memory import Memory

SERVICE = "wishes"
YUAN = 100
HOUR = 60
KNOWN_SOON = "giver-not-known"
"""A volunteer approved a moment ago is known to wishes as soon as the event has arrived."""


@dataclass(frozen=True)
class Story:
    key: str
    title: str
    tell: Callable[["Teller"], None]


class Teller:
    """The verbs of the story. Every one is an act somebody does of their own will."""

    def __init__(self, desk: Desk, memory: Memory, told: Callable[[str, str], None]) -> None:
        self._desk = desk
        self._memory = memory
        self._told = told

    def submit(self, story: str, beneficiary: Beneficiary, words: str, **more: Any) -> None:
        person = {"name": beneficiary.name, "address": beneficiary.address}
        if beneficiary.phone:
            person["phone"] = beneficiary.phone
        body = {"area": XIANDONG, "beneficiary": person, "words": words, **more}
        self._once(
            story, "wish", "王娟在服务台登记", lambda key: self._worker("/v1/wishes", body, key)
        )

    def follow_up(self, story: str, earlier: str, words: str, reason: str) -> None:
        body = {"reason": reason, "channel": "paper", "words": words}
        path = f"/v1/wishes/{self.wish(earlier)}/follow-ups"
        self._once(story, "wish", "再挂一张，接着上一张", lambda key: self._worker(path, body, key))

    def hang(self, story: str, title: str, effort: str) -> None:
        checks = {"identity_checked": True, "need_checked": True, "consent_checked": True}
        self._act(
            story,
            "verify",
            "wang-juan",
            "verification",
            "王娟上门核实",
            method="visit",
            checklist=checks,
        )
        self._act(
            story,
            "publish",
            "wu-hongzheng",
            "publication",
            "兀宏政发布，挂上树",
            title=title,
            effort=effort,
        )

    def claim(self, story: str, volunteer: str) -> None:
        path = f"/v1/wishes/{self.wish(story)}/claims"
        self._once(
            story,
            "claim",
            "认领",
            lambda key: self._desk.volunteer(volunteer).post(
                SERVICE, path, {}, key=key, wait_for=KNOWN_SOON
            ),
        )

    def claim_for(self, story: str, unit: str, contact: str) -> None:
        path = f"/v1/wishes/{self.wish(story)}/claims"
        body = {"organisation_id": self._desk.id_of(unit)}
        self._once(
            story,
            "claim",
            "单位认领",
            lambda key: self._desk.staff(contact).post(
                SERVICE, path, body, key=key, wait_for=KNOWN_SOON
            ),
        )

    def join(self, story: str, helper: str) -> None:
        path = f"/v1/claims/{self._claim(story)}/helpers"
        self._once(
            story,
            f"join/{helper}",
            "一起办",
            lambda key: self._desk.volunteer(helper).post(
                SERVICE, path, {}, key=key, wait_for=KNOWN_SOON
            ),
        )

    def deliver(
        self,
        story: str,
        by: str,
        gifts: tuple[dict[str, Any], ...] = (),
        hours: dict[str, int] | None = None,
        *,
        staff: bool = False,
    ) -> None:
        services = [
            {"volunteer_id": self._desk.id_of(who), "minutes": minutes}
            for who, minutes in (hours or {}).items()
        ]
        body = {"gifts": list(gifts), "services": services}
        path = f"/v1/claims/{self._claim(story)}/delivery"
        caller = self._desk.staff if staff else self._desk.volunteer
        self._once(
            story, "deliver", "送到了", lambda key: caller(by).post(SERVICE, path, body, key=key)
        )

    def confirm_by_code(self, story: str) -> None:
        slip = self._memory[f"{story}/wish"]
        path = f"/v1/cards/{slip['card_no']}-{slip['code']}/confirmation"
        self._once(
            story,
            "confirm",
            "凭卡上的六位数确认：满意",
            lambda key: self._desk.anybody.post(SERVICE, path, {"answer": "satisfied"}, key=key),
        )

    def confirm_by_worker(self, story: str, method: str, witness: str, relation: str) -> None:
        self._act(
            story,
            "confirm",
            "wang-juan",
            "confirmation",
            "王娟回访确认：满意",
            method=method,
            answer="satisfied",
            witness={"name": witness, "relation": relation},
        )

    def gift(self, giver: str, kind: str, item: str, name: str, yuan: int) -> dict[str, Any]:
        return {
            "giver": {"kind": kind, "id": self._desk.id_of(giver)},
            "item": item,
            "name": name,
            "quantity": 1,
            "value_fen": yuan * YUAN,
        }

    def wish(self, story: str) -> str:
        return str(self._memory[f"{story}/wish"]["id"])

    def _claim(self, story: str) -> str:
        return str(self._memory[f"{story}/claim"]["id"])

    def _worker(self, path: str, body: dict[str, Any], key: str) -> Any:
        return self._desk.staff("wang-juan").post(SERVICE, path, body, key=key)

    def _act(self, story: str, step: str, who: str, resource: str, words: str, **body: Any) -> None:
        path = f"/v1/wishes/{self.wish(story)}/{resource}"
        self._once(
            story, step, words, lambda key: self._desk.staff(who).post(SERVICE, path, body, key=key)
        )

    def _once(self, story: str, step: str, words: str, act: Callable[[str], Any]) -> None:
        key = f"{story}/{step}"
        self._told(story, words)
        self._memory.once(key, lambda: act(f"hansenzhai/{key}"))


def _heater(tell: Teller) -> None:
    tell.submit("heater", HUANG, "天冷了，想有个取暖的电器。", channel="paper", category="goods")
    tell.hang("heater", "冬天想有一台取暖器", "one_item")
    tell.claim("heater", "bao-xiaohong")
    tell.deliver(
        "heater",
        "bao-xiaohong",
        (tell.gift("bao-xiaohong", "volunteer", "heater", "小太阳取暖器", 150),),
    )
    tell.confirm_by_code("heater")


def _oil_heater(tell: Teller) -> None:
    tell.follow_up(
        "oil-heater", "heater", "小太阳很暖和，可夜晚灯光太刺眼，影响休息。", "too_bright"
    )
    tell.hang("oil-heater", "一台不刺眼的电暖器，晚上能睡好", "one_item")
    tell.claim("oil-heater", "zhang-jin")
    tell.join("oil-heater", "helper")
    gift = tell.gift("zhang-jin", "volunteer", "heater", "油汀取暖器", 400)
    tell.deliver("oil-heater", "zhang-jin", (gift,), {"zhang-jin": 30, "helper": 30})
    tell.confirm_by_code("oil-heater")


def _lake(tell: Teller) -> None:
    proxy = {
        "name": "邻居",
        "relation": "neighbour",
        "consent": {
            "kind": "spoken",
            "reference": "肖老太在场，口头同意邻居代写",
            "given_at": "2017-07-01T09:00:00+08:00",
        },
    }
    tell.submit(
        "lake",
        XIAO,
        "听说曲江南湖非常漂亮，我想到南湖转一圈。",
        channel="paper",
        category="companionship",
        proxy=proxy,
    )
    tell.hang("lake", "想有人推着轮椅，陪我去湖边走一圈", "half_day")
    tell.claim("lake", "zhang-zhan")
    tell.deliver("lake", "zhang-zhan", hours={"zhang-zhan": 3 * HOUR})
    tell.confirm_by_worker("lake", "call", "邻居", "neighbour")


def _household(tell: Teller) -> None:
    tell.submit(
        "household",
        YANG,
        "家里缺几样大件，老人和女儿也想做个体检。",
        channel="visit",
        category="goods",
    )
    tell.hang("household", "家里缺几样用的，还想做个体检", "one_day")
    tell.claim_for("household", "hospital", "hospital-contact")
    goods = (
        ("appliance", "电视机", 3200),
        ("furniture", "大衣柜", 2400),
        ("furniture", "沙发", 2600),
        ("appliance", "收音机", 260),
        ("food", "米、面、油", 1100),
        ("medicine", "药品", 600),
    )
    gifts = tuple(
        tell.gift("hospital", "organisation", item, name, yuan) for item, name, yuan in goods
    )
    hours = {"hospital-1": 2 * HOUR, "hospital-2": 2 * HOUR}
    tell.deliver("household", "hospital-contact", gifts, hours, staff=True)
    tell.confirm_by_worker("household", "visit", "杨玉凤的女儿", "family")


STORIES = (
    Story("heater", "黄先生的取暖器", _heater),
    Story("oil-heater", "太亮了：换一台油汀", _oil_heater),
    Story("lake", "肖老太的南湖", _lake),
    Story("household", "杨玉凤一家", _household),
)
