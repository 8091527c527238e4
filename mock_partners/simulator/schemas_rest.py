"""Requests held against an OpenAPI description (2.0, 3.0, 3.1) as received.

Nothing is fetched: a reference that leaves the folder does not resolve.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from jsonschema.exceptions import UnknownType, ValidationError, best_match
from openapi_schema_validator import OAS30Validator, OAS31Validator, oas30_format_checker, oas31_format_checker
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import DRAFT4, DRAFT202012

from mock_partners.simulator.paper import FolderError, load_yaml

_BASE: Final = "file:///schemas/"
_OF_20: Final = frozenset({"type", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum"})
_BROKEN: Final = (re.error, UnknownType, TypeError, AttributeError, KeyError, RecursionError)
"""What the validator raises for a description that is no schema: `type: file`, `enum: 5`, a pattern of another language."""


class RestSchemas:
    """The request bodies that a folder of schemas describes, by `POST /path`; none when it describes nothing.

    `broken`: those whose description turned out to be no schema when it was used, with the kind of error; they are no longer validated.
    """

    def __init__(self, folder: Path, used: Collection[str] | None = None) -> None:
        """used: the keys of the requests that will come, None for all; of others, a broken description does no harm."""
        self._folder = folder
        documents = {file.name: _read(file) for file in sorted(folder.glob("*")) if file.suffix in (".yaml", ".yml", ".json")}
        described = [(name, doc) for name, doc in documents.items() if isinstance(doc, Mapping) and ("openapi" in doc or "swagger" in doc)]
        if len(described) > 1:
            raise FolderError("schemas/", "有多份 OpenAPI 文件", "there is more than one OpenAPI description")
        self._validators: dict[str, Any] = {}
        self._parameters: dict[str, dict[str, tuple[bool, Any, Any]]] = {}
        self.broken: dict[str, str] = {}
        if not described:
            return
        name, document = described[0]
        recent = str(document.get("openapi", "")).startswith("3.1")
        self._specification = DRAFT202012 if recent else DRAFT4
        registry: Registry[Any] = Registry(retrieve=self._retrieve)
        registry = registry.with_resource(_BASE + name, Resource(document, self._specification))
        _resolve_all(name, document, registry, used)

        def validator(pointer: str, schema: Mapping[str, Any] | None = None) -> Any:
            schema = {"$ref": f"{_BASE}{name}#{pointer}"} if schema is None else schema
            if recent:
                return OAS31Validator(schema, registry=registry, format_checker=oas31_format_checker)
            return OAS30Validator(schema, registry=registry, format_checker=oas30_format_checker)

        self._validators = {key: validator(pointer) for key, pointer in _bodies(document)}
        for key, called, parameter, pointer in _in_urls(document):
            # Of Swagger 2.0 the parameter is its own schema, and says `required` in another sense.
            own = None if "schema" in parameter else {word: parameter[word] for word in _OF_20 & parameter.keys()}
            schema = registry.resolver(_BASE).lookup(f"{_BASE}{name}#{pointer}").contents if own is None else own
            kind = schema.get("type") if isinstance(schema, Mapping) else None
            self._parameters.setdefault(key, {})[called] = (parameter.get("required") is True, validator(pointer, own), kind)

    def __contains__(self, key: str) -> bool:
        return key in self._validators or key in self._parameters

    def unfit_url(self, key: str, inside: Mapping[str, str]) -> str | None:
        """As `unfit`, of the names in a request's URL: those that are demanded and absent, and those whose text does not fit."""
        for name, (needed, validator, kind) in self._parameters.get(key, {}).items():
            if name not in inside:
                if needed:
                    return f"/{name} (required)"
                continue
            try:
                fits = validator.is_valid(_typed(inside[name], kind))
            except _BROKEN as broken:
                self.broken[key] = type(broken).__name__
                return None
            if not fits:
                return f"/{name} (schema)"
        return None

    def unfit(self, key: str, body: Any) -> str | None:
        """The JSON pointer of what does not fit, with the rule it breaks; None when all fits, or nothing is described."""
        if key not in self._validators:
            return None
        try:
            error = best_match(self._validators[key].iter_errors(body))
        except _BROKEN as broken:
            del self._validators[key]
            self.broken[key] = type(broken).__name__
            return None
        return None if error is None else _place(error)

    def _retrieve(self, uri: str) -> Resource[Any]:
        path = (self._folder / unquote(uri.removeprefix(_BASE))).resolve()
        if not uri.startswith(_BASE) or not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            raise NoSuchResource(ref=uri)
        return Resource(_read(path), self._specification)


def _place(error: ValidationError) -> str:
    """Where and which rule; never the library's words, which quote values."""
    path = [str(part) for part in error.absolute_path]
    if error.validator == "required" and isinstance(error.instance, Mapping) and isinstance(error.validator_value, list):
        path += [str(name) for name in error.validator_value if name not in error.instance][:1]
    elif error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        path += [str(name) for name in error.instance if name not in known][:1]
    return "/" + "/".join(path) + f" ({error.validator})"


def _bodies(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(`POST /path`, JSON pointer of its body's schema)."""
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, Mapping) else ():
        for method, operation in item.items() if isinstance(item, Mapping) else ():
            if isinstance(operation, Mapping):
                at = f"/paths/{_escaped(path)}/{method}"
                for prefix in _prefixes(document):
                    for pointer in _schema_of(document, operation, at):
                        yield f"{method.upper()} {prefix}{path}", pointer


def _in_urls(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any], str]]:
    """(`GET /path`, name, parameter, JSON pointer of its schema) of all that stands in a path or a query."""
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, Mapping) else ():
        shared = [(f"/paths/{_escaped(path)}/parameters/{at}", one) for at, one in enumerate(_listed(item, "parameters"))]
        for method, operation in item.items() if isinstance(item, Mapping) else ():
            own = [(f"/paths/{_escaped(path)}/{method}/parameters/{at}", one) for at, one in enumerate(_listed(operation, "parameters"))]
            for at, written in (*shared, *own) if isinstance(operation, Mapping) else ():
                pointer, parameter = _followed(document, at, written)
                if isinstance(parameter, Mapping) and parameter.get("in") in ("path", "query") and {"schema", "type"} & parameter.keys():
                    where = f"{pointer}/schema" if "schema" in parameter else pointer
                    for prefix in _prefixes(document):
                        yield f"{method.upper()} {prefix}{path}", str(parameter.get("name")), parameter, where


def _followed(document: Mapping[str, Any], pointer: str, value: Any) -> tuple[str, Any]:
    """A part of the document and where it stands, its references followed; those that lead in a circle lead to nothing."""
    seen: set[str] = set()
    while isinstance(value, Mapping) and str(value.get("$ref", "")).startswith("#/"):
        pointer = str(value["$ref"])[1:]
        if pointer in seen:
            return pointer, None
        seen.add(pointer)
        value = _at(document, pointer)
    return pointer, value


def _listed(level: Any, name: str) -> list[Any]:
    value = level.get(name) if isinstance(level, Mapping) else None
    return value if isinstance(value, list) else []


def _typed(text: str, kind: Any) -> Any:
    """A text in a URL as the type that its schema names, where it looks like it."""
    if kind == "array":
        return [text]
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind in ("integer", "number") and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return float(text) if "." in text else int(text)
    return text


def _prefixes(document: Mapping[str, Any]) -> set[str]:
    """What may stand before a path: nothing, or the path of a server."""
    servers = document.get("servers") or []
    named = {urlsplit(str(server.get("url", ""))).path.rstrip("/") for server in servers if isinstance(server, Mapping)}
    return {"", str(document.get("basePath", "")).rstrip("/"), *named}


def _schema_of(document: Mapping[str, Any], operation: Mapping[str, Any], at: str) -> Iterator[str]:
    for index, parameter in enumerate(operation.get("parameters") or ()):
        if isinstance(parameter, Mapping) and parameter.get("in") == "body" and "schema" in parameter:
            yield f"{at}/parameters/{index}/schema"
    at, body = _followed(document, f"{at}/requestBody", operation.get("requestBody"))
    content = body.get("content") if isinstance(body, Mapping) else None
    for media, described in content.items() if isinstance(content, Mapping) else ():
        if "json" in media and isinstance(described, Mapping) and "schema" in described:
            yield f"{at}/content/{_escaped(media)}/schema"
            return


def _at(document: Any, pointer: str) -> Any:
    for name in pointer.split("/")[1:]:
        name = unquote(name).replace("~1", "/").replace("~0", "~")
        document = document.get(name) if isinstance(document, Mapping) else None
    return document


def _escaped(name: str) -> str:
    return str(name).replace("~", "~0").replace("/", "~1").replace("%", "%25").replace("{", "%7B").replace("}", "%7D")


def _resolve_all(name: str, document: Any, registry: "Registry[Any]", used: Collection[str] | None) -> None:
    """Raise FolderError for the first reference below the paths of these requests that leads nowhere, or out of the folder."""
    paths = document.get("paths")
    items = paths.items() if isinstance(paths, Mapping) else ()
    waiting = [
        (item, registry.resolver(_BASE + name)) for path, item in items if used is None or any(key.endswith(str(path)) for key in used)
    ]
    seen = {id(item) for item, _ in waiting}
    while waiting:
        part, resolver = waiting.pop()
        for reference in _references(part):
            try:
                found = resolver.lookup(reference)
            except (Unresolvable, ValueError):
                raise FolderError(f"schemas/{name}", f"引用无处可寻：{reference}", f"a reference leads nowhere: {reference}") from None
            if id(found.contents) not in seen:
                seen.add(id(found.contents))
                waiting.append((found.contents, found.resolver))


def _references(document: Any) -> Iterator[str]:
    """Every reference; a part that an alias repeats is looked through once."""
    seen: set[int] = set()
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if id(value) in seen or not isinstance(value, Mapping | list):
            continue
        seen.add(id(value))
        if isinstance(value, Mapping) and isinstance(value.get("$ref"), str):
            yield value["$ref"]
        waiting.extend(value.values() if isinstance(value, Mapping) else value)


def _read(file: Path) -> Any:
    if file.suffix != ".json":
        return load_yaml(file, "safe")
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise FolderError(f"schemas/{file.name}", "不是有效的 JSON", "not valid JSON") from None
