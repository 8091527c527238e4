"""The scenario file: how a simulated partner misbehaves and how its cases move on. docs/simulator.md has every key."""

import math
import random
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_DURATION: Final = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)(ms|s|m|h)?")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}
_LONGEST: Final = 366 * 86400.0
MAX_BYTES: Final = 256 * 1024


class ScenarioError(Exception):
    """A scenario that cannot be used: the line, and what is wrong with it in both languages."""

    def __init__(self, line: int, zh: str, en: str) -> None:
        super().__init__(f"{line}: {zh} / {en}")


@dataclass(frozen=True)
class Latency:
    """How long an answer takes, in seconds. kind: fixed (low) · uniform (low, high) · lognormal (low: median; spread; high: cap)."""

    kind: str = "fixed"
    low: float = 0.0
    high: float = 0.0
    spread: float = 0.0

    def draw(self, chance: random.Random) -> float:
        """One duration."""
        if self.kind == "uniform":
            return chance.uniform(self.low, self.high)
        if self.kind == "lognormal":
            return min(self.high, self.low * math.exp(chance.gauss(0.0, self.spread)))
        return self.low


@dataclass(frozen=True)
class Drip:
    """The share of answers that come in drops, and over how many seconds each."""

    share: float = 0.0
    over: float = 3.0


@dataclass(frozen=True)
class Named:
    """The share of cases that one example answers in a step, and the line that says so."""

    share: float
    line: int


@dataclass(frozen=True)
class Weather:
    """What goes wrong with the calls of a step: shares of calls. answers: by the name of the example that some cases get."""

    latency: Latency = Latency()
    errors: float = 0.0
    reset_before: float = 0.0
    reset_after: float = 0.0
    drip: Drip = Drip()
    wrong_charset: float = 0.0
    duplicate_answer: float = 0.0
    expired_token: float = 0.0
    garbage: float = 0.0
    answers: Mapping[str, Named] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class Pushes:
    """What goes wrong with pushes: shares of them; late_by in seconds."""

    late: float = 0.0
    late_by: float = 5.0
    repeated: float = 0.0
    out_of_order: float = 0.0


@dataclass(frozen=True)
class Move:
    """One status of every case, `after` seconds behind the one before (None: the pace): by canonical status, partner's code, or example."""

    line: int
    after: float | None
    status: str | None = None
    code: str | None = None
    example: str | None = None


@dataclass(frozen=True)
class Scenario:
    """A whole scenario. pace: seconds between statuses where nothing else is said; clock_skew: seconds the partner's clock is ahead."""

    weather: Weather = Weather()
    steps: Mapping[str, Weather] = field(default_factory=dict)
    pushes: Pushes = Pushes()
    progress: tuple[Move, ...] | None = None
    pace: float = 2.0
    clock_skew: float = 0.0

    def of(self, step: str) -> Weather:
        """What holds for a step."""
        return self.steps.get(step, self.weather)


def read_scenario(file: Path) -> Scenario:
    """The scenario of a file; raises ScenarioError at the line that is wrong, OSError when there is no file."""
    data = file.read_bytes()
    if len(data) > MAX_BYTES:
        raise ScenarioError(1, "文件过大", "the file is too large")
    try:
        root = YAML(typ="base", pure=True).compose(data)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise ScenarioError(1 if mark is None else mark.line + 1, "不是有效的 YAML", "not valid YAML") from None
    except (YAMLError, UnicodeError, ValueError, RecursionError):
        raise ScenarioError(1, "不是有效的 YAML", "not valid YAML") from None
    return Scenario() if root is None else _scenario(root)


def _scenario(root: Node) -> Scenario:
    said = _entries(root, {*_WEATHER, "clock_skew", "pace", "progress", "pushes", "steps"})
    weather = _weather({name: node for name, node in said.items() if name in _WEATHER}, Weather())
    scenario = Scenario(weather=weather)
    if "steps" in said:
        scenario = replace(scenario, steps={name: _step(node, weather) for name, node in _entries(said["steps"]).items()})
    if "pushes" in said:
        scenario = replace(scenario, pushes=_pushes(said["pushes"]))
    if "progress" in said:
        scenario = replace(scenario, progress=tuple(_move(node) for node in _items(said["progress"])))
    if "pace" in said:
        scenario = replace(scenario, pace=_seconds(said["pace"]))
    if "clock_skew" in said:
        scenario = replace(scenario, clock_skew=_seconds(said["clock_skew"], least=-_LONGEST))
    return scenario


def _weather(said: Mapping[str, Node], base: Weather) -> Weather:
    """The base with what is said otherwise."""
    return replace(base, **{name: _WEATHER[name](node) for name, node in said.items() if name in _WEATHER})


def _step(node: Node, base: Weather) -> Weather:
    said = _entries(node, {*_WEATHER, "answers"})
    named = _entries(said["answers"]) if "answers" in said else {}
    answers = {name: Named(_share(item), item.start_mark.line + 1) for name, item in named.items()}
    return replace(_weather(said, base), answers=answers, line=node.start_mark.line + 1)


def _pushes(node: Node) -> Pushes:
    said = _entries(node, {"late", "repeated", "out_of_order"})
    pushes = Pushes()
    if "late" in said:
        late = _entries(said["late"], {"share", "by"}, {"share"})
        pushes = replace(pushes, late=_share(late["share"]), late_by=_seconds(late["by"]) if "by" in late else pushes.late_by)
    return replace(pushes, **{name: _share(said[name]) for name in ("repeated", "out_of_order") if name in said})


def _move(node: Node) -> Move:
    said = _entries(node, {"status", "code", "example", "after"})
    named = {name: _text(said[name]) for name in ("status", "code", "example") if name in said}
    line = node.start_mark.line + 1
    if len(named) != 1:
        raise ScenarioError(line, "status、code、example 须恰有一项", "exactly one of status, code, example is wanted")
    return Move(line=line, after=_seconds(said["after"]) if "after" in said else None, **named)


def _latency(node: Node) -> Latency:
    if isinstance(node, ScalarNode):
        return Latency("fixed", _seconds(node))
    said = _entries(node, {"fixed", "uniform", "lognormal"})
    if len(said) != 1:
        raise _wrong(node, "fixed、uniform、lognormal 须恰有一项", "exactly one of fixed, uniform, lognormal is wanted")
    ((kind, value),) = said.items()
    if kind == "fixed":
        return Latency(kind, _seconds(value))
    if kind == "uniform":
        bounds = [_seconds(item) for item in _items(value)]
        if len(bounds) != 2 or bounds[0] > bounds[1]:
            raise _wrong(value, "应为 [最短, 最长]", "[shortest, longest] is wanted")
        return Latency(kind, *bounds)
    drawn = _entries(value, {"median", "sigma", "cap"}, {"median", "sigma", "cap"})
    return Latency(kind, _seconds(drawn["median"]), _seconds(drawn["cap"]), _number(drawn["sigma"], 0.0, 5.0))


def _drip(node: Node) -> Drip:
    if isinstance(node, ScalarNode):
        return Drip(_share(node))
    said = _entries(node, {"share", "over"}, {"share"})
    return Drip(_share(said["share"]), _seconds(said["over"]) if "over" in said else Drip().over)


def _share(node: Node) -> float:
    return _number(node, 0.0, 1.0)


def _number(node: Node, least: float, most: float) -> float:
    try:
        value = float(_text(node))
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise _wrong(node, f"应为 {least:g} 至 {most:g} 的数", f"a number from {least:g} to {most:g} is wanted")
    return value


def _seconds(node: Node, least: float = 0.0) -> float:
    found = _DURATION.fullmatch(_text(node))
    value = float(found[1]) * _SECONDS[found[2]] if found else math.nan
    if not least <= value <= _LONGEST:
        raise _wrong(node, "应为时长，如 200ms、2s、1m", "a duration is wanted, such as 200ms, 2s, 1m")
    return value


def _text(node: Node) -> str:
    if not isinstance(node, ScalarNode):
        raise _wrong(node, "应为一个值", "one value is wanted")
    return str(node.value)


def _items(node: Node) -> Iterator[Node]:
    if not isinstance(node, SequenceNode):
        raise _wrong(node, "应为列表", "a list is wanted")
    return iter(node.value)


def _entries(node: Node, known: Collection[str] | None = None, needed: Collection[str] = ()) -> dict[str, Node]:
    """Names with values; unknown, repeated and missing names are refused. `known` None: any name."""
    if not isinstance(node, MappingNode):
        raise _wrong(node, "应为名称与值", "names with values are wanted")
    said: dict[str, Node] = {}
    for key, value in node.value:
        name = _text(key)
        if known is not None and name not in known:
            raise _wrong(
                key, f"不认识 {name}；可用：{', '.join(sorted(known))}", f"{name} is unknown; known are {', '.join(sorted(known))}"
            )
        if name in said:
            raise _wrong(key, f"{name} 出现两次", f"{name} comes twice")
        said[name] = value
    if missing := sorted(set(needed) - said.keys()):
        raise _wrong(node, f"缺少 {missing[0]}", f"{missing[0]} is missing")
    return said


def _wrong(node: Node, zh: str, en: str) -> ScenarioError:
    return ScenarioError(node.start_mark.line + 1, zh, en)


_WEATHER: Final[Mapping[str, Callable[[Node], Any]]] = {
    "latency": _latency,
    "drip": _drip,
    **dict.fromkeys(("errors", "reset_before", "reset_after", "wrong_charset", "duplicate_answer", "expired_token", "garbage"), _share),
}
