"""A partner's own code lists: its values, what its paper says of each, and which of our codes that probably is."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from gateway.model import CERTIFICATE_TYPES, MEDIA_TYPES
from partners import Target

_SEPARATED: Final = r"\s*[-—–:：=＝、.()（）\s]\s*"
_MEANS: Final = (
    r"((?!时|按|位|个(?:字|以)|至|元|字[符节]|年|月|日|分钟|秒|小时)"
    r"[\u4e00-\u9fff][\u4e00-\u9fffA-Za-z·]*(?:（[^（）]*）|\([^()]*\))?(?:：[\u4e00-\u9fff]+)?)"
)
_PAIR: Final = re.compile(rf"(?<![0-9A-Za-z_./-])(-?[0-9A-Za-z_]+(?:-[A-Z])?(?={_SEPARATED})|-?[0-9]{{1,5}})(?:{_SEPARATED})?{_MEANS}")
"""A value and what it means; only figures may stand right before their meaning."""
Row = tuple[str, str, str]
"""canonical, partner, note."""
_STATUS: Final = (
    ("同意受理", "50"),
    ("待受理", "21"), ("待接件", "21"), ("不予受理", "51"), ("不受理", "51"), ("补正受理", "30"), ("补正完成", "30"),
    ("补正结束", "30"), ("已补正", "30"), ("补交受理", "30"), ("补正已收", "30"), ("补正收", "30"), ("补正材料已收", "30"),
    ("补正", "40"), ("补件", "40"), ("补交", "40"), ("预审", "30"), ("复核", "30"), ("特别程序结束", "60"), ("恢复", "60"),
    ("特别程序", "61"), ("暂停", "61"), ("中止", "61"), ("挂起", "61"), ("送达失败", "81"), ("送达中", "80"), ("寄送", "80"),
    ("已送达", "90"), ("已领取", "90"), ("不予许可", "71"), ("不予批准", "71"), ("不批准", "71"), ("不通过", "71"), ("不同意", "71"),
    ("不准予", "71"), ("不予办结", "71"),
    ("驳回", "71"), ("准予", "70"), ("通过", "70"), ("出证", "70"), ("同意", "70"), ("已批准", "70"), ("转报", "75"),
    ("撤件", "91"), ("撤回", "91"), ("撤销申请", "91"), ("申请人撤销", "91"), ("终止", "92"), ("作废", "93"),
    ("撤销许可", "95"), ("撤销决定", "95"), ("依法撤销", "95"),

    ("审批", "60"), ("审查", "60"), ("审核", "60"), ("办理中", "60"), ("在办", "60"), ("处理中", "60"), ("受理", "50"), ("接件", "21"),
    ("收件", "21"), ("已接收", "21"), ("已收到", "21"), ("已提交", "21"),
)  # fmt: skip
"""Phrases → status, the first that a description holds. 办结 alone says nothing of the decision, so it is not among them."""
_NO_DECISION: Final = re.compile(r"(?:审核|初审|预审|审查|复审|复核|核验|校验|形式)\S*(?:通过|同意|驳回|退回)|^已?撤销$")
"""Steps on the way that sound like its end, and words that may mean either of two ends: whoever knows the paper says which."""
_STATUS_NAMES: Final = {
    "RECEIVED": "21", "SUBMITTED": "21", "ACCEPTED": "50", "NOT_ACCEPTED": "51", "PROCESSING": "60", "IN_PROGRESS": "60", "IN_REVIEW": "60",
    "REVIEWING": "60", "UNDER_REVIEW": "60", "SUPPLEMENT_REQUIRED": "40", "SUPPLEMENT_NEEDED": "40", "NEED_SUPPLEMENT": "40",
    "PENDING_SUPPLEMENT": "40",
    "SUSPENDED": "61", "APPROVED": "70", "GRANTED": "70", "DENIED": "71", "WITHDRAWN": "91", "TERMINATED": "92",
}  # fmt: skip
"""Statuses by their English names; REJECTED, CLOSED and COMPLETED leave open what was decided."""
_CLASSES: Final = (
    ("个体", "sole-trader"), ("自然人", "natural"), ("个人", "natural"), ("公民", "natural"), ("企业", "legal"), ("法人", "legal"),
    ("单位", "legal"), ("机构", "legal"),
)  # fmt: skip
_CLASS_NAMES: Final = (
    (re.compile(r"SOLE|INDIVIDUAL_?(?:BUSINESS|TRADER)|GTGSH"), "sole-trader"),
    (re.compile(r"PERSON|NATURAL|INDIVIDUAL|CITIZEN|GR|ZRR"), "natural"),
    (re.compile(r"ENTERPRISE|COMPANY|CORP|LEGAL|ORG|QY|FR"), "legal"),
)
_CERTIFICATES: Final = (
    ("永久居留", "553"), ("临时身份证", "112"), ("临时居民身份证", "112"), ("身份证", "111"), ("港澳居民来往内地通行证", "516"),
    ("回乡证", "516"), ("台湾居民来往大陆通行证", "511"), ("台胞证", "511"), ("往来港澳通行证", "513"), ("往来台湾通行证", "517"),
    ("社会信用", "001"), ("护照", "414"), ("户口", "113"), ("军官证", "114"), ("武警", "115"), ("组织机构代码", "811"),
    ("营业执照", "821"), ("居住证", "154"),
)  # fmt: skip
_CERTIFICATE_NAMES: Final = (
    (re.compile(r"(?:RESIDENT_|CITIZEN_|NATIONAL_)?ID_?(?:CARD|ENTITY_CARD)?|SFZ|IDENTITY_CARD"), "111"),
    (re.compile(r"PASSPORT|HZ"), "414"),
    (re.compile(r"USCC|(?:UNIFIED_)?(?:SOCIAL_)?CREDIT_CODE|TYSHXYDM"), "001"),
)
_REASONS: Final = (
    ("材料不一致", "material-mismatch"), ("不清晰", "material-unreadable"), ("模糊", "material-unreadable"),
    ("过有效期", "material-expired"), ("已过期", "material-expired"), ("材料不全", "material-missing"), ("材料缺", "material-missing"),
    ("法定条件", "conditions-not-met"), ("不符合条件", "conditions-not-met"), ("主体资格", "applicant-not-eligible"),
    ("无需办理", "not-required"), ("申请期限", "deadline-passed"), ("逾期未补正", "not-completed-in-time"),
    ("重复", "duplicate-application"), ("未缴费", "fee-unpaid"), ("职权", "not-competent"),
)  # fmt: skip


def meanings(target: Target, least: int = 2) -> dict[str, str]:
    """The partner's values of a target, in its order, each with what the description says of it; empty texts where it says nothing.

    Without an enumeration, those that the description lists, when it lists that many: a single one may be no value at all.
    """
    listed = dict(_PAIR.findall(target.about))
    if target.allowed:
        return {value: listed.get(value, "") or _beside(value, target.about) for value in target.allowed}
    return listed if len(listed) >= least else {}


def _beside(value: str, about: str) -> str:
    found = re.search(rf"(?<![0-9A-Za-z_-]){re.escape(value)}{_SEPARATED}{_MEANS}", about)
    return found[1] if found else ""


def _by_phrase(table: tuple[tuple[str, str], ...]) -> Callable[[str, str], str | None]:
    return lambda _value, said: next((ours for phrase, ours in table if phrase in said), None)


def _applicant_class(value: str, said: str) -> str | None:
    by_phrase = _by_phrase(_CLASSES)(value, said)
    return by_phrase or next((ours for form, ours in _CLASS_NAMES if form.fullmatch(value.upper())), None)


def _certificate(value: str, said: str) -> str | None:
    by_name = next((ours for name, ours in _CERTIFICATE_NAMES if name.fullmatch(value.upper())), None)
    return _by_phrase(_CERTIFICATES)(value, said) or by_name or (value if not said and value in CERTIFICATE_TYPES else None)


def _status(value: str, said: str) -> str | None:
    if _NO_DECISION.search(said) or (said.startswith("未") and "未通过" not in said):
        return None
    return _by_phrase(_STATUS)(value, said.replace("未通过", "不通过")) or _STATUS_NAMES.get(value.upper().replace("-", "_"))


def _media_type(value: str, _said: str) -> str | None:
    written = value.lower().removeprefix(".").replace("jpeg", "jpg")
    return MEDIA_TYPES.get(written) or (value if value in MEDIA_TYPES.values() else None)


_KNOWN: Final[Mapping[str, Callable[[str, str], str | None]]] = {
    "applicant_class": _applicant_class,
    "certificate": _certificate,
    "media_type": _media_type,
    "status": _status,
    "reason": _by_phrase(_REASONS),
}


class Tables:
    """The code tables of a new folder. rows: by table; unmatched: (value, what is said of it) by table: for whoever fills them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {}
        self.unmatched: dict[str, list[tuple[str, str]]] = {}

    def take(self, kind: str, name: str, target: Target, *, inbound: bool = False) -> str | None:
        """The table for a target's values, made where it is not there yet; None when no value is one that we know.

        kind: a closed table of ours; name: what a second one, of other values, is called. inbound: several values may mean one of ours.
        """
        rows, unmatched, taken = [], [], set()
        for value, said in meanings(target, 1).items():
            ours = _KNOWN[kind](value, said)
            if ours is None or not value.strip() or (ours in taken and not inbound):
                unmatched.append((value, said))
            else:
                taken.add(ours)
                rows.append((ours, value, f"猜测 guess：{said}" if said else "猜测 guess"))
        if not rows:
            if len(unmatched) > 1:
                self.unmatched.setdefault(kind, unmatched)
            return None
        table = kind if set(rows) <= set(self.rows.get(kind, rows)) else f"{kind}_{name}"
        self.rows.setdefault(table, rows)
        if unmatched and len(rows) + len(unmatched) > 1:
            self.unmatched[table] = unmatched
        return table
