"""Work 4: a wish handed in over HTTP, with everything that protects it, beside a bare handler."""

import itertools
import json
from uuid import uuid4

from bench.load import Ask, Load, Plan
from bench.outcome import Contestant, Figure, Goal, Outcome, Setting
from bench.place import Place, cpu, place

CONNECTIONS = 32
AREA = "610102007001"
THROUGHPUT, P99 = 0.7, 1.5
COUNTED = 50
people = itertools.count(1)


def run(setting: Setting) -> Outcome:
    """Real service, relay and Kafka included; the bare handler in the same database beside it."""
    requests, warm = (60, 20) if setting.quick else (4_000, 500)
    with place(setting.folder) as at:
        asks = {name: _asks(at, name, warm) for name in ("ours", "bare")}
        for name in asks:
            _send(at, name, asks[name], warm=0)
        loads: dict[str, list[tuple[Load, float]]] = {"ours": [], "bare": []}
        for turn in range(setting.rounds):
            # Whoever begins finds a quieter disk: take turns.
            for name in ("ours", "bare") if turn % 2 == 0 else ("bare", "ours"):
                load, used = _send(at, name, _asks(at, name, requests + warm), warm=warm)
                loads[name].append((load, used))
                setting.say(
                    f"{name}: {load.per_second:,.0f}/s, p50 {load.percentile(0.5):.1f} ms,"
                    f" p99 {load.percentile(0.99):.1f} ms"
                )
        counts = {name: _count(at, name) for name in loads}
    return _outcome(loads, counts)


def _asks(at: Place, name: str, count: int) -> list[Ask]:
    """Each wish is somebody else's: nobody has thousands, which are counted anew for each of them."""
    token = at.minter.token("staff", [{"role": "community_worker", "area": AREA}])
    bodies = [_body(next(people)) for _ in range(count)]
    if name == "bare":
        return [Ask("/v1/wishes", body) for body in bodies]
    return [Ask("/v1/wishes", body, token, str(uuid4())) for body in bodies]


def _body(person: int) -> str:
    return json.dumps(
        {
            "channel": "desk",
            "category": "goods",
            "area": AREA,
            "words": "天冷了，想有个取暖的电器，最好在腊月之前，谢谢大家。",
            "beneficiary": {
                "name": "黄建国",
                "address": f"省建八公司家属院3号楼{person}",
                "phone": f"138{person:08}",
            },
            "effort": "one_item",
        },
        ensure_ascii=False,
    )


def _send(at: Place, name: str, asks: list[Ask], *, warm: int) -> tuple[Load, float]:
    ours = name == "ours"
    with cpu(at.wishes if ours else at.bare) as used:
        load = at.send(Plan(at.wishes_port if ours else at.bare_port, CONNECTIONS, asks, warm))
    if set(load.statuses) != {201}:
        raise RuntimeError(f"{name}: {sorted(set(load.statuses))}")
    return load, used[0] / len(asks)


def _count(at: Place, name: str) -> tuple[float, float]:
    """Statements and round trips of one command, all connections warm."""
    with at.counted("wishes" if name == "ours" else "bare") as (port, wire):
        at.send(Plan(port, CONNECTIONS, _asks(at, name, 10 * CONNECTIONS)))
        before = wire.statements, wire.round_trips
        at.send(Plan(port, 4, _asks(at, name, COUNTED)))
        return (
            (wire.statements - before[0]) / COUNTED,
            (wire.round_trips - before[1]) / COUNTED,
        )


def _outcome(
    loads: dict[str, list[tuple[Load, float]]], counts: dict[str, tuple[float, float]]
) -> Outcome:
    names = {"ours": "wishes", "bare": "bare FastAPI + asyncpg"}
    found = {
        name: Contestant(
            names[name],
            "ours" if name == "ours" else "peer",
            (
                Figure("throughput", "/s", tuple(load.per_second for load, _ in runs)),
                Figure("p50", "ms", tuple(load.percentile(0.5) for load, _ in runs)),
                Figure("p99", "ms", tuple(load.percentile(0.99) for load, _ in runs)),
                Figure("CPU per command", "µs", tuple(used * 1e6 for _, used in runs)),
                Figure("statements", "per command", (counts[name][0],)),
                Figure("round trips", "per command", (counts[name][1],)),
            ),
        )
        for name, runs in loads.items()
    }
    ours, bare = found["ours"], found["bare"]
    share = ours.figure("throughput").value / bare.figure("throughput").value
    slower = ours.figure("p99").value / bare.figure("p99").value
    generator = max(load.cpu_seconds / load.seconds for runs in loads.values() for load, _ in runs)
    cpu, least = (found[name].figure("CPU per command").value for name in ("ours", "bare"))
    reason = (
        f"both fill one core, and ours needs {cpu:.0f} µs of it for a command, the bare handler"
        f" {least:.0f}: token, key, checks, sealing, event, relay"
    )
    return Outcome(
        "commands",
        "POST /v1/wishes beside a bare handler",
        (ours, bare),
        (
            Goal("throughput beside the bare handler", share, ">=", THROUGHPUT, reason),
            Goal("p99 beside the bare handler", slower, "<=", P99, reason),
        ),
        (
            f"{CONNECTIONS} connections, closed loop; the generator used at most"
            f" {generator:.0%} of a core.",
            "Ours has its relay and consumer in the same process, and the events went to Kafka"
            " meanwhile; nobody relays the bare handler's outbox.",
        ),
    )
