"""Every weakness still fits the source that it weakens."""

import importlib.util
from pathlib import Path

import pytest
from proof.weakened import WEAKNESSES, Change, rewritten


@pytest.mark.parametrize("name", WEAKNESSES)
def test_a_weakness_changes_the_source_as_it_is_now(name: str) -> None:
    changes = WEAKNESSES[name].changes
    for module in {change.module for change in changes}:
        spec = importlib.util.find_spec(module)
        assert spec is not None
        assert spec.origin is not None
        source = Path(spec.origin).read_text(encoding="utf-8")
        changed = rewritten(source, [change for change in changes if change.module == module])
        assert changed != source
        compile(changed, spec.origin, "exec")


@pytest.mark.parametrize("source", ["nothing of it", "word word"])
def test_words_that_are_missing_or_stand_twice_are_an_error(source: str) -> None:
    with pytest.raises(LookupError, match="found"):
        rewritten(source, [Change("some.module", "word", "other")])
