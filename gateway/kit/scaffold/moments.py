"""Which way of writing a moment, or a region's code, a partner's description asks for."""

import re
from typing import Final

from partners import Target, TargetKind

_WRITTEN: Final = re.compile(r"yyyy(?:[-/.年]?MM(?:[-/.月]?dd日?)?)(?:[ T']*(?:HH|hh):?mm:?(?:ss)?(?:\.?SSS)?)?(?:XXX)?", re.IGNORECASE)
_ORACLE: Final = re.compile(r"(?i)hh24|mi(?![a-z])")
_MORE: Final = re.compile(r"[:.]?[A-Za-z0-9]|[ T:]+[HhMmSs]")
_BY_LENGTH: Final = {8: "yyyyMMdd", 10: "yyyy-MM-dd", 14: "yyyyMMddHHmmss", 17: "yyyyMMddHHmmssSSS", 19: "yyyy-MM-dd HH:mm:ss"}
_FIXED: Final = re.compile(r"(?:\\d|\[0-9\])\{(\d{1,2})\}")
_SHAPED: Final = (
    (re.compile(r"\{4\}-.*\{2\}-.*\{2\}[ T]|\{4\}-.*\{2\}-.*\{2\}\\s"), "yyyy-MM-dd HH:mm:ss"),
    (re.compile(r"\{4\}-.*\{2\}-.*\{2\}"), "yyyy-MM-dd"),
    (re.compile(r"\{4\}/.*\{2\}/.*\{2\}"), "yyyy/MM/dd"),
)
_EXAMPLE: Final = (
    (re.compile(r"20\d{2}-\d{2}-\d{2}T"), "iso"),
    (re.compile(r"20\d{2}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"), "yyyy-MM-dd HH:mm:ss"),
    (re.compile(r"(?<!\d)20\d{12}(?!\d)"), "yyyyMMddHHmmss"),
    (re.compile(r"20\d{2}-\d{2}-\d{2}"), "yyyy-MM-dd"),
    (re.compile(r"(?<!\d)20\d{6}(?!\d)"), "yyyyMMdd"),
)
_WIDTHS: Final = (2, 4, 6, 9, 12)
_SAID_WIDTH: Final = re.compile(r"(?<!\d)(12|9|6|4|2)\s*位")


def moment_pattern(target: Target) -> str | None:
    """The pattern of date() and instant() that a target asks for; None when nothing says it."""
    if target.kind is TargetKind.MOMENT:
        return "iso"
    if target.kind is TargetKind.DAY:
        return "yyyy-MM-dd"
    about = _ORACLE.sub(lambda found: {"hh24": "HH", "mi": "mm"}[found[0].lower()], target.about)
    if written := _WRITTEN.search(about):
        # What goes on behind it is of a form that the language does not know: half a moment would be another one.
        return None if _MORE.match(about, written.end()) else _tidy(written[0])
    if target.kind in (TargetKind.NUMBER, TargetKind.INTEGER) or "时间戳" in about:
        if "毫秒" in about or "13" in about or target.longest == 13:
            return "epoch-milliseconds"
        return "epoch-seconds" if "秒" in about or "10" in about or target.longest == 10 else None
    for form, pattern in _EXAMPLE:
        if form.search(target.about):
            return pattern
    for form, pattern in _SHAPED:
        if target.pattern and form.search(target.pattern):
            return pattern
    fixed = _FIXED.fullmatch((target.pattern or "").strip("^$"))
    return _BY_LENGTH.get(int(fixed[1]) if fixed else target.longest or 0)


def region_width(target: Target) -> str:
    """How many digits of a region's code a target takes: 6 when nothing says it."""
    fixed = _FIXED.fullmatch((target.pattern or "").strip("^$"))
    said = _SAID_WIDTH.search(target.about)
    for width in (int(fixed[1]) if fixed else None, int(said[1]) if said else None, target.longest):
        if width in _WIDTHS:
            return str(width)
    return "6"


def _tidy(written: str) -> str:
    """A pattern as a paper writes it, as the language does: letters' case set right, a T and Chinese letters between quotes."""
    pattern = re.sub(r"(?i)y{4}", "yyyy", written)
    pattern = re.sub(r"(?<=yyyy)([-/.年]?)mm", r"\1MM", pattern, flags=re.IGNORECASE)
    pattern = re.sub(r"(?<=MM)([-/.月]?)dd", r"\1dd", pattern, flags=re.IGNORECASE)
    head, tail = re.split(r"(?<=dd)", pattern, maxsplit=1) if "dd" in pattern else (pattern, "")
    tail = re.sub(r"(?i)hh", "HH", tail)
    tail = re.sub(r"(?i)(?<=HH)(:?)mm", r"\1mm", tail)
    tail = re.sub(r"(?i)(?<=mm)(:?)ss(?!s)", r"\1ss", tail)
    return (head + tail.replace("'", "").replace("T", r"\'T\'")).rstrip()
