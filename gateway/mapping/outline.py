"""The outline of a message or a reading: what is written where, with which source, to be checked and explained without a case."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jmespath.exceptions import JMESPathError
from jmespath.parser import Parser

from gateway.model import TEXT

from .codes import CodeTable
from .expressions import Expression, TextOf
from .findings import Place
from .shapes import Shape

Target = tuple[str, ...]
"""Names from the root; `$each` stands for the entries of the list before it, `[0]` for a place in a list written out."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One place as the folder's author wrote it. key: where its name stands; place: where its value begins.

    value: of a leaf, its literal text or its source; None for a level and for a list. optional: written with `?`; condition: its `$if`;
    each: its `$each`; items: a list written entry by entry; below: what is in it, in order. travels_as_text: by `$json` or `$xml`, what is
    below is one text of the message.
    """

    target: Target
    key: Place
    place: Place
    value: Expression | TextOf | str | None = field(default=None, repr=False)
    optional: bool = False
    condition: Expression | None = None
    each: Expression | None = None
    items: bool = False
    travels_as_text: bool = False
    below: tuple["Outline", ...] = ()

    @property
    def shape(self) -> Shape:
        """Of a leaf: what its value is."""
        return self.value.shape if isinstance(self.value, Expression) else TEXT

    @property
    def name(self) -> str:
        """The name it has in its level; empty for the root."""
        return self.target[-1] if self.target else ""

    def walk(self) -> Iterator["Outline"]:
        """Itself and everything below, in order."""
        yield self
        for child in self.below:
            yield from child.walk()

    def sources(self) -> Iterator[Expression | TextOf]:
        """Every expression in it: conditions and lists before what they govern."""
        for part in self.walk():
            for source in (part.condition, part.each, part.value):
                if source is not None and not isinstance(source, str):
                    yield source


def possible_texts(value: Expression | TextOf | str, tables: Mapping[str, CodeTable]) -> frozenset[str] | None:
    """Every text a leaf can be, as far as literals, `code()`, `if()`, `not_null()` and `||` say; None when it can be anything."""
    if isinstance(value, str):
        return frozenset({value})
    if isinstance(value, TextOf):
        return None
    try:
        return _possible(Parser().parse(value.source).parsed, tables)
    except JMESPathError:
        return None


def _possible(ast: Any, tables: Mapping[str, CodeTable]) -> frozenset[str] | None:
    children = ast["children"]
    match ast["type"], ast.get("value"):
        case "literal", str() as text:
            return frozenset({text})
        case "function_expression", "code":
            table = tables.get(str(children[0].get("value")))
            return None if table is None else frozenset(table.outbound.values())
        case "function_expression", "if":
            either = [_possible(child, tables) for child in children[1:]]
        case ("function_expression", "not_null") | ("or_expression", _):
            either = [_possible(child, tables) for child in children]
        case _:
            return None
    found = [texts for texts in either if texts is not None]
    return frozenset().union(*found) if len(found) == len(either) else None
