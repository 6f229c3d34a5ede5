"""Settings are complete and valid, or the process does not start and says which variable it is."""

import base64
import json

import pytest
from chassis.settings import DatabaseSettings, load_settings

GOOD = {
    "WISHTREE_HTTP_PORT": "8001",
    "WISHTREE_ISSUERS": json.dumps([{"issuer": "http://i", "jwks_url": "http://i/jwks"}]),
    "WISHTREE_KAFKA_BOOTSTRAP": "127.0.0.1:8092",
    "WISHTREE_KAFKA_PASSWORD": "kafka-secret",
    "WISHTREE_DATABASE_URL": "postgresql://wishes:database-secret@127.0.0.1/wishtree",
    "WISHTREE_MASTER_KEY": base64.b64encode(b"m" * 32).decode(),
    "WISHTREE_INDEX_KEY": base64.b64encode(b"i" * 32).decode(),
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_complete_settings_load(environment: pytest.MonkeyPatch) -> None:
    settings = load_settings(DatabaseSettings)
    assert settings.http_port == 8001
    assert settings.issuers[0].audience == "wishtree"
    assert settings.kafka().security_protocol == "SASL_SSL"


def test_no_secret_shows_in_the_settings_text(environment: pytest.MonkeyPatch) -> None:
    text = repr(load_settings(DatabaseSettings))
    for secret in ("kafka-secret", "database-secret", GOOD["WISHTREE_MASTER_KEY"]):
        assert secret not in text


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("WISHTREE_DATABASE_URL", None, "not set"),
        ("WISHTREE_HTTP_PORT", "many", "valid integer"),
        ("WISHTREE_HTTP_PORT", "70000", "65535"),
        ("WISHTREE_ISSUERS", "[{", "JSON"),
        ("WISHTREE_ISSUERS", '[{"issuer": "http://i"}]', "0.jwks_url"),
        ("WISHTREE_ISSUERS", "[]", "at least 1"),
        ("WISHTREE_MASTER_KEY", "c2hvcnQ=", "32 bytes, not 5"),
        ("WISHTREE_INDEX_KEY", "???", "base64"),
        ("WISHTREE_ENVIRONMENT", "beta", "production"),
    ],
)
def test_a_wrong_variable_ends_the_start_with_its_name(
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str | None,
    complaint: str,
) -> None:
    if value is None:
        environment.delenv(name)
    else:
        environment.setenv(name, value)
    with pytest.raises(SystemExit) as exit_:
        load_settings(DatabaseSettings)
    assert exit_.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"{name}: ")
    assert complaint in lines[0]


def test_every_wrong_variable_gets_its_line_and_no_value_is_shown(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("WISHTREE_MASTER_KEY", "not-a-key-but-secret")
    environment.delenv("WISHTREE_KAFKA_BOOTSTRAP")
    with pytest.raises(SystemExit):
        load_settings(DatabaseSettings)
    lines = capsys.readouterr().err.splitlines()
    assert {line.split(":")[0] for line in lines} == {
        "WISHTREE_MASTER_KEY",
        "WISHTREE_KAFKA_BOOTSTRAP",
    }
    assert "not-a-key-but-secret" not in "".join(lines)
