"""The sentences people get, zh-CN first. As a good neighbour at the desk would say it.

No names, no addresses: a message may be read over a shoulder. `{…}` are times, counts and codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Template:
    zh: str
    en: str

    def fields(self) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(self.zh) if name}

    def text(self, details: Mapping[str, object], language: Language = "zh") -> str:
        """The sentence; times and amounts are said in its language."""
        said = {name: _said(name, value, language) for name, value in details.items()}
        said["amounts"] = _amounts(details, language)
        return (self.zh if language == "zh" else self.en).format_map(said)


def _said(name: str, value: object, language: Language) -> object:
    if name not in ("contact_by", "fulfil_by", "since"):
        return value
    at = datetime.fromisoformat(str(value))
    if name == "since":
        return (
            f"{at:%H:%M} on {at.day} {at:%B}"
            if language == "en"
            else f"{at.month} 月 {at.day} 日 {at:%H:%M} "
        )
    if language == "en":
        hour = f"{at.hour % 12 or 12} {'am' if at.hour < 12 else 'pm'}"
        return f"{hour} on {at:%A} {at.day} {at:%B}"
    part = "早上" if at.hour < 12 else "下午" if at.hour < 18 else "晚上"
    day = "一二三四五六日"[at.weekday()]
    return f"{at.month} 月 {at.day} 日（周{day}）{part} {at.hour % 12 or 12} 点"


def _amounts(details: Mapping[str, object], language: Language) -> str:
    """Points, hours, value of gifts: what there is of them, and no zeros."""
    points, minutes, fen = (int(str(details.get(n, 0))) for n in ("points", "minutes", "fen"))
    zh = language == "zh"
    said = [
        (points, f"{points} 个积分" if zh else f"{points} points"),
        (minutes, f"{minutes / 60:.4g} 小时" if zh else f"{minutes / 60:.4g} hours"),
        (fen, f"估值 {fen / 100:.10g} 元的实物" if zh else f"gifts worth {fen / 100:.10g} yuan"),
    ]
    joined = ("、" if zh else ", ").join(words for amount, words in said if amount)
    # A digit after a Chinese character is set off by a space, a character is not.
    return f" {joined}" if zh and joined[:1].isdigit() else joined


TEMPLATES: dict[str, Template] = {
    "wish_received": Template(
        "您的心愿收下了，卡号 {card_no}。社区会先来核实，再挂到树上。",
        "Your wish is with us, card {card_no}. The community will check it and hang it on the tree.",
    ),
    "wish_to_verify": Template(
        "来了一个新心愿，卡号 {card_no}，等核实。",
        "A new wish, card {card_no}, waits to be checked.",
    ),
    "wish_hung": Template(
        "您的心愿挂到树上了，卡号 {card_no}。有邻居来办，我们马上告诉您。",
        "Your wish hangs on the tree, card {card_no}. We will tell you when a neighbour takes it.",
    ),
    "wish_taken": Template(
        "有邻居来办您的心愿了，{contact_by}前会联系您。",
        "A neighbour has taken your wish and will be in touch before {contact_by}.",
    ),
    "claim_won": Template(
        "这个心愿交到您手上了。请在 {contact_by}前给对方打个电话。",
        "This wish is in your hands. Please ring before {contact_by}.",
    ),
    "claim_in_area": Template(
        "有人认领了一个心愿，{fulfil_by}前办好。", "A wish was taken, to be done by {fulfil_by}."
    ),
    "claim_in_branch": Template(
        "支部里有位同志认领了一个心愿，{fulfil_by}前办好。",
        "Somebody of your branch has taken a wish, to be done by {fulfil_by}.",
    ),
    "claim_joined": Template(
        "您也一起办这个心愿了，谢谢您搭把手。",
        "You are part of this wish now. Thank you for lending a hand.",
    ),
    "claim_released": Template(
        "心愿回到树上了，谢谢您试过。这不会记到任何地方。",
        "The wish is back on the tree. Thank you for trying. It is not held against you anywhere.",
    ),
    "wish_back_on_tree": Template(
        "您的心愿又挂回树上了，别的邻居可以接着帮。",
        "Your wish is back on the tree, where other neighbours can take it.",
    ),
    "wish_delivered": Template(
        "有人把您的心愿办了。您看合适吗？满意，按“办好了”；不合适，按“不合适”，我们接着办。",
        "Somebody has fulfilled your wish. Is it right for you? If not, say so and we go on.",
    ),
    "wish_to_confirm": Template(
        "有一个心愿送到了，等许愿的人说一声。",
        "A wish was delivered and waits for a word of the person who wished.",
    ),
    "wish_delivered_by_you": Template(
        "送到了，辛苦您跑这一趟。等对方说一声“办好了”，这朵花就开。",
        "Delivered, thank you for going. It blossoms when they say it is done.",
    ),
    "wish_blossoms": Template("您的心愿开花了。", "Your wish is in blossom."),
    "wish_done": Template(
        "对方说：办好了。这一朵，是您的。", "They say it is done. This blossom is yours."
    ),
    "wish_done_in_area": Template("又有一个心愿开花了。", "One more wish is in blossom."),
    "wish_done_in_branch": Template(
        "支部里的同志办好了一个心愿。", "Somebody of your branch has fulfilled a wish."
    ),
    "wish_reopened": Template(
        "对方说不太合适。心愿接着办，不怪谁。您愿意再帮一次吗？",
        "They say it is not quite right. The wish goes on, nobody is to blame. Would you help once more?",
    ),
    "wish_goes_on": Template(
        "知道了，不合适我们接着办，会再跟您联系。",
        "We heard you. We go on with it and will be in touch.",
    ),
    "wish_sent_back": Template(
        "您的心愿还要改一改，社区会跟您联系。",
        "Your wish needs a change; the community will ring you.",
    ),
    "wish_withdrawn": Template("收回了，卡片已经取下。", "Withdrawn; the card is off the tree."),
    "approved": Template(
        "登记通过了，您可以去树上看看，愿意帮哪一个都行。",
        "You are registered. Have a look at the tree and take whichever you like.",
    ),
    "saved": Template(
        "存进{amounts}。怎么算的，点开看。", "{amounts} saved. See how they were counted."
    ),
    "saved_gifts": Template(
        "这次的{amounts}，记在单位名下了。", "Recorded for your unit: {amounts}."
    ),
    "taken_back": Template(
        "心愿接着办，先前的{amounts}先取回来，办好了再存。",
        "The wish goes on; {amounts} are taken back until it is done.",
    ),
    "claim_won_by_unit": Template(
        "这个心愿交到你们单位手上了。请在 {contact_by}前给对方打个电话。",
        "This wish is in the hands of your unit. Please ring before {contact_by}.",
    ),
    "wish_done_by_unit": Template(
        "对方说：办好了。这一朵，是你们单位的。",
        "They say it is done. This blossom is your unit's.",
    ),
    # For the operators: what the platform says about itself.
    "alert_at_once": Template(
        "请马上看：{summary}。{description}{since}开始。值班手册“{section}”一段，告警 {alert}。",
        "Please look at once: {summary}. {description} Since {since}. Runbook: {section}, alert {alert}.",
    ),
    "alert_by_day": Template(
        "白天看一下：{summary}。{description}{since}开始。值班手册“{section}”一段，告警 {alert}。",
        "Please look by day: {summary}. {description} Since {since}. Runbook: {section}, alert {alert}.",
    ),
    "alert_over": Template(
        "好了：{summary}。{since}开始的那一次过去了，告警 {alert}。",
        "It is over: {summary}. Since {since}, alert {alert}.",
    ),
    "wish_reopened_in_area": Template(
        "有一个心愿对方说不太合适，接着办。请跟许愿的人再联系一次。",
        "One wish was not quite right and goes on. Please get in touch with the person who wished.",
    ),
}
