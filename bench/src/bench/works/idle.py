"""Work 9: what every process needs when nothing happens and after a day's work, and the start."""

import time
from pathlib import Path

import psutil
from stack.layout import SERVICES

from bench.outcome import Contestant, Figure, Goal, Outcome, Setting
from bench.whole import Whole, whole
from bench.works.partner import load

SECONDS, QUICK_SECONDS = 20.0, 1.0
CALM, QUICK_CALM = 10.0, 0.5
"""Seconds after the start until the services are at rest."""
MEMORY, CPU = 600.0, 3.0
MEGABYTE = 1_000_000


def run(setting: Setting) -> Outcome:
    with whole(setting.folder) as at:
        time.sleep(QUICK_CALM if setting.quick else CALM)
        idle = _look(at, QUICK_SECONDS if setting.quick else SECONDS)
        for name, (memory, cpu) in idle.items():
            setting.say(f"{name}: {memory:.0f} MB, {cpu:.2f} % of a core")
        load(at, 1 if setting.quick else 20)
        peaks = {name: _peak(process) for name, process in at.processes().items()}
        seconds = at.seconds
    contestants = tuple(
        Contestant(
            name,
            "ours" if name in SERVICES else "peer",
            (
                Figure("memory at idle", "MB", (memory,)),
                Figure("CPU at idle", "% of a core", (cpu,)),
                Figure("peak memory", "MB", (peaks[name],)),
            ),
        )
        for name, (memory, cpu) in idle.items()
    )
    services = [figures for name, figures in idle.items() if name in SERVICES]
    return Outcome(
        "idle",
        "9 · idle, peak, start",
        contestants,
        (
            Goal("five services at idle, MB", sum(m for m, _ in services), "<=", MEMORY),
            Goal(
                "five services at idle, % of a core",
                sum(c for _, c in services),
                "<=",
                CPU,
                "long polls of Kafka, the relay's look, uvicorn's ten ticks a second",
            ),
        ),
        (
            f"From the first process to the last that is ready: {seconds:.1f} s.",
            "Memory: proportional set size, so that shared pages count once; peak: VmHWM, after"
            " 50 wishes a second.",
        ),
    )


def _look(at: Whole, seconds: float) -> dict[str, tuple[float, float]]:
    """Process → (megabytes, per cent of a core), PostgreSQL with its backends."""
    processes = at.processes()
    before = {name: _seconds(process) for name, process in processes.items()}
    began = time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - began
    return {
        name: (
            sum(p.memory_full_info().pss for p in _family(process)) / MEGABYTE,
            (_seconds(process) - before[name]) / passed * 100,
        )
        for name, process in processes.items()
    }


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _seconds(process: psutil.Process) -> float:
    used = 0.0
    for one in _family(process):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used += times.user + times.system
    return used


def _peak(process: psutil.Process) -> float:
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / MEGABYTE
    return 0.0
