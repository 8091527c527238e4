"""Shapes of JSON bodies as a partner's paper lists them: every field named, every other field refused."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any, str], None]


class MalformedError(Exception):
    """A field that is missing, unknown or not as the paper says; `path` names it and never its value."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def text(pattern: str) -> Check:
    """A string that matches the whole pattern."""
    compiled = re.compile(pattern, re.DOTALL)

    def check(value: Any, path: str) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise MalformedError(path)

    return check


def words(longest: int) -> Check:
    """A string of 1 to `longest` characters that is not all blanks."""
    return text(rf"(?=.*\S).{{1,{longest}}}")


def one_of(*values: str) -> Check:
    """One of these strings."""
    return text("|".join(map(re.escape, values)))


def count(value: Any, path: str) -> None:
    """A whole number above zero."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise MalformedError(path)


def encoded(value: Any, path: str) -> None:
    """Base64 text in its strict form."""
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise MalformedError(path) from error


def string_map(value: Any, path: str) -> None:
    """An object whose values are all strings."""
    if not isinstance(value, dict):
        raise MalformedError(path)
    for key, item in value.items():
        if not isinstance(item, str):
            raise MalformedError(f"{path}.{key}")


def listing(each: Check, *, fewest: int = 0) -> Check:
    """An array of at least so many entries, which all fit."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, list) or len(value) < fewest:
            raise MalformedError(path)
        for index, item in enumerate(value):
            each(item, f"{path}[{index}]")

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with all required fields, perhaps optional ones, and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise MalformedError(path or "body")
        for name in required:
            if name not in value:
                raise MalformedError(_join(path, name))
        for name, item in value.items():
            if name not in known:
                raise MalformedError(_join(path, name))
            known[name](item, _join(path, name))

    return check


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
