"""The published document is what the service does, and whatever fits it is never a 5xx."""

import json
from pathlib import Path

from openapi_spec_validator import validate
from wishes.bootstrap import describe

ROOT = Path(__file__).parents[3]


def test_the_document_is_current() -> None:
    kept = (ROOT / "docs" / "openapi" / "wishes.json").read_text(encoding="utf-8")
    current = describe().openapi()
    assert json.loads(kept) == json.loads(json.dumps(current))


def test_the_document_is_valid() -> None:
    validate(describe().openapi())
