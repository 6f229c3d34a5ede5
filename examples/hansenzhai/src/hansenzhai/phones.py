"""Reading the demo's phones: messages that the embedded gateway kept instead of sending."""

import json
import re
import time
from pathlib import Path

CODE = re.compile(r"验证码是 (\d{6})")
PATIENCE = 60.0


class Phones:
    """The local outbox; each message is a file of its own, named in the order of sending."""

    def __init__(self, outbox: Path) -> None:
        self._outbox = outbox

    def messages(self) -> list[dict[str, str]]:
        files = sorted(self._outbox.glob("*.json")) if self._outbox.exists() else []
        return sorted((json.loads(file.read_text()) for file in files), key=lambda m: m["at"])

    def last_code(self, phone: str, before: int) -> str:
        """The newest code sent to this phone after `before` of them had come."""
        deadline = time.monotonic() + PATIENCE
        while len(codes := self._codes(phone)) <= before:
            if time.monotonic() > deadline:
                raise TimeoutError("no code came")
            time.sleep(0.05)
        return codes[-1]

    def count(self, phone: str) -> int:
        return len(self._codes(phone))

    def _codes(self, phone: str) -> list[str]:
        mine = [m["text"] for m in self.messages() if m["to"].endswith(phone)]
        return [found.group(1) for text in mine if (found := CODE.search(text))]
