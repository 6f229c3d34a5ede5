"""Claims judged by an outside checker of linearizability, porcupine (github.com/anishathalye/porcupine).

Each wish is a register, free or held by one claim. The search grows exponentially with what happens
at once on one wish, so it gets bounded bursts and a time limit, and no verdict in time is a failure.
The plain invariants in `winners` come first and need no search.
"""

import hashlib
import heapq
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from proof.check import Check, verdict
from proof.history import Command, commands_of
from proof.record import Attempt
from proof.winners import HOLDS, gives_back

SOURCES = Path(__file__).parents[2] / "porcupine"
AT_ONCE = 20
"""Operations of one wish under way at the same moment: more is no burst that can be judged."""
PER_WISH = 5.0
GO = str(Path(sys.executable).with_name("go"))
BUILD_LIMIT = 300.0
RUN_LIMIT = 300.0
NANOSECONDS = 1e9
ZH, EN = "认领可线性化（porcupine 验证）", "Claims are linearizable (porcupine)"


@dataclass(frozen=True)
class Operation:
    """What one client saw, for the program in proof/porcupine. Times are nanoseconds."""

    act: Literal["claim", "release", "hold"]
    saw: Literal["done", "lost", "unknown"]
    claim: str
    call: int
    end: int
    client: int = 0

    def line(self) -> dict[str, object]:
        fields = asdict(self)
        return {**fields, "return": fields.pop("end")}


class NotBuilt(Exception):
    """The program could not be built or did not end as it should."""


def linearizable(
    attempts: Sequence[Attempt], pictures: Path, lapsed: Collection[str] = ()
) -> Check:
    """The verdict over every wish; drawings of what is wrong are left in `pictures`. `lapsed`: the
    commands whose claims time has ended."""
    histories = operations_of(attempts, lapsed)
    try:
        return _judged(built(), histories, pictures)
    except NotBuilt as error:
        return verdict(ZH, EN, len(histories), [str(error)])


def operations_of(
    attempts: Sequence[Attempt], lapsed: Collection[str] = ()
) -> dict[str, list[Operation]]:
    """Wish → what its clients saw of the register. An operation without an answer never ends, and a
    lapse, which nobody saw, may have come at any time after its claim."""
    forever = max((attempt.returned for attempt in attempts), default=0.0) + 1
    found: defaultdict[str, list[Operation]] = defaultdict(list)
    for command in commands_of(attempts).values():
        found[command.first.wish] += _seen(command, forever, command.name in lapsed)
    return {wish: _in_lanes(seen) for wish, seen in found.items() if wish and seen}


def most_at_once(operations: Iterable[Operation]) -> int:
    """Of those that ended: one that nobody ever answered may still be anywhere."""
    known = [operation for operation in operations if operation.saw != "unknown"]
    steps = sorted(
        [(op.call, 0) for op in known] + [(op.end, 1) for op in known]
    )  # a call at the moment of an end is beside it
    most = now = 0
    for _, ends in steps:
        now += -1 if ends else 1
        most = max(most, now)
    return most


def _seen(command: Command, forever: float, lapsed: bool) -> Iterator[Operation]:
    call, good = command.first.called, command.acknowledged
    if command.act == "claim":
        # A refusal keeps nothing, so that each one is a look at the register of its own.
        for attempt in command.attempts:
            if attempt.problem == "already-claimed":
                yield _operation("claim", "lost", "", attempt.called, attempt.returned)
        claim = str(good.answer.get("id", command.name)) if good else f"? {command.name}"
        if good:
            yield _operation("claim", "done", claim, call, good.returned)
        elif command.outcome == "unknown":
            yield _operation("claim", "unknown", claim, call, forever)
        if lapsed:
            yield _operation("release", "unknown", claim, call, forever)
    elif gives_back(command):
        if good:
            yield _operation("release", "done", command.first.claim, call, good.returned)
        elif command.outcome == "unknown":
            yield _operation("release", "unknown", command.first.claim, call, forever)
    elif command.act in HOLDS and good and command.first.claim:
        yield _operation("hold", "done", command.first.claim, call, good.returned)


def _operation(
    act: Literal["claim", "release", "hold"],
    saw: Literal["done", "lost", "unknown"],
    claim: str,
    call: float,
    end: float,
) -> Operation:
    return Operation(act, saw, claim, round(call * NANOSECONDS), round(end * NANOSECONDS))


def _in_lanes(operations: Iterable[Operation]) -> list[Operation]:
    """Who is beside whom gets another row of the picture."""
    busy: list[tuple[int, int]] = []
    found: list[Operation] = []
    for operation in sorted(operations, key=lambda op: (op.call, op.end)):
        lane = heapq.heappop(busy)[1] if busy and busy[0][0] < operation.call else len(busy)
        heapq.heappush(busy, (operation.end, lane))
        found.append(replace(operation, client=lane))
    return found


def built() -> Path:
    """The program, built once for these sources. Raises NotBuilt."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "wishtree"
    sources = b"".join((SOURCES / name).read_bytes() for name in ("go.mod", "go.sum", "main.go"))
    program = cache / f"porcupine-{hashlib.sha256(sources).hexdigest()[:16]}"
    if not program.exists():
        cache.mkdir(parents=True, exist_ok=True)
        draft = program.with_name(f"{program.name}.{os.getpid()}")
        settings = {"GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local"}
        _run([GO, "build", "-o", str(draft), "."], BUILD_LIMIT, cwd=SOURCES, settings=settings)
        draft.replace(program)
    return program


def _judged(program: Path, histories: Mapping[str, list[Operation]], pictures: Path) -> Check:
    lines = [
        json.dumps({"wish": wish, "operations": [operation.line() for operation in operations]})
        for wish, operations in histories.items()
    ]
    command = [str(program), "-limit", f"{PER_WISH}s", "-pictures", str(pictures)]
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("claims-*.html"):
        old.unlink()  # what an earlier campaign left would look like this one's
    try:
        said = _run(command, RUN_LIMIT, text="\n".join(lines))
    finally:
        with suppress(OSError):
            pictures.rmdir()  # only if nothing was drawn
    verdicts = [json.loads(line) for line in said.splitlines()]
    found = [
        f"wish {wish}: {most} operations at once, more than {AT_ONCE} can't be judged"
        for wish, operations in histories.items()
        if (most := most_at_once(operations)) > AT_ONCE
    ]
    found += [
        f"wish {said['wish']}: {said['verdict']}, drawn in {Path(said.get('picture', '')).name}"
        for said in verdicts
        if said["verdict"] != "Ok"
    ]
    silent = histories.keys() - {said["wish"] for said in verdicts}
    found += [f"wish {wish}: no verdict" for wish in sorted(silent)]
    return verdict(ZH, EN, sum(map(len, histories.values())), found)


def _run(
    command: Sequence[str],
    limit: float,
    *,
    text: str = "",
    cwd: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> str:
    try:
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
            cwd=cwd,
            env={**os.environ, **(settings or {})},
        )
    except OSError as error:
        raise NotBuilt(f"{command[0]}: {error.strerror}; make install brings it") from None
    except subprocess.TimeoutExpired:
        raise NotBuilt(f"{Path(command[0]).name} did not end within {limit:.0f} s") from None
    if done.returncode:
        raise NotBuilt(f"{Path(command[0]).name}: {done.stderr.strip()[-500:]}")
    return done.stdout
