"""The pages that people read say what the registry says."""

from pathlib import Path

import pytest
from contracts.registry import EVENTS, EventSpec
from contracts.topics import ALL, DAY_MS, READERS, TopicSpec

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("spec", EVENTS.values(), ids=lambda spec: spec.name)
def test_the_partner_guide_lists_the_event(spec: EventSpec) -> None:
    row = f"| [`{spec.type}`](../packages/contracts/schemas/{spec.type}.json) | {spec.title} | `{spec.topic.name}` |"
    assert row in lines("partner-guide.md")


def test_the_partner_guide_lists_nothing_else() -> None:
    rows = [line for line in lines("partner-guide.md") if line.startswith("| [`wishtree.")]
    assert len(rows) == len(EVENTS)


@pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.owner)
def test_the_promised_retention_and_partitions_are_those_of_the_topics(topic: TopicSpec) -> None:
    guide = (DOCS / "partner-guide.md").read_text()
    assert f"{topic.partitions} 个分区，保留 {topic.retention_ms // DAY_MS} 天" in guide


@pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.owner)
def test_the_structure_page_says_who_writes_and_who_reads(topic: TopicSpec) -> None:
    reads = [read.name.split(".")[1] for read in READERS[topic.owner]]
    row = f"| {topic.owner} | {topic.owner} | `{topic.name}` | {', '.join(reads)} |"
    assert row in lines("architecture.md")


def lines(page: str) -> list[str]:
    return (DOCS / page).read_text().splitlines()
