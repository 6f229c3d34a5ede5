"""Accounts and vehicles by which anybody can be found: WeChat, QQ, e-mail, number plates.

Every repetition in the patterns has an upper bound, so that a hostile text costs what its length
allows and no more.
"""

import re
from collections.abc import Iterator

from wishes.domain.leak_text import Finding, Reading

FILL = r"(?:号码?|同号|群|主|名|搜索?|id|是|为|叫|的|她|他|我|[账帐]号|加|找|联系|备注|里|了|见|[-:,=.(+\"'“”‘’，：（])"
WECHAT_SAID = (
    r"(?:微[.·]?信|[威薇徽维围唯]信|[微威薇徽]芯|微号|绿泡泡|(?<![a-z0-9])(?:v{1,3}[x×]|wx|wechat|weixin)"
    r"|(?<![a-z0-9])v信?(?=[:❤♥])|(?<![a-z0-9])v信|[微薇v][❤♥💗💕](?:xin|信)?|加微|[加+➕]我?v)"
)
WECHAT = re.compile(
    rf"{WECHAT_SAID}{FILL}{{0,6}}(?P<id>[a-z][\w-]{{5,19}}|\d{{6,10}}(?!\d))",
    re.IGNORECASE | re.ASCII,
)
WECHAT_AFTER = re.compile(
    rf"(?P<id>[a-z][\w-]{{5,19}})[(,，]?(?:这|那)?[是为]?(?:[我她他]|[儿女]儿?子?)?的?{WECHAT_SAID}",
    re.IGNORECASE | re.ASCII,
)
NO_ID = re.compile(
    r"(?:wechat|weixin|android|iphone|ipad|windows|huawei|xiaomi|excel|office|photoshop|video|bluetooth|facetime|facebook|youtube|alipay|taobao|douyin|kuaishou|pinduoduo)$",
    re.IGNORECASE,
)
QQ = re.compile(
    rf"(?:(?<![a-z])qq?|扣扣|叩叩|球球|企鹅|加扣|扣[我群]|群号|加我的?号){FILL}{{0,6}}(?P<id>[1-9](?:[-.·]?\d){{4,11}})(?!\d)",
    re.IGNORECASE | re.ASCII,
)
HOSTS = r"(?:qq|vip|163|126|139|189|sina|sohu|gmail|outlook|hotmail|foxmail|yeah|aliyun|icloud)"
EMAIL = re.compile(
    rf"[a-z0-9_][\w.+-]{{0,63}}(?:@|\(?艾特\)?|圈a|\(at\)|(?:\#|\(?at\)?)(?={HOSTS}))"
    r"[a-z0-9-]{1,40}(?:(?:[.。]|点|dot)[a-z0-9-]{2,20}){1,3}",
    re.IGNORECASE | re.ASCII,
)
PLATE = re.compile(
    r"(?:[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][西字]?|车牌[号是为:]{0,2}|牌照[号是为:]{0,2}|车号[是为:]{0,2})"
    r"[a-z](?P<body>(?:[-.·•]{0,2}[a-z0-9]){4,6}[警学挂领港澳使]?)",
    re.IGNORECASE | re.ASCII,
)
SPOKEN = str.maketrans("洞拐勾", "079")
BODY = re.compile(
    r"[A-HJK][A-Z0-9]?\d{4,5}|\d{5}[A-HJK]|(?=(?:[A-Z]{0,2}\d){3})[A-Z0-9]{5}|[A-Z0-9]{4}[警学挂领港澳使]"
)
"""GA 36: five letters and digits, at most two letters; six on a new-energy plate."""


def accounts(text: Reading) -> Iterator[Finding]:
    counted = text.counted()
    yield from text.finds("email", EMAIL)
    for match in (*WECHAT.finditer(text.letters), *WECHAT_AFTER.finditer(text.letters)):
        if not NO_ID.match(match["id"]):
            yield text.finding("wechat", *match.span())
    yield from counted.finds("qq", QQ)
    for match in PLATE.finditer(counted.letters.translate(SPOKEN)):
        body = re.sub(r"[-.·•]", "", match["body"]).upper()
        if BODY.match(body):
            yield counted.finding("plate", *match.span())
