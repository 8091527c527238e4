"""Shadow mode: beside each message that is sent, the one that another version of the partner's folder would have made. Never sent.

Only places in the message and what values look like are told, never content. Deliveries do not wait for it: comparisons are made one
after the other in a thread of their own, a few may wait, the rest are left out and counted; whatever goes wrong in one ends there.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog

from gateway.model import Blob, CaseFacts, Preview, Previews
from gateway.security import mask_shape
from gateway.telemetry import Metrics

log = structlog.get_logger()

WAITING: Final = 64
"""Comparisons that may wait for their turn."""
KINDS: Final = 500
"""Kinds of differences that are told; a folder that differs in more is another folder."""
_LONGEST: Final = 60
_PLAIN: Final = re.compile(r"[@#$A-Za-z_](?:[\w.:-](?!\d{5})){0,63}", re.ASCII)
"""A name as partners give them. A form that is sent whole has names that were handed in: any other is told by its looks."""
_POSITION: Final = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the two messages differ. sent, shadow: what the values look like; None where there is none."""

    path: str
    sent: str | None
    shadow: str | None

    @property
    def kind(self) -> tuple[str, str]:
        """What makes it the same difference in the next case: the place in whichever entry of a list, and on which side something is."""
        how = "added" if self.sent is None else "removed" if self.shadow is None else "changed"
        return _POSITION.sub("[]", self.path), how


@dataclass(frozen=True, slots=True)
class Pair:
    """The folder in force and its shadow. Both are used in the shadow's thread only."""

    in_force: Previews
    shadow: Previews


class Shadow:
    """Compares beside the deliveries. pairs: by partner."""

    def __init__(self, pairs: Mapping[str, Pair], metrics: Metrics) -> None:
        self._pairs = dict(pairs)
        self._metrics = metrics
        self._room = threading.BoundedSemaphore(WAITING)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="shadow")
        self._told: set[tuple[str, ...]] = set()

    def beside(self, partner: str, step: str, facts: CaseFacts, now: datetime) -> None:
        """Compare the message of this step later; returns at once and never raises."""
        pair = self._pairs.get(partner)
        if pair is None:
            return
        if not self._room.acquire(blocking=False):
            self._metrics.shadow(partner, step, "skipped")
            return
        try:
            self._thread.submit(self._compare, pair, partner, step, facts, now)
        except RuntimeError:  # closed meanwhile
            self._room.release()

    def close(self) -> None:
        """Wait for the comparison at hand, and let go of those that wait."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _compare(self, pair: Pair, partner: str, step: str, facts: CaseFacts, now: datetime) -> None:
        try:
            differences = compare(pair, step, facts, now)
            self._metrics.shadow(partner, step, "different" if differences else "same")
            for difference in differences:
                self._tell(partner, step, pair.shadow.mapping_hash, facts.number, difference)
        except Exception as error:
            # Its text may hold what was being rendered.
            self._metrics.shadow(partner, step, "failed")
            self._once((partner, step, type(error).__name__), "shadow.failed", partner=partner, step=step, error=type(error).__name__)
        finally:
            self._room.release()

    def _tell(self, partner: str, step: str, mapping: str, case: str, difference: Difference) -> None:
        path, how = difference.kind
        about = {"partner": partner, "step": step, "path": path, "how": how}
        seen = {"sent": difference.sent, "shadow": difference.shadow, "first_case": case, "mapping": mapping}
        self._once((partner, step, path, how), "shadow.different", **about, **seen)

    def _once(self, kind: tuple[str, ...], event: str, **about: str | None) -> None:
        if kind in self._told or len(self._told) >= KINDS:
            return
        self._told.add(kind)
        log.warning(event, **about)
        if len(self._told) == KINDS:
            log.warning("shadow.many", kinds=KINDS)


def compare(pair: Pair, step: str, facts: CaseFacts, now: datetime) -> tuple[Difference, ...]:
    """How the two messages of a step differ, both made for the same moment."""
    sent, shadow = _made(pair.in_force, step, facts, now), _made(pair.shadow, step, facts, now)
    if sent is None or shadow is None:
        return () if sent is shadow else (Difference("/", *("" if one else None for one in (sent, shadow))),)
    if sent.faults or shadow.faults:
        return tuple(_faults(sent, shadow))
    if sent.evidence == shadow.evidence:
        return ()
    # What the tree does not show: another address, another order of elements.
    return tuple(_values("", sent.tree, shadow.tree)) or (Difference("/", "", ""),)


def _made(folder: Previews, step: str, facts: CaseFacts, now: datetime) -> Preview | None:
    try:
        return folder.preview(step, facts, now)
    except LookupError:  # the folder has no such step
        return None


def _faults(sent: Preview, shadow: Preview) -> Iterator[Difference]:
    ours, theirs = _kinds(sent), _kinds(shadow)
    yield from (Difference(one, "", None) for one in sorted(ours - theirs))
    yield from (Difference(one, None, "") for one in sorted(theirs - ours))


def _kinds(preview: Preview) -> set[str]:
    """What each fault is and where: the draft's field, else the place in the message."""
    faults = zip(preview.faults, preview.places, strict=True)
    return {f"fault {one.code} {one.pointer or place}".rstrip() for one, place in faults}


def _values(path: str, sent: Any, shadow: Any) -> Iterator[Difference]:
    if isinstance(sent, Mapping) and isinstance(shadow, Mapping):
        for name in dict.fromkeys([*sent, *shadow]):
            shown = name if _PLAIN.fullmatch(name) else mask_shape(name)
            below = f"{path}.{shown}" if path else shown
            if name not in sent:
                yield Difference(below, None, _looks(shadow[name]))
            elif name not in shadow:
                yield Difference(below, _looks(sent[name]), None)
            else:
                yield from _values(below, sent[name], shadow[name])
    elif isinstance(sent, list) and isinstance(shadow, list):
        for at, (one, other) in enumerate(zip(sent, shadow, strict=False)):
            yield from _values(f"{path}[{at}]", one, other)
        for at in range(min(len(sent), len(shadow)), max(len(sent), len(shadow))):
            yield Difference(
                f"{path}[{at}]",
                _looks(sent[at]) if at < len(sent) else None,
                _looks(shadow[at]) if at < len(shadow) else None,
            )
    elif type(sent) is not type(shadow) or not _same(sent, shadow):
        yield Difference(path or "/", _looks(sent), _looks(shadow))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Blob) and isinstance(other, Blob):
        return (one.name, one.size, one.sha256) == (other.name, other.size, other.sha256)
    return bool(one == other)


def _looks(value: Any) -> str:
    """What a value looks like, and of which kind it is; of a level or a list only that it is one."""
    match value:
        case Mapping():
            return "{…}"
        case list():
            return "[…]"
        case Blob():
            return "«content»"
        case str():
            return f'"{mask_shape(value[:_LONGEST])}"'
    return mask_shape(str(value)[:_LONGEST]) if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
