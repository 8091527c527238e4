"""JSON in and out, with bounds: what two parsers could read in two ways is refused.

RFC 8259 leaves duplicate names, lone surrogates and the size of numbers to the reader, and Python's reader takes NaN.
A first, iterative pass over the tokens settles all of that with the place of each fault; only then does the recursive
parser run, on text that cannot hurt it.
"""

import codecs
import json
import math
import re
from typing import Final, TypeAlias

from gateway.wire.errors import WireError, place

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_DEPTH: Final = 32
MAX_DIGITS: Final = 40
MAX_PARTS: Final = 200_000

# Every alternative matches in linear time: the closing quote is optional and the repeats are possessive.
_TOKEN: Final = re.compile(
    r"""(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+"?)(?P<colon>[ \t\r\n]*+:)?"""
    r"""|(?P<open>[\[{])|(?P<close>[\]}])|(?P<comma>,)|(?P<constant>-?Infinity|NaN)|(?P<number>-?[0-9][0-9.eE+-]*+)""",
    re.DOTALL,
)
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class NumberText(str):
    """A number exactly as it was received: the text "0", yet known not to have been a string."""

    __slots__ = ()


def parse_json(
    data: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    max_digits: int = MAX_DIGITS,
    max_parts: int = MAX_PARTS,
    numbers_as_text: bool = False,
) -> Json:
    """The value of a JSON document, or WireError with line and column.

    max_digits: characters of one number, sign and exponent included. max_parts: objects, arrays and commas in all.
    numbers_as_text: numbers become NumberText and keep the digits they came with (`1.0` stays `1.0`).
    Refused: other than UTF-8 (a byte order mark is passed over), NaN and Infinity, numbers beyond a float's range,
    duplicate names, lone surrogates, nesting over `max_depth`, anything after the value.
    """
    if len(data) > max_bytes:
        raise WireError("json.too-large", detail=f"{len(data)} bytes, {max_bytes} accepted")
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        line, column = place(before, len(before))
        raise WireError("json.encoding", line=line, column=column) from None
    _check(text, max_depth, max_digits, max_parts)
    try:
        value: Json = json.loads(text, parse_int=NumberText, parse_float=NumberText) if numbers_as_text else json.loads(text)
    except json.JSONDecodeError as error:
        raise WireError("json.malformed", line=error.lineno, column=error.colno) from None
    return value


def dump_json(value: Json) -> bytes:
    """Compact UTF-8 without ASCII escapes; NumberText is written as a string. WireError for NaN and lone surrogates."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise WireError("json.surrogate") from None
    except ValueError:
        raise WireError("json.number") from None


def _check(text: str, max_depth: int, max_digits: int, max_parts: int) -> None:
    """Refuse what the parser would take or die of; leave plain syntax to the parser."""
    surrogates = _SURROGATE.search(text) is not None
    names: list[set[str]] = []  # of the objects and arrays that are open here
    parts = 0
    for token in _TOKEN.finditer(text):
        fault = None
        match token.lastgroup:
            case "comma":
                parts += 1
                fault = "json.too-many" if parts > max_parts else None
            case "open":
                parts += 1
                names.append(set())
                fault = "json.too-deep" if len(names) > max_depth else "json.too-many" if parts > max_parts else None
            case "close":
                if names:
                    names.pop()
            case "constant":
                fault = "json.number"
            case "number":
                fault = "json.number" if _number_bad(token[0], max_digits) else None
            case _:
                raw = token["string"]
                if surrogates and _half_pair(raw):
                    fault = "json.surrogate"
                elif token["colon"] and names:
                    name = _name(raw)
                    fault = "json.duplicate-key" if name in names[-1] else None
                    names[-1].add(name)
        if fault:
            line, column = place(text, token.start())
            raise WireError(fault, line=line, column=column)


def _number_bad(number: str, max_digits: int) -> bool:
    if len(number) > max_digits:
        return True
    if "e" not in number and "E" not in number:
        return False  # so few digits cannot leave a float's range
    try:
        return not math.isfinite(float(number))
    except ValueError:
        return False  # not a number at all: the parser says so


def _name(raw: str) -> str:
    """A member's name with its escapes resolved; a broken escape is left for the parser to refuse."""
    if "\\" not in raw:
        return raw[1:-1]
    try:
        return str(json.loads(raw))
    except json.JSONDecodeError:
        return raw


def _half_pair(raw: str) -> bool:
    try:
        _name(raw).encode()
    except UnicodeEncodeError:
        return True
    return False
