"""A partner's own words taken apart: the words of its names, and what its comments say before they go into detail."""

import re
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_BREAK: Final = re.compile(r"[\s:：,，。.;；、(（)）\[\]【】=—|/]+")
_NOISE: Final = re.compile(
    r"(?:非?必填|必须?|选填|可选|可空|可为空|不可空|不能为空|非空|字符串?|数字|长度.*|最[多长大].*|[0-9A-Za-z_-]+位?)"
)
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
LONGEST_ABOUT: Final = 60


def compact(name: str) -> str:
    """The name without anything but its letters and digits, in lower case: `Cert_No` and `certNo` are one."""
    return "".join(char for char in name.lower() if char.isascii() and char.isalnum())


def words(name: str) -> tuple[str, ...]:
    """The words of camelCase, snake_case and paths, in lower case."""
    return tuple(word.lower() for word in _WORD.findall(name))


def head(about: str) -> str:
    """The first phrase in Chinese that says what a thing is: neither its length nor whether it is required."""
    for phrase in _BREAK.split(about):
        if _CHINESE.search(phrase) and not _NOISE.fullmatch(phrase):
            return phrase
    return ""


def brief(about: str) -> str:
    """A description as it may stand in a comment: one line, not long, nothing that a file of ours would not take."""
    line = "".join(char if char.isprintable() else " " for char in about)
    line = " ".join(line.split())
    return line if len(line) <= LONGEST_ABOUT else line[: LONGEST_ABOUT - 1] + "…"


def snake(name: str) -> str:
    """The name as a table or a step may be called: lower-case letters, digits and underscores, a letter first."""
    joined = "_".join(words(name)) or "codes"
    return (joined if joined[0].isalpha() else f"t_{joined}")[:48]
