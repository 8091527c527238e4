"""A message that we read, as a partner described it then and now: what of it could no longer be read."""

from collections.abc import Sequence
from typing import Final

from gateway.kit.uses import Names, Read
from gateway.mapping import Folder
from partners import Target, TargetKind

from .changes import Told
from .sent import GONE, MORE_NAMES, NO_NAMES, is_kept, limits_of, places_of, reordered, repeating, told_namespaces

_DIGITS: Final = frozenset({TargetKind.TEXT, TargetKind.NUMBER, TargetKind.INTEGER, TargetKind.ANY})
"""Kinds that are read alike: received numbers keep their digits as text, whatever was said of them before."""
_OPEN: Final = frozenset({TargetKind.LEVEL, TargetKind.ANY})
_NULLABLE: Final = "nullable"


class ReadCheck:
    """Of one message. reads: what the folder takes from it."""

    def __init__(self, told: Told, before: Target, after: Target, reads: Sequence[Read], folder: Folder) -> None:
        self._told = told
        self._old = places_of(before)
        self._new = places_of(after)
        self._folder = folder
        self._own: dict[Names, list[Read]] = {}
        for one in reads:
            self._own.setdefault(one.path, []).append(one)
        self._above = {path[:length] for path in self._own for length in range(len(path))}

    def run(self) -> None:
        """All there is to say."""
        for path, target in self._old.items():
            if path in self._new:
                self._place(path, target, self._new[path])
            elif is_kept(path, self._old, self._new):
                self._told.add(path, GONE, self._used(path))
        for path in self._new:
            if path not in self._old and is_kept(path, self._old, self._new):
                self._told.add(path, ("新增", "is new"))
        told_namespaces(self._told, self._old, self._new, lambda _path: False)  # names are read without their namespaces

    def _used(self, path: Names) -> bool:
        return path in self._own or path in self._above

    def _demanded(self, path: Names) -> bool:
        """Whether the answer cannot be read without it, or without what is in it."""
        return any(one.certain for place, found in self._own.items() if place[: len(path)] == path for one in found)

    def _place(self, path: Names, before: Target, after: Target) -> None:
        """What changed of a place that is still there."""
        if before.kind is not after.kind:
            kinds = (f"类型由 {before.kind} 变为 {after.kind}", f"was {before.kind}, is {after.kind}")
            self._told.add(path, kinds, self._used(path) and not self._read_alike(path, before, after))
        if before.repeats is not after.repeats:
            self._told.add(path, repeating(after), self._used(path))
        if before.required is not after.required:
            what = ("总会有", "always stands now") if after.required else ("变为可缺", "may be absent now")
            self._told.add(path, what, not after.required and self._demanded(path))
        if before.pattern != after.pattern:
            moment = any("instant(" in one.how for one in self._own.get(path, ()))
            what = ("时间格式改变", "is written in another form") if moment else ("格式改变", "has another form")
            self._told.add(path, what, breaks=moment)
        self._limits(path, limits_of(before), limits_of(after))
        self._values(path, before, after)
        if before.kind is after.kind is TargetKind.LEVEL:
            if before.open is not after.open:
                self._told.add(path, MORE_NAMES if after.open else NO_NAMES)
            if moved := reordered(before, after):
                listed = ", ".join(moved)
                self._told.add(path, (f"顺序改变：{listed}", f"another order: {listed}"))

    def _read_alike(self, path: Names, before: Target, after: Target) -> bool:
        kinds = {before.kind, after.kind}
        return kinds <= _DIGITS or (kinds <= _OPEN and (path not in self._own or after.kind is TargetKind.ANY))

    def _limits(self, path: Names, old: dict[str, str], new: dict[str, str]) -> None:
        """Only what may be null is a matter to a reader."""
        for name in dict.fromkeys((*old, *new)):
            was, now = old.get(name, ""), new.get(name, "")
            if was == now:
                continue
            if name == _NULLABLE:
                what = ("可以为空值", "may be null now") if now else ("不再为空值", "is never null now")
                self._told.add(path, what, bool(now) and self._demanded(path))
            else:
                self._told.turned(path, (f"{name} ", name), was, now)

    def _values(self, path: Names, before: Target, after: Target) -> None:
        """Values that were not there before: a status that no table knows is kept and never guessed, so that it breaks nothing."""
        if set(before.allowed) == set(after.allowed):
            return
        if not after.allowed:
            self._told.add(path, ("不再限定取值", "takes any value now"))
            return
        more = [value for value in after.allowed if value not in before.allowed]
        codes = self._folder.codes
        tables = [name for name in codes if any(f"canonical('{name}'" in one.how for one in self._own.get(path, ()))]
        unknown = [value for value in more if any(codes[name].to_canonical(value) is None for name in tables)]
        listed = ", ".join(unknown or more)
        if unknown:
            files = ", ".join(f"codes/{name}.csv" for name in tables)
            self._told.add(path, (f"新增的值 {listed} 不在 {files}", f"new values {listed}, which {files} lacks"))
        elif before.allowed and more:
            self._told.add(path, (f"新增的值 {listed}", f"new values {listed}"))
        else:
            self._told.add(path, ("可取的值变少", "takes fewer values"))
