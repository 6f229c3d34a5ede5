"""The people and units of 韩森寨, by the names that the newspaper gave them.

Whom the report leaves unnamed stays unnamed here, too. Telephone numbers are invented; the demo
sends nothing to anybody: its messages go to a local outbox.
"""

from dataclasses import dataclass

DISTRICT = "610102000000"
STREET = "610102007000"
XIANDONG = "610102007001"


@dataclass(frozen=True)
class Unit:
    """An organisation of the tree; `parent` is the key of the unit above it."""

    key: str
    kind: str
    name: str
    area: str = XIANDONG
    parent: str | None = None
    uscc: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Staff:
    """Somebody who signs in with a password and a second factor."""

    key: str
    name: str
    role: str
    area: str
    unit: str | None = None


@dataclass(frozen=True)
class Person:
    """A volunteer: signs in with a code sent to the phone."""

    key: str
    name: str
    phone: str
    kind: str = "local"
    unit: str | None = None


COMMUNITIES = (
    ("xiandong", "咸东社区"),
    ("xinyuan", "新园社区"),
    ("xianning", "咸宁社区"),
    ("aimin", "爱民社区"),
    ("community-5", "第五社区（报道未具名）"),
    ("community-6", "第六社区（报道未具名）"),
    ("community-7", "第七社区（报道未具名）"),
    ("community-8", "第八社区（单位社区，报道未具名）"),
    ("community-9", "第九社区（单位社区，报道未具名）"),
)

UNITS = (
    Unit("district", "district", "新城区", DISTRICT),
    Unit("street", "street", "韩森寨街道", STREET, "district"),
    *(
        Unit(key, "community", name, f"610102007{number:03}", "street")
        for number, (key, name) in enumerate(COMMUNITIES, start=1)
    ),
    Unit("xiandong-branch", "branch", "咸东社区党支部", XIANDONG, "xiandong"),
    Unit(
        "hospital",
        "resident_unit",
        "陕西省第四人民医院",
        XIANDONG,
        "xiandong",
        email="volunteers@hospital.example",
    ),
    Unit("sunshine", "social_organisation", "阳光家园", XIANDONG, "xiandong"),
)

STAFF = (
    Staff("yang-haiyan", "杨海燕", "street_officer", "610102007", "street"),
    Staff("wu-hongzheng", "兀宏政", "community_worker", XIANDONG, "xiandong"),
    Staff("wang-juan", "王娟", "community_worker", XIANDONG, "xiandong"),
    Staff("branch-secretary", "咸东支部书记", "branch_secretary", XIANDONG, "xiandong-branch"),
    Staff("hospital-contact", "四院志愿服务联络员", "unit_contact", XIANDONG, "hospital"),
    Staff("auditor", "区审计员", "auditor", "610102", "district"),
)

PEOPLE = (
    Person("bao-xiaohong", "包小红", "13800138001", unit="xiandong-branch"),
    Person("zhang-zhan", "张占", "13800138002", unit="xiandong-branch"),
    Person("zhang-jin", "张进", "13800138003", kind="guest"),
    Person("helper", "咸东社区党员", "13800138004", unit="xiandong-branch"),
    Person("hospital-1", "四院志愿者一", "13800138005", unit="hospital"),
    Person("hospital-2", "四院志愿者二", "13800138006", unit="hospital"),
)


@dataclass(frozen=True)
class Beneficiary:
    name: str
    address: str
    phone: str | None = None


HUANG = Beneficiary("黄先生", "省建八公司家属院", "13800138011")
XIAO = Beneficiary("肖老太", "省安装公司北家属院")
YANG = Beneficiary("杨玉凤", "陕建五公司家属院", "13800138013")
NEIGHBOUR = Beneficiary("某居民", "示例家属院", "13800138014")
STREETLIGHT = Beneficiary("另一位居民", "示例巷口", "13800138015")
"""Of the fifth story, which the newspaper does not tell: nobody in particular."""
