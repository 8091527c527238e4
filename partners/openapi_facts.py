"""What an OpenAPI description says of a call beside its messages, of a value beside its type, and a digest of all that it says."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from .openapi_files import FileError, OpenApiFiles
from .targets import Facts

HEADERS_OF_OTHERS: Final = frozenset({"accept", "content-type", "authorization"})
"""OpenAPI passes over parameters of these names: they are said elsewhere (3.0.3, Parameter Object)."""
_TEXT: Final = ("minLength", "format")
_NUMBER: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_LEVEL: Final = ("minProperties", "maxProperties")
_LIMITS: Final = {"string": _TEXT, "number": _NUMBER, "integer": _NUMBER, "object": _LEVEL, "boolean": ()}
"""By type: JSON Schema applies a word only to values of the type it is for."""
_LIST_LIMITS: Final = ("minItems", "maxItems", "uniqueItems")
_KNOWN_FORMATS: Final = frozenset(
    {"byte", "binary", "base64", "date", "date-time", "int32", "int64", "float", "double", "decimal", "password"}
)
"""Formats that are a kind of their own, or no limit."""
_PROSE: Final = frozenset(
    {"description", "summary", "title", "example", "examples", "externalDocs", "tags", "info", "$comment", "operationId", "deprecated"}
)
_NAMED: Final = frozenset(
    {"properties", "patternProperties", "definitions", "$defs", "schemas", "paths", "responses", "parameters", "securitySchemes",
     "securityDefinitions", "requestBodies", "headers", "content", "callbacks", "links", "examples", "mapping", "variables", "scopes"}
)  # fmt: skip
"""Levels whose names are the author's own, so that none of them is prose."""


def limits(schema: Mapping[str, Any], word: str) -> Facts:
    """What is asked of one value beside its type, enumeration, pattern and longest text. word: the type, empty where it is not one."""
    asked = _asked(schema, _LIMITS.get(word, (*_TEXT, *_NUMBER, *_LEVEL)))
    found = [(name, value) for name, value in asked if value not in _KNOWN_FORMATS]
    if schema.get("nullable") is True or (isinstance(schema.get("type"), list) and "null" in schema["type"]):
        found.append(("nullable", "true"))
    further = schema.get("additionalProperties")
    if isinstance(further, dict) and further:
        found.append(("additionalProperties", _canonical(_said(further))))
    return tuple(found)


def list_limits(schema: Mapping[str, Any]) -> Facts:
    """What is asked of a list itself."""
    return tuple(_asked(schema, _LIST_LIMITS))


def wire(files: OpenApiFiles, item: Mapping[str, Any], node: Mapping[str, Any], parameters: Iterable[Mapping[str, Any]]) -> Facts:
    """How a call travels. item: what its path shares; what is not described as it should be is passed over."""
    root = files.root or {}
    said = {
        "address": " ".join(_servers(root, item, node)),
        "security": _security(files, root, node),
        "body": " ".join(sorted(_body(files, root, node))),
        "statuses": " ".join(sorted(map(str, _level(node.get("responses"))))),
        "deprecated": "true" if node.get("deprecated") is True else "",
    }
    for parameter in parameters:
        where, name = parameter.get("in"), str(parameter.get("name"))
        if where == "cookie" or (where == "header" and name.lower() not in HEADERS_OF_OTHERS):
            said[f"{where} {name}"] = "required" if parameter.get("required") is True else "optional"
    return tuple((name, value) for name, value in said.items() if value)


def answers_in(files: OpenApiFiles, node: Mapping[str, Any], answer: Mapping[str, Any]) -> Facts:
    """The media types of the answer that is read."""
    types = list(_level(answer.get("content"))) or _list(node.get("produces") or (files.root or {}).get("produces"))
    return (("answer-body", " ".join(sorted(map(str, types)))),) if types else ()


def digest(files: OpenApiFiles) -> str:
    """Of every document that belongs to the description, without what is said to people alone."""
    documents = sorted(_canonical(_said(document)) for document in files.documents())
    return hashlib.sha256("\n".join(documents).encode()).hexdigest()


def _said(value: Any, *, names: bool = False) -> Any:
    """A part of a document without prose, extensions and the names of files. names: whether its keys are names of the author's own."""
    if isinstance(value, list):
        return [_said(below) for below in value]
    if not isinstance(value, dict):
        return value.partition("#")[2] if isinstance(value, str) and "#/" in value else value
    return {
        str(key): _said(below, names=not names and key in _NAMED)
        for key, below in value.items()
        if names or not (key in _PROSE or str(key).startswith("x-"))
    }


def _servers(root: Mapping[str, Any], item: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[str]:
    """The addresses of a call, variables as they are written."""
    for level in (node, item, root):
        if level.get("servers"):
            yield from (str(_level(server).get("url", "")) for server in _list(level["servers"]))
            return
    if "swagger" in root and (root.get("host") or root.get("basePath")):
        for scheme in _list(node.get("schemes") or root.get("schemes")) or [""]:
            yield f"{scheme}://{root.get('host') or ''}{root.get('basePath') or ''}"


def _security(files: OpenApiFiles, root: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    """What a call must be signed with: alternatives by ` | `, what is asked together by ` + `."""
    written = node["security"] if "security" in node else root.get("security")
    defined = _level(_level(root.get("components")).get("securitySchemes")) or _level(root.get("securityDefinitions"))
    either = [" + ".join(sorted(_scheme(files, defined, name, scopes) for name, scopes in _level(one).items())) for one in _list(written)]
    return " | ".join(sorted(one or "none" for one in either))


def _scheme(files: OpenApiFiles, defined: Mapping[str, Any], name: str, scopes: Any) -> str:
    """One scheme by what it asks for: `apiKey header x-key`, `http bearer`."""
    try:
        scheme = _level(files.resolve(defined.get(name)))
    except FileError:
        scheme = {}
    words = [str(scheme[key]) for key in ("type", "in", "name", "scheme", "openIdConnectUrl") if key in scheme] or [name]
    return " ".join([*words, *(f"{key}" for key in _level(scheme.get("flows"))), *map(str, _list(scopes))])


def _body(files: OpenApiFiles, root: Mapping[str, Any], node: Mapping[str, Any]) -> list[str]:
    """The media types in which a request may be written."""
    if "requestBody" in node:
        return [str(name) for name in _level(_level(files.resolve(node["requestBody"])).get("content"))]
    return [str(name) for name in _list(node.get("consumes") or root.get("consumes"))]


def _asked(schema: Mapping[str, Any], names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        value = schema.get(name)
        if value is not None and value is not False:
            yield name, "true" if value is True else str(value)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _level(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
