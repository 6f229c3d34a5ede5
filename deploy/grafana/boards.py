"""The boards: `python deploy/grafana/boards.py` writes them as JSON beside this file.

Gauges that every process of a service reads from the same table are joined by max, counters by sum.
A share of nothing is shown as nothing wrong: `or 0 * …` keeps a series that has not begun at zero.
"""

import json
import sys
from pathlib import Path

from panels import ALWAYS_GREEN, Json, Limits, Panel, Query, board, limits

FOLDER = Path(__file__).parent
SERVICES = {
    "wishes": "心愿",
    "volunteers": "志愿者",
    "points": "积分",
    "notifications": "通知",
    "web": "网站",
}
OF_ALL = 'job="wishtree"'
WINDOW = "$__rate_interval"
STAT, WIDE, HALF, THIRD = (4, 4), (24, 8), (12, 8), (8, 8)
TOO_OLD = limits(10, 60)
"""Seconds that an event may wait."""
SLOW = limits(0.5, 1)
"""Seconds of a request."""
ANY_IS_BAD = limits(None, 1)


def stat(
    title: str,
    about: str,
    unit: str,
    expr: str,
    lines: Limits = ALWAYS_GREEN,
    *,
    runbook: str | None = None,
    decimals: int | None = None,
    legend: str = "",
    size: tuple[int, int] = STAT,
    show: str = "value",
) -> Panel:
    queries = (Query(expr, legend),)
    return Panel("stat", title, about, unit, queries, size, lines, runbook, decimals, show)


def graph(
    title: str,
    about: str,
    unit: str,
    *queries: tuple[str, str],
    lines: Limits = ALWAYS_GREEN,
    runbook: str | None = None,
    size: tuple[int, int] = HALF,
) -> Panel:
    found = tuple(Query(*query) for query in queries)
    return Panel("timeseries", title, about, unit, found, size, lines, runbook)


def bars(
    title: str,
    about: str,
    unit: str,
    expr: str,
    legend: str,
    *,
    lines: Limits = ALWAYS_GREEN,
    runbook: str | None = None,
    size: tuple[int, int] = THIRD,
) -> Panel:
    return Panel("bargauge", title, about, unit, (Query(expr, legend),), size, lines, runbook)


def rate(metric: str, where: str, by: str, window: str = WINDOW) -> str:
    return f"sum by ({by}) (rate({metric}{{{where}}}[{window}]))"


def worst(metric: str, where: str, by: str) -> str:
    return f"max by ({by}) ({metric}{{{where}}})"


def quantile(part: float, metric: str, where: str, by: str) -> str:
    """Of a histogram. Where nothing happened there is no quantile: no line, and 0 by `>= 0`."""
    buckets = rate(f"{metric}_bucket", where, f"le, {by}")
    return f"histogram_quantile({part}, {buckets}) >= 0 or 0 * {rate(f'{metric}_count', where, by)}"


def failures(where: str, by: str, window: str = WINDOW) -> str:
    """The share of requests answered with 5xx."""
    asked = rate("wishtree_http_requests_total", where, by, window)
    failed = rate("wishtree_http_requests_total", f'{where}, status=~"5.."', by, window)
    return f"({failed} or 0 * {asked}) / ({asked} > 0) or 0 * {asked}"


def overview() -> Json:
    asked = f"sum(rate(wishtree_http_requests_total{{{OF_ALL}}}[$__range]))"
    failed = f'sum(rate(wishtree_http_requests_total{{{OF_ALL}, status=~"5.."}}[$__range]))'
    fast = f'sum(rate(wishtree_http_request_seconds_bucket{{{OF_ALL}, le="0.5"}}[$__range]))'
    timed = f"sum(rate(wishtree_http_request_seconds_count{{{OF_ALL}}}[$__range]))"
    wrong = " + ".join(
        f"sum(abs(max by (book) ({metric}{{{OF_ALL}}})))"
        for metric in ("wishtree_ledger_sum", "wishtree_ledger_differences")
    )
    aside = " + ".join(
        f"sum(max by (service) ({metric}{{{OF_ALL}}}))"
        for metric in ("wishtree_dead_letters_open", "wishtree_outbox_dead_rows")
    )
    at_a_glance = [
        stat(
            "请求成功率",
            "Availability: share of requests without 5xx over the chosen time. Goal 99.9%.",
            "percentunit",
            f"1 - ({failed} or vector(0)) / ({asked} > 0) or vector(1)",
            limits(0.999, 0.995),
            runbook="http-slo",
            decimals=3,
        ),
        stat(
            "半秒内答完",
            "Latency: share of requests answered within 0.5 s over the chosen time. Goal 99%.",
            "percentunit",
            f"{fast} / ({timed} > 0) or vector(1)",
            limits(0.99, 0.95),
            runbook="http-slo",
            decimals=2,
        ),
        stat(
            "最老的待发事件",
            "Outbox age: how long the oldest event of any service has waited for Kafka.",
            "s",
            f"max(wishtree_outbox_oldest_age_seconds{{{OF_ALL}}})",
            TOO_OLD,
            runbook="outbox-age",
            decimals=0,
        ),
        stat(
            "消费落后",
            "Consumer lag in seconds: the worst of all services and topics.",
            "s",
            f"max(wishtree_consumer_lag_seconds{{{OF_ALL}}})",
            TOO_OLD,
            runbook="consumer-lag",
            decimals=0,
        ),
        stat(
            "放在一边的事件",
            "Dead letters open, parked events with them, and outbox rows that can never be sent.",
            "short",
            aside,
            ANY_IS_BAD,
            runbook="dead-letters",
            decimals=0,
        ),
        stat(
            "账不平",
            "Ledger: sum of every book, and accounts that differ from their entries. Zero is right.",
            "short",
            wrong,
            ANY_IS_BAD,
            runbook="ledger",
            decimals=0,
        ),
    ]
    now = [
        stat(
            "在运行的进程",
            "Processes up, by service. None of a service is red.",
            "short",
            f"sum by (service) (up{{{OF_ALL}}})",
            ((None, "red"), (1, "green")),
            legend="{{service}}",
            size=(8, 8),
            show="value_and_name",
        ),
        bars(
            "心愿，按状态",
            "Wishes by state, from counters.",
            "short",
            worst("wishtree_wishes", OF_ALL, "state"),
            "{{state}}",
        ),
        bars(
            "还没办完的心愿，等了多久",
            "Open wishes by state and by how long they have been in it.",
            "short",
            f"{worst('wishtree_wishes_waiting', OF_ALL, 'state, age')} > 0 or "
            f"sum(wishtree_wishes_waiting{{{OF_ALL}}})",
            "{{state}} {{age}}",
        ),
    ]
    over_time = [
        graph(
            "请求",
            "Requests per second, by service.",
            "reqps",
            (rate("wishtree_http_requests_total", OF_ALL, "service"), "{{service}}"),
            size=THIRD,
        ),
        graph(
            "失败的请求",
            "Share of requests answered with 5xx, by service.",
            "percentunit",
            (failures(OF_ALL, "service"), "{{service}}"),
            lines=limits(0.001, 0.01),
            runbook="http-slo",
            size=THIRD,
        ),
        graph(
            "一百个里最慢的一个",
            "p99 of request duration, by service.",
            "s",
            (quantile(0.99, "wishtree_http_request_seconds", OF_ALL, "service"), "{{service}}"),
            lines=SLOW,
            runbook="http-slo",
            size=THIRD,
        ),
        graph(
            "最老的待发事件",
            "Outbox age, by service.",
            "s",
            (worst("wishtree_outbox_oldest_age_seconds", OF_ALL, "service"), "{{service}}"),
            lines=TOO_OLD,
            runbook="outbox-age",
            size=THIRD,
        ),
        graph(
            "消费落后",
            "Consumer lag in seconds, by service, the worst of its topics.",
            "s",
            (worst("wishtree_consumer_lag_seconds", OF_ALL, "service"), "{{service}}"),
            lines=TOO_OLD,
            runbook="consumer-lag",
            size=THIRD,
        ),
        graph(
            "事件",
            "Events written per minute, by service.",
            "epm",
            (f"60 * {rate('wishtree_events_written_total', OF_ALL, 'service')}", "{{service}}"),
            size=THIRD,
        ),
    ]
    return board(
        "overview",
        "心愿树 · 总览",
        "Overview: one line of numbers that says whether all is well; green is well.",
        [("现在好不好", at_a_glance), ("现在", now), ("这段时间", over_time)],
    )


def events() -> Json:
    return board(
        "events",
        "心愿树 · 事件",
        "Events: outbox, relay and consumers per service and topic, event types per minute.",
        [
            ("发件箱", outbox_panels(OF_ALL, "service")),
            ("消费", consumer_panels(OF_ALL, "service, topic", "{{service}} {{topic}}")),
            ("死信", dead_letter_panels(OF_ALL)),
            ("事件类型", event_type_panels(OF_ALL, WIDE)),
        ],
    )


def outbox_panels(where: str, by: str) -> list[Panel]:
    legend = "{{service}}"
    return [
        graph(
            "待发的事件",
            "Outbox rows that wait for Kafka.",
            "short",
            (worst("wishtree_outbox_pending", where, by), legend),
            lines=limits(1_000, 10_000),
            runbook="outbox-age",
            size=THIRD,
        ),
        graph(
            "最老的待发事件",
            "Outbox age.",
            "s",
            (worst("wishtree_outbox_oldest_age_seconds", where, by), legend),
            lines=TOO_OLD,
            runbook="outbox-age",
            size=THIRD,
        ),
        graph(
            "写下和发出",
            "Events written to the outbox and acknowledged by Kafka, per second.",
            "eps",
            (rate("wishtree_outbox_relayed_total", where, by), f"{legend} 发出"),
            (rate("wishtree_events_written_total", where, by), f"{legend} 写下"),
            size=THIRD,
        ),
        graph(
            "一批要多久",
            "p50 and p99 of a relay batch, from table to acknowledged.",
            "s",
            (quantile(0.5, "wishtree_outbox_batch_seconds", where, by), f"{legend} p50"),
            (quantile(0.99, "wishtree_outbox_batch_seconds", where, by), f"{legend} p99"),
            lines=limits(1, 5),
            size=THIRD,
        ),
        graph(
            "分片在谁手里",
            "Outbox shards owned, by process. A service's processes own 16 together.",
            "short",
            (
                f"sum by (service, instance) (wishtree_outbox_owned_shards{{{where}}})",
                f"{legend} {{{{instance}}}}",
            ),
            runbook="move-a-shard",
            size=THIRD,
        ),
        graph(
            "重建的发送端和发不出的事件",
            "Relay producers given up per hour, and rows in outbox_dead.",
            "short",
            (
                f"sum by ({by}) (increase(wishtree_relay_producer_rebuilds_total{{{where}}}[1h]))",
                f"{legend} 一小时内重建",
            ),
            (worst("wishtree_outbox_dead_rows", where, by), f"{legend} 发不出"),
            (
                f"sum by ({by}) (increase(wishtree_outbox_dead_total{{{where}}}[1h]))",
                f"{legend} 一小时内发不出",
            ),
            lines=ANY_IS_BAD,
            runbook="outbox-dead",
            size=THIRD,
        ),
    ]


def consumer_panels(where: str, by: str, legend: str) -> list[Panel]:
    return [
        graph(
            "处理的事件",
            "Events handled per second.",
            "eps",
            (rate("wishtree_consumer_events_total", where, by), legend),
        ),
        graph(
            "落后的秒数",
            "Consumer lag in seconds: age of the oldest event that is not handled yet.",
            "s",
            (worst("wishtree_consumer_lag_seconds", where, by), legend),
            lines=TOO_OLD,
            runbook="consumer-lag",
        ),
        graph(
            "落后的事件",
            "Consumer lag in events.",
            "short",
            (worst("wishtree_consumer_lag_events", where, by), legend),
            lines=limits(1_000, 10_000),
            runbook="consumer-lag",
        ),
        graph(
            "一批要多久",
            "p50 and p99 of one partition's batch in its transaction.",
            "s",
            (quantile(0.5, "wishtree_consumer_batch_seconds", where, by), f"{legend} p50"),
            (quantile(0.99, "wishtree_consumer_batch_seconds", where, by), f"{legend} p99"),
            lines=limits(1, 5),
        ),
        graph(
            "重试",
            "Batches put off per minute by trouble that passes.",
            "cpm",
            (f"60 * {rate('wishtree_consumer_retries_total', where, by)}", legend),
            runbook="consumer-lag",
        ),
        graph(
            "换掉的消费者",
            "Stuck consumers replaced within an hour.",
            "short",
            (
                f"sum by (service) (increase(wishtree_consumer_rebuilds_total{{{where}}}[1h]))",
                "{{service}}",
            ),
            lines=ANY_IS_BAD,
            runbook="consumer-stuck",
        ),
    ]


def dead_letter_panels(where: str) -> list[Panel]:
    made = (
        "sum by (service, topic) "
        f"(increase(wishtree_dead_letters_total{{{where}}}[$__rate_interval]))"
    )
    return [
        graph(
            "放在一边的事件",
            "Dead letters open: culprits, and the events parked behind them.",
            "short",
            (worst("wishtree_dead_letters_open", where, "service"), "{{service}}"),
            lines=ANY_IS_BAD,
            runbook="dead-letters",
            size=THIRD,
        ),
        graph(
            "停下的键",
            "Keys that wait behind a dead letter.",
            "short",
            (worst("wishtree_consumer_parked_keys", where, "service"), "{{service}}"),
            lines=ANY_IS_BAD,
            runbook="dead-letters",
            size=THIRD,
        ),
        graph(
            "新的死信",
            "Culprits set aside, by topic.",
            "short",
            (made, "{{service}} {{topic}}"),
            lines=ANY_IS_BAD,
            runbook="dead-letters",
            size=THIRD,
        ),
    ]


def event_type_panels(where: str, size: tuple[int, int] = HALF) -> list[Panel]:
    return [
        graph(
            "每分钟的事件，按类型",
            "Events written per minute, by type.",
            "epm",
            (f"60 * {rate('wishtree_events_written_total', where, 'type')}", "{{type}}"),
            runbook="silence",
            size=size,
        ),
    ]


def service_board(name: str) -> Json:
    where = f'{OF_ALL}, service="{name}"'
    sections = [("请求", request_panels(where))]
    if own := OWN.get(name):
        sections.insert(0, ("自己的数", own(where)))
    if name != "web":
        sections += [
            ("数据库", pool_panels(where)),
            ("发件箱", outbox_panels(where, "service")),
            ("消费", consumer_panels(where, "service, topic", "{{topic}}")),
            ("死信", dead_letter_panels(where)),
            ("事件类型", event_type_panels(where, WIDE)),
        ]
    sections.append(("进程", process_panels(where)))
    return board(
        name,
        f"心愿树 · {SERVICES[name]}",
        f"The service {name}: requests, pool waits, events, its own numbers.",
        sections,
    )


def request_panels(where: str) -> list[Panel]:
    route = "route, method"
    legend = "{{method}} {{route}}"
    return [
        graph(
            "请求，按路由",
            "Requests per second, by route template.",
            "reqps",
            (rate("wishtree_http_requests_total", where, route), legend),
        ),
        graph(
            "失败的请求，按路由",
            "Share of requests answered with 5xx, by route template.",
            "percentunit",
            (failures(where, route), legend),
            lines=limits(0.001, 0.01),
            runbook="http-slo",
        ),
        graph(
            "p50，按路由",
            "Median duration, by route template.",
            "s",
            (quantile(0.5, "wishtree_http_request_seconds", where, route), legend),
        ),
        graph(
            "p99，按路由",
            "99th percentile of duration, by route template.",
            "s",
            (quantile(0.99, "wishtree_http_request_seconds", where, route), legend),
            lines=SLOW,
            runbook="http-slo",
        ),
        graph(
            "答复，按状态码",
            "Answers per second, by status.",
            "reqps",
            (rate("wishtree_http_requests_total", where, "status"), "{{status}}"),
            size=WIDE,
        ),
    ]


def pool_panels(where: str) -> list[Panel]:
    return [
        graph(
            "等连接",
            "p50 and p99 of the wait until the pool gave a connection.",
            "s",
            (quantile(0.5, "wishtree_db_pool_wait_seconds", where, "service"), "p50"),
            (quantile(0.99, "wishtree_db_pool_wait_seconds", where, "service"), "p99"),
            lines=limits(0.05, 0.5),
        ),
        graph(
            "连接",
            "Connections of the pool, by state, all processes together.",
            "short",
            (f"sum by (state) (wishtree_db_pool_connections{{{where}}})", "{{state}}"),
        ),
    ]


def process_panels(where: str) -> list[Panel]:
    return [
        stat(
            "版本",
            "Version and revision of each process.",
            "none",
            f"count by (version, revision) (wishtree_build_info{{{where}}})",
            legend="{{version}} {{revision}}",
            size=(8, 8),
            show="name",
        ),
        graph(
            "内存",
            "Resident memory of each process.",
            "bytes",
            (f"process_resident_memory_bytes{{{where}}}", "{{instance}}"),
            lines=limits(300e6, 600e6),
            size=THIRD,
        ),
        graph(
            "处理器",
            "CPU of each process; 1 is a whole core.",
            "percentunit",
            (f"rate(process_cpu_seconds_total{{{where}}}[{WINDOW}])", "{{instance}}"),
            lines=limits(0.7, 0.9),
            size=THIRD,
        ),
    ]


def wishes_numbers(where: str) -> list[Panel]:
    return [
        bars(
            "心愿，按状态",
            "Wishes by state, from counters.",
            "short",
            worst("wishtree_wishes", where, "state"),
            "{{state}}",
        ),
        graph(
            "心愿，按状态",
            "Wishes by state over time.",
            "short",
            (worst("wishtree_wishes", where, "state"), "{{state}}"),
            size=THIRD,
        ),
        graph(
            "还没办完的心愿，等了多久",
            "Open wishes by state and by how long they have been in it.",
            "short",
            (worst("wishtree_wishes_waiting", where, "state, age"), "{{state}} {{age}}"),
            size=THIRD,
        ),
        graph(
            "工作台上等着办的",
            "Wishes that wait for somebody at a desk, by queue, of all communities.",
            "short",
            (worst("wishtree_queue", where, "queue"), "{{queue}}"),
        ),
        bars(
            "资料请求，等答复的",
            "What people asked about their own data: by how near the day of the answer is; rewriting is an "
            "erasure whose key is still on the disk.",
            "short",
            worst("wishtree_data_requests", where, "stage"),
            "{{stage}}",
        ),
    ]


def points_numbers(where: str) -> list[Panel]:
    by_book = ("wishtree_ledger_sum", "wishtree_ledger_differences")
    return [
        stat(
            title,
            about,
            "short",
            f"max by (book) (abs({metric}{{{where}}}))",
            ANY_IS_BAD,
            runbook="ledger",
            legend="{{book}}",
            size=HALF,
            show="value_and_name",
        )
        for metric, title, about in zip(
            by_book,
            ("三本账的和", "与分录不符的账户"),
            (
                "Ledger: sum of all balances of a book, without its sign. Zero is right.",
                "Ledger: accounts whose balance is not what their entries say. Zero is right.",
            ),
            strict=True,
        )
    ]


def notifications_numbers(where: str) -> list[Panel]:
    return [
        graph(
            "送出，按渠道和结果",
            "Tries per minute, by channel and by what came of them.",
            "cpm",
            (
                f"60 * {rate('wishtree_notifications_total', where, 'channel, result')}",
                "{{channel}} {{result}}",
            ),
        ),
        graph(
            "还在路上的消息",
            "Messages pending, by channel.",
            "short",
            (worst("wishtree_notifications_pending", where, "channel"), "{{channel}}"),
            lines=limits(1_000, 10_000),
        ),
    ]


def web_numbers(where: str) -> list[Panel]:
    return [
        graph(
            "开着的页面",
            "Pages that hold an event stream open, by process.",
            "short",
            (f"sum by (instance) (wishtree_web_streams{{{where}}})", "{{instance}}"),
            size=WIDE,
        )
    ]


def volunteers_numbers(where: str) -> list[Panel]:
    people = 'type=~"wishtree.(Volunteer|Affiliation|Qualification|Organisation).*"'
    return [
        bars(
            "这段时间的登记和变动",
            "People and organisations: events within the chosen time, by type.",
            "short",
            "sum by (type) "
            f"(increase(wishtree_events_written_total{{{where}, {people}}}[$__range]))",
            "{{type}}",
            size=WIDE,
        )
    ]


OWN = {
    "wishes": wishes_numbers,
    "volunteers": volunteers_numbers,
    "points": points_numbers,
    "notifications": notifications_numbers,
    "web": web_numbers,
}


def all_boards() -> dict[str, str]:
    """File name → its text."""
    made = [overview(), events(), *(service_board(name) for name in SERVICES)]
    return {
        f"{one['uid']}.json": json.dumps(one, ensure_ascii=False, indent=1) + "\n" for one in made
    }


def main() -> int:
    """Write the files; with --check, only say whether they are what would be written."""
    check = sys.argv[1:] == ["--check"]
    stale: list[str] = []
    for name, text in all_boards().items():
        path = FOLDER / name
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, "utf-8")
    print("\n".join(stale) or "current")  # noqa: T201
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
