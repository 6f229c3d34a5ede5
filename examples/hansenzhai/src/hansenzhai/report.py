"""What the demo prints: for each wish its way, its events, what was credited, who was told."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console

from hansenzhai.cast import PEOPLE, STAFF, UNITS
from hansenzhai.desk import Desk
from hansenzhai.expectations import Evidence
from hansenzhai.stories import STORIES, Story
from hansenzhai.stream import Seen, without_repeats

CHANNELS = {"sms": "短信", "inbox": "收件箱", "email": "邮件", "phone": "电话单"}


def print_stories(console: Console, evidence: Evidence) -> None:
    names = _names(evidence.desk)
    for story in STORIES:
        _print_story(console, evidence, story, names)


def print_expectations(console: Console, wrong: dict[str, list[str]]) -> None:
    console.print("\n[bold]该有的都有吗[/bold]")
    for name, faults in wrong.items():
        console.print(f"  {'[green]✓[/green]' if not faults else '[red]✗[/red]'} {name}")
        for fault in faults:
            console.print(f"      {fault}", style="red", markup=False)


def print_sign_ins(console: Console, web: str, desk: Desk) -> None:
    """Where to look, and how to sign in for each role. The phones are the demo's own."""
    console.print(f"\n[bold]网页[/bold] {web}    大屏 {web}/t/610102007001/lobby")
    login = desk.operator_login
    console.print("\n[bold]同事[/bold]（/in/staff，登录名、密码，再加动态码）")
    console.print(f"  区运营员  {login.username}  {login.password}", markup=False)
    for staff in STAFF:
        note = desk.staff_note(staff.key)
        console.print(f"  {staff.name}  {note['login']}  {note['password']}", markup=False)
    console.print("[bold]志愿者[/bold]（/in，手机号，验证码看下面的短信）")
    for person in PEOPLE[:4]:
        console.print(f"  {person.name}  {person.phone}", markup=False)
    console.print("动态码：[bold].venv/bin/python -m hansenzhai totp 登录名[/bold]")
    console.print("短信、邮件都没有真的发：[bold].venv/bin/python -m hansenzhai messages[/bold]")


def _print_story(console: Console, evidence: Evidence, story: Story, names: dict[str, str]) -> None:
    wish = str(evidence.memory[f"{story.key}/wish"]["id"])
    card = evidence.memory[f"{story.key}/wish"]["card_no"]
    console.print(f"\n[bold]{story.title}[/bold]（卡号 {card}）")
    for event in _of_wish(evidence.events, wish):
        time = event.headers["ce_time"][11:19]
        console.print(f"  {time} 第{event.version}件 {event.name}", markup=False)
    for event in without_repeats(evidence.events):
        if event.name == "PointsCredited" and event.data["wish_id"] == wish:
            console.print(f"  入账 {_credit(event.data, names)}", markup=False)
    told = evidence.desk.staff("wang-juan").get(
        "notifications", "/v1/deliveries", wish_id=wish, limit=100
    )
    by_person: dict[str, list[str]] = {}
    for row in reversed(told["items"]):
        who = (
            "许愿的人"
            if row["recipient_kind"] == "resident"
            else names.get(row["recipient_id"], "?")
        )
        by_person.setdefault(who, []).append(CHANNELS[row["channel"]])
    for who, channels in by_person.items():
        kinds = "、".join(f"{kind} {channels.count(kind)} 次" for kind in dict.fromkeys(channels))
        console.print(f"  告诉了 {who}：{kinds}", markup=False)


def _of_wish(events: list[Seen], wish: str) -> Iterator[Seen]:
    return (
        e for e in without_repeats(events) if e.key == wish and e.topic.startswith("wishtree.wish")
    )


def _credit(data: dict[str, Any], names: dict[str, str]) -> str:
    parts = [
        f"{data['points']} 分" if data["points"] else "",
        f"{data['minutes'] / 60:g} 小时" if data["minutes"] else "",
        f"实物 ¥{data['gift_value_fen'] / 100:g}" if data["gift_value_fen"] else "",
    ]
    return f"{names.get(data['holder_id'], '?')}：{'、'.join(part for part in parts if part)}"


def _names(desk: Desk) -> dict[str, str]:
    """The cast's own names; the demo invents none and reads none from a database."""
    known = {desk.id_of(unit.key): unit.name for unit in UNITS}
    return known | {desk.id_of(person.key): person.name for person in PEOPLE}
