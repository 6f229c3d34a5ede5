"""What the repository promises about itself: layout, locks, no addresses, no paths, no dead links."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("domain", "app", "adapters", "entrypoints")
DECIDING = ("wishes", "volunteers", "points", "notifications")
TOP = [
    "README.md",
    "Makefile",
    "pyproject.toml",
    "requirements.lock",
    "Dockerfile",
    "docker-compose.yml",
    ".ci/run",
    "services/wishes",
    "services/volunteers",
    "services/points",
    "services/notifications",
    "services/web",
    "packages/contracts",
    "packages/chassis",
    "packages/stack",
    "examples/hansenzhai",
    "examples/partner",
    "deploy",
    "tests",
    "docs",
]

LONGEST_PAUSE = 0.5
"""Seconds."""

# Written so that this file does not hold what it forbids.
REGISTRY = re.compile(
    r"pypi\.or[g]|pythonhoste[d]|repo1?\.mave[n]|registry\.npmj[s]|crates\.i[o]|proxy\.golan[g]|deb\.debia[n]"
)
MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:wor[k]|roo[t])/")


@cache
def tracked() -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    return tuple(ROOT / name for name in listed.split("\0") if name)


def texts() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path in tracked():
        if not path.is_file():
            continue
        try:
            found.append((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


@pytest.mark.parametrize("place", TOP)
def test_the_layout_is_there(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize("service", DECIDING)
def test_every_service_has_the_same_rooms(service: str) -> None:
    home = ROOT / "services" / service
    rooms = [home / "src" / service / room for room in ROOMS]
    files = [home / "src" / service / f for f in ("queries.py", "bootstrap.py", "__main__.py")]
    missing = [str(p) for p in [*rooms, *files, home / "migrations"] if not p.exists()]
    assert missing == []


def test_no_file_names_a_registry() -> None:
    assert [name for name, text in texts() if REGISTRY.search(text)] == []


def test_no_file_holds_a_path_of_a_machine() -> None:
    assert [name for name, text in texts() if MACHINE_PATH.search(text)] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-run.lock"])
def test_the_lock_holds_a_hash_for_every_package_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) > 30
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text


def test_the_image_installs_what_was_tested() -> None:
    """requirements-run.lock is a part of requirements.lock, version by version."""

    def pins(lock: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==[\w.]+)", (ROOT / lock).read_text(), re.MULTILINE))

    assert pins("requirements-run.lock") <= pins("requirements.lock")


def test_uv_lock_is_ignored() -> None:
    answer = subprocess.run(["git", "check-ignore", "uv.lock"], cwd=ROOT, check=False)
    assert answer.returncode == 0


GOOD = """-- more\n-- migrate: apply\n
set local lock_timeout = '5s';
set local statement_timeout = '60s';
alter table wish add column more text;

-- migrate: rollback\n
alter table wish drop column more;
"""


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (("", ""), None),
        (("set local lock_timeout = '5s';", ""), "require-lock-timeout"),
        (("add column more text", "drop column title"), "ban-drop-column"),
        (("more text;", "more text not null;"), "adding-required-field"),
        (("add column more text", "add check (version > 0)"), "constraint-missing-not-valid"),
    ],
)
def test_a_migration_that_others_would_wait_for_is_refused(
    tmp_path: Path, change: tuple[str, str], rule: str | None
) -> None:
    """What takes it back may drop things, and the timeouts stand in the file."""
    folder = tmp_path / "services" / "wishes" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0099-more.sql").write_text(GOOD.replace(*change) if change[0] else GOOD)
    (tmp_path / ".squawk.toml").write_text((ROOT / ".squawk.toml").read_text())
    said = subprocess.run(
        [ROOT / ".ci" / "migrations", Path(sys.executable).parent],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert (said.returncode, rule is None or f" {rule} " in said.stdout) == (int(bool(rule)), True)


def test_no_package_is_named_for_nothing() -> None:
    forbidden = {"platform", "common", "utils", "util", "helpers", "misc"}
    sources = [path for path in tracked() if path.suffix == ".py"]
    named = {part for path in sources for part in (*path.parent.parts, path.stem)}
    assert named & forbidden == set()


def test_every_link_of_a_page_leads_somewhere() -> None:
    dead: list[str] = []
    for path in tracked():
        if path.suffix != ".md" or not path.exists():
            continue
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
            if "://" not in target and not (path.parent / target).exists():
                dead.append(f"{path.relative_to(ROOT)} → {target}")
    assert dead == []


def test_no_test_sleeps_for_a_fixed_time() -> None:
    """A pause inside a polling loop is a fraction of a second; longer is waiting blindly. Programs
    that a test starts as stand-ins may sleep as long as they like: they stand in strings."""
    found: list[str] = []
    tests = [(name, text) for name, text in texts() if re.search(r"tests/.*test_\w+\.py$", name)]
    for name, text in tests:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("sleep"):
                pause = node.args[0] if node.args else None
                if isinstance(pause, ast.Constant) and float(pause.value) >= LONGEST_PAUSE:
                    found.append(f"{name}:{node.lineno}")
    assert tests
    assert found == []


def test_no_test_is_skipped() -> None:
    skipped = re.compile(r"pytest\.(?:mark\.)?(?:ski[p]|xfai[l]|importorski[p])")
    assert [name for name, text in texts() if name.endswith(".py") and skipped.search(text)] == []
