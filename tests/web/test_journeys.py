"""People at the pages: by keyboard, without JavaScript, with a finger, and live."""

import re
import time

import httpx
import pytest
from hansenzhai.cast import PEOPLE
from playwright.sync_api import Page, expect
from pyotp.totp import TOTP

from tests.conftest import System
from tests.web.conftest import SOON, TREE, Site, hang, violations
from tests.wishes import a_submitted_wish, fulfil, post

BOXES = "() => [...document.querySelectorAll('#list li')].map(e => e.getBoundingClientRect().top)"


def test_the_card_by_keyboard_only(site: Site) -> None:
    slip = site.slips["keyboard"]
    page = site.open_page("/k")
    focus(page, "#card_no")
    page.keyboard.type(slip["card_no"].lower())
    page.keyboard.press("Tab")
    page.keyboard.type(f"{slip['code'][:3]} {slip['code'][3:]}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/k/*-*")
    assert violations(page) == []
    focus(page, "a.btn")
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirm")
    focus(page, "button.btn:not(.second)")
    page.keyboard.press("Enter")
    expect(page.get_by_text("您的心愿开花了")).to_be_visible(timeout=SOON)


def test_the_card_without_javascript_and_a_finger(site: Site) -> None:
    page = site.open_page(
        f"/k/{site.code('unhappy')}/confirm", 375, java_script_enabled=False, has_touch=True
    )
    page.get_by_role("button", name="不满意，接着办").tap()
    expect(page).to_have_title(re.compile("^有误："))
    page.get_by_text("太亮、太吵").tap()
    page.get_by_role("button", name="不满意，接着办").tap()
    expect(page.get_by_text("有人在办")).to_be_visible()


def test_wrong_digits_are_said_beside_the_field_and_above(site: Site) -> None:
    page = site.open_page("/k")
    page.fill("#card_no", site.slips["open"]["card_no"])
    page.fill("#digits", "000000" if site.slips["open"]["code"] != "000000" else "111111")
    page.get_by_role("button").last.click()
    expect(page).to_have_title(re.compile("^有误："))
    assert page.locator(".summary").inner_text().count("对不上") == 1
    assert page.locator("label .wrong").inner_text().startswith("卡号和六个数对不上")
    assert violations(page) == []


def test_a_new_wish_grows_a_leaf_and_no_row_moves(site: Site) -> None:
    page = site.open_page(TREE)
    leaves, rows = page.locator(".leaf").count(), page.evaluate(BOXES)
    hang(site.system, f"live-{time.time_ns()}")
    expect(page.locator("#news")).to_be_visible(timeout=SOON)
    expect(page.locator(".leaf")).to_have_count(leaves + 1, timeout=SOON)
    assert page.locator("#list li").count() == len(rows)
    expect(page.locator("#live")).to_contain_text("刚挂上一张")
    assert violations(page) == []


def test_a_fulfilled_wish_turns_into_a_blossom(site: Site) -> None:
    key = f"blossom-{time.time_ns()}"
    slip = a_submitted_wish(site.system, key)
    post(site.system, key, slip["id"])
    page = site.open_page(TREE)
    heart = page.locator(f'.leaf[href="/w/{slip["card_no"]}"] use')
    expect(heart).to_have_attribute("href", re.compile("#o"), timeout=SOON)
    fulfil(site.system, key, slip)
    expect(heart).to_have_attribute("href", re.compile("#f"), timeout=SOON)


def test_with_reduced_motion_nothing_moves(site: Site) -> None:
    page = site.open_page(TREE, reduced_motion="reduce")
    hang(site.system, f"still-{time.time_ns()}")
    expect(page.locator("#news")).to_be_visible(timeout=SOON)
    assert (
        page.evaluate(
            "() => document.getAnimations().filter(a => a.playState === 'running').length"
        )
        == 0
    )


def test_focus_on_a_row_shows_its_heart_and_adds_no_tab_stop(site: Site) -> None:
    page = site.open_page(TREE)
    page.locator("#list a").first.focus()
    expect(page.locator(".leaf.lit")).to_have_count(1)
    expect(page.locator("#fx svg")).to_have_count(1)
    assert page.locator(".leaf:not([tabindex='-1'])").count() == 0


def test_a_cut_stream_goes_on_where_it_was(site: Site) -> None:
    """Nothing lost, nothing doubled: what came meanwhile comes once."""
    page = httpx.get(site.url(TREE), timeout=SOON / 1000).text
    place = re.search(r"events\?from=([0-9a-f]+-\d+)", page)
    assert place
    wishes = [hang(site.system, f"cut-{n}-{time.time_ns()}") for n in range(2)]
    seen: list[str] = []
    deadline = time.monotonic() + SOON / 1000
    while len(seen) < len(wishes) and time.monotonic() < deadline:
        seen = grown(site, place.group(1))
    assert len(seen) == len(set(seen)) == len(wishes)


def grown(site: Site, place: str) -> list[str]:
    """The open leaves that the stream tells of after a place, read until it falls silent."""
    found: list[str] = []
    url = site.url(f"{TREE}/events?from={place}")
    try:
        with httpx.stream("GET", url, timeout=httpx.Timeout(SOON / 1000, read=1.5)) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:") and '"state":"open"' in line:
                    found.append(line)
    except httpx.ReadTimeout:
        return found
    return found


@pytest.mark.timeout(240)
def test_a_volunteer_signs_in_and_takes_a_wish_and_the_next_one_is_told(site: Site) -> None:
    hang(site.system, "web-claim")
    page = site.open_page(TREE)
    page.locator("#list a").first.click()
    address = page.url
    page.get_by_role("link", name="登录，我来帮").click()
    sign_in(site.system, page, "bao-xiaohong")
    page.goto(address)
    button = page.get_by_role("button", name="我来帮")
    second = page.context.new_page()
    second.goto(address)
    button.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("这个心愿交到您手上了")
    assert violations(page) == []
    second.get_by_role("button", name="我来帮").click()
    expect(second.get_by_role("alert")).to_contain_text("早了一步")
    assert violations(second) == []


@pytest.mark.timeout(240)
def test_an_operator_watches_what_happens(site: Site) -> None:
    page = site.open_page("/ops/stream")
    page.wait_for_url("**/in/staff")
    secrets = site.system.stack.secrets
    page.fill("#username", "operator")
    page.fill("#password", secrets.operator_password)
    wait_for_a_fresh_step()
    page.fill("#totp", TOTP(secrets.operator_totp).now())
    page.get_by_role("button", name="登录").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("正在发生的事")
    wish = hang(site.system, f"watched-{time.time_ns()}")
    expect(page.locator("#rows")).to_contain_text(wish, timeout=SOON)
    assert violations(page) == []
    assert "包小红" not in page.content()


def sign_in(system: System, page: Page, who: str) -> None:
    person = next(person for person in PEOPLE if person.key == who)
    before = system.telling.phones.count(person.phone)
    page.fill("#phone", person.phone)
    page.get_by_role("button", name="发验证码").click()
    page.fill("#code", system.telling.phones.last_code(person.phone, before))
    page.get_by_role("button", name="登录").last.click()
    page.wait_for_url("**/t/*")


def wait_for_a_fresh_step() -> None:
    """A one-time password is good once; the demo's operator has used this half minute's."""
    step = int(time.time()) // 30
    while int(time.time()) // 30 == step:
        time.sleep(0.2)


def focus(page: Page, selector: str) -> None:
    """Tab until the element has the focus; the focus is never lost on the way."""
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement !== document.body")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"{selector} was not reached by the keyboard")
