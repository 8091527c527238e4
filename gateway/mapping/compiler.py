"""From a parsed JMESPath expression to a closure and the shape of what it gives. JMESPath's grammar, with our values.

Multi-selects and expression references are left out: without them every list comes from the data, and no expression works longer than its
data is large. The library's own interpreter is not used: it cannot tell absent from null, would look at both branches of an `if`, and takes
ten times as long.
"""

import math
import operator
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from gateway.model import OPEN, TEXT

from .documents import Documents
from .findings import nearest
from .functions import FUNCTIONS, Fixed, Function, LiteralError, Tables, equal, test_of, wrong_kind
from .paths import Ast, Path, Run, plain_path, walker
from .shapes import ANY, LEVEL, LIST, NUMBER, YESNO, Elsewhere, Shape, fits, joined, kind, plain, words
from .values import ABSENT, MAX_LIST, MAX_LIST_TEXT, EvaluationError, holds, is_number


class Complain(Protocol):
    """Where findings about an expression go. word: where in its source they stand."""

    def __call__(self, code: str, *, word: str, hint: str | None = None, **about: object) -> None: ...


class Built(NamedTuple):
    """run: value from the current value; shape: what it gives."""

    run: Run
    shape: Shape


_NOTHING: Final = Built(lambda _value: ABSENT, ANY)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ORDER: Final = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}


class Compiler:
    """Compiles one expression. paths: the plain paths from the root that it reads, in order."""

    def __init__(self, tables: Tables, documents: Documents | None, complain: Complain) -> None:
        self._tables = tables
        self._documents = documents
        self._complain = complain
        self._at_root = True
        self.paths: list[Path] = []

    def build(self, ast: Ast, shape: Shape) -> Built:
        """The closure of a node that is evaluated in a value of the given shape."""
        path = plain_path(ast)
        if path is not None:
            return self._path(path, shape)
        make: Callable[[Ast, Shape], Built] | None = getattr(self, f"_{ast['type']}", None)
        if make is None:
            self._complain("expression.form", word="&", form=ast["type"])
            return _NOTHING
        return make(ast, shape)

    def _inside(self, ast: Ast, shape: Shape) -> Built:
        """A node evaluated not in the root but in what stands before it."""
        at_root, self._at_root = self._at_root, False
        built = self.build(ast, shape)
        self._at_root = at_root
        return built

    def _path(self, path: Path, shape: Shape) -> Built:
        for part in path:
            shape = self._index_of(part, shape) if isinstance(part, int) else self._name_of(part, shape)
        if self._at_root:
            self.paths.append(path)
        return Built(walker(path), shape)

    def _name_of(self, name: str, shape: Shape) -> Shape:
        if shape in (ANY, OPEN):
            return ANY if shape == ANY else TEXT
        if not isinstance(shape, dict):
            self._complain("expression.list" if isinstance(shape, list) else "expression.not-a-level", word=name, name=name)
            return ANY
        below = shape.get(name)
        if below is None:
            known = [other for other, seen in shape.items() if not isinstance(seen, Elsewhere)]
            self._complain("expression.path", word=name, name=name, hint=nearest(name, known))
            return ANY
        if isinstance(below, Elsewhere):
            self._complain("expression.place", word=name, name=name, step=below.step)
            return ANY
        return below

    def _index_of(self, index: int, shape: Shape) -> Shape:
        if isinstance(shape, list):
            return shape[0]
        if shape != ANY:
            self._complain("expression.not-a-list", word=f"[{index}")
        return ANY

    def _subexpression(self, ast: Ast, shape: Shape) -> Built:
        return self._chain([self.build(ast["children"][0], shape)], ast["children"][1:])

    _index_expression = _subexpression
    _pipe = _subexpression

    def _chain(self, built: list[Built], rest: list[Ast]) -> Built:
        for node in rest:
            built.append(self._inside(node, built[-1].shape))
        runs = tuple(part.run for part in built)

        def run(value: Any) -> Any:
            for step in runs:
                value = step(value)
            return value

        return Built(run, built[-1].shape)

    def _index(self, ast: Ast, shape: Shape) -> Built:
        return Built(walker((ast["value"],)), self._index_of(ast["value"], shape))

    def _slice(self, ast: Ast, shape: Shape) -> Built:
        part = slice(*ast["children"])
        if part.step == 0:
            self._complain("expression.form", word="[", form="[::0]")
            return _NOTHING
        self._wants_list(shape)
        return Built(lambda value: value[part] if isinstance(value, list) else ABSENT, shape)

    def _current(self, _ast: Ast, shape: Shape) -> Built:
        return Built(lambda value: value, shape)

    _identity = _current

    def _literal(self, ast: Ast, _shape: Shape) -> Built:
        value = ast["value"]
        if isinstance(value, float) and math.isfinite(value):
            value = Decimal(str(value))
        usable = value is None or value in ([], {}) or isinstance(value, (int, Decimal))
        if not usable and not (isinstance(value, str) and not _SURROGATE.search(value)):
            self._complain("expression.literal", word="`")
            return _NOTHING
        return Built(lambda _value: value, _literal_shape(value))

    def _comparator(self, ast: Ast, shape: Shape) -> Built:
        one, other = (self.build(child, shape) for child in ast["children"])
        if {kind(one.shape), kind(other.shape)} & {LIST, LEVEL}:
            self._complain("expression.compare", word="=")
        left, right = one.run, other.run
        if ast["value"] in ("eq", "ne"):
            wanted = ast["value"] == "eq"
            return Built(lambda value: equal(left(value), right(value)) is wanted, YESNO)
        order = _ORDER[ast["value"]]
        return Built(lambda value: _ordered(order, left(value), right(value)), YESNO)

    def _or_expression(self, ast: Ast, shape: Shape) -> Built:
        one, other = (self.build(child, shape) for child in ast["children"])

        def run(value: Any) -> Any:
            first = one.run(value)
            return first if holds(first) else other.run(value)

        return Built(run, joined(one.shape, other.shape))

    def _and_expression(self, ast: Ast, shape: Shape) -> Built:
        one, other = (self.build(child, shape) for child in ast["children"])

        def run(value: Any) -> Any:
            first = one.run(value)
            return other.run(value) if holds(first) else first

        return Built(run, joined(one.shape, other.shape))

    def _not_expression(self, ast: Ast, shape: Shape) -> Built:
        run = self.build(ast["children"][0], shape).run
        return Built(lambda value: not holds(run(value)), YESNO)

    def _flatten(self, ast: Ast, shape: Shape) -> Built:
        base = self.build(ast["children"][0], shape)
        self._wants_list(base.shape)
        inner = base.shape[0] if isinstance(base.shape, list) else ANY
        flat = base.shape if isinstance(base.shape, list) and not isinstance(inner, list) and inner != ANY else [ANY]
        return Built(lambda value: _flat(base.run(value)), inner if isinstance(inner, list) else flat)

    def _projection(self, ast: Ast, shape: Shape) -> Built:
        base = self.build(ast["children"][0], shape)
        self._wants_list(base.shape)
        each = self._inside(ast["children"][1], base.shape[0] if isinstance(base.shape, list) else ANY)
        return Built(lambda value: _projected(base.run(value), each.run, None), [each.shape])

    def _filter_projection(self, ast: Ast, shape: Shape) -> Built:
        base = self.build(ast["children"][0], shape)
        self._wants_list(base.shape)
        entry = base.shape[0] if isinstance(base.shape, list) else ANY
        each, condition = self._inside(ast["children"][1], entry), self._inside(ast["children"][2], entry)
        return Built(lambda value: _projected(base.run(value), each.run, condition.run), [each.shape])

    def _value_projection(self, ast: Ast, shape: Shape) -> Built:
        base = self.build(ast["children"][0], shape)
        each = self._inside(ast["children"][1], TEXT if base.shape == OPEN else ANY)

        def run(value: Any) -> Any:
            level = base.run(value)
            return _projected(list(level.values()), each.run, None) if isinstance(level, dict) else ABSENT

        return Built(run, [each.shape])

    def _function_expression(self, ast: Ast, shape: Shape) -> Built:
        name, given = ast["value"], ast["children"]
        if name == "if":
            return self._if(given, shape)
        function = FUNCTIONS.get(name)
        if function is None:
            self._complain("expression.function", word=name, name=name, hint=nearest(name, [*FUNCTIONS, "if"]))
            return _NOTHING
        takes = function.takes
        if function.repeats:
            takes += takes[-1:] * (len(given) - len(takes))
        if len(given) != len(takes):
            self._complain("expression.arguments", word=name, name=name, expected=len(takes), given=len(given))
            return _NOTHING
        arguments = [self._argument(name, wanted, child, shape) for wanted, child in zip(takes, given, strict=True)]
        shapes = [argument.shape for argument in arguments]
        ready = [argument.run(None) if isinstance(wanted, Fixed) else None for argument, wanted in zip(arguments, takes, strict=True)]
        looked_up = tuple(
            (position, argument.run, test_of(wanted), wanted)
            for position, (argument, wanted) in enumerate(zip(arguments, takes, strict=True))
            if not isinstance(wanted, Fixed)
        )
        if function.plain and not all(map(plain, shapes)):
            self._complain("expression.plain", word=name, name=name)
        call, sees_absent = self._lent(name, function), function.sees_absent
        gives = function.gives(*shapes) if callable(function.gives) else function.gives
        if len(looked_up) == 1 and not sees_absent:
            return Built(_of_one(name, call, looked_up[0], ready), gives)

        def run(value: Any) -> Any:
            values = ready.copy()
            for position, evaluate, fitting, wanted in looked_up:
                argument = evaluate(value)
                if argument is ABSENT or argument is None:
                    if not sees_absent:
                        return argument
                elif not fitting(argument):
                    raise wrong_kind(name, wanted)
                values[position] = argument
            return call(*values)

        return Built(run, gives)

    def _lent(self, name: str, function: Function) -> Callable[..., Any]:
        """What does it; a function that reads documents has the lent parsers with it."""
        if not function.reads:
            return function.call
        if self._documents is None:
            self._complain("expression.documents", word=name, name=name)
        return partial(function.call, self._documents)

    def _argument(self, name: str, wanted: frozenset[str] | Fixed, child: Ast, shape: Shape) -> Built:
        if not isinstance(wanted, Fixed):
            built = self.build(child, shape)
            if not fits(built.shape, wanted):
                self._complain("expression.argument", word=name, name=name, given_zh=words(built.shape)[0], given_en=words(built.shape)[1])
            return built
        if child["type"] != "literal" or type(child["value"]) is not wanted.literal:
            self._complain("expression.not-literal" if wanted.literal is str else "expression.not-count", word=name, name=name)
            return _NOTHING
        literal = str(child["value"])
        try:
            ready = wanted.prepare(child["value"], self._tables)
        except LiteralError as error:
            self._complain(error.code, word=literal or name, name=literal, hint=nearest(literal, error.known) if error.known else None)
            return _NOTHING
        return Built(lambda _value: ready, ANY)

    def _if(self, given: list[Ast], shape: Shape) -> Built:
        if len(given) != 3:
            self._complain("expression.arguments", word="if", name="if", expected=3, given=len(given))
            return _NOTHING
        condition, yes, no = (self.build(child, shape) for child in given)
        return Built(lambda value: (yes if holds(condition.run(value)) else no).run(value), joined(yes.shape, no.shape))

    def _wants_list(self, shape: Shape) -> None:
        if shape != ANY and not isinstance(shape, list):
            self._complain("expression.not-a-list", word="[")


def _of_one(
    name: str, call: Callable[..., Any], looked_up: tuple[int, Run, Callable[[Any], bool], frozenset[str]], ready: list[Any]
) -> Run:
    """A call with one argument that is not written out, as most are: what the general way does, without its loop and its list."""
    position, evaluate, fitting, wanted = looked_up
    before, behind = tuple(ready[:position]), tuple(ready[position + 1 :])

    def run(value: Any) -> Any:
        argument = evaluate(value)
        if argument is ABSENT or argument is None:
            return argument
        if not fitting(argument):
            raise wrong_kind(name, wanted)
        return call(*before, argument, *behind)

    return run


def _literal_shape(value: Any) -> Shape:
    match value:
        case str():
            return TEXT
        case bool():
            return YESNO
        case int() | Decimal():
            return NUMBER
        case list():
            return [ANY]
    return {} if isinstance(value, dict) else ANY


def _ordered(order: Callable[[Any, Any], Any], one: Any, other: Any) -> bool | None:
    for kinds in (is_number, lambda value: isinstance(value, str), lambda value: isinstance(value, datetime)):
        if kinds(one) and kinds(other):
            return bool(order(one, other))
    return None


def _flat(value: Any) -> Any:
    if not isinstance(value, list):
        return ABSENT
    flat: list[Any] = []
    for entry in value:
        flat.extend(entry) if isinstance(entry, list) else flat.append(entry)
        _bounded(flat)
    return flat


def _projected(base: Any, each: Run, condition: Run | None) -> Any:
    if not isinstance(base, list):
        return ABSENT
    kept: list[Any] = []
    text = 0
    for entry in base:
        if condition is None or holds(condition(entry)):
            value = each(entry)
            if value is not ABSENT and value is not None:
                kept.append(value)
                text += len(value) if isinstance(value, str) and value is not entry else 0
                if text > MAX_LIST_TEXT:
                    raise EvaluationError("列表内容过长", "the list holds too much text")
    return _bounded(kept)


def _bounded(entries: list[Any]) -> list[Any]:
    if len(entries) > MAX_LIST:
        raise EvaluationError("列表过长", "the list is too long")
    return entries
