"""Opening the district through the public API: the organisation tree, staff, volunteers."""

from typing import Any

from hansenzhai.api import Refused
from hansenzhai.cast import PEOPLE, STAFF, UNITS, XIANDONG, Person, Staff, Unit
from hansenzhai.desk import Desk
from hansenzhai.memory import Memory


def open_district(desk: Desk, memory: Memory) -> None:
    """Every unit, then everybody who works for one, then the volunteers and their approval."""
    for unit in UNITS:
        memory.once(f"unit/{unit.key}", lambda unit=unit: _found(desk, unit))
    for staff in STAFF:
        memory.once(f"staff/{staff.key}", lambda staff=staff: _hire(desk, staff))
    for person in PEOPLE:
        memory.once(f"person/{person.key}", lambda person=person: _register(desk, person))
        memory.once(f"approval/{person.key}", lambda person=person: _approve(desk, person))


def _found(desk: Desk, unit: Unit) -> Any:
    body = {"kind": unit.kind, "name": unit.name, "area": unit.area}
    if unit.parent:
        body["parent_id"] = desk.id_of(unit.parent)
    if unit.email:
        body["email"] = unit.email
    return desk.operator().post("volunteers", "/v1/organisations", body, key=f"unit/{unit.key}")


def _hire(desk: Desk, staff: Staff) -> Any:
    role = {"role": staff.role, "area": staff.area}
    if staff.unit:
        role["organisation_id"] = desk.id_of(staff.unit)
    body = {"login": staff.key, "name": staff.name, "roles": [role]}
    return desk.operator().post("volunteers", "/v1/staff", body, key=f"staff/{staff.key}")


def _register(desk: Desk, person: Person) -> Any:
    body: dict[str, Any] = {
        "phone": person.phone,
        "code": desk.read_code(person),
        "name": person.name,
        "kind": person.kind,
        "area": XIANDONG,
    }
    if person.unit:
        body["organisation_id"] = desk.id_of(person.unit)
    try:
        return desk.anybody.post(
            "volunteers", "/v1/volunteers", body, key=f"register/{person.key}/{body['code']}"
        )
    except Refused as refusal:
        if refusal.slug != "phone-already-registered":
            raise
        # An earlier run registered this person and died before it wrote the id down.
        return {"id": desk.volunteer(person.key).get("volunteers", "/v1/volunteers/me")["id"]}


def _approve(desk: Desk, person: Person) -> Any:
    approver = "branch-secretary" if person.unit == "xiandong-branch" else "wang-juan"
    return desk.staff(approver).post(
        "volunteers",
        f"/v1/volunteers/{desk.id_of(person.key)}/approval",
        {"decision": "approve"},
        key=f"approval/{person.key}",
    )
