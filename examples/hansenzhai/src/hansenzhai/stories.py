"""The four wishes of 韩森寨 as the newspaper tells them, and a fifth that shows what it does not.

Each story is a list of steps; each step is one act of one person, done once and remembered, so that a
second run goes on where the first one stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hansenzhai.cast import HUANG, NEIGHBOUR, STREETLIGHT, XIAO, YANG
from hansenzhai.teller import HOUR, Teller


@dataclass(frozen=True)
class Story:
    key: str
    title: str
    tell: Callable[[Teller], None]


def _heater(tell: Teller) -> None:
    tell.submit("heater", HUANG, "天冷了，想有个取暖的电器。", channel="paper", category="goods")
    tell.attach_paper("heater")
    tell.hang("heater", "冬天想有一台取暖器", "one_item")
    tell.claim("heater", "bao-xiaohong")
    tell.ring("heater", "bao-xiaohong")
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
    tell.let_go("oil-heater", "bao-xiaohong")
    tell.claim("oil-heater", "zhang-jin")
    tell.join("oil-heater", "helper")
    gift = tell.gift("zhang-jin", "volunteer", "heater", "油汀取暖器", 400)
    tell.deliver("oil-heater", "zhang-jin", (gift,), {"zhang-jin": 30, "helper": 30})
    tell.confirm_by_code("oil-heater")
    tell.evaluate("oil-heater", 5)


def _lake(tell: Teller) -> None:
    proxy = {
        "name": "邻居",
        "relation": "neighbour",
        "consent": {
            "kind": "witness",
            "reference": "肖老太在场，口头同意邻居代写",
            "witness": {"name": "社区党员", "relation": "worker"},
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
    tell.put_into_programme("household", "心诚服务", "xincheng")
    tell.claim_for("household", "hospital", "hospital-contact")
    for member in ("hospital-1", "hospital-2"):
        tell.join("household", member)
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


def _waiting(tell: Teller) -> None:
    """A claim that lapses, an invitation declined, a wish that goes up a level, and one that is none."""
    tell.submit("waiting", NEIGHBOUR, "窗帘杆掉了，够不着。", channel="phone", category="service")
    tell.hang("waiting", "窗帘杆掉了，想请人装一下", "one_hour")
    tell.invite("waiting", ("volunteer", "bao-xiaohong"), ("organisation", "sunshine"))
    tell.decline("waiting", "bao-xiaohong")
    tell.claim("waiting", "zhang-zhan")
    tell.let_pass("waiting", days=21)
    tell.hand_over("waiting")
    tell.claim("waiting", "hospital-1", "claim-again")
    tell.ring("waiting", "hospital-1")
    tell.ask_time("waiting", "hospital-1", "waiting_for_parts")
    tell.join("waiting", "hospital-2")
    tell.deliver("waiting", "hospital-1", hours={"hospital-1": HOUR, "hospital-2": HOUR})
    tell.confirm_by_code("waiting")
    tell.submit(
        "streetlight",
        STREETLIGHT,
        "巷口的路灯不亮，晚上不敢出门。",
        channel="desk",
        category="service",
    )
    tell.refer("streetlight", "hotline_12345", "street_light", "示例-2017-0001")


STORIES = (
    Story("heater", "黄先生的取暖器", _heater),
    Story("oil-heater", "太亮了：换一台油汀", _oil_heater),
    Story("lake", "肖老太的南湖", _lake),
    Story("household", "杨玉凤一家", _household),
    Story("waiting", "没人接的心愿（报道里没有的）", _waiting),
)
