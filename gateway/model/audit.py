"""The quality of a catalogue: which of the 16 elements a matter has, what contradicts itself, how many need one visit at most.

The elements are those of the 16-element guide (domain.md §2.10); the rules are those by which 到办事现场次数 and 时限 are supervised
(domain.md §1.3, §5.1). Everything here is pure and says nothing of whether a matter may be filed under.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .matter import CaseType, Channel, MaterialForm, Matter, Mode, Necessity, TimeLimit, TimeUnit, implementing_parts

_HOURS_A_DAY = 24
_REMOTE = frozenset({Channel.ONLINE, Channel.MOBILE, Channel.COURIER})
_PLACEHOLDERS = frozenset({"-", "--", "—", "——", "/", "\\", "n/a", "暂无", "待定", "待补充", "略"})
"""Texts that people write into a column that must be filled; they publish nothing."""


@dataclass(frozen=True, slots=True)
class Element:
    """One of the 16. key: its column or field."""

    key: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """missing: the elements that the destination has not published."""

    missing: tuple[Element, ...]

    @property
    def filled(self) -> int:
        return len(ELEMENTS) - len(self.missing)

    @property
    def of(self) -> int:
        return len(ELEMENTS)


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """rule: a key of RULES; zh, en: what contradicts what."""

    rule: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class OnceRate:
    """items: all; at_most_once: those that need one visit or none; unknown: those whose number of visits is not published."""

    items: int
    at_most_once: int
    unknown: int

    @property
    def percent(self) -> Decimal | None:
        """Of all items, in percent with two decimals, half up; None when there are none."""
        if not self.items:
            return None
        return (Decimal(100 * self.at_most_once) / Decimal(self.items)).quantize(Decimal("0.01"), ROUND_HALF_UP)


ELEMENTS: tuple[Element, ...] = (
    Element("name", "事项名称", "name"),
    Element("body", "实施机构", "implementing body"),
    Element("category", "项目类别", "category"),
    Element("basis", "设立依据", "legal basis"),
    Element("materials", "申请材料", "materials"),
    Element("procedure", "办理程序", "procedure"),
    Element("fee", "收费标准", "fee"),
    Element("statutory_limit", "法定时限", "statutory limit"),
    Element("promised_limit", "承诺时限", "promised limit"),
    Element("address", "办理地点", "address"),
    Element("hotline", "咨询电话", "hotline"),
    Element("conditions", "受理条件", "conditions"),
    Element("hours", "办理时间", "hours"),
    Element("supervision_hotline", "监督投诉电话", "supervision hotline"),
    Element("result_name", "审批结果", "result"),
    Element("code", "事项编码", "code"),
)

RULES: dict[str, tuple[str, str]] = {
    "limit.promise-over-statutory": ("承诺时限长于法定时限", "the promised limit is longer than the statutory limit"),
    "limit.instant-type": ("承诺即办，办件类型却不是即办件", "promised at once, yet the case type is not instant"),
    "limit.promised-type": ("承诺时限不是即办，办件类型却是即办件", "not promised at once, yet the case type is instant"),
    "onsite.reason": ("到办事现场次数不为 0，未说明必须现场办理的原因", "visits are needed, and the reason is not given"),
    "onsite.zero-needs-channel": (
        "到办事现场次数为 0，却没有网上或快递申请的途径",
        "no visit is needed, yet one can apply neither online nor by courier",
    ),
    "onsite.full-online": ("全程网办，到办事现场次数却不为 0", "handled online from end to end, yet visits are needed"),
    "fee.standard": ("收费，未公布收费标准", "a fee is charged, and its standard is not given"),
    "material.paper-online": (
        "全程网办，却有必须提交纸质的材料",
        "handled online from end to end, yet a required material is on paper only",
    ),
    "code.implementing": ("实施编码与事项编码或实施机构代码不一致", "the implementing code carries another matter or another body"),
}


def completeness(matter: Matter) -> Completeness:
    """Which of the 16 elements are published. A fee is, when it says whether one is charged; materials are, when it says that none are."""
    return Completeness(tuple(element for element in ELEMENTS if not _published(matter, element.key)))


def inconsistencies(matter: Matter) -> tuple[Inconsistency, ...]:
    """Every rule of RULES that the matter breaks. What is not published breaks none."""
    return tuple(Inconsistency(rule, *RULES[rule]) for rule, broken in _CHECKS if broken(matter))


def run_at_most_once(matters: Iterable[Matter]) -> OnceRate:
    """Of how many matters one visit is enough (最多跑一次). One that does not say counts among all, not among those."""
    items = once = unknown = 0
    for matter in matters:
        items += 1
        unknown += matter.onsite_trips is None
        once += matter.onsite_trips is not None and matter.onsite_trips <= 1
    return OnceRate(items, once, unknown)


def _published(matter: Matter, key: str) -> bool:
    if key == "materials":
        return bool(matter.materials) or matter.no_materials
    value = getattr(matter, key)
    if isinstance(value, str):
        return value.strip().lower() not in _PLACEHOLDERS | {""}
    return value is not None


def _promise_over_statutory(matter: Matter) -> bool:
    promised, statutory = matter.promised_limit, matter.statutory_limit
    return promised is not None and statutory is not None and surely_longer(promised, statutory)


def surely_longer(one: TimeLimit, other: TimeLimit) -> bool:
    """Whether `one` is longer whatever the calendar: n working days take n calendar days or more, so the rest cannot be told."""
    if one.unit is other.unit:
        return one.value > other.value
    if other.unit is TimeUnit.WORKING_DAYS:
        return False
    return _at_least_hours(one) > _at_least_hours(other)


def _at_least_hours(limit: TimeLimit) -> int:
    return limit.value if limit.unit is TimeUnit.HOURS else limit.value * _HOURS_A_DAY


def _instant_type(matter: Matter) -> bool:
    return (
        matter.promised_limit is not None
        and matter.promised_limit.value == 0
        and matter.case_type is not None
        and matter.case_type is not CaseType.INSTANT
    )


def _promised_type(matter: Matter) -> bool:
    return matter.promised_limit is not None and matter.promised_limit.value > 0 and matter.case_type is CaseType.INSTANT


def _zero_without_channel(matter: Matter) -> bool:
    return matter.onsite_trips == 0 and matter.mode is not Mode.FULL_ONLINE and not _REMOTE.intersection(matter.channels)


def _paper_online(matter: Matter) -> bool:
    return matter.mode is Mode.FULL_ONLINE and any(
        material.form is MaterialForm.PAPER and material.necessity is Necessity.REQUIRED for material in matter.materials
    )


def _other_implementing_code(matter: Matter) -> bool:
    parts = implementing_parts(matter.implementing_code) if matter.implementing_code else None
    if parts is None:
        return False
    body, basic = parts
    registered = matter.body.credit_code if matter.body else None
    return basic != matter.code or (registered is not None and body != registered)


def _rules() -> Iterator[tuple[str, Callable[[Matter], bool]]]:
    yield "limit.promise-over-statutory", _promise_over_statutory
    yield "limit.instant-type", _instant_type
    yield "limit.promised-type", _promised_type
    yield "onsite.reason", lambda matter: bool(matter.onsite_trips) and matter.onsite_reason is None
    yield "onsite.zero-needs-channel", _zero_without_channel
    yield "onsite.full-online", lambda matter: matter.mode is Mode.FULL_ONLINE and bool(matter.onsite_trips)
    yield "fee.standard", lambda matter: matter.fee is not None and matter.fee.charged and matter.fee.standard is None
    yield "material.paper-online", _paper_online
    yield "code.implementing", _other_implementing_code


_CHECKS = tuple(_rules())
