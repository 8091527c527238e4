"""The patterns of a partner's description, tried in time that grows with the text alone: however careless one is, no case waits for it."""

import re
from functools import lru_cache
from typing import Any, Final

import re2

_CODE_POINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})")
_QUIET: Final = re2.Options()
_QUIET.log_errors = False


def fits(pattern: str, text: str) -> bool | None:
    """Whether a text holds what an ECMA 262 pattern asks for; None for a pattern that is not understood: look-around, no pattern at all."""
    compiled = _compiled(pattern)
    return None if compiled is None else compiled.search(text) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    try:
        return re2.compile(_CODE_POINT.sub(lambda found: re.escape(chr(int(found[1], 16))), pattern), _QUIET)
    except (re2.error, ValueError):
        return None
