"""Documents inside a text: JSON and XML that travel as one value of a message, written here; reading them is lent.

The parsers are the wire's, on the same floor as this room: whoever loads a folder hands them in (`load(…, documents=…)`).
"""

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, Protocol

from .values import EvaluationError, bounded

MAX_DEPTH: Final = 32
ENCODINGS: Final = ("UTF-8", "GBK", "GB2312", "GB18030")
"""What an XML text may say of its own character set. Characters outside of it are written as references."""
_START: Final = (
    "A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff"
    "\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_PART: Final = f"[{_START}][{_START}0-9.\u00b7\u0300-\u036f\u203f\u2040-]*"
_NAME: Final = re.compile(f"{_PART}(?::{_PART})?")
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})


class Documents(Protocol):
    """Reads a document from a text or from bytes. Raises ValueError for whatever is not acceptable; its message shows no content."""

    def json(self, document: str | bytes) -> Any:
        """The value; numbers keep their digits and are text."""

    def xml(self, document: str | bytes) -> Any:
        """The content of the root element, in the form in which answers are read."""


def xml_name(name: str) -> bool:
    """Whether an element or attribute may be called so, with one prefix at most."""
    return _NAME.fullmatch(name) is not None


def write_json(value: Any) -> str:
    """A level, list or leaf as compact JSON, numbers with exactly their digits. Raises EvaluationError."""
    return bounded("".join(_json(value, 0)))


def write_xml(root: str, value: Any, encoding: str | None = None) -> str:
    """A level as an element of that name: `@name` attributes, `#text`, lists as repeated elements. Raises EvaluationError.

    encoding: what an XML declaration in front says, of ENCODINGS; without it there is no declaration.
    """
    text = "".join(_element(root, value, 0))
    if encoding is not None:
        text = f'<?xml version="1.0" encoding="{encoding}"?>' + text.encode(encoding, "xmlcharrefreplace").decode(encoding)
    return bounded(text)


def _json(value: Any, depth: int) -> Iterable[str]:
    if isinstance(value, dict):
        _check(depth)
        opening = "{"
        for name, below in value.items():
            yield f"{opening}{_quoted(name)}:"
            yield from _json(below, depth + 1)
            opening = ","
        yield "}" if value else "{}"
    elif isinstance(value, list):
        _check(depth)
        opening = "["
        for below in value:
            yield opening
            yield from _json(below, depth + 1)
            opening = ","
        yield "]" if value else "[]"
    else:
        yield _quoted(value) if isinstance(value, str) else "null" if value is None else _leaf(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _element(name: str, value: Any, depth: int) -> Iterable[str]:
    _check(depth)
    if not xml_name(name):
        raise EvaluationError("名称不能用作 XML 元素名", "a name that no XML element may have")
    level = value if isinstance(value, dict) else {"#text": value}
    yield f"<{name}"
    for key, below in level.items():
        if key.startswith("@"):
            if not xml_name(key[1:]):
                raise EvaluationError("名称不能用作 XML 属性名", "a name that no XML attribute may have")
            yield f' {key[1:]}="{_content(below).translate(_IN_ATTRIBUTE)}"'
    yield ">"
    if "#text" in level:
        yield _content(level["#text"]).translate(_IN_TEXT)
    for key, below in level.items():
        if not key.startswith(("@", "#")):
            for one in below if isinstance(below, list) else [below]:
                yield from _element(key, one, depth + 1)
        elif key.startswith("#") and key != "#text":
            raise EvaluationError("名称不能用作 XML 元素名", "a name that no XML element may have")
    yield f"</{name}>"


def _content(value: Any) -> str:
    text = value if isinstance(value, str) else _leaf(value)
    if _ILLEGAL.search(text):
        raise EvaluationError("含有 XML 不允许的字符", "it holds a character that XML does not allow")
    return text


def _leaf(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if value is None:
        raise EvaluationError("XML 没有空值(null),用 ? 省略", "XML has no null: leave it out with ?")
    raise EvaluationError("只能写入文本、数字和是/否", "only texts, numbers and yes/no can be written into a text")


def _check(depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise EvaluationError(f"嵌套超过 {MAX_DEPTH} 层", f"nested deeper than {MAX_DEPTH} levels")
