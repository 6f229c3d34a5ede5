"""Work 2: from the commit to the consumer at 200 events a second, woken in the process."""

import subprocess
import sys

from stack import Ports, Stack
from stack.processes import inherited_environment

from bench.outcome import Contestant, Figure, Goal, Outcome, Setting
from bench.whole import arrivals, partner, percentile

RATE = 200
EVENTS, QUICK_EVENTS, WARM = 2_000, 200, 100
MEDIAN = 3.0
LIMIT = 90


def run(setting: Setting) -> Outcome:
    count = (QUICK_EVENTS if setting.quick else EVENTS) + WARM
    stack = Stack(setting.folder / "stack", Ports.free(), purpose="test", fsync=True)
    runs: list[list[float]] = []
    try:
        stack.start_infrastructure()
        stack.prepare()
        for _ in range(setting.rounds):
            found = _round(stack, count)
            runs.append(found)
            setting.say(
                f"{len(found)} events: p50 {percentile(found, 0.5):.1f} ms,"
                f" p99 {percentile(found, 0.99):.1f} ms"
            )
    finally:
        stack.stop()
    ours = Contestant(
        "commit → consumer",
        "ours",
        tuple(
            Figure(name, "ms", tuple(percentile(found, share) for found in runs))
            for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))
        ),
    )
    return Outcome(
        "latency",
        "2 · commit → consumer at 200 events a second",
        (ours,),
        (Goal("median, ms", ours.figure("p50").value, "<=", MEDIAN),),
        ("The consumer is a plain client in a process of its own; one clock for both.",),
    )


def _round(stack: Stack, count: int) -> list[float]:
    """Milliseconds from after the commit until the consumer had it; the first ones do not count."""
    settings = stack.environment("wishes")
    with partner(stack) as log:
        done = subprocess.run(
            [sys.executable, "-m", "bench.relays.commits", str(RATE), str(count)],
            env={
                **inherited_environment(),
                "DSN": settings["WISHTREE_DATABASE_URL"],
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
