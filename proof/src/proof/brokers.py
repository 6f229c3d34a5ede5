"""Which broker is who, asked from outside."""

import json
from contextlib import suppress

from stack.machine import Stack


def leader_of(stack: Stack, topic: str) -> int:
    """The node that leads partition 0 of a topic; node 1 while nobody can tell."""
    with suppress(Exception):
        known = stack.kafka.admin().list_topics(topic, timeout=5).topics[topic].partitions[0].leader
        if known > 0:
            return known
    return 1


def controller_of(stack: Stack) -> int:
    """The active controller, by what the nodes themselves wrote down last."""
    newest = (-1, 1)
    for node in stack.kafka.nodes:
        path = stack.kafka.folder / f"node-{node}" / "__cluster_metadata-0" / "quorum-state"
        with suppress(OSError, ValueError, KeyError):
            state = json.loads(path.read_text(encoding="utf-8"))
            if state["leaderId"] > 0:
                newest = max(newest, (int(state["leaderEpoch"]), int(state["leaderId"])))
    return newest[1]
