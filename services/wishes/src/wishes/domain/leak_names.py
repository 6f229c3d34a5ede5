"""Who somebody is: the person's own name and their family's, the ways neighbours say it, 我叫….

Names of strangers cannot be told from words without a model of the language; only where somebody
introduces themselves is any name taken for one.
"""

import re
from collections.abc import Iterator, Sequence

from wishes.domain.leak_text import JOINTS, Finding, Reading, fold, seen

COMPOUND = re.compile(
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|令狐|慕容|夏侯|呼延|端木|公孙|轩辕|司徒|司空|长孙|宇文|南宫|西门|独孤|完颜"
)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
    "韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万钱严洪赖武莫孔汤向常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟"
    "申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单裴霍涂成苗谷曲盛冉路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉"
    "缪简项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂佟应臧闵苟邬边卞姬师仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩佘池查麻苑迟邝官"
    "封谈匡鞠惠荆乐冀郁胥储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘伊仝郜阚权屠豆"
)
"""In the order of how many bear them; the rarest are left out, being words more often than names."""
TITLE = re.compile(
    r"老太太|老太|老汉|老人家|老人|老师傅|老师|师傅|大爷|大妈|大娘|大婶|大叔|大伯|大哥|大姐|大嫂|阿姨|奶奶"
    r"|爷爷|婆婆|叔叔|伯伯|婶婶|婶子|嫂子|先生|女士|小姐|同志|医生|大夫|主任|书记|校长|某某?|[×*○xX]{2}"
    r"|[叔姨婶伯哥姐嫂爷婆妈爸]|工(?=$|\W|[想要需请说会能是在有缺也和])"
)
KINDLY = "阿姨|奶奶|爷爷|婆婆|大妈|大爷|[姨婶姐哥叔嫂]"
"""After the last syllable of a given name: 芳姨."""
FOLLOWS = re.compile(
    r"$|[^\w]|[想要需请希盼愿说讲问教学会能是在有缺用爱喜也今和跟与同给的很就来收管写拿借送去打看]|家[的在有住人想要里]"
)
"""What comes after a person; after 小王 in 小王子, 小马 in 小马扎 comes something else."""
RELATION = re.compile(
    "(?:[他她](?:妈|爸|娘|爹)|[小大儿]?媳妇|儿媳|女婿|老婆|老公|老伴|爱人|丈夫|当家的|那口子|婆娘|姥姥|姥爷|外[婆公]"
    "|[大小二三]?(?:孙子(?!兵法)|孙女|外孙|儿子|女儿|闺女|姑娘|丫头|孩子|娃|弟弟|妹妹|兄弟)|[爹娘](?!子军))(?!们)"
)
"""Neighbours name whom they mean by somebody whose name they know: 建国媳妇, 建国他妈."""
FAMILY = re.compile(rf"家的?[大小老]?(?:{TITLE.pattern}|{RELATION.pattern}|老[大二三四五])")
"""What comes after a surname: 黄家奶奶, 黄家小孙子."""
HOME = re.compile(
    "家(?!家|[园庭具乡长属政务教常风业产畜禽谱访居国纺训境底族用伙私书信计羊牛肉泡馍饺]|电(?![灯视线表路费扇])|装(?:公司|店|城)"
    "|[庄村沟湾屯寨堡坡河店铺桥营岭坪坝塬崖梁洼滩巷])"
)
"""Where somebody lives: 给建国家修灯; not 建国家园, 黄家村."""
NO_HOUSE = frozenset("商农管全")
"""商家师傅, 农家大姐: with 家 these surnames are words."""
STANDS = re.compile(r"[找系给叫请的我是帮替为和跟与由送让问对向等陪见教]|\W")
"""What comes before a person, where the name is also a word: 五斤小米 is none."""
VISITED = re.compile("[去到在住上]")
"""What comes before somebody's home besides that."""
WORDS = frozenset(
    "米马花金石方毛王白黄江温包段丁车高水安时明丰解成向路商夏冬秋田林叶苗鱼虎牛羊熊龙梅桃卷江"
)
"""Surnames that begin other words."""
TAILS = {
    "方": "地东南西北对大四双平",
    "安": "西公治",
    "江": "长",
    "金": "资奖现",
    "黄": "鸡",
    "高": "最提",
}
"""地方老师, 西安老人: here the surname ends a word."""
MEASURES = frozenset("张段方包米车卷家层毛")
COUNT = re.compile(r"[\d一二两三四五六七八九十百几半每这那整]")
COMMON = re.compile(
    "和平|建设|解放|国庆|建国|明亮|光明|胜利|成功|向阳|红旗|丰收|春花|平安|幸福|建军|团结|进步|高兴|新民|安静|温暖"
    "|温馨|安全|秋实|明德|童心|欢乐|快乐|健康|长春|东风|永久"
)
"""Given names that are words of every day."""

KIN = r"[我他她俺]|名字?|儿子|女儿|孙子|孙女|外孙女?|老伴|爱人|媳妇|丈夫|学生|孩子|娃|徒弟"
CALLED = re.compile(
    rf"(?:(?:{KIN})叫(?:做|作)?|(?:姓名|署名|落款|联系人|名字)[是为:]{{1,2}}|名字是)"
    rf"(?P<name>(?:{COMPOUND.pattern}|[{SURNAMES}])[\u4e00-\u9fff]{{1,2}})"
)
SURNAMED = re.compile(rf"(?:我|免贵|本人)姓(?P<name>{COMPOUND.pattern}|[{SURNAMES}])")
NO_NAME = re.compile(
    r"孙[子女]|许多|任何|何[时人]|[黄白]色|白菜|安静|高[兴声血]|常[来常]|方便|马上|时[间候]|王子|向导|管理"
)
"""我叫车去医院, 孩子叫安静: what begins like a name and is none."""


def names(text: Reading, name: str, others: Sequence[str]) -> Iterator[Finding]:
    """The names given, their parts, honorifics of their surnames, and self-introductions."""
    joined = text.without(JOINTS)
    for person in (name, *others):
        yield from _of_person(joined, seen(fold(person)).letters)
    for pattern in (CALLED, SURNAMED):
        for match in pattern.finditer(joined.letters):
            if not NO_NAME.match(joined.letters, match.start("name")):
                yield joined.finding("name", *match.span("name"))


def _of_person(text: Reading, whole: str) -> Iterator[Finding]:
    parts = [part for part in JOINTS.split(whole) if part]
    if not parts:
        return
    plain = "".join(parts)
    surname = _surname(plain)
    given = plain.removeprefix(surname) if len(parts) == 1 else ""
    for word in {plain, given, *parts}:
        if len(word) >= 2 and not TITLE.fullmatch(word):
            yield from _word(text, word)
    if surname:
        yield from _honorifics(text, surname)
    if given and not TITLE.match(given):
        yield from _called_small(text, given[-1])
        for match in re.finditer(rf"{re.escape(given[-1])}(?:{KINDLY})", text.letters):
            if _begins(text.letters, match.start()):
                yield text.finding("name", *match.span())


def _surname(name: str) -> str:
    if len(name) < 2 or not "\u4e00" <= name[0] <= "\u9fff":
        return ""
    compound = COMPOUND.match(name)
    return compound.group() if compound else name[0]


def _word(text: Reading, word: str) -> Iterator[Finding]:
    for match in re.finditer(re.escape(word), text.letters):
        if not COMMON.fullmatch(word) or _stands(text.letters, *match.span()):
            yield text.finding("name", *match.span())


def _honorifics(text: Reading, surname: str) -> Iterator[Finding]:
    for match in re.finditer(rf"{re.escape(surname)}(?:{TITLE.pattern})", text.letters):
        before = text.letters[: match.start()][-1:]
        counts = surname in MEASURES and COUNT.fullmatch(before)
        if not counts and before not in tuple(TAILS.get(surname, "")):
            yield text.finding("name", *match.span())
    if surname not in NO_HOUSE:
        yield from _of_family(text, surname)
    for match in re.finditer(rf"{re.escape(surname)}老(?![的是])", text.letters):
        if _begins(text.letters, match.start()) and surname not in "古元长敬养":
            yield text.finding("name", *match.span())
    yield from _called_small(text, surname)


def _of_family(text: Reading, surname: str) -> Iterator[Finding]:
    """黄家奶奶, 黄家小孙子."""
    for match in re.finditer(re.escape(surname), text.letters):
        start, end = match.span()
        family = FAMILY.match(text.letters, end)
        if family and text.letters[:start][-1:] not in tuple(TAILS.get(surname, "")):
            yield text.finding("name", start, family.end())


def _called_small(text: Reading, syllable: str) -> Iterator[Finding]:
    """小王, 老黄, 阿芳."""
    for match in re.finditer(rf"[小老阿]{re.escape(syllable)}", text.letters):
        start, end = match.span()
        follows = any(pattern.match(text.letters, end) for pattern in (FOLLOWS, RELATION, HOME))
        begins = _begins(text.letters, start) or _is_visited(text.letters, start, end)
        if follows and (syllable not in WORDS or begins):
            yield text.finding("name", start, end)


def _begins(letters: str, start: int) -> bool:
    return start == 0 or STANDS.match(letters, start - 1) is not None


def _is_visited(letters: str, start: int, end: int) -> bool:
    """去建国家坐坐."""
    at_home = HOME.match(letters, end) is not None
    return at_home and start > 0 and VISITED.match(letters, start - 1) is not None


def _stands(letters: str, start: int, end: int) -> bool:
    """Stands where a person would: 建国想要, 建国叔, 给建国家, and not 建国七十年."""
    if TITLE.match(letters, end) or RELATION.match(letters, end):
        return True
    if _is_visited(letters, start, end):
        return True
    follows = FOLLOWS.match(letters, end) or HOME.match(letters, end)
    return letters[end : end + 1] != "的" and follows is not None and _begins(letters, start)
