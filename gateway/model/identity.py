"""Numbers with check digits: citizen identity numbers (GB 11643-1999) and unified social credit codes (GB 32100-2015).

python-stdnum computes; its own `validate` for identity numbers is not used, since it raises KeyError on a region prefix it does not know,
and old codes of abolished counties stay on people's cards for life.
"""

import re
from datetime import date

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

_ID = re.compile(r"[0-9]{17}[0-9X]")
_PATTERNS = {
    "516": re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"),  # 港澳居民来往内地通行证
    "511": re.compile(r"[0-9]{8}"),  # 台湾居民来往大陆通行证
    "553": re.compile(r"[A-Z]{3}[0-9]{12}"),  # 外国人永久居留证
}
CREDIT_CODE = "001"
"""The unified social credit code has no code in GA/T 2000.156; platforms use 001."""
IDENTITY_CARDS = frozenset({"111", "112", "154"})
"""Certificate types whose number is a citizen identity number."""
CERTIFICATE_TYPES: dict[str, str] = {
    "001": "统一社会信用代码", "111": "居民身份证", "112": "临时居民身份证", "113": "户口簿", "114": "军官证", "115": "武警警官证",
    "116": "暂住证", "117": "出生医学证明", "118": "士兵证", "119": "士兵证", "123": "人民警察证", "133": "学生证", "154": "居住证",
    "211": "离休证", "213": "退休证", "217": "残疾证", "219": "结婚证", "221": "离婚证", "412": "公务护照", "413": "公务普通护照",
    "414": "普通护照", "415": "旅行证", "420": "香港特别行政区护照", "421": "澳门特别行政区护照", "511": "台湾居民来往大陆通行证(多次)",
    "512": "台湾居民来往大陆通行证(一次)", "513": "往来港澳通行证", "516": "港澳居民来往内地通行证", "517": "往来台湾通行证",
    "553": "外国人永久居留证", "554": "外国人居留证", "555": "临时居留证", "811": "组织机构代码证", "821": "营业执照正本",
    "822": "营业执照副本", "990": "其他",
}  # fmt: skip
"""GA/T 2000.156 as GB/T 39046-2020 demands it, n3."""


def is_identity_number(number: str) -> bool:
    """18 characters, a date that exists, the right check digit. A lower-case x is not accepted here: callers normalise first."""
    if not _ID.fullmatch(number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return bool(ric.calc_check_digit(number) == number[17])


def is_credit_code(code: str) -> bool:
    """18 characters of the standard's alphabet with the right check character."""
    try:
        return bool(uscc.validate(code) == code)
    except ValidationError:
        return False


def certificate_fault(kind: str, number: str) -> str | None:
    """The stable code of what is wrong with a certificate, or None. Types without a published rule are taken as they are."""
    if kind not in CERTIFICATE_TYPES:
        return "certificate.type-unknown"
    if kind in IDENTITY_CARDS:
        return None if is_identity_number(number) else "certificate.identity-number"
    if kind == CREDIT_CODE:
        return None if is_credit_code(number) else "certificate.credit-code"
    pattern = _PATTERNS.get(kind)
    return "certificate.pattern" if pattern and not pattern.fullmatch(number) else None
