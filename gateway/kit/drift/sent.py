"""A message that we write, as a partner described it then and now: what of today's would be refused."""

import itertools
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from gateway.kit.uses import Names, Sent, covered
from partners import Target, TargetKind

from .changes import Told

Places = Mapping[Names, Target]
_LEAST: Final = frozenset({"minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"})
_MOST: Final = frozenset({"maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties", "totalDigits", "fractionDigits"})
GONE: Final = ("取消", "is gone")
NO_NAMES: Final = ("不再接受其他名称", "takes no further names now")
MORE_NAMES: Final = ("接受其他名称", "takes further names now")


def places_of(root: Target) -> dict[Names, Target]:
    """Every place by its path, the message itself by the empty one."""
    return {(): root, **dict(root.walk())}


def repeating(now: Target) -> tuple[str, str]:
    """How it is said that a place became, or is no longer, a list."""
    return ("变为列表", "is a list now") if now.repeats else ("不再是列表", "is no list any more")


def limits_of(target: Target) -> dict[str, str]:
    """All limits of a place, the longest text among them."""
    return {**({"maxLength": str(target.longest)} if target.longest is not None else {}), **dict(target.limits)}


def is_kept(path: Names, old: Places, new: Places) -> bool:
    """Whether the level above still is a level, so that what came into it or went is told place by place."""
    above = path[:-1]
    return above in old and above in new and new[above].kind is TargetKind.LEVEL and old[above].kind in (TargetKind.LEVEL, TargetKind.ANY)


class SentCheck:
    """Of one message. sent: what the folder writes in it; xml: of one entry XML does not say whether it is a list."""

    def __init__(self, told: Told, before: Target, after: Target, sent: Mapping[Names, Sent], *, xml: bool) -> None:
        self._told = told
        self._old = places_of(before)
        self._new = places_of(after)
        self._sent = sent
        self._xml = xml

    def run(self) -> None:
        """All there is to say."""
        for path, target in self._old.items():
            if path in self._new:
                self._place(path, target, self._new[path])
            elif is_kept(path, self._old, self._new):
                self._told.add(path, GONE, self._used(path) and not self._new[path[:-1]].open)
        for path, target in self._new.items():
            if path not in self._old and is_kept(path, self._old, self._new):
                self._came(path, target)
        for path in self._sent:
            if path not in self._old and path not in self._new and is_kept(path, self._old, self._new):
                was, now = self._old[path[:-1]], self._new[path[:-1]]
                if not now.open and (was.open or was.kind is TargetKind.ANY):
                    self._told.add(path, ("不再接受", "is not accepted any more"), breaks=True)
        told_namespaces(self._told, self._old, self._new, self._used)

    def _used(self, path: Names) -> bool:
        return not path or path in self._sent or covered(path, self._sent)

    def _certain(self, path: Names) -> bool:
        return path in self._sent and self._sent[path].certain

    def _came(self, path: Names, target: Target) -> None:
        if self._old[path[:-1]].kind is TargetKind.ANY and not target.required:
            return  # anything could stand there before
        what = ("新增必填", "is new, and required") if target.required else ("新增，可选", "is new, and optional")
        self._told.add(path, what, target.required and self._used(path[:-1]) and not self._certain(path))

    def _place(self, path: Names, before: Target, after: Target) -> None:
        """What changed of a place that is still there."""
        used = self._used(path)
        if before.kind is not after.kind:
            wider = after.kind is TargetKind.ANY or (before.kind, after.kind) == (TargetKind.INTEGER, TargetKind.NUMBER)
            kinds = (f"类型由 {before.kind} 变为 {after.kind}", f"was {before.kind}, is {after.kind}")
            self._told.add(path, kinds, used and not wider)
        if before.repeats is not after.repeats:
            self._told.add(path, repeating(after), used and not (self._xml and after.repeats))
        if after.required and not before.required:
            self._told.add(path, ("变为必填", "is required now"), self._used(path[:-1]) and not self._certain(path))
        elif before.required and not after.required:
            self._told.add(path, ("变为可选", "is optional now"))
        self._values(path, before, after, used)
        if after.pattern != before.pattern:
            what = ("不再限定格式", "takes any form now") if after.pattern is None else ("格式改变", "has another form")
            self._told.add(path, what, used and after.pattern is not None)
        self._limits(path, before, after, used)
        if before.kind is after.kind is TargetKind.LEVEL:
            self._level(path, before, after)

    def _values(self, path: Names, before: Target, after: Target, used: bool) -> None:
        """What may stand there by name."""
        gone, came = set(before.allowed) - set(after.allowed), set(after.allowed) - set(before.allowed)
        if not after.allowed:
            if before.allowed:
                self._told.add(path, ("不再限定取值", "takes any value now"))
        elif gone or not before.allowed:
            values = self._texts(path)
            refused = gone if values is None else values - set(after.allowed)
            breaks = bool(refused) or (values is None and not before.allowed)
            listed = ", ".join(sorted(refused or gone)[:20])
            zh, en = "可取的值变少", "takes fewer values"
            self._told.add(path, (f"{zh}：{listed}", f"{en}: {listed}") if listed else (zh, en), used and breaks)
        elif came:
            self._told.add(path, ("可取的值变多", "takes more values"))

    def _texts(self, path: Names) -> frozenset[str] | None:
        return self._sent[path].values if path in self._sent else None

    def _limits(self, path: Names, before: Target, after: Target, used: bool) -> None:
        old, new = limits_of(before), limits_of(after)
        for name in dict.fromkeys((*old, *new)):
            was, now = old.get(name, ""), new.get(name, "")
            if was != now:
                self._told.turned(path, (f"{name} ", name), was, now, used and _narrower(name, was, now) and not self._fit(path, name, now))

    def _fit(self, path: Names, name: str, limit: str) -> bool:
        """Whether whatever the folder can write there keeps to a limit."""
        values = self._texts(path)
        return values is not None and all(_keeps(value, name, limit) for value in values)

    def _level(self, path: Names, before: Target, after: Target) -> None:
        """How the places of a level stand to one another, and what else may stand beside them."""
        if before.open is not after.open:
            whole = path in self._sent and self._sent[path].whole
            self._told.add(path, MORE_NAMES if after.open else NO_NAMES, whole and not after.open)
        was, now = ({child.one_of for child in level.children if child.one_of} for level in (before, after))
        for names in sorted(now - was):
            missing = self._used(path) and not any(self._certain((*path, name)) for name in names)
            listed = ", ".join(names)
            self._told.add(path, (f"{listed} 须有其一", f"of {listed} one must stand now"), missing)
        if was - now:
            self._told.add(path, ("不再要求几项须有其一", "of a choice it asks for none, or for others, now"))
        for one, other in sorted(_apart(after) - _apart(before)):
            both = self._used((*path, one)) and self._used((*path, other))
            self._told.add(path, (f"{one} 与 {other} 不再能同时出现", f"{one} and {other} no longer stand together"), both)
        moved = reordered(before, after)
        if moved:
            listed = ", ".join(moved)
            both = sum(self._used((*path, name)) for name in moved) > 1
            self._told.add(path, (f"顺序改变：{listed}", f"another order: {listed}"), both, mended=True)


def _apart(level: Target) -> set[tuple[str, str]]:
    """Names of different branches of one choice: only one of the two may stand."""
    chosen = [child for child in level.children if child.branch and child.one_of]
    return {
        (one.name, other.name)
        for one, other in itertools.combinations(chosen, 2)
        if one.one_of == other.one_of and one.branch != other.branch
    }


def reordered(before: Target, after: Target) -> tuple[str, ...]:
    """The names that stand in another order now, as they stand in it; of a level that had no order, those that have one now."""
    now = {child.name: child.rank for child in after.children}
    common = [child for child in before.children if child.name in now]
    unordered = len({child.rank for child in common}) <= 1
    moved = {
        name
        for one, other in itertools.combinations(common, 2)
        if (unordered or one.rank < other.rank) and now[one.name] > now[other.name]
        for name in (one.name, other.name)
    }
    return tuple(child.name for child in after.children if child.name in moved)


def told_namespaces(told: Told, old: Places, new: Places, breaks: Callable[[Names], bool]) -> None:
    """Once for each pair of namespaces, with the uppermost places that went from one to the other."""
    moved: dict[tuple[str, str], list[Names]] = {}
    for path in (path for path in old if path in new):
        pair, above = (old[path].namespace, new[path].namespace), path[:-1]
        with_its_level = path and above in new and pair == (old[above].namespace, new[above].namespace)
        if pair[0] != pair[1] and not with_its_level:
            moved.setdefault(pair, []).append(path)
    for (was, now), paths in moved.items():
        whole = () in paths
        listed = ", ".join(".".join(path) for path in paths if path)
        zh, en = ("报文的命名空间", "the namespace of the message") if whole else (f"{listed} 的命名空间", f"the namespace of {listed}")
        told.turned((), (zh, en), was, now, any(breaks(path) for path in paths), mended=True)


def _narrower(name: str, was: str, now: str) -> bool:
    if not now or name == "nullable":
        return False
    before, after = _number(was), _number(now)
    if before is None or after is None or name not in _LEAST | _MOST:
        return True
    return after > before if name in _LEAST else after < before


def _keeps(value: str, name: str, limit: str) -> bool:
    number, size = _number(limit), _number(value)
    if number is None:
        return False
    match name:
        case "minLength":
            return len(value) >= number
        case "maxLength":
            return len(value) <= number
        case "minimum" | "exclusiveMinimum":
            return size is not None and (size > number or (size == number and name == "minimum"))
        case "maximum" | "exclusiveMaximum":
            return size is not None and (size < number or (size == number and name == "maximum"))
    return False


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
