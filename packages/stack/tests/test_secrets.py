"""Secrets are made once, private from their first byte, and shown to nobody."""

import base64
import json
import os
import stat
from pathlib import Path

import pytest
from stack.layout import SERVICES
from stack.secrets import Secrets


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Secrets.load(tmp_path)
    finally:
        os.umask(before)
    assert mode(tmp_path / "secrets.json") == 0o600


def test_a_file_that_became_readable_is_closed_again(tmp_path: Path) -> None:
    Secrets.load(tmp_path)
    (tmp_path / "secrets.json").chmod(0o644)
    Secrets.load(tmp_path)
    assert mode(tmp_path / "secrets.json") == 0o600


def test_the_same_folder_keeps_its_secrets_and_another_has_others(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    first = Secrets.load(tmp_path)
    assert Secrets.load(tmp_path) == first
    other = Secrets.load(tmp_path / "other").model_dump()
    assert all(other[name] != value for name, value in first.model_dump().items())


def test_a_secret_that_an_older_folder_lacks_is_made_once(tmp_path: Path) -> None:
    first = Secrets.load(tmp_path)
    file = tmp_path / "secrets.json"
    older = {
        name: value for name, value in json.loads(file.read_text()).items() if name != "alerts"
    }
    file.write_text(json.dumps(older))
    made = Secrets.load(tmp_path)
    assert (made.alerts != first.alerts, made.postgres) == (True, first.postgres)
    assert Secrets.load(tmp_path) == made
    assert mode(file) == 0o600


def test_no_secret_is_printed(tmp_path: Path) -> None:
    secrets = Secrets.load(tmp_path)
    assert repr(secrets) == str(secrets).join(("Secrets(", ")")) == "Secrets()"


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_keys_of_its_own(tmp_path: Path, service: str) -> None:
    secrets = Secrets.load(tmp_path)
    for keys in (secrets.master_keys, secrets.index_keys):
        assert len(base64.b64decode(keys[service], validate=True)) == 32
        assert list(keys.values()).count(keys[service]) == 1
