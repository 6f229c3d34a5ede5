"""Short ways to a wish in some state, through the public API."""

from typing import Any

from tests.conftest import System

XIANDONG = "610102007001"
BENEFICIARY = {"name": "测试居民", "address": "测试家属院", "phone": "13800138099"}
CHECKS = {"identity_checked": True, "need_checked": True, "consent_checked": True}


def a_submitted_wish(system: System, key: str, **more: Any) -> dict[str, Any]:
    body = {
        "channel": "desk",
        "category": "service",
        "area": XIANDONG,
        "words": "厨房的灯不亮了",
        "beneficiary": BENEFICIARY,
    }
    worker = system.telling.desk.staff("wang-juan")
    return worker.post("wishes", "/v1/wishes", body | more, key=f"{key}/submit")


def a_posted_wish(system: System, key: str) -> str:
    wish = str(a_submitted_wish(system, key)["id"])
    post(system, key, wish)
    return wish


def post(system: System, key: str, wish: str) -> None:
    desk = system.telling.desk
    body = {"method": "phone", "checklist": CHECKS}
    desk.staff("wang-juan").post(
        "wishes", f"/v1/wishes/{wish}/verification", body, key=f"{key}/verify"
    )
    card = {"title": "厨房的灯换不了", "effort": "one_hour"}
    desk.staff("wu-hongzheng").post(
        "wishes", f"/v1/wishes/{wish}/publication", card, key=f"{key}/publish"
    )


def fulfil(system: System, key: str, slip: dict[str, Any], who: str = "bao-xiaohong") -> None:
    """Claim, deliver an hour's work, confirm by the code on the card."""
    desk = system.telling.desk
    volunteer = desk.volunteer(who)
    claim = volunteer.post(
        "wishes",
        f"/v1/wishes/{slip['id']}/claims",
        {},
        key=f"{key}/claim",
        wait_for="giver-not-known",
    )
    body = {"services": [{"volunteer_id": desk.id_of(who), "minutes": 60}]}
    volunteer.post("wishes", f"/v1/claims/{claim['id']}/delivery", body, key=f"{key}/deliver")
    path = f"/v1/cards/{slip['card_no']}-{slip['code']}/confirmation"
    desk.anybody.post("wishes", path, {"answer": "satisfied"}, key=f"{key}/confirm")
