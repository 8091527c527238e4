"""An example told anew: its two numbers and its moments replaced by those of a call; and new numbers in an example's shape."""

import hashlib
import re
import string
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mock_partners.cases import BEIJING
from mock_partners.simulator.examples import Example
from mock_partners.simulator.messages import Place, Tree, changed
from mock_partners.simulator.moments import moved

_WHOLE_ONLY: Final = 6
"""A shorter number is replaced only where it is a text's whole: elsewhere it might be chance."""
_DERIVED: Final = 8
"""The longest run of digits of the partner's number, from this length on, is replaced in other numbers that were made from it."""
_ATTEMPTS: Final = 10_000


@dataclass(frozen=True)
class Telling:
    """What a call puts in an example's place: our number, the partner's, and the moment of what is told."""

    ours: str
    theirs: str
    at: datetime


def retold(example: Example, tree: Tree, telling: Telling) -> Tree:
    """A copy of one of the example's messages with the numbers and moments of a call."""
    before = example.at or example.now
    numbers = _numbers(example, telling)

    def change(_path: Place, text: str) -> str:
        new = text
        for replace in numbers:
            new = replace(new)
        return moved(text, before, telling.at) if new == text else new

    return changed(tree, change)


def new_number(example: Example, now: datetime, seed: int, ours: str, taken: Container[str]) -> str:
    """A partner number as the example's: its day replaced by today's, its other digits drawn from the seed and our number.

    Letters stay; where fewer than four digits are free, they are drawn too. Raises LookupError when no number is left.
    """
    shape = list(example.theirs or "00000000")
    fixed = _today(example, shape, now)
    free = [place for place, sign in enumerate(shape) if sign.isascii() and sign.isdecimal() and place not in fixed]
    if len(free) < 4:
        free = [place for place, sign in enumerate(shape) if sign.isascii() and sign.isalnum() and place not in fixed]
    for attempt in range(_ATTEMPTS):
        drawn = int.from_bytes(hashlib.sha512(f"{seed}\x1f{ours}\x1f{attempt}".encode()).digest())
        for place in free:
            signs = _class(shape[place], first=place == 0)
            drawn, rest = divmod(drawn, len(signs))
            shape[place] = signs[rest]
        if (number := "".join(shape)) not in taken:
            return number
    raise LookupError("no number of this shape is left")


def _today(example: Example, shape: list[str], now: datetime) -> set[int]:
    """Write today over the example's day, wherever it stands in the number; gives the places."""
    number = "".join(shape)
    for pattern in ("%Y%m%d", "%y%m%d"):
        for moment in (example.now, example.at):
            written = "" if moment is None else format(moment.astimezone(BEIJING), pattern)
            place = number.find(written) if written else -1
            if place >= 0:
                places = range(place, place + len(written))
                shape[place : place + len(written)] = format(now.astimezone(BEIJING), pattern)
                return set(places)
    return set()


def _class(sign: str, *, first: bool) -> str:
    if sign.isdecimal():
        return string.digits[1:] if first and sign != "0" else string.digits
    return string.ascii_uppercase if sign.isupper() else string.ascii_lowercase


def _numbers(example: Example, telling: Telling) -> list[Callable[[str], str]]:
    replacing = [_replacing(example.ours, telling.ours)]
    if example.theirs:
        replacing.append(_replacing(example.theirs, telling.theirs))
        stem, new = _digits(example.theirs), _digits(telling.theirs)
        if len(stem) >= _DERIVED and stem != example.theirs:
            replacing.append(_replacing(stem, new))
    return replacing


def _replacing(old: str, new: str) -> Callable[[str], str]:
    if len(old) < _WHOLE_ONLY:
        return lambda text: new if text == old else text
    return lambda text: text.replace(old, new)


def _digits(number: str) -> str:
    return max(re.findall("[0-9]+", number), key=len, default="")
