"""Region codes (GB/T 2260): one canonical form of six digits, whatever width a system writes."""

from dataclasses import dataclass
from datetime import date

_LEVEL_WIDTHS = (2, 4, 6)


@dataclass(frozen=True, slots=True)
class Region:
    """A place. code: 6 digits; zone: a functional zone registered by us, since GB/T 2260 has no code for it.

    valid_from, valid_to: codes come and go when counties become districts; None is open.
    """

    code: str
    name: str
    zone: bool = False
    valid_from: date | None = None
    valid_to: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether the code was the place's on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def normalize_region(code: str) -> str:
    """Six digits from 2, 4, 6, 9 or 12; raises ValueError for anything else, never guesses."""
    if not (code.isascii() and code.isdigit()) or len(code) not in (2, 4, 6, 9, 12):
        raise ValueError("a region code has 2, 4, 6, 9 or 12 digits")
    canonical = code[:6].ljust(6, "0")
    if canonical.startswith("00"):
        raise ValueError("a region code begins with a province")
    return canonical


def significant(code: str) -> str:
    """The code without its level's padding: 220000 → 22, 220100 → 2201, 220102 → 220102."""
    for width in _LEVEL_WIDTHS:
        if code[width:].strip("0") == "":
            return code[:width]
    return code


def covers(prefix: str, code: str) -> bool:
    """Whether the region `prefix` (canonical or significant digits) contains the region `code`."""
    return code.startswith(significant(prefix.ljust(6, "0")))


def province(code: str) -> str:
    """The province's canonical code: 220100 → 220000."""
    return code[:2] + "0000"


def same_province(one: str, other: str) -> bool:
    """True when a case between the two is intra-provincial."""
    return one[:2] == other[:2]
