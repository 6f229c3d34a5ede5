"""The words on the pages, zh-CN first; each as a good neighbour at the desk would say it."""

CATEGORIES = {"goods": "物资", "service": "便民", "companionship": "陪伴", "skills": "技能"}
LETTERS = {"goods": "g", "service": "s", "companionship": "c", "skills": "k"}
EFFORTS = {
    "half_hour": "半小时工夫",
    "one_hour": "一小时工夫",
    "half_day": "半天工夫",
    "one_day": "一天工夫",
    "one_item": "一件东西",
}
STATES = {"open": "等人帮", "claimed": "有人在办", "fulfilled": "已实现"}
CARD_STATES = {
    "draft": "先记下了",
    "submitted": "等核实",
    "verified": "等发布",
    "posted": "等人帮",
    "claimed": "有人在办",
    "delivered": "等您确认",
    "fulfilled": "已实现",
    "closed": "已了结",
    "returned": "退回修改",
    "withdrawn": "已收回",
    "taken_down": "已取下",
    "referred": "已转办",
}
UNDER_WAY = ("draft", "submitted", "verified", "posted", "claimed", "delivered", "fulfilled")
"""States in which the steps that are not reached yet are still to come."""
NEXT = {
    "returned": "这个心愿还要改一改，社区会跟您联系。",
    "withdrawn": "这个心愿收回了，卡片已经取下。什么时候想再许，到社区说一声。",
    "taken_down": "卡片从树上取下来了。想再挂上去，跟社区说一声。",
    "referred": "这件事转给了专门管的单位，有回音社区会告诉您。",
    "closed": "这件事了结了。还有什么要说的，到社区服务台说一声。",
}
"""What comes next, where it is not simply the next step."""
WAITING = "有了新消息，这里会写上；有电话的，也会发短信告诉您。着急就到社区服务台说一声。"
OTHERWISE = "在办"
"""What is said of a state that came after this page was written."""
STEPS = {
    "submitted": "收下了",
    "posted": "挂上树了",
    "claimed": "有邻居来办了",
    "contacted": "跟您说好了",
    "delivered": "送到了，等您说一声",
    "fulfilled": "您说：办好了",
}
BLOSSOMS = ("fulfilled", "closed")
REASONS = {
    "too_bright": "太亮、太吵，或者不舒服",
    "wrong_size": "大小、样子不对",
    "does_not_work": "用不了",
    "not_enough": "还差一点",
    "other": "别的，社区来问我",
}
SIZES = ("24", "28", "34", "40")
ERRORS: dict[int, tuple[str, str]] = {
    400: ("有一处看不懂", "刚才填的有一处看不懂，请退回去看看再发。写的都还在。"),
    403: ("这一步要别的同事来做", "这一步要别的角色来做。需要帮忙，到社区服务台说一声。"),
    404: ("没有这一页", "没有找到这一页。看看地址，或者从树那里再进来。"),
    405: ("没有这一页", "这个地址不能这样用，请从树那里再进来。"),
    410: ("这个心愿已经收回", "许愿的人把这个心愿收回了。树上还有别的，看看吗？"),
    413: ("太长了", "写得太长了，请短一些再发。"),
    429: ("先停一会儿", "试的次数多了，先停 15 分钟再试。着急就到社区服务台说一声。"),
    500: (
        "我们这边出了点毛病",
        "我们这边出了点毛病，不是您的错。您写的没有丢。过几分钟再试，或者到社区服务台说一声。",
    ),
    503: ("稍等一下", "我们这边一时没接上，什么都没有改动，过几秒再试就好。"),
}
HANDS_FULL = "too-many-claims"
LOST_RACE = "有位邻居比您早了一步，心愿有人办了。树上还有别的，看看吗？"
IN_OUR_WORDS = {"wrong-state": LOST_RACE}
"""Why a wish could not be taken; all other refusals are shown as the service says them."""
WRONG_CODE = "卡号和六个数对不上，再看看卡片右边那一联。"
