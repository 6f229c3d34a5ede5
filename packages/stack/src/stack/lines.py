"""Log lines of many processes for one pair of eyes: prefix, time, level, words."""

import json
import sys
import threading

COLOURS = {"wishes": 35, "volunteers": 34, "points": 33, "notifications": 36, "web": 32}
_lock = threading.Lock()


def show(name: str, line: str) -> None:
    """Print one line of a process; JSON logs become a sentence."""
    colour = COLOURS.get(name.split()[0], 37)
    prefix = f"{name:>13}"
    if sys.stdout.isatty():
        prefix = f"\033[{colour}m{prefix}\033[0m"
    with _lock:
        print(f"{prefix} │ {readable(line)}", flush=True)  # noqa: T201


def readable(line: str) -> str:
    """`{"timestamp": …, "level": …, "event": …}` → `10:24:03 info event key=value …`."""
    try:
        record = json.loads(line)
        time = str(record.pop("timestamp"))[11:19]
        level = str(record.pop("level"))
        event = str(record.pop("event"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return line
    record.pop("service", None)
    rest = " ".join(f"{key}={value}" for key, value in record.items())
    return f"{time} {level:<7} {event} {rest}".rstrip()
