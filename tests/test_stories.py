"""The five stories of 韩森寨 from end to end, over the public APIs and real Kafka."""

import pytest
from hansenzhai.expectations import EXPECTATIONS, Evidence
from hansenzhai.stories import STORIES
from hansenzhai.stream import Reader
from hansenzhai.telling import Telling
from hansenzhai.world import world_of

from tests.conftest import System


@pytest.fixture(scope="module")
def evidence(system: System) -> Evidence:
    for story in STORIES:
        system.telling.tell(story.key)
    return system.telling.settle()


@pytest.mark.parametrize("expectation", EXPECTATIONS)
def test_what_must_come_out(evidence: Evidence, expectation: str) -> None:
    assert EXPECTATIONS[expectation](evidence) == []


def test_a_second_run_keeps_everything_and_makes_nothing(
    system: System, evidence: Evidence
) -> None:
    again = Telling(world_of(system.stack))
    again.open()
    for story in STORIES:
        again.tell(story.key)
    assert again.memory.made == 0
    assert again.memory.kept > 40
    known = {event.headers["ce_id"] for event in evidence.events}
    new = [e for e in _reader(system).read_all() if e.headers["ce_id"] not in known]
    # Somebody may have been told later of what there was before.
    late = [
        e for e in new if e.name == "NotificationDelivered" and e.data["source_event_id"] in known
    ]
    assert [event.name for event in new if event not in late] == []
    again.close()


def test_the_member_file_is_filled_from_events(system: System, evidence: Evidence) -> None:
    desk = evidence.desk
    zhang_zhan = desk.id_of("zhang-zhan")
    file = desk.volunteer("zhang-zhan").get("volunteers", f"/v1/volunteers/{zhang_zhan}/cards")
    assert file["identity"]["number"].isdigit()
    assert [line["minutes"] for line in file["activity"]] == [180]
    assert [line["fact"] for line in file["feedback"]] == ["fulfilled"]
    assert file["savings"]["minutes"] == 180
    assert file["contact"][0]["until"] is not None
    assert all(file["fed_by"].values())


def test_who_was_told_has_no_phone_for_the_old_lady(system: System, evidence: Evidence) -> None:
    worker = evidence.desk.staff("wang-juan")
    waiting = worker.get("notifications", "/v1/phone-list", area="610102007001", limit=100)
    wish = evidence.memory["lake/wish"]["id"]
    told = {row["template"] for row in waiting["items"] if row["wish_id"] == wish}
    assert {"wish_hung", "wish_delivered", "wish_blossoms"} <= told


def test_no_personal_data_on_the_stream_or_in_the_logs(system: System, evidence: Evidence) -> None:
    needles = ("黄先生", "包小红", "杨玉凤", "肖老太", "省建八公司", "13800138", "+8613800138")
    text = "\n".join(str(event) for event in evidence.events)
    logs = "\n".join(
        path.read_text(errors="replace") for path in (system.stack.folder / "logs").glob("*.log")
    )
    assert [needle for needle in needles if needle in text] == []
    assert [needle for needle in needles if needle in logs] == []


def _reader(system: System) -> Reader:
    return world_of(system.stack).reader
