"""Case numbers: KS + origin 6 + destination 6 + yyyymmdd + 7-digit serial + ISO 7064 MOD 37,36 check character; 30 characters."""

import re
from datetime import date

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

_SHAPE = re.compile(r"KS[0-9]{6}[0-9]{6}[0-9]{8}[0-9]{7}[0-9A-Z]")
SERIALS = 10_000_000


def case_number(origin: str, destination: str, day: date, serial: int) -> str:
    """The number of the serial-th case; serials run on for ever and wrap after ten million, far above a day's cases."""
    stem = f"KS{origin}{destination}{day:%Y%m%d}{serial % SERIALS:07d}"
    return stem + str(mod_37_36.calc_check_digit(stem))


def is_case_number(text: str) -> bool:
    """Whether the text has the shape and the check character of our numbers."""
    if not _SHAPE.fullmatch(text):
        return False
    try:
        mod_37_36.validate(text)
    except ValidationError:
        return False
    return True
