"""A rendered tree → the values zeep builds a message from, with the types of the XSD; what does not fit is a fault with its place."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from zeep.xsd import SkipValue
from zeep.xsd.elements.indicators import Choice, Group, Indicator
from zeep.xsd.types import builtins
from zeep.xsd.types.any import AnyType
from zeep.xsd.types.collection import ListType, UnionType
from zeep.xsd.types.complex import ComplexType

from gateway.model import Blob
from gateway.wire import xml_text_ok

from .target import Misfit, lacking, step_into, unfit
from .tokens import Tokens

_TEXT: Final = "_value_1"
"""What zeep calls the text of an element that also has attributes."""
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_DECIMAL: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_NUMBERS: Final = (builtins.Decimal, builtins.Float, builtins.Double)
_MOMENTS: Final = (builtins.DateTime, builtins.Date, builtins.Time)
_PARTS_OF_A_DATE: Final = (
    builtins.Duration, builtins.gYear, builtins.gYearMonth, builtins.gMonth, builtins.gMonthDay, builtins.gDay,
)  # fmt: skip
_TYPED: Final = (builtins.Boolean, builtins.Base64Binary, *_NUMBERS)
"""A text is one of these only where it looks like it."""


class ValueBuilder:
    """Walks a tree along its XSD type. misfits: all that were found, in the message's order."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self.misfits: list[Misfit] = []

    def build(self, xsd_type: Any, tree: Any, target: str) -> Any:
        """The value for zeep; meaningless once there are misfits."""
        if not isinstance(xsd_type, ComplexType):
            return self._leaf(xsd_type, tree, target)
        if not isinstance(tree, Mapping):
            if any(name == _TEXT for name, _ in xsd_type.elements):
                tree = {"#text": tree}
            else:
                return self._unfit(target, "应为一层结构", "a level is expected")
        values: dict[str, Any] = {}
        children = {_written(name): (name, element) for name, element in xsd_type.elements}
        attributes = {f"@{attribute.name}": (name, attribute) for name, attribute in xsd_type.attributes if attribute.name}
        for written in tree:
            if written not in children and written not in attributes:
                self._unfit(step_into(target, written), "接口定义中没有此项", "the interface description has no such element")
        spared: dict[str, bool] | None = None
        for written, (name, element) in children.items():
            place = step_into(target, written) if written != "#text" else target
            if tree.get(written) is not None:
                values[name] = self._occurrences(element, tree[written], place)
            elif element.min_occurs > 0:
                if spared is None:
                    spared = dict(_spared(xsd_type, tree))
                if name not in spared:
                    self._missing(place)
                elif spared[name]:
                    values[name] = SkipValue
        for written, (name, attribute) in attributes.items():
            if tree.get(written) is not None:
                values[name] = self._leaf(attribute.type, tree[written], step_into(target, written))
            elif attribute.required:
                self._missing(step_into(target, written))
        return values

    def _occurrences(self, element: Any, value: Any, target: str) -> Any:
        if element.accepts_multiple:
            items = value if isinstance(value, list) else [value]
            return [self.build(element.type, item, step_into(target, index)) for index, item in enumerate(items)]
        if isinstance(value, list):
            return self._unfit(target, "只能出现一次", "it may stand only once")
        return self.build(element.type, value, target)

    def _leaf(self, xsd_type: Any, value: Any, target: str) -> Any:
        match value:
            case Blob():
                if isinstance(xsd_type, builtins.Base64Binary):
                    return self._tokens.take_raw(value)
            case bool():
                if isinstance(xsd_type, builtins.Boolean):
                    return value
            case datetime():
                if isinstance(xsd_type, builtins.DateTime):
                    return value
            case int() | Decimal() | float():
                if isinstance(xsd_type, _NUMBERS):
                    return Decimal(str(value))
            case str() if not xml_text_ok(value):
                return self._unfit(target, "含有 XML 不允许的字符", "it holds a character that XML does not allow")
            case str():
                if isinstance(xsd_type, builtins.Boolean) and value in _BOOLEANS:
                    return _BOOLEANS[value]
                if isinstance(xsd_type, (builtins.String, *_MOMENTS)) or (isinstance(xsd_type, _NUMBERS) and _DECIMAL.fullmatch(value)):
                    return value
                if isinstance(xsd_type, AnyType) and not isinstance(xsd_type, _TYPED):
                    return self._other_text(xsd_type, value, target)
        return self._unfit(target, "类型不符", "it is of the wrong type")

    def _other_text(self, xsd_type: AnyType, value: str, target: str) -> Any:
        """A text of one of the rarer types, as zeep wants it; whether it is one of them, libxml2 says."""
        if isinstance(xsd_type, ListType):
            return value.split()
        if isinstance(xsd_type, UnionType):
            xsd_type.item_class = None  # zeep would write it as what its members have in common, which for most has no way to write
        if not isinstance(xsd_type, _PARTS_OF_A_DATE):
            return value
        try:
            return xsd_type.pythonvalue(value)
        except ValueError:
            return self._unfit(target, "类型不符", "it is of the wrong type")

    def _missing(self, target: str) -> None:
        self.misfits.append(lacking(target))

    def _unfit(self, target: str, why_zh: str, why_en: str) -> None:
        self.misfits.append(unfit(target, why_zh, why_en))


def _spared(xsd_type: ComplexType, tree: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Elements that need not stand, because nothing stands of the optional group, or of the branch of a choice, that they are part of.

    Each with whether zeep, which would miss it all the same, must be told.
    """
    for _, root in xsd_type.elements_nested:
        if isinstance(root, Indicator):
            yield from _spared_in(root, tree, may_lack=root.min_occurs == 0, tell=True)


def _spared_in(part: Any, tree: Mapping[str, Any], *, may_lack: bool, tell: bool) -> Iterator[tuple[str, bool]]:
    if may_lack and not any(tree.get(_written(name)) is not None for name, _ in part.elements):
        yield from ((name, tell) for name, _ in part.elements)
        return
    inner = part.child if isinstance(part, Group) else part
    for name, below in inner.elements_nested:
        if name is None:
            branch = isinstance(inner, Choice)
            yield from _spared_in(below, tree, may_lack=branch or below.min_occurs == 0, tell=not branch)


def _written(name: str) -> str:
    return "#text" if name == _TEXT else name
