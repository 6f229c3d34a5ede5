"""The page of a campaign: one HTML file that needs nothing from anywhere else."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from proof.charts import LANE, LEFT, RIGHT, WIDTH, Scale, bars, plot, rate, share, thinned
from proof.check import Check
from proof.faults import Span
from proof.judge import passed

Points = list[tuple[float, float | None]]


@dataclass(frozen=True)
class Sample:
    """One look at the system, `at` seconds after the load began. None: it did not answer.

    `acknowledged`, `refused`, `unknown` and `events` count from the beginning; `outbox` (schema →
    rows) and `lag` (group → events) are what was waiting then.
    """

    at: float
    acknowledged: int
    refused: int
    unknown: int
    outbox: Mapping[str, int] | None = None
    lag: Mapping[str, int] | None = None
    events: int | None = None
    """Events on the topics: the sum of their ends."""


@dataclass(frozen=True)
class Campaign:
    """Everything that the page shows."""

    seed: int
    minutes: float
    began: str
    """When, as people write it: `2026-11-24 10:30 +08:00`."""
    commit: str
    machine: str
    """`2 cores, 24 GiB, Linux 6.1` for example."""
    faults: Sequence[Span]
    samples: Sequence[Sample]
    checks: Sequence[Check]
    replay: str
    """The command that does the same again."""
    settled_after: float | None = None
    counts: Mapping[str, int] | None = None
    """What the clients did: lives begun, ended and so on."""
    pictures: Sequence[str] = ()
    """Names of files beside this page: what porcupine drew of a violation."""


SERVICES = ("wishes", "volunteers", "points", "notifications", "web")
VICTIMS = (*SERVICES, "kafka", "kafka-1", "kafka-2", "kafka-3", "postgres")
NAMES = {
    "wishes": "心愿",
    "volunteers": "志愿者",
    "points": "积分",
    "notifications": "通知",
    "web": "网页",
    "messages": "待发消息",
    "kafka": "Kafka",
    "postgres": "PostgreSQL",
}
KILL, STALL, BEND, HARM = "kill", "stall", "bend", "harm"
FAULTS: dict[str, tuple[str, str]] = {
    "SIGKILL": ("强行杀死", KILL),
    "SIGKILL leader": ("杀死分区首领", KILL),
    "SIGKILL controller": ("杀死控制器", KILL),
    "all brokers SIGKILL": ("全部消息服务器杀死", KILL),
    "immediate stop": ("数据库当场停掉", KILL),
    "dies between send and delete": ("发出后、删除前死掉", KILL),
    "dies between commit and offset": ("提交后、记位前死掉", KILL),
    "SIGSTOP": ("冻住再醒来", STALL),
    "slow": ("变慢", STALL),
    "silent connections": ("旧连接不出声", STALL),
    "answers cut": ("答复中途断线", STALL),
    "rebalance storm": ("消费者进进出出", BEND),
    "more workers": ("多来两个消费者", BEND),
    "disk refuses writes": ("磁盘拒写", HARM),
    "late commit": ("迟提交", STALL),
    "table held": ("表被占住", STALL),
    "poison event": ("毒消息", HARM),
}
FAMILIES = {KILL: "杀死", STALL: "停住、变慢、断线", BEND: "时钟、进出", HARM: "磁盘、毒消息"}
COUNTS = {
    "acknowledged": "答应 acknowledged",
    "refused": "拒绝 refused",
    "unknown": "没有回答 no answer",
    "begun": "开始的心愿 lives begun",
    "ended": "走完的心愿 lives ended",
    "broken off": "中途停下的 broken off",
}
ROWS_AT_MOST = 60


def render(campaign: Campaign) -> str:
    """The page as text; what it shows is escaped, and nothing in it points anywhere else."""
    environment = Environment(
        loader=PackageLoader("proof"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clock"] = _clock
    environment.filters["named"] = named
    return environment.get_template("campaign.html").render(campaign=campaign, **_parts(campaign))


def named(name: str) -> str:
    """A service or server as people read it."""
    return NAMES.get(name, name)


def fault_name(name: str) -> tuple[str, str, str]:
    """(zh, en, family) of a fault; a new one is shown by its own name."""
    if name.startswith("clock "):
        words = name.removeprefix("clock ").replace("of two more workers", "（另来的两个）")
        zh = re.sub(r" s$", " 秒", re.sub(r" d$", " 天", words))
        return f"时钟 {zh}", name, BEND
    zh, family = FAULTS.get(name, (name, HARM))
    return zh, name, family


def _parts(campaign: Campaign) -> dict[str, Any]:
    samples = campaign.samples
    ends = [span.end for span in campaign.faults] + [sample.at for sample in samples]
    scale = Scale(max(60 * campaign.minutes, *ends, 1.0))
    boxes, lanes, height = bars(campaign.faults, scale, VICTIMS, fault_name)
    series = _series(samples)
    return {
        "passed": passed(campaign.checks),
        "violations": sum(check.violations for check in campaign.checks),
        "bars": boxes,
        "lanes": lanes,
        "lanes_height": height,
        "faults": sorted(campaign.faults, key=lambda span: span.start),
        "fault_name": fault_name,
        "families": FAMILIES,
        "words": COUNTS,
        "ticks": scale.ticks(),
        "faults_end": scale.x(60 * campaign.minutes),
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "width": WIDTH,
        "lane": LANE,
        "plots": {name: plot(lines, scale) for name, lines in series.items()},
        "series": series,
        "rows": thinned(len(samples), ROWS_AT_MOST),
    }


def _series(samples: Sequence[Sample]) -> dict[str, dict[str, Points]]:
    """Picture → curve → values, each over all samples."""
    done: Points = [(s.at, float(s.acknowledged)) for s in samples]
    tried: Points = [(s.at, float(s.acknowledged + s.refused + s.unknown)) for s in samples]
    events: Points = [(s.at, None if s.events is None else float(s.events)) for s in samples]
    return {
        "throughput": {"答应的请求 / acknowledged": rate(done), "事件 / events": rate(events)},
        "errors": {
            "没有回答 / no answer": share(rate([(s.at, s.unknown) for s in samples]), rate(tried)),
            "拒绝 / refused": share(rate([(s.at, s.refused) for s in samples]), rate(tried)),
        },
        "outbox": _by_name([(s.at, s.outbox) for s in samples]),
        "lag": _by_name([(s.at, s.lag) for s in samples]),
    }


def _by_name(looks: Sequence[tuple[float, Mapping[str, int] | None]]) -> dict[str, Points]:
    names = {name for _, counts in looks for name in counts or ()}
    order = [name for name in (*SERVICES, "messages") if name in names]
    return {
        named(name): [(at, None if counts is None else counts.get(name, 0)) for at, counts in looks]
        for name in [*order, *sorted(names - set(order))]
    }


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"
