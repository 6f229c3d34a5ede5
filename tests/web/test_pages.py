"""Every page, by day and by night, wide and narrow: valid, readable, reachable."""

import gzip
import re
from pathlib import Path

import html5lib
import httpx
import pytest
from chassis.auth.route import routes_without_permission
from web import words
from web.bootstrap import application

from tests.web.conftest import SOON, TREE, Site, violations

SMALL_TEXT = """() => [...document.querySelectorAll('body *')].filter(e => {
  const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  const r = e.getBoundingClientRect();
  return own && r.width > 1 && r.height > 1 && !e.closest('svg') &&
    parseFloat(getComputedStyle(e).fontSize) < LEAST;
}).map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 20))"""
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input, label.choice')].filter(e => {
  const r = e.getBoundingClientRect();
  if (!r.width || e.closest('svg') || e.classList.contains('skip') || e.type === 'hidden') return false;
  if (e.closest('label.choice') && e.tagName === 'INPUT') return false;
  if (e.tagName === 'A' && e.closest('p') && getComputedStyle(e).display === 'inline') return false;
  return r.height < 60 || r.width < 60;
}).map(e => e.tagName + ' ' + e.textContent.trim() + ' ' + JSON.stringify(e.getBoundingClientRect()))"""
LOW_LINES = """() => [...document.querySelectorAll('p, li, h1, h2, label')].filter(e => {
  const s = getComputedStyle(e);
  return parseFloat(s.lineHeight) / parseFloat(s.fontSize) < 1.3;
}).map(e => e.tagName + e.className)"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
PUBLIC = (TREE, f"{TREE}?category=goods", "/k", "/in", "/in/staff", "/settings", "/how", "/about")
STATIC = Path(__file__).parents[2] / "services" / "web" / "src" / "web" / "static"


def paths(site: Site) -> list[str]:
    cards = [site.slips["open"]["card_no"], site.slips["delivered"]["card_no"]]
    code = site.code("delivered")
    return [*PUBLIC, *(f"/w/{card}" for card in cards), f"/k/{code}", f"/k/{code}/confirm"]


def test_every_route_states_a_permission() -> None:
    assert routes_without_permission(application()) == []


def test_pages_are_valid_html_with_one_heading_that_begins_the_title(site: Site) -> None:
    for path in [*paths(site), f"{TREE}/lobby", "/nowhere"]:
        text = httpx.get(site.url(path), timeout=SOON / 1000).text
        html5lib.HTMLParser(strict=True).parse(text)
        headings = re.findall(r"<h1[^>]*>(.*?)</h1>", text, re.DOTALL)
        title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
        assert len(headings) == 1, path
        assert title, path
        assert title.group(1).startswith(headings[0].strip()), path
        assert '<html lang="zh-CN"' in text
        names = re.findall(r'\bid="([^"]+)"', text)
        assert len(names) == len(set(names)), path


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("width", [1280, 375, 320])
def test_axe_finds_nothing(site: Site, width: int, night: bool) -> None:
    page = site.open_page("/about", width)
    page.context.add_cookies(
        [{"name": "night", "value": "1" if night else "0", "url": site.url("/")}]
    )
    for path in paths(site):
        page.goto(site.url(path))
        assert violations(page) == [], path
        assert page.evaluate(SIDEWAYS) <= 0, path


@pytest.mark.parametrize("size", words.SIZES)
def test_text_targets_and_lines_have_the_elders_measure(site: Site, size: str) -> None:
    page = site.open_page("/about", 375 if size == "40" else 1280)
    page.context.add_cookies([{"name": "size", "value": size, "url": site.url("/")}])
    for path in paths(site):
        page.goto(site.url(path))
        assert page.evaluate(SMALL_TEXT.replace("LEAST", size)) == [], path
        assert page.evaluate(SMALL_TARGETS) == [], path
        assert page.evaluate(LOW_LINES) == [], path
        assert page.evaluate(SIDEWAYS) <= 0, path


def test_the_lobby_shows_nothing_to_press_in_large_letters(site: Site) -> None:
    page = site.open_page(f"{TREE}/lobby", 1920, 1080)
    assert page.evaluate(SMALL_TEXT.replace("LEAST", "36")) == []
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate("() => document.documentElement.scrollHeight <= innerHeight")
    assert page.locator("a:not(.leaf), button, input, form").count() == 0
    assert violations(page) == []


def test_the_tree_is_whole_without_javascript(site: Site) -> None:
    page = site.open_page(TREE, java_script_enabled=False)
    tree = httpx.get(
        f"{site.system.url('wishes')}/v1/trees/610102007001", timeout=SOON / 1000
    ).json()
    assert page.locator(".leaf").count() == len(tree["leaves"])
    assert page.locator("#list li").count() == min(10, tree["counts"]["open"])
    assert page.locator("#list a").first.get_attribute("href").startswith("/w/")


def test_no_personal_data_on_public_pages(site: Site) -> None:
    needles = (
        "黄先生",
        "包小红",
        "杨玉凤",
        "肖老太",
        "省建",
        "陕建",
        "138001",
        "独居",
        "残疾",
        "低保",
        "岁",
    )
    for path in [*PUBLIC, f"{TREE}/lobby", f"/w/{site.slips['open']['card_no']}"]:
        text = httpx.get(site.url(path), timeout=SOON / 1000).text
        assert [needle for needle in needles if needle in text] == [], path


def test_words_that_are_not_ours_do_not_appear() -> None:
    templates = Path(words.__file__).parent
    text = "".join(
        p.read_text() for p in [*templates.glob("templates/*.html"), templates / "words.py"]
    )
    forbidden = (
        "请知悉",
        "进行",
        "予以",
        "系统提示",
        "操作失败",
        "分配",
        "指派",
        "派发",
        "完成率",
        "排名",
        "先进",
        "弱势群体",
        "受助者",
    )
    assert [word for word in forbidden if word in text] == []
    said = " ".join(sentence for pair in words.ERRORS.values() for sentence in pair)
    assert "！" not in said


def test_pages_stay_within_their_budget(site: Site) -> None:
    def packed(data: bytes) -> int:
        return len(gzip.compress(data))

    scripts = sum(packed(path.read_bytes()) for path in STATIC.glob("*.js"))
    scenes = [packed(path.read_bytes()) for path in STATIC.glob("scene-*.svg")]
    assert scripts <= 26_000
    assert packed((STATIC / "style.css").read_bytes()) <= 14_000
    assert len(scenes) == 2
    assert max(scenes) <= 27_700
    assert packed(httpx.get(site.url(TREE), timeout=SOON / 1000).content) <= 30_000


def test_headers_keep_strangers_out(site: Site) -> None:
    answer = httpx.get(site.url(TREE), timeout=SOON / 1000)
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    foreign = httpx.post(
        site.url("/out"), headers={"Origin": "http://elsewhere.example"}, timeout=SOON / 1000
    )
    assert foreign.status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nowhere", 404), ("/w/ZZZZ", 404), ("/t/abc", 404), ("/k/ZZZZ-000000", 404)],
)
def test_a_wrong_address_is_a_page_with_a_way_on(site: Site, path: str, status: int) -> None:
    answer = httpx.get(site.url(path), timeout=SOON / 1000)
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert 'href="/"' in answer.text
