"""The functions of the language: a closed list. Each is a row: what it takes, what it gives, and the pure function that does it."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal, Inexact
from typing import Any, Final

from gateway.model import BLOB, INSTANT, OPEN, TEXT, Blob, normalize_region

from . import texts
from .codes import CodeTable
from .dates import formatter, reader
from .documents import write_json, write_xml, xml_name
from .shapes import ANY, BYTES, CONTENT, LEVEL, LIST, NUMBER, YESNO, Shape, words
from .values import ABSENT, MAX_TEXT, EvaluationError, bounded, is_number

Tables = Mapping[str, CodeTable]


class LiteralError(Exception):
    """A literal argument that the function cannot use. code: of the catalogue; known: what could stand there."""

    def __init__(self, code: str, known: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.known = known


@dataclass(frozen=True, slots=True)
class Fixed:
    """A parameter written as a literal and made ready once, when the folder is loaded. prepare raises LiteralError.

    literal: what it is written as, a '…' text or a whole number between backticks.
    """

    prepare: Callable[[Any, Tables], Any]
    literal: type[str] | type[int] = str


@dataclass(frozen=True, slots=True)
class Function:
    """takes: the accepted kinds of each parameter; the last repeats when `repeats`. sees_absent: it is called with absent and null, too.

    reads: it parses a document, and is given the lent parsers (documents.Documents) first. plain: its arguments hold texts, numbers and
    yes/no only, however deep.
    """

    takes: tuple[frozenset[str] | Fixed, ...]
    gives: Shape | Callable[..., Shape]
    call: Callable[..., Any]
    repeats: bool = False
    sees_absent: bool = False
    reads: bool = False
    plain: bool = False


def test_of(kinds: frozenset[str]) -> Callable[[Any], bool]:
    """What tells whether a value is of one of the kinds."""
    if ANY in kinds:
        return lambda _value: True
    tests = tuple(_TESTS[kind] for kind in kinds)
    return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)


def equal(one: Any, other: Any) -> bool:
    """Whether two plain values are the same: texts, numbers, yes/no, moments, null. Lists and levels are not compared."""
    one, other = (None if value is ABSENT else value for value in (one, other))
    if isinstance(one, (list, dict)) or isinstance(other, (list, dict)):
        raise EvaluationError("列表或层级不能比较", "lists and levels cannot be compared")
    if is_number(one) or is_number(other):
        return is_number(one) and is_number(other) and bool(one == other)
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and isinstance(other, str) and one == other
    return type(one) is type(other) and bool(one == other)


_TESTS: Final[Mapping[str, Callable[[Any], bool]]] = {
    TEXT: lambda value: isinstance(value, str),
    NUMBER: is_number,
    YESNO: lambda value: isinstance(value, bool),
    INSTANT: lambda value: isinstance(value, datetime),
    BLOB: lambda value: isinstance(value, Blob),
    BYTES: lambda value: isinstance(value, bytes),
    LIST: lambda value: isinstance(value, list),
    LEVEL: lambda value: isinstance(value, dict),
}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,37})(\.[0-9]{1,38})?")
_EXACT: Final = Context(prec=100, traps=[Inexact])
_SPACE: Final = re.compile(r"[ \t\r\n]+")
_WIDTHS: Final = ("2", "4", "6", "9", "12")
_LONGEST: Final = 2_000
"""Characters that a count may speak of: more is no field of a form."""


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise EvaluationError("不是 UTF-8 文本", "not UTF-8 text") from None
    return ("true" if value else "false") if isinstance(value, bool) else format(value, "f") if isinstance(value, Decimal) else str(value)


def _number(value: Any) -> int | Decimal:
    if not isinstance(value, str):
        return value  # type: ignore[no-any-return]
    match = _NUMBER.fullmatch(value)
    if match is None:
        raise EvaluationError("不是数字", "not a number")
    return Decimal(value) if match[1] else int(value)


def _add(one: int | Decimal, other: int | Decimal) -> int | Decimal:
    if isinstance(one, int) and isinstance(other, int):
        return one + other
    try:
        return _EXACT.add(Decimal(one), Decimal(other))
    except Inexact:
        raise EvaluationError("数字过长", "the number is too long") from None


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise EvaluationError("不是 true 或 false", "neither true nor false")
    return bool(value == "true")


def _find(entries: list[Any], field: str, value: Any) -> Any:
    return next((entry for entry in entries if isinstance(entry, dict) and equal(entry.get(field), value)), ABSENT)


def _entries(level: Any) -> list[Any]:
    return [] if level is ABSENT or level is None else [{"name": name, "value": level[name]} for name in sorted(level)]


def _code(table: CodeTable, value: str) -> str:
    found = table.to_partner(value)
    if found is None:
        raise EvaluationError("没有对应的代码", "no code for it", table=table.name, value=value)
    return found


def _region(code: str, width: int) -> str:
    try:
        canonical = normalize_region(code)
    except ValueError:
        raise EvaluationError("不是地区代码", "not a region code") from None
    return (canonical if width <= len(canonical) else code)[:width].ljust(width, "0")


def _date(moment: datetime, write: Callable[[datetime], str]) -> str:
    try:
        return write(moment)
    except OverflowError:  # the last hours of year 9999 are no day of China's calendar
        raise EvaluationError("时间超出范围", "the moment is out of range") from None


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(_SPACE.sub("", text).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise EvaluationError("不是 Base64", "not Base64") from None


def _base64_text(text: str) -> str:
    return bounded(base64.b64encode(texts.utf8(text)).decode("ascii"))


def _read(what: str, document: str | bytes, read: Callable[[str | bytes], Any]) -> Any:
    bounded(document)
    try:
        return read(document)
    except ValueError:
        raise EvaluationError(f"不是可接受的 {what}", f"not acceptable {what}") from None


def _contains(subject: Any, value: Any) -> bool:
    if isinstance(subject, str):
        return isinstance(value, str) and value in subject
    return any(equal(entry, value) for entry in subject if not isinstance(entry, (list, dict)))


def _join(between: str, entries: list[Any]) -> str:
    if not all(isinstance(entry, str) for entry in entries):
        raise EvaluationError("列表中有非文本的值", "the list holds values that are not text")
    if sum(map(len, entries)) + len(between) * len(entries) > MAX_TEXT:
        raise EvaluationError("内容过长", "the text is too long")
    return between.join(entries)


def _not_null(*values: Any) -> Any:
    return next((value for value in values if value is not ABSENT and value is not None), ABSENT)


def _list(value: Any) -> list[Any]:
    return [] if value is ABSENT or value is None else value if isinstance(value, list) else [value]


def _table(attribute: str) -> Fixed:
    def prepare(name: str, tables: Tables) -> CodeTable:
        usable = {name: table for name, table in tables.items() if getattr(table, attribute)}
        if name not in usable:
            raise LiteralError("expression.table-direction" if name in tables else "expression.table", tuple(usable))
        return usable[name]

    return Fixed(prepare)


def _pattern(make: Callable[[str], Any]) -> Fixed:
    def prepare(pattern: str, _tables: Tables) -> Any:
        try:
            return make(pattern)
        except ValueError:
            raise LiteralError("expression.pattern") from None

    return Fixed(prepare)


def _width(text: str, _tables: Tables) -> int:
    if text not in _WIDTHS:
        raise LiteralError("expression.width", _WIDTHS)
    return int(text)


def _count(least: int, most: int) -> Fixed:
    def prepare(number: int, _tables: Tables) -> int:
        if not least <= number <= most:
            raise LiteralError("expression.count")
        return number

    return Fixed(prepare, int)


def _one_of(code: str, *allowed: str) -> Fixed:
    def prepare(text: str, _tables: Tables) -> str:
        if text not in allowed:
            raise LiteralError(code, allowed)
        return text

    return Fixed(prepare)


def _such(code: str, sound: Callable[[str], bool]) -> Fixed:
    def prepare(text: str, _tables: Tables) -> str:
        if not sound(text):
            raise LiteralError(code)
        return text

    return Fixed(prepare)


def _element(entries: Shape, *_others: Shape) -> Shape:
    return entries[0] if isinstance(entries, list) else ANY


def _named(level: Shape) -> Shape:
    return [{"name": TEXT, "value": TEXT if level == OPEN else ANY}]


def _kinds(*kinds: str) -> frozenset[str]:
    return frozenset(kinds)


_TEXT_ONLY: Final = _kinds(TEXT)
_AMOUNT: Final = _kinds(TEXT, NUMBER)
_FILL: Final = _such("expression.fill", lambda fill: len(fill) == 1)

FUNCTIONS: Final[Mapping[str, Function]] = {
    "add": Function((_kinds(NUMBER), _kinds(NUMBER)), NUMBER, _add),
    "base64": Function((_kinds(BLOB),), CONTENT, lambda content: content),
    "base64_text": Function((_TEXT_ONLY,), TEXT, _base64_text),
    "boolean": Function((_kinds(TEXT, YESNO),), YESNO, _boolean),
    "bytes": Function((_TEXT_ONLY,), BYTES, _bytes),
    "canonical": Function((_table("inbound"), _TEXT_ONLY), TEXT, lambda table, value: table.to_canonical(value)),
    "code": Function((_table("outbound"), _TEXT_ONLY), TEXT, _code),
    "contains": Function((_kinds(LIST, TEXT), _kinds(ANY)), YESNO, _contains),
    "date": Function((_kinds(INSTANT), _pattern(formatter)), TEXT, _date),
    "ends_with": Function((_TEXT_ONLY, _TEXT_ONLY), YESNO, lambda text, end: text.endswith(end)),
    "entries": Function((_kinds(LEVEL),), _named, _entries, sees_absent=True),
    "fen": Function((_AMOUNT,), NUMBER, texts.fen),
    "find": Function((_kinds(LIST), Fixed(lambda field, _tables: field), _kinds(ANY)), _element, _find),
    "from_json": Function((_kinds(TEXT, BYTES),), ANY, lambda lent, document: _read("JSON", document, lent.json), reads=True),
    "from_xml": Function((_kinds(TEXT, BYTES),), ANY, lambda lent, document: _read("XML", document, lent.xml), reads=True),
    "given_name": Function((_TEXT_ONLY,), TEXT, texts.given_name),
    "hash": Function((_one_of("expression.hash", *texts.ALGORITHMS), _TEXT_ONLY), TEXT, texts.hashed),
    "instant": Function((_TEXT_ONLY, _pattern(reader)), INSTANT, lambda text, read: read(text)),
    "join": Function((_TEXT_ONLY, _kinds(LIST)), TEXT, _join),
    "json": Function((_kinds(LIST, LEVEL),), TEXT, write_json, plain=True),
    "length": Function((_kinds(TEXT, LIST, LEVEL),), NUMBER, len),
    "list": Function((_kinds(ANY),), lambda shape: shape if isinstance(shape, list) else [shape], _list, sees_absent=True),
    "lower": Function((_TEXT_ONLY,), TEXT, texts.lower),
    "mask": Function((_TEXT_ONLY, _count(0, _LONGEST), _count(0, _LONGEST)), TEXT, texts.mask),
    "not_null": Function((_kinds(ANY),), ANY, _not_null, repeats=True, sees_absent=True),
    "number": Function((_kinds(TEXT, NUMBER),), NUMBER, _number),
    "pad_left": Function((_TEXT_ONLY, _count(1, _LONGEST), _FILL), TEXT, lambda text, width, fill: text.rjust(width, fill)),
    "pad_right": Function((_TEXT_ONLY, _count(1, _LONGEST), _FILL), TEXT, lambda text, width, fill: text.ljust(width, fill)),
    "region": Function((_TEXT_ONLY, Fixed(_width)), TEXT, _region),
    "replace": Function((_TEXT_ONLY, _such("expression.replace", bool), Fixed(lambda by, _tables: by)), TEXT, texts.replace),
    "starts_with": Function((_TEXT_ONLY, _TEXT_ONLY), YESNO, lambda text, start: text.startswith(start)),
    "substring": Function((_TEXT_ONLY, _count(-_LONGEST, _LONGEST), _count(1, _LONGEST)), TEXT, texts.substring),
    "surname": Function((_TEXT_ONLY,), TEXT, texts.surname),
    "text": Function((_kinds(TEXT, NUMBER, YESNO, BYTES),), TEXT, lambda value: bounded(_text(value))),
    "trim": Function((_TEXT_ONLY,), TEXT, str.strip),
    "upper": Function((_TEXT_ONLY,), TEXT, texts.upper),
    "xml": Function((_such("expression.xml-name", xml_name), _kinds(LEVEL)), TEXT, write_xml, plain=True),
    "yuan": Function((_AMOUNT,), TEXT, texts.yuan),
}
"""`if` is not here: it looks at one of its branches only (see compiler)."""


def wrong_kind(name: str, kinds: frozenset[str]) -> EvaluationError:
    """The failure of a function that was given something else."""
    zh, en = zip(*(words(kind) for kind in sorted(kinds)), strict=True)
    return EvaluationError(f"{name}() 需要{'或'.join(zh)}", f"{name}() needs {' or '.join(en)}")
