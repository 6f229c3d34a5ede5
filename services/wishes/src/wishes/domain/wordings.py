"""What people are asked, word for word, per purpose (PIPL Art. 14, 17, 25, 29).

Numbered. A wording that somebody has agreed to is never changed: the next one is added below it, and
the ledger holds which of them was shown. What is sensitive, such as health or hardship, is named.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Purpose = Literal["service", "publish", "photo", "share"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


@dataclass(frozen=True)
class Wording:
    purpose: Purpose
    version: int
    zh: str
    en: str


WORDINGS = (
    Wording(
        "service",
        1,
        "我同意社区用我的姓名、电话、住址和心愿里的话，来核实、转达和办成这个心愿。里面要是说到身体、"
        "家里的难处，也只用来办这件事。只有办这件事的人看得到，谁看了、为什么看，都记下来，我随时可以查。"
        "心愿了结以后，按区里公布的期限删除。我随时可以收回，收回之前办的不受影响。",
        "The community may use my name, telephone number, address and the words of my wish to check it, "
        "pass it on and make it come true. Whatever they say of my health or hardship is used for nothing "
        "else. Only those who work on it can see them; every look is written down and I can ask who "
        "looked. They are deleted after the time that the district has published. I can take this back "
        "at any time; what was done before stays right.",
    ),
    Wording(
        "publish",
        1,
        "我同意把这个心愿改写成一张看不出是谁的卡片，挂在社区的心愿树上，谁都能看到。卡片上不写姓名、"
        "电话、住址，也不写身体和家里的难处。我随时可以请社区取下来，马上就取。",
        "My wish may hang on the community's tree for everybody to see, rewritten so that nobody can tell "
        "whose it is: without name, number or address, and without a word on health or hardship. I can "
        "have it taken down at any time, and it is taken down at once.",
    ),
    Wording(
        "photo",
        1,
        "我同意在送到的时候拍照留底。照片只给社区和办这件事的人看，不公开，也不拿去宣传。不拍照，心愿"
        "一样办。我随时可以收回，收回以后谁也看不到照片。",
        "A photo may be taken when the help arrives, as a record. Only the community and those who "
        "helped can see it; it is not published. Without a photo my wish is treated the same. I can take "
        "this back at any time, and then nobody can see the photo any more.",
    ),
    Wording(
        "share",
        1,
        "这个心愿社区办不了的时候，我同意把需要说的转给能办的单位，例如 12345、慈善组织、社会救助。转给谁、"
        "转什么，先告诉我。我随时可以收回，收回以后不再转。",
        "Where the community cannot help, it may pass on what is needed to those who can: the 12345 line, "
        "a charity, social assistance. I am told before who gets what. I can take this back at any time; "
        "nothing is passed on after that.",
    ),
)


def current(purpose: Purpose) -> Wording:
    """What is shown to whoever is asked today."""
    return max(
        (wording for wording in WORDINGS if wording.purpose == purpose),
        key=lambda wording: wording.version,
    )


def is_known(purpose: Purpose, version: int) -> bool:
    """Whether anybody can have agreed to this: an old paper has an old wording."""
    return any(wording.purpose == purpose and wording.version == version for wording in WORDINGS)
