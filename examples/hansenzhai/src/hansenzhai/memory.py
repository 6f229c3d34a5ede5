"""What the people of the story keep in their drawers between two runs: slips, passwords, ids.

A step that was done is not done again: the second run of the demo works on the same data and says
what it kept. A run that died between an answer and its note asks again with the same idempotency
key and gets the same answer.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Memory:
    """A small JSON file, readable by its owner only: it holds the demo's passwords."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._notes: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        self.kept = 0
        self.made = 0

    def once(self, key: str, do: Callable[[], Any]) -> Any:
        """The note under `key`; where there is none, what `do` answers, written down at once."""
        if key in self._notes:
            self.kept += 1
            return self._notes[key]
        self._notes[key] = do()
        self.made += 1
        self._save()
        return self._notes[key]

    def __getitem__(self, key: str) -> Any:
        return self._notes[key]

    def _save(self) -> None:
        temporary = self._path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(self._notes, file, ensure_ascii=False, indent=1)
        temporary.replace(self._path)
