"""How a card is read before anything is looked for: letter for letter, so that a place stays a place.

People hide a number from a machine without meaning to: full-width digits, blanks, characters for
digits, letters that only look like others. Each reading undoes some of that and remembers where in
the text every letter stood.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DIGITS = str.maketrans(
    "零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖貳參陸", "0012345678912123456789236"
)
LOOKALIKES = str.maketrans("ОоΟοХхАВЕКМНРСТ", "OoOoXxABEKMHPCT")
"""Cyrillic and Greek letters that nobody can tell from Latin ones."""
INVISIBLE = {"Cf", "Mn", "Me", "Cc"}
JOINTS = re.compile(r"[-·・•‧∙._]")
"""What is written inside a name or an address without ending it."""

NEIGHBOURS = 2
"""Letters on each side that an overruling is bound to."""


@dataclass(frozen=True)
class Finding:
    """What was found; never the text itself, which may be what must not be shown."""

    kind: str
    start: int
    end: int

    def key(self, text: str) -> str:
        """What an overruling is bound to: the kind, the words found, and two letters on each side.

        It outlives edits elsewhere in `text`, blanks and widths, and ends when the words or what
        touches them change: who allowed 小王 in 小王家的牛奶 did not allow it in 小王想喝牛奶. The
        field of the card is the caller's to add. It holds the words themselves (a digest of eleven
        digits hides nothing), so it is personal data until somebody has allowed it: compare it,
        seal it, never log it.
        """
        parts = text[: self.start], text[self.start : self.end], text[self.end :]
        before, words, after = (seen(fold(part)).letters for part in parts)
        return "|".join((self.kind, before[-NEIGHBOURS:], words, after[:NEIGHBOURS]))


@dataclass(frozen=True)
class Reading:
    """Letters of a text, and where each of them stands in it."""

    letters: str
    places: Sequence[int]

    def finding(self, kind: str, start: int, end: int) -> Finding:
        return Finding(kind, self.places[start], self.places[end - 1] + 1)

    def without(self, pattern: re.Pattern[str]) -> "Reading":
        kept = [at for at, letter in enumerate(self.letters) if not pattern.match(letter)]
        return Reading("".join(self.letters[at] for at in kept), [self.places[at] for at in kept])

    def counted(self) -> "Reading":
        """Chinese digits as digits."""
        return Reading(self.letters.translate(DIGITS), self.places)

    def finds(self, kind: str, pattern: re.Pattern[str]) -> Iterator[Finding]:
        for match in pattern.finditer(self.letters):
            yield self.finding(kind, *match.span())


def fold(text: str) -> str:
    """Full-width, circled and lookalike forms as plain ones, every dash as one."""
    return "".join(_plain(letter) for letter in text).translate(LOOKALIKES)


def _plain(letter: str) -> str:
    digit = unicodedata.digit(letter, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(letter) == "Pd":
        return "-"
    form = unicodedata.normalize("NFKC", letter)
    return form if len(form) == 1 else letter


def seen(folded: str) -> Reading:
    """Without blanks and what cannot be seen: a name written with gaps is still a name."""
    places = [at for at, letter in enumerate(folded) if _is_seen(letter)]
    return Reading("".join(folded[at] for at in places), places)


def _is_seen(letter: str) -> bool:
    return not letter.isspace() and unicodedata.category(letter) not in INVISIBLE
