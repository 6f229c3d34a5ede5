"""What must not stand on a public card: who the person is, where they live, how vulnerable they are.

Structured identifiers by their shape, names and the address by comparison with the person's own,
and the words that make a tree a burglar's list. Decision 0014 says what is found and how well.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from wishes.domain.leak_accounts import accounts
from wishes.domain.leak_addresses import addresses
from wishes.domain.leak_names import names
from wishes.domain.leak_numbers import is_id_number, numbers
from wishes.domain.leak_text import Finding, fold, seen

__all__ = ["Finding", "find_leaks", "is_id_number"]

VULNERABLE = re.compile(
    r"独居|孤寡|空巢|留守|一个人住|一人住|单亲|孤儿|残疾|肢残|瘫痪|偏瘫|失能|失智|老年痴呆|精神病|癌|透析|尿毒症|糖尿病|白血病|帕金森|心脏病|低保|特困|五保|困难户|贫困"
    r"|(?:没有?人|一个人|就我|独自)在家|家里没有?人|独自(?:生活|居住)"
    r"|[\d一二三四五六七八九十百几多来]{0,4}(?<![压万守岁太])岁(?![月岁末寒首尾])"
)
NUMBER_LIKE = ("id_number", "email", "plate", "qq", "wechat", "bank_card", "phone", "address")
"""Of two such findings in one place the first kind says more."""


def find_leaks(text: str, name: str, address: str, others: Sequence[str] = ()) -> list[Finding]:
    """Everything on a card that must be taken out before it can hang, in order, once each.

    `name` and `address` are the person's own; `others` are names of the household and of whoever
    wrote for them. Places count in `text`. The work grows linearly with each of these.
    """
    read = seen(fold(text))
    found = {
        *numbers(read),
        *accounts(read),
        *addresses(read, address),
        *names(read, name, others),
        *read.finds("vulnerable", VULNERABLE),
    }
    kept = _said_once(_joined(found))
    return sorted(kept, key=lambda finding: (finding.start, finding.end, finding.kind))


def _joined(found: Iterable[Finding]) -> Iterator[Finding]:
    """Findings of a kind that overlap or touch are one: one thing to take out, one to overrule."""
    ordered = sorted(found, key=lambda finding: (finding.kind, finding.start, finding.end))
    for kind, group in groupby(ordered, key=lambda finding: finding.kind):
        start, end = -1, -1
        for finding in group:
            if start >= 0 and finding.start > end:
                yield Finding(kind, start, end)
                start = -1
            start = finding.start if start < 0 else start
            end = max(end, finding.end)
        yield Finding(kind, start, end)


def _said_once(found: Iterable[Finding]) -> Iterator[Finding]:
    """Without numbers inside of others: the digits of a QQ number are no telephone beside it.

    The same for a room number inside of a telephone's.
    """
    widest = 0
    for finding in sorted(found, key=_widest_first):
        if finding.kind not in NUMBER_LIKE:
            yield finding
        elif finding.end > widest:
            widest = finding.end
            yield finding


def _widest_first(finding: Finding) -> tuple[int, int, int]:
    rank = NUMBER_LIKE.index(finding.kind) if finding.kind in NUMBER_LIKE else 0
    return finding.start, -finding.end, rank
