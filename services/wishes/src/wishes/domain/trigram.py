"""How alike two texts are, by PostgreSQL's own measure: `similarity()` of pg_trgm.

Source: contrib/pg_trgm/trgm_op.c of PostgreSQL 18, `generate_trgm` and `cnt_sml`. A word is a run of
letters and digits; in lower case, with two blanks before it and one after it, it is cut into pieces of
three; the measure is the share of distinct pieces that both texts have. Counted here and not there,
because the database holds sealed words only.
"""

import re

WORD = re.compile(r"[^\W_]+")


def similarity(one: str, other: str) -> float:
    """From 0 (no piece in common, or no word at all) to 1 (all pieces)."""
    ours, theirs = trigrams(one), trigrams(other)
    if not ours or not theirs:
        return 0.0
    return len(ours & theirs) / len(ours | theirs)


def trigrams(text: str) -> set[str]:
    pieces: set[str] = set()
    for word in WORD.findall(text.lower()):
        padded = f"  {word} "
        pieces.update(padded[at : at + 3] for at in range(len(padded) - 2))
    return pieces
