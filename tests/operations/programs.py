"""Where Prometheus' and Alertmanager's programs are: on the path, or where .ci/operations unpacked them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNPACKED = ROOT / ".venv" / "operations" / "usr" / "bin"
LIMIT = 120


def program(name: str) -> str | None:
    """Its path. None where it is missing, which is said aloud; in CI it fails."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}{os.pathsep}{UNPACKED}")
    if found is None:
        sentence = f"no {name} here (make operations brings it): not verified here"
        if os.environ.get("CI"):
            pytest.fail(sentence)
        # Not sys.stderr, which pytest keeps for itself when a test passes.
        print(f"\n{sentence}", file=sys.__stderr__, flush=True)
    return found


def run(*command: str, folder: Path = ROOT) -> tuple[int, str]:
    """Exit status, and all that it said."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    return done.returncode, done.stdout + done.stderr
