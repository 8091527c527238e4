"""What the language does to a text: cut, fill, mask, split a name, count money, hash. Pure, exact, and never a guess."""

import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from cryptography.hazmat.primitives import hashes

from .values import MAX_TEXT, EvaluationError, bounded

ALGORITHMS: Final = ("md5", "sha1", "sha256", "sha512", "sm3")
_PAIRS: Final = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空"
    "闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生左丘东门西门梁丘第五即墨达奚褚师"
)
COMPOUND_SURNAMES: Final = frozenset(one + other for one, other in zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
"""Surnames of two characters, the closed list of the language."""
_HAN: Final = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]{2,4}")
_YUAN: Final = re.compile(r"(-?)(0|[1-9][0-9]{0,29})(?:\.([0-9]{1,20}))?")
_FEN: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,31})")
_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
_UP: Final[Mapping[int, str]] = {ord(letter): letter.upper() for letter in _LOWER}
_DOWN: Final[Mapping[int, str]] = {ord(letter.upper()): letter for letter in _LOWER}


def upper(text: str) -> str:
    """a–z as A–Z; every other character stays, and so does the length."""
    return text.translate(_UP)


def lower(text: str) -> str:
    """A–Z as a–z; every other character stays, and so does the length."""
    return text.translate(_DOWN)


def replace(text: str, what: str, by: str) -> str:
    """Every place of a text, from the left, put otherwise. The length is known before anything is made."""
    if len(text) + text.count(what) * (len(by) - len(what)) > MAX_TEXT:
        raise EvaluationError("内容过长", "the text is too long")
    return text.replace(what, by)


def substring(text: str, start: int, count: int) -> str:
    """So many characters from a place on, counted from 0, or from the end when negative; what there is of them."""
    begin = max(0, len(text) + start) if start < 0 else start
    return text[begin : begin + count]


def mask(text: str, first: int, last: int) -> str:
    """The characters between the first and the last few as stars; all of them where the text is no longer than both."""
    hidden = len(text) - first - last
    if hidden <= 0:
        return "*" * len(text)
    return bounded(text[:first] + "*" * hidden + text[len(text) - last :])


def utf8(text: str) -> bytes:
    """The text's bytes. Raises EvaluationError for half of a surrogate pair, which no UTF-8 has."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise EvaluationError("含有无效字符", "it holds half of a character") from None


def hashed(algorithm: str, text: str) -> str:
    """The hash of the text's UTF-8, hexadecimal in small letters. algorithm: of ALGORITHMS."""
    data = utf8(text)
    if algorithm == "sm3":
        digest = hashes.Hash(hashes.SM3())
        digest.update(data)
        return digest.finalize().hex()
    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()


def fen(yuan: str | int | Decimal) -> int:
    """Yuan as a whole number of fen, exactly. Raises EvaluationError for what is no amount, or has a part of a fen."""
    match = _YUAN.fullmatch(_digits(yuan))
    if match is None:
        raise EvaluationError("不是金额", "not an amount of money")
    sign, whole, part = match.groups()
    part = (part or "").rstrip("0")
    if len(part) > 2:
        raise EvaluationError("金额不足一分", "the amount has a part of a fen")
    return int(f"{sign}{whole}{part:0<2}")


def yuan(amount: str | int | Decimal) -> str:
    """Fen as yuan with two decimals: 1230 → 12.30. Raises EvaluationError for what is no whole number."""
    written = _digits(amount)
    if not _FEN.fullmatch(written):
        raise EvaluationError("不是整数的分", "not a whole number of fen")
    sign, digits = ("-", written[1:]) if written.startswith("-") else ("", written)
    digits = digits.zfill(3)
    return f"{sign}{digits[:-2]}.{digits[-2:]}"


def _digits(number: str | int | Decimal) -> str:
    return format(number, "f") if isinstance(number, Decimal) else str(number)


def surname(name: str) -> str:
    """The surname of a Chinese full name. Raises EvaluationError where it cannot be told."""
    return name[: _surname_length(name)]


def given_name(name: str) -> str:
    """What follows the surname. Raises EvaluationError where it cannot be told."""
    return name[_surname_length(name) :]


def _surname_length(name: str) -> int:
    """Two for a listed compound surname with something behind it, one for two or three characters; all else would be a guess."""
    if _HAN.fullmatch(name):
        compound = name[:2] in COMPOUND_SURNAMES
        if compound and len(name) > 2:
            return 2
        if not compound and len(name) < 4:
            return 1
    raise EvaluationError("姓名无法拆分为姓和名", "the name cannot be split into surname and given name")
