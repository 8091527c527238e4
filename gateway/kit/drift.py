"""A newly obtained description beside the stored one: what changed, and which steps of which matters break by it."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from gateway.mapping import Finding, Folder, Outline
from partners import Description, Target, TargetKind, describe

from .scaffold import ReceivedError, copy, flaw_findings
from .uses import Names, Read, Sent, covered, read, reading, sent, steps

_DIGITS: Final = frozenset({TargetKind.TEXT, TargetKind.NUMBER, TargetKind.INTEGER})
"""Kinds that are read alike: received numbers keep their digits as text."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change. side: request, response or call; path: dotted, empty for a call; breaks: of a step in use, by whatever the steps are."""

    operation: str
    side: str
    path: str
    zh: str
    en: str
    breaks: bool = False
    steps: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drift:
    """Everything that changed, what breaks first."""

    changes: tuple[Change, ...] = field(default=())

    @property
    def broken(self) -> tuple[Change, ...]:
        """What breaks."""
        return tuple(change for change in self.changes if change.breaks)

    @property
    def matters(self) -> tuple[str, ...]:
        """The matters of which a step breaks."""
        return tuple(sorted({matter for change in self.broken for matter in change.matters}))


def drift(folder: Folder, stored: Description, obtained: Description) -> Drift:
    """What the obtained description changes for a folder that was written to the stored one."""
    found: list[Change] = []
    used = set()
    for step, matters in steps(folder):
        key = step.key
        used.add(key)
        changes = _call(key, stored, obtained, sent(step.send.outline, folder), read(step, folder), folder)
        found += [replace(change, steps=(step.name,), matters=matters) for change in changes]
    if folder.push is not None and folder.push.operation is not None:
        key = folder.push.operation
        used.add(key)
        changes = _push(key, stored, obtained, folder, folder.push.reply.outline, tuple(reading(folder.push.read.outline)))
        found += [replace(change, steps=("push",), matters=tuple(sorted(folder.matters))) for change in changes]
    for key in sorted((set(stored.operations) | set(obtained.operations)) - used):
        if key not in obtained.operations:
            found.append(Change(key, "call", "", "接口取消，本文件夹未用", "the call is gone; this folder does not use it"))
        elif key not in stored.operations:
            found.append(Change(key, "call", "", "新增接口", "a new call"))
    return Drift(tuple(sorted(_merged(found), key=lambda change: not change.breaks)))


def drift_from(folder: Folder, source: Path) -> tuple[Drift, tuple[Finding, ...]]:
    """The drift towards a description that lies elsewhere, and that one's flaws. Raises ReceivedError for one that cannot be used."""
    with tempfile.TemporaryDirectory() as place:
        schemas = Path(place)
        copy(source, schemas, folder.transport)
        obtained = describe(schemas, folder.transport)
    flaws = flaw_findings(source.name, obtained)
    if not obtained.operations:
        raise ReceivedError(
            "kit.description", "接口描述无法使用，问题见下。", "The description cannot be used; its flaws are listed below.", flaws
        )
    return drift(folder, describe(folder.schemas, folder.transport), obtained), flaws


def _merged(found: Sequence[Change]) -> list[Change]:
    """Each change once, with all steps and matters that it was found for."""
    merged: dict[Change, tuple[dict[str, None], set[str]]] = {}
    for change in found:
        names, matters = merged.setdefault(replace(change, steps=(), matters=()), ({}, set()))
        names.update(dict.fromkeys(change.steps))
        matters.update(change.matters)
    return [replace(change, steps=tuple(names), matters=tuple(sorted(matters))) for change, (names, matters) in merged.items()]


def _call(
    key: str, stored: Description, obtained: Description, places: Mapping[Names, Sent], reads: Sequence[Read], folder: Folder
) -> Iterator[Change]:
    before, after = stored.operations.get(key), obtained.operations.get(key)
    if after is None:
        yield Change(key, "call", "", "接口取消", "the call is gone", breaks=True)
    elif before is not None:
        yield from _request(key, "request", before.request, after.request, places)
        yield from _answer(key, "response", before.response, after.response, reads, folder)


def _push(key: str, stored: Description, obtained: Description, folder: Folder, reply: Outline, reads: Sequence[Read]) -> Iterator[Change]:
    """Of a partner's call at us the request is what we read, and the response what we send."""
    before, after = stored.operations.get(key), obtained.operations.get(key)
    if after is None:
        yield Change(key, "call", "", "接口取消", "the call is gone", breaks=True)
    elif before is not None:
        yield from _answer(key, "request", before.request, after.request, reads, folder)
        if before.response is not None and after.response is not None:
            yield from _request(key, "response", before.response, after.response, sent(reply, folder))


def _request(key: str, side: str, before: Target, after: Target, places: Mapping[Names, Sent]) -> Iterator[Change]:
    old, new = dict(before.walk()), dict(after.walk())
    for path, target in old.items():
        if path not in new and (path[:-1] in new or len(path) == 1):
            above = new[path[:-1]] if len(path) > 1 else after
            breaks = path in places and not above.open and above.kind is not TargetKind.ANY
            yield Change(key, side, ".".join(path), "取消", "is gone", breaks)
        elif path in new:
            yield from _changed(key, side, path, target, new[path], places)
    for path, target in new.items():
        if path not in old and (path[:-1] in old or len(path) == 1):
            known = path in places and places[path].certain
            inside = len(path) == 1 or path[:-1] in places
            what = ("新增必填", "is new, and required") if target.required else ("新增，可选", "is new, and optional")
            yield Change(key, side, ".".join(path), *what, target.required and inside and not known)


def _changed(key: str, side: str, path: Names, before: Target, after: Target, places: Mapping[Names, Sent]) -> Iterator[Change]:
    """What changed of a place that is still there."""
    place = places.get(path)
    used = place is not None or covered(path, places)
    said = ".".join(path)
    values = place.values if place is not None else None
    if before.kind is not after.kind and after.kind is not TargetKind.ANY:
        yield Change(key, side, said, f"类型由 {before.kind} 变为 {after.kind}", f"was {before.kind}, is {after.kind}", used)
    if before.repeats is not after.repeats:
        what = ("变为列表", "is a list now") if after.repeats else ("不再是列表", "is no list any more")
        yield Change(key, side, said, *what, used)
    if after.required and not before.required:
        above = len(path) == 1 or path[:-1] in places
        yield Change(key, side, said, "变为必填", "is required now", above and not (place is not None and place.certain))
    elif before.required and not after.required:
        yield Change(key, side, said, "变为可选", "is optional now")
    if after.allowed and set(after.allowed) != set(before.allowed):
        gone = set(before.allowed) - set(after.allowed)
        refused = (gone or before.allowed == ()) if values is None else values - set(after.allowed)
        narrower = bool(gone) or not before.allowed
        listed = ", ".join(sorted(values - set(after.allowed) if values is not None and refused else gone)[:20])
        zh, en = ("可取的值变少", "takes fewer values") if narrower else ("可取的值变多", "takes more values")
        yield Change(key, side, said, f"{zh}：{listed}" if listed else zh, f"{en}: {listed}" if listed else en, used and bool(refused))
    elif before.allowed and not after.allowed:
        yield Change(key, side, said, "不再限定取值", "takes any value now")
    if after.longest != before.longest:
        shorter = after.longest is not None and (before.longest is None or after.longest < before.longest)
        fits = values is not None and after.longest is not None and all(len(value) <= after.longest for value in values)
        told = [str(limit) if limit is not None else "∞" for limit in (before.longest, after.longest)]
        yield Change(
            key, side, said, f"长度上限由 {told[0]} 变为 {told[1]}", f"held {told[0]}, holds {told[1]}", used and shorter and not fits
        )
    if after.pattern is not None and after.pattern != before.pattern:
        yield Change(key, side, said, "格式改变", "has another form", used)


def _answer(key: str, side: str, before: Target | None, after: Target | None, reads: Sequence[Read], folder: Folder) -> Iterator[Change]:
    if before is None or after is None:
        if before is not None:
            yield Change(key, side, "", "不再描述应答", "the answer is not described any more")
        return
    old, new = dict(before.walk()), dict(after.walk())
    wanted: dict[Names, list[Read]] = {}
    for one in reads:
        wanted.setdefault(one.path, []).append(one)
    below = {path[:length] for path in wanted for length in range(1, len(path))}
    for path, target in old.items():
        said, own = ".".join(path), wanted.get(path, [])
        if path not in new:
            if path[:-1] in new or len(path) == 1:
                yield Change(key, side, said, "取消", "is gone", bool(own) or path in below)
            continue
        now = new[path]
        if now.kind is not target.kind and not {now.kind, target.kind} <= _DIGITS:
            yield Change(
                key, side, said, f"类型由 {target.kind} 变为 {now.kind}", f"was {target.kind}, is {now.kind}", bool(own) or path in below
            )
        if now.repeats is not target.repeats:
            what = ("变为列表", "is a list now") if now.repeats else ("不再是列表", "is no list any more")
            yield Change(key, side, said, *what, bool(own) or path in below)
        if target.required and not now.required:
            depends = any(one.certain for place in wanted if place[: len(path)] == path for one in wanted[place])
            yield Change(key, side, said, "变为可缺", "may be absent now", depends)
        if now.pattern != target.pattern and any("instant(" in one.how for one in own):
            yield Change(key, side, said, "时间格式改变", "is written in another form", breaks=True)
        yield from _new_values(key, side, said, target, now, own, folder)
    for path in new:
        if path not in old and (path[:-1] in old or len(path) == 1):
            yield Change(key, side, ".".join(path), "新增", "is new")


def _new_values(key: str, side: str, said: str, before: Target, after: Target, own: Sequence[Read], folder: Folder) -> Iterator[Change]:
    """Values that were not there before: a status that no table knows is kept and never guessed, so that it breaks nothing."""
    more = [value for value in after.allowed if value not in before.allowed]
    if not more or not before.allowed:
        return
    tables = [name for name in folder.codes if any(f"canonical('{name}'" in one.how for one in own)]
    unknown = [value for value in more if any(folder.codes[name].to_canonical(value) is None for name in tables)]
    listed = ", ".join(unknown or more)
    if unknown:
        files = ", ".join(f"codes/{name}.csv" for name in tables)
        yield Change(key, side, said, f"新增的值 {listed} 不在 {files}", f"new values {listed}, which {files} lacks")
    else:
        yield Change(key, side, said, f"新增的值 {listed}", f"new values {listed}")
