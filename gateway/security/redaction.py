"""Personal data never reaches a log: what looks like a number of a person is masked wherever it stands, fields that hold it are dropped.

Masks keep the first three and the last two characters, enough to tell two cases apart and too little to know a person by.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

DROPPED = frozenset({
    "address", "agent", "applicant", "authorization", "body", "certificate", "content", "document", "form", "name", "number", "opinion",
    "password", "phone", "raw", "representative", "secret", "signature", "token",
})  # fmt: skip
"""Keys whose value is dropped whole, as are those ending in _name, _phone and _address: no pattern knows a name or an address."""

_CREDIT = "0-9A-HJ-NPQRTUWXY"
_KEEP_FIRST, _KEEP_LAST = 3, 2
_NUMBERS = re.compile(
    rf"""
      (?<!\d)\d{{17}}[\dXx](?!\d)                                             # identity number (GB 11643)
    | (?<!\d)\d{{8}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}}(?!\d)     # identity number of 15 digits, before 1999
    | (?<![0-9A-Za-z])[{_CREDIT}]{{2}}\d{{6}}[{_CREDIT}]{{10}}(?![0-9A-Za-z]) # unified social credit code (GB 32100)
    | (?<![0-9A-Za-z])[HMhm]\d{{8}}(?:\d{{2}})?(?![0-9A-Za-z])                # travel permit of Hong Kong and Macau residents
    | (?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{{4}}[ -]?\d{{4}}(?!\d)            # mobile phone
    | (?<!\d)0\d{{2,3}}-\d{{7,8}}(?!\d)                                       # fixed line
    | (?<!\d)0[1-9]\d{{9,10}}(?!\d)                                           # fixed line, run together
    """,
    re.VERBOSE,
)
_CREDENTIALS = re.compile(r"tb_[a-z2-7]{12}_[A-Za-z0-9_-]+|whsec_[A-Za-z0-9+/=]+|\b[Bb]earer \S+")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{64,}={0,2}")
_RUN_OF_DIGITS = re.compile(r"\d{4}")
_HEXADECIMAL = re.compile(r"[0-9a-f]{64}(?:[0-9a-f]{64})?")


def redact(text: str) -> str:
    """The text with identity numbers, credit codes, travel permits, phones, credentials and long Base64 runs masked.

    Hexadecimal digests and case numbers stay: they say nothing of a person and are what one searches a log for.
    """
    text = _CREDENTIALS.sub("***", text)
    text = _ENCODED.sub(lambda run: run[0] if _HEXADECIMAL.fullmatch(run[0]) else f"«{len(run[0])} characters»", text)
    # Every pattern of a number has four digits in a row, and most texts have not.
    return _NUMBERS.sub(_mask, text) if _RUN_OF_DIGITS.search(text) else text


def redact_event(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor, the last before the line is written: drops the keys of DROPPED at every level, redacts every other value."""
    return {key: _clean(value) for key, value in event.items() if not _is_dropped(key)}


def _mask(found: re.Match[str]) -> str:
    number = found[0]
    return number[:_KEEP_FIRST] + "*" * (len(number) - _KEEP_FIRST - _KEEP_LAST) + number[-_KEEP_LAST:]


def _is_dropped(key: object) -> bool:
    return isinstance(key, str) and (key in DROPPED or key.endswith(("_name", "_phone", "_address")))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        text = str(value)
        masked = redact(text)
        return value if masked == text else masked
    if isinstance(value, bytes | bytearray | memoryview):
        return f"«{len(value)} bytes»"
    if isinstance(value, Mapping):
        return {redact(str(key)): _clean(item) for key, item in value.items() if not _is_dropped(key)}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    return redact(str(value))
