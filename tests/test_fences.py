"""The import fences hold, and each of them notices when somebody climbs over."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = [
    *(ROOT / "packages").iterdir(),
    *(ROOT / "services").iterdir(),
    ROOT / "examples/hansenzhai",
]
CLIMBS = {
    "a service imports another": ("wishes/app/claim_wish.py", "import points.domain.posting"),
    "the language imports the chassis": ("contracts/fields.py", "import chassis.clock"),
    "the chassis imports a service": ("chassis/clock.py", "import wishes.domain.leaf"),
    "the stack imports a service": ("stack/layout.py", "import web.words"),
    "a domain imports a framework": ("points/domain/posting.py", "import asyncpg"),
    "a domain imports the chassis": ("wishes/domain/leaf.py", "import chassis.db"),
    "a service imports the stack": ("notifications/queries.py", "import stack.ports"),
    "the example looks behind the API": ("hansenzhai/cast.py", "import volunteers.queries"),
    "the domain calls up": ("volunteers/domain/numbers.py", "import volunteers.app.views"),
    "a use case knows its adapter": ("wishes/app/claim_wish.py", "import wishes.adapters.postgres"),
}


def lint(sources: Path) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "pyproject.toml", sources)
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=sources,
        env={**os.environ, "PYTHONPATH": str(sources)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """All our packages side by side, to be spoiled."""
    for part in PARTS:
        for package in (part / "src").iterdir() if (part / "src").exists() else ():
            if package.is_dir() and (package / "__init__.py").exists():
                shutil.copytree(package, tmp_path / package.name)
    return tmp_path


def test_the_code_as_it_is_keeps_every_fence(sources: Path) -> None:
    done = lint(sources)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("climb", CLIMBS)
def test_a_fence_notices(sources: Path, climb: str) -> None:
    place, line = CLIMBS[climb]
    file = sources / place
    file.write_text(f"{file.read_text()}\n{line}\n")
    done = lint(sources)
    assert done.returncode == 1, done.stdout[-2000:]
    assert "BROKEN" in done.stdout
