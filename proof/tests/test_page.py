"""The page: one file, nothing from outside, readable by everybody, and true to what it is given."""

import math
import random
import re
import shutil
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from proof.charts import Scale, bars, plot, rate, thinned
from proof.check import Check, verdict
from proof.faults import KINDS, Span
from proof.judge import judge
from proof.page import FAULTS, VICTIMS, Campaign, Sample, fault_name, render

from .town import a_town

FLAGS = ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"]


def campaign(*, broken: bool = False, minutes: float = 10) -> Campaign:
    rng = random.Random(7)
    names = [*FAULTS, "clock +300 s", "clock -300 s"]
    faults = []
    for number in range(round(minutes * 7)):
        start = number * 8.5 + rng.uniform(0, 8)
        victim = rng.choice(VICTIMS)
        faults.append(Span(rng.choice(names), victim, start, start + rng.uniform(0, 40)))
    samples = []
    acknowledged = refused = unknown = events = 0
    for second in range(0, round(minutes * 60) + 40, 2):
        bad = 180 < second < 230
        acknowledged += 0 if bad else rng.randint(8, 16)
        refused += rng.randint(0, 2)
        unknown += rng.randint(4, 9) if bad else rng.randint(0, 1)
        events += rng.randint(50, 120)
        waiting = 3 * max(0, second - 180) if bad else rng.randint(0, 6)
        outbox = {
            "wishes": waiting,
            "points": rng.randint(0, 9),
            "volunteers": 0,
            "notifications": waiting // 3,
            "messages": 2,
        }
        lag = {
            name: int(60 + 50 * math.sin(second / 9 + n))
            for n, name in enumerate(("wishes", "volunteers", "points", "notifications"))
        }
        answered = not 300 < second < 320
        samples.append(
            Sample(
                float(second),
                acknowledged,
                refused,
                unknown,
                outbox if answered else None,
                lag if answered else None,
                events if answered else None,
            )
        )
    checks = judge(a_town().evidence())
    checks.append(
        replace(
            verdict("认领可线性化", "Claims are linearizable", 0, []),
            note="这台机器没有 Go，这一项没有验证",
        )
    )
    if broken:
        words = [
            f"proof-{n:07d} claim (done): WishClaimed x 1, found <2 x WishClaimed>"
            for n in range(31)
        ]
        checks[1] = verdict(checks[1].zh, checks[1].en, 1200, words)
    return Campaign(
        seed=4711,
        minutes=minutes,
        began="2026-11-24 10:30 +08:00",
        commit="0060c09",
        machine="2 cores, 24 GiB, Linux 6.1",
        faults=faults,
        samples=samples,
        checks=checks,
        replay='make prove ARGS="--seed 4711 --minutes 10"',
        settled_after=7.4,
        counts={"acknowledged": acknowledged, "refused": refused, "unknown": unknown, "begun": 320},
        pictures=("claims-1.html",) if broken else (),
    )


EMPTY = Campaign(
    1, 0.5, "2026-11-24 10:30 +08:00", "?", "1 core", [], [], [Check("甲", "a", 0)], "make prove"
)


@pytest.mark.parametrize("told", [campaign(), campaign(broken=True), campaign(minutes=0.5), EMPTY])
def test_it_is_html_and_points_nowhere(told: Campaign) -> None:
    text = render(told)
    html5lib.HTMLParser(strict=True).parse(text)
    assert re.findall(r"""(?:src|href|url|action|srcset)\s*[=(]""", text) == []
    assert re.findall(r"(?:https?:)?//\w", text) == []
    assert "<script" not in text
    assert "@import" not in text


def test_it_says_what_happened() -> None:
    text = render(campaign())
    for words in ("4711", "0060c09", "没有丢，没有重，没有乱", "7.4 秒", "--seed 4711", "没有验证"):
        assert words in text


def test_a_violation_is_told_first_and_what_it_quotes_is_escaped() -> None:
    text = render(campaign(broken=True))
    assert text.index("有 31 处违背") < text.index("守住")
    assert "&lt;2 x WishClaimed&gt;" in text
    assert "还有 11 处" in text
    assert "claims-1.html" in text


def test_every_fault_has_a_name_in_chinese() -> None:
    source = (Path(__file__).parents[1] / "src/proof/faults.py").read_text(encoding="utf-8")
    names = set(re.findall(r'\.span\(f?"([^"{]+)', source)) | set(
        re.findall(r'_armed\([^"]*"\w+", "([^"]+)"', source)
    )
    assert len(names) > 8
    for name in names:
        assert fault_name(f"{name}+300 s" if name == "clock " else name)[0] != name
    assert KINDS


def test_every_picture_has_its_table() -> None:
    text = render(campaign())
    assert text.count("<figure>") == text.count("<details>") == text.count('role="region"') == 5


def test_overlapping_faults_of_one_victim_stand_below_each_other() -> None:
    spans = [Span("SIGKILL", "web", 0, 10), Span("slow", "web", 5, 20), Span("slow", "web", 12, 30)]
    boxes, lanes, height = bars(spans, Scale(60), VICTIMS, fault_name)
    assert [box.y for box in boxes] == [0, 0, 22]
    assert [lane.name for lane in lanes] == ["web"]
    assert height == 44


def test_nobody_answered_is_a_gap_and_not_a_zero() -> None:
    drawn = plot({"a": [(0, 1.0), (1, 2.0), (2, None), (3, 4.0)]}, Scale(10))
    assert len(drawn.curves[0].pieces) == 2
    assert [tick.text for tick in drawn.ticks] == ["0", "1", "2", "3", "4"]


def test_a_rate_is_taken_over_some_seconds() -> None:
    counts = [(float(n), 10.0 * n) for n in range(0, 20, 2)]
    assert [value for _, value in rate(counts)][1:] == [10.0] * 9
    assert rate([(0.0, None), (2.0, 5.0)]) == [(0.0, None), (2.0, 0.0)]


def test_a_long_table_is_thinned_and_keeps_its_end() -> None:
    assert thinned(5, 60) == [0, 1, 2, 3, 4]
    assert len(thinned(1000, 60)) <= 60
    assert thinned(1000, 60)[-1] == 999


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("no Chromium on this machine: make browser installs Debian's")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_seen_by_day_and_by_night_on_any_screen(
    browser: Browser, tmp_path: Path, scheme: str, width: int
) -> None:
    path = tmp_path / "prove.html"
    path.write_text(render(campaign()), encoding="utf-8")
    asked: list[str] = []
    page: Page = browser.new_page(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 900},
    )
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    assert asked == [path.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # Not one word on another in the picture of the faults.
    assert page.evaluate(OVERLAPS) == 0
    page.close()


OVERLAPS = """
() => {
  const boxes = [...document.querySelectorAll('text.word')].map(t => t.getBoundingClientRect());
  let count = 0;
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    const a = boxes[i], b = boxes[j];
    const [across, down] = [Math.min(a.right, b.right) - Math.max(a.left, b.left),
      Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
    if (across > 1 && down > 6) count++;
  }
  return count;
}
"""
