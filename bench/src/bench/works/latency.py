"""Work 2: from the commit to the consumer at 200 events a second, beside Debezium and a bare loop."""

import subprocess
import sys
from collections import defaultdict
from contextlib import ExitStack

from stack import Ports, Stack
from stack.processes import inherited_environment

from bench import debezium
from bench.outcome import Contestant, Figure, Goal, Outcome, Setting
from bench.whole import arrivals, partner, percentile
from bench.works.relay import PEERS

RATE = 200
EVENTS, QUICK_EVENTS, WARM = 2_000, 200, 100
MEDIAN = 3.0
LIMIT = 90
TITLES = {
    "ours": ("chassis relay, woken in the process", "ours"),
    "bare": ("bare loop, woken in the process", "limit"),
    "debezium": ("Debezium on Kafka Connect", "peer"),
}


def run(setting: Setting) -> Outcome:
    names = ["ours", "bare"]
    if PEERS.exists():
        debezium.fetch()
        names.append("debezium")
    count = (QUICK_EVENTS if setting.quick else EVENTS) + WARM
    stack = Stack(setting.folder / "stack", Ports.free(), purpose="test", fsync=True)
    runs: defaultdict[str, list[list[float]]] = defaultdict(list)
    try:
        stack.start_infrastructure()
        stack.prepare()
        debezium.prepare(stack)
        for turn in range(setting.rounds):
            for name in names if turn % 2 == 0 else reversed(names):
                found = _round(stack, name, count)
                runs[name].append(found)
                setting.say(
                    f"{name}: {len(found)} events: p50 {percentile(found, 0.5):.1f} ms,"
                    f" p99 {percentile(found, 0.99):.1f} ms"
                )
    finally:
        stack.stop()
    contestants = {
        name: Contestant(
            *TITLES[name],
            tuple(
                Figure(figure, "ms", tuple(percentile(found, share) for found in runs[name]))
                for figure, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))
            ),
        )
        for name in names
    }
    return Outcome(
        "latency",
        "2 · commit → consumer at 200 events a second",
        tuple(contestants.values()),
        (Goal("median, ms", contestants["ours"].figure("p50").value, "<=", MEDIAN),),
        (
            "The consumer is a plain client in a process of its own; one clock for all.",
            "Debezium polls every 50 ms, as in work 1, and wakes up when the log moves.",
        ),
    )


def _round(stack: Stack, name: str, count: int) -> list[float]:
    """Milliseconds from after the commit until the consumer had it; the first ones do not count."""
    settings = stack.environment("wishes")
    follows = name == "debezium"
    with ExitStack() as running:
        if follows:
            running.enter_context(debezium.following(stack))
        log = running.enter_context(partner(stack))
        done = subprocess.run(
            [sys.executable, "-m", "bench.relays.commits", name, str(RATE), str(count)],
            env={
                **inherited_environment(),
                "DSN": stack.postgres.dsn() if follows else settings["WISHTREE_DATABASE_URL"],
                "BOOTSTRAP": stack.kafka.bootstrap,
                "KAFKA_USER": "wishes",
                "KAFKA_PASSWORD": stack.secrets.kafka["wishes"],
            },
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    committed = [line.split() for line in done.stdout.splitlines() if len(line.split()) == 2]
    seen = {event: at for event, _, at in arrivals(log)}
    log.unlink()
    return [(seen[event] - float(at)) * 1000 for event, at in committed[WARM:] if event in seen]
