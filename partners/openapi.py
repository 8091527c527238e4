"""A partner's OpenAPI description as it was received: what a request must be, held against a rendered tree.

Of JSON Schema the assertions that such descriptions use are read: type, nullable, enum, required, properties,
additionalProperties, items, lengths, bounds, pattern, allOf, anyOf, oneOf and local $ref. All else is passed over.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from gateway.model import Blob

from .openapi_files import FileError, OpenApiFiles
from .patterns import fits
from .target import Misfit, lacking, step_into, unfit

_DEEPEST: Final = 64
_DIGITS: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)


class OpenApiError(ValueError):
    """A description that cannot be used; says where."""


class OpenApi:
    """The request bodies that one folder of schemas describes."""

    def __init__(self, files: OpenApiFiles, document: dict[str, Any]) -> None:
        self._files = files
        self._document = document

    @classmethod
    def find(cls, schemas: Path) -> "OpenApi | None":
        """The description in a folder, None when there is none. Raises OpenApiError when there are two or one is not readable."""
        try:
            files = OpenApiFiles(schemas)
        except FileError as error:
            raise OpenApiError(str(error)) from None
        return cls(files, files.root) if files.root is not None else None

    def misfits(self, method: str, path: str, inside: Mapping[str, Any], body: Any) -> tuple[Misfit, ...]:
        """What does not fit the operation's parameters and its request body; a Blob stands for its Base64 text.

        inside: what stands in the URL, by name; body: None where the method has none. Raises OpenApiError for an operation it lacks.
        """
        try:
            shared = self._resolve(self._document["paths"][path])
            operation = self._resolve(shared[method.lower()])
            parameters = [self._resolve(one) for one in (*(operation.get("parameters") or ()), *(shared.get("parameters") or ()))]
            schema = self._body(operation, parameters)
        except (KeyError, TypeError, AttributeError, StopIteration):
            raise OpenApiError(f"no JSON request body for {method} {path}") from None
        try:
            found = list(self._in_url(parameters, inside))
            if body is None:
                return tuple(found)
            rest = self._check(schema, body, "", 0) if schema is not None else (_unlisted(name) for name in body)
            return (*found, *rest)
        except (KeyError, TypeError, AttributeError):
            raise OpenApiError(f"the request of {method} {path} is not described as it should be") from None

    def _body(self, operation: Mapping[str, Any], parameters: list[dict[str, Any]]) -> Any:
        """The schema of the body; None where the call has none. Raises KeyError or StopIteration for one that is not JSON."""
        if "requestBody" not in operation:
            return next((parameter["schema"] for parameter in parameters if parameter.get("in") == "body"), None)
        content = self._resolve(operation["requestBody"])["content"]
        return content[next(name for name in ("application/json", *content) if name in content and "json" in name)]["schema"]

    def _in_url(self, parameters: list[dict[str, Any]], inside: Mapping[str, Any]) -> Iterator[Misfit]:
        """Each parameter of path and query once; of one name, the operation's own before that of its path."""
        described: dict[str, dict[str, Any]] = {}
        for parameter in parameters:
            if parameter.get("in") in ("path", "query"):
                described.setdefault(str(parameter["name"]), parameter)
        for name, parameter in described.items():
            if name in inside:
                schema = parameter.get("schema", parameter if "type" in parameter else {})
                yield from self._check(schema, self._as_typed(schema, inside[name]), name, 0)
            elif parameter.get("required") is True:
                yield lacking(name)
        for name in inside.keys() - described.keys():
            yield _unlisted(name)

    def _as_typed(self, unresolved: Any, value: Any, depth: int = 0) -> Any:
        """A text in a URL as what its schema says it is, where it looks like it; a list of one stands there as its entry."""
        schema = self._resolve(unresolved)
        written = schema.get("type")
        kinds = {str(kind) for kind in (written if isinstance(written, list) else [written])}
        if "array" in kinds:
            return [self._as_typed(schema.get("items", {}), value, depth + 1)] if depth < _DEEPEST else [value]
        if not isinstance(value, str):
            return value
        if {"integer", "number"} & kinds and _DIGITS.fullmatch(value):
            return Decimal(value) if "." in value else int(value)
        if "boolean" in kinds:
            return {"true": True, "false": False}.get(value, value)
        typed = (self._as_typed(part, value, depth + 1) for part in schema.get("allOf", ()) if depth < _DEEPEST)
        return next((one for one in typed if one is not value), value)

    def bodiless(self, method: str, path: str) -> bool:
        """Whether a call that is described has no body."""
        try:
            shared = self._resolve(self._document["paths"][path])
            operation = self._resolve(shared[method.lower()])
        except (KeyError, TypeError, AttributeError, OpenApiError):
            return False
        parameters = [self._resolve(one) for one in (*(operation.get("parameters") or ()), *(shared.get("parameters") or ()))]
        return "requestBody" not in operation and not any(one.get("in") in ("body", "formData") for one in parameters)

    def _resolve(self, schema: Any) -> dict[str, Any]:
        try:
            found = self._files.resolve(schema)
        except FileError as error:
            raise OpenApiError(str(error)) from None
        if not isinstance(found, dict):
            raise OpenApiError("a schema is a level")
        return found

    def _check(self, unresolved: Any, value: Any, target: str, depth: int) -> Iterator[Misfit]:
        """depth: of schemas within one another; one that contains itself without a level between has no bottom."""
        if depth > _DEEPEST:
            raise OpenApiError("schemas in a circle")
        schema = self._resolve(unresolved)
        for part in schema.get("allOf", ()):
            yield from self._check(part, value, target, depth + 1)
        for word, most in (("anyOf", None), ("oneOf", 1)):
            taken = [not any(self._check(option, value, target, depth + 1)) for option in schema.get(word, ())]
            if taken and not 1 <= sum(taken) <= (most or len(taken)):
                yield unfit(target, "不符合任何一种允许的结构", "it fits none of the accepted shapes")
                return
        if not _has_type(schema, value):
            yield unfit(target, "类型不符", "it is of the wrong type")
            return
        if "enum" in schema and not any(value == allowed and type(value) is type(allowed) for allowed in schema["enum"]):
            yield unfit(target, "不在可选值之内", "it is not one of the accepted values")
            return
        if isinstance(value, dict):
            yield from self._check_level(schema, value, target, depth + 1)
        elif isinstance(value, list):
            yield from self._check_list(schema, value, target, depth + 1)
        elif isinstance(value, str | Blob):
            yield from _check_text(schema, value, target)
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            yield from _check_number(schema, value, target)

    def _check_level(self, schema: dict[str, Any], level: dict[str, Any], target: str, depth: int) -> Iterator[Misfit]:
        properties = schema.get("properties", {})
        more = schema.get("additionalProperties", True)
        for name in schema.get("required", ()):
            if name not in level:
                yield lacking(step_into(target, name))
        for name, value in level.items():
            if name in properties:
                yield from self._check(properties[name], value, step_into(target, name), depth)
            elif more is False:
                yield _unlisted(step_into(target, name))
            elif isinstance(more, dict):
                yield from self._check(more, value, step_into(target, name), depth)

    def _check_list(self, schema: dict[str, Any], items: list[Any], target: str, depth: int) -> Iterator[Misfit]:
        if not schema.get("minItems", 0) <= len(items) <= schema.get("maxItems", len(items)):
            yield unfit(target, "条目数量不符", "it has too few or too many entries")
        for index, item in enumerate(items):
            yield from self._check(schema.get("items", {}), item, step_into(target, index), depth)


def _check_text(schema: dict[str, Any], value: str | Blob, target: str) -> Iterator[Misfit]:
    length = (value.size + 2) // 3 * 4 if isinstance(value, Blob) else len(value)
    if length < schema.get("minLength", 0):
        yield unfit(target, "内容过短", "it is too short")
    elif length > schema.get("maxLength", length):
        yield unfit(target, "内容过长", "it is too long")
    elif isinstance(value, str) and "pattern" in schema and fits(str(schema["pattern"]), value) is False:
        yield unfit(target, "格式不符", "it does not have the required form")


def _check_number(schema: dict[str, Any], value: int | float | Decimal, target: str) -> Iterator[Misfit]:
    if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield unfit(target, "数值超出范围", "the number is out of range")


def _unlisted(target: str) -> Misfit:
    return unfit(target, "没有此项", "there is no such field")


_TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str | Blob),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int | Decimal) and not isinstance(value, bool) and value == int(value),
    "number": lambda value: isinstance(value, int | float | Decimal) and not isinstance(value, bool),
    "null": lambda value: value is None,
}


def _has_type(schema: dict[str, Any], value: Any) -> bool:
    """OpenAPI 3.0 says nullable, 3.1 a list of types. A moment has no JSON type: a folder writes it with date()."""
    if isinstance(value, datetime):
        return False
    if value is None and schema.get("nullable"):
        return True
    if "type" not in schema:
        return True
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    known = [name for name in types if name in _TYPES]
    return not known or any(_TYPES[name](value) for name in known)
