"""Targets of a REST partner: OpenAPI 3.0 and 3.1, and Swagger 2.0, as far as JSON bodies are described."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from .openapi_files import FileError, OpenApiFiles
from .patterns import fits
from .targets import Description, Flaw, Operation, Target, TargetKind

METHODS: Final = ("get", "put", "post", "delete", "patch")
MAX_TARGETS: Final = 20_000
_KINDS: Final = {
    "object": TargetKind.LEVEL, "string": TargetKind.TEXT, "integer": TargetKind.INTEGER, "number": TargetKind.NUMBER,
    "boolean": TargetKind.BOOLEAN,
}  # fmt: skip
_FORMATS: Final = {
    "byte": TargetKind.CONTENT, "binary": TargetKind.CONTENT, "base64": TargetKind.CONTENT, "date": TargetKind.DAY,
    "date-time": TargetKind.MOMENT,
}  # fmt: skip
_HEADERS_OF_OTHERS: Final = frozenset({"accept", "content-type", "authorization"})
"""OpenAPI passes over parameters of these names: they are said elsewhere (3.0.3, Parameter Object)."""
_LONGEST_ABOUT: Final = 500
_PART: Final = re.compile(r"\{([^{}]+)\}")
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*")
_ORDER: Final = ("200", "201", "202", "2XX", "2xx", "default")


def describe_rest(folder: Path) -> Description:
    """Every operation that the folder's OpenAPI describes; nothing at all where there is none. Raises nothing: what is wrong is a flaw."""
    try:
        files = OpenApiFiles(folder)
    except FileError as error:
        return Description(flaws=(error.flaw,))
    if files.root is None:
        return Description(flaws=(Flaw("schemas.none", ""),))
    return _Reader(files, files.root).run()


class _TooLargeError(Exception):
    """A message with more places than any mapping fills."""


@dataclass(frozen=True, slots=True)
class _Side:
    """Which way a message goes: a request lacks what is readOnly, an answer what is writeOnly."""

    skipped: str


_REQUEST: Final = _Side("readOnly")
_RESPONSE: Final = _Side("writeOnly")


class _Reader:
    def __init__(self, files: OpenApiFiles, root: Mapping[str, Any]) -> None:
        self._files = files
        self._root = root
        self._flaws: list[Flaw] = []
        self._open: list[str] = []
        self._count = 0

    def run(self) -> Description:
        """All operations by `POST /path`."""
        version = str(self._root.get("openapi", self._root.get("swagger", "")))
        if not version.startswith(("3.0", "3.1", "2.0")):
            self._flaw("schemas.version", self._files.line(version), version[:40])
            return Description(flaws=tuple(self._flaws))
        operations = {}
        paths = self._root.get("paths") or {}
        if not isinstance(paths, dict):
            self._flaw("schemas.form", self._files.line("paths"), "paths")
            paths = {}
        for path, item in paths.items():
            found = self._methods(path, item)
            for method in (method for method in METHODS if method in found):
                key = f"{method.upper()} {path}"
                operation = self._operation(key, found[method], found.get("parameters"), (path, f"{method}:"))
                if operation is not None:
                    operations[key] = operation
        if not operations and not self._flaws:
            self._flaw("schemas.empty", 1)
        for name in self._files.unused():
            self._add(Flaw("schemas.unused", name))
        return Description(operations, tuple(self._flaws))

    def _methods(self, path: str, item: Any) -> dict[str, Any]:
        """What stands at a path: its operations by method, and what they share."""
        try:
            return _level(self._files.resolve(item))
        except FileError as error:
            self._add(error.flaw)
        except TypeError:
            self._flaw("schemas.form", self._files.line(path), path)
        return {}

    def _operation(self, key: str, written: Any, beside: Any, words: tuple[str, ...]) -> Operation | None:
        """beside: the parameters that all methods of the path share. None when it cannot be called, or when its body is not JSON."""
        try:
            node = _level(written)
            parameters = self._parameters(node, beside)
            self._unsent(parameters, words)
            if (other := self._other_body(node, parameters)) is not None:
                self._flaw("schemas.body", self._files.line(*words), f"{key}: {other}")
                return None
            request, response = self._request(node, parameters), self._response(node)
            about = _about(node.get("summary"), node.get("description"))
            body = Target("", TargetKind.LEVEL) if request is None else self._root_of(request, _REQUEST)
            if body.repeats:
                self._flaw("schemas.body", self._files.line(*words), f"{key}: array")
                return None
            undescribed = {name: {"in": "path", "name": name} for name in _PART.findall(key)}
            for parameter in parameters:
                if parameter.get("in") == "path":
                    undescribed.pop(str(parameter.get("name")), None)
            in_path, in_query = (self._in_url([*parameters, *undescribed.values()], where) for where in ("path", "query"))
            in_url = {one.name for one in (*in_path, *in_query)}
            for twice in (child.name for child in body.children if child.name in in_url):
                self._flaw("schemas.twice", self._files.line(*words, twice), f"{key}: {twice}")
            rest = (child for child in body.children if child.name not in in_url)
            root = replace(
                body, kind=TargetKind.LEVEL, children=(*in_path, *in_query, *rest), open=body.open or body.kind is TargetKind.ANY
            )
            named = [tuple(one.name for one in found) for found in (in_path, in_query)]
            return Operation(key, about, root if in_url else body, response, str(node.get("operationId") or ""), *named)
        except FileError as error:
            self._add(error.flaw)
        except (_TooLargeError, RecursionError):
            self._flaw("schemas.too-large", self._files.line(*words), key)
        except (TypeError, AttributeError, KeyError, ValueError):
            self._flaw("schemas.form", self._files.line(*words), key)
        finally:
            self._open.clear()
        return None

    def _parameters(self, node: Mapping[str, Any], beside: Any) -> list[dict[str, Any]]:
        """The parameters of a method, its own before those of its path of the same name."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for written in (*(node.get("parameters") or ()), *(beside or ())):
            parameter = _level(self._files.resolve(written))
            found.setdefault((str(parameter.get("in")), str(parameter.get("name"))), parameter)
        return list(found.values())

    def _unsent(self, parameters: list[dict[str, Any]], words: tuple[str, ...]) -> None:
        """A step sends a URL and a body and no more, beside what its scheme signs with."""
        for parameter in parameters:
            where, name = str(parameter.get("in")), str(parameter.get("name"))
            by_others = where == "header" and name.lower() in _HEADERS_OF_OTHERS
            if parameter.get("required") is True and where in ("header", "cookie") and not by_others:
                self._flaw("schemas.parameter", self._files.line(*words, name), f"{name} ({where})")

    def _in_url(self, parameters: list[dict[str, Any]], where: str) -> tuple[Target, ...]:
        """The parameters of path or query; a name that the language cannot write there is said, and left out."""
        found = []
        for parameter in (one for one in parameters if one.get("in") == where):
            name, schema = str(parameter.get("name")), parameter.get("schema", parameter if "type" in parameter else {})
            target = replace(
                self._target(name, schema, _REQUEST, required=where == "path" or parameter.get("required") is True), repeats=False
            )
            about = _about(parameter.get("description"), None) or target.about
            if target.children or not _NAME.fullmatch(name):
                if target.required:
                    self._flaw("schemas.parameter", self._files.line(name), f"{name} ({where})")
                continue
            kind = target.kind if target.kind is TargetKind.ANY else TargetKind.TEXT
            found.append(replace(target, kind=kind, about=about))
        return tuple(found)

    def _other_body(self, node: Mapping[str, Any], parameters: list[dict[str, Any]]) -> str | None:
        """What a request's body is when it is described, and not as JSON."""
        if "requestBody" in node:
            types = _level(_level(self._files.resolve(node["requestBody"])).get("content"))
            return ", ".join(map(str, types)) if types and _json(types) is None else None
        return "form data" if any(parameter.get("in") == "formData" for parameter in parameters) else None

    def _request(self, node: Mapping[str, Any], parameters: list[dict[str, Any]]) -> Any:
        """The schema of a request's JSON body."""
        if "requestBody" in node:
            return _json(_level(self._files.resolve(node["requestBody"])).get("content"))
        return next((parameter.get("schema") for parameter in parameters if parameter.get("in") == "body"), None)

    def _response(self, node: Mapping[str, Any]) -> Target | None:
        """What a success brings; None when nothing is described."""
        answers = {str(code): answer for code, answer in _level(node.get("responses")).items()}
        chosen = next((answers[code] for code in _ORDER if code in answers), None)
        if chosen is None:
            return None
        found = _level(self._files.resolve(chosen))
        schema = found.get("schema") if "schema" in found else _json(found.get("content"))
        return None if schema is None else self._root_of(schema, _RESPONSE)

    def _grow(self) -> None:
        """One more place, or one more part of an allOf: parts that take in parts double at every step, even when all of them are empty."""
        self._count += 1
        if self._count > MAX_TARGETS:
            raise _TooLargeError

    def _root_of(self, schema: Any, side: _Side) -> Target:
        self._count = 0
        return self._target("", schema, side, required=True)

    def _target(self, name: str, schema: Any, side: _Side, *, required: bool) -> Target:
        """One place, its references followed; what recurs is free."""
        self._grow()
        if not isinstance(schema, dict):  # true and false stand for anything and nothing
            return Target(name, TargetKind.ANY, required)
        if isinstance(schema.get("$ref"), str):
            reference = schema["$ref"]
            if reference in self._open:
                self._add(self._files.error("schemas.recursive", reference).flaw)
                return Target(name, TargetKind.ANY, required)
            self._open.append(reference)
            target = self._target(name, self._files.follow(reference), side, required=required)
            self._open.pop()
            beside = _about(schema.get("description"))
            return replace(target, about=beside) if beside else target
        merged = self._merged(schema)
        if merged is None:
            return Target(name, TargetKind.ANY, required, about=_about(schema.get("description"), schema.get("title")))
        options = self._options(name, merged, side, required)
        return self._plain(name, merged, side, required) if options is None else options

    def _merged(self, schema: dict[str, Any]) -> dict[str, Any] | None:
        """A schema with the parts of its allOf taken in; None where one of them recurs."""
        if not schema.get("allOf"):
            return schema
        made: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            self._grow()
            reference = part.get("$ref") if isinstance(part, dict) else None
            if reference in self._open:
                self._add(self._files.error("schemas.recursive", reference).flaw)
                return None
            if isinstance(reference, str):
                self._open.append(reference)
            below = self._merged(_level(self._files.resolve(part)))
            if isinstance(reference, str):
                self._open.pop()
            if below is None:
                return None
            for key, value in below.items():
                if key == "properties":
                    made[key] = {**_level(value), **_level(made.get(key))}
                elif key == "required":
                    made[key] = [*made.get(key, ()), *value]
                else:
                    made.setdefault(key, value)
        return made

    def _options(self, name: str, schema: dict[str, Any], side: _Side, required: bool) -> Target | None:
        """What several accepted shapes have in common; None when the schema has no such choice, or the choice only adds conditions."""
        word = next((word for word in ("oneOf", "anyOf") if schema.get(word)), None)
        if word is None:
            return None
        written = [option for option in schema[word] if not (isinstance(option, dict) and option.get("type") == "null")]
        if "properties" in schema or not any(_says_what(option) for option in written):
            return None
        found = [self._target(name, option, side, required=required) for option in written]
        about = _about(schema.get("description"), schema.get("title"))
        if not found:
            return Target(name, TargetKind.ANY, required, about=about)
        first = found[0]
        if len(found) == 1:
            return replace(first, about=about or first.about)
        if any((one.kind, one.repeats) != (first.kind, first.repeats) for one in found):
            return Target(name, TargetKind.ANY, required, about=about)
        allowed = tuple(dict.fromkeys(value for one in found for value in one.allowed)) if all(one.allowed for one in found) else ()
        longest = max(one.longest for one in found if one.longest) if all(one.longest for one in found) else None
        return replace(
            first, about=about, allowed=allowed, longest=longest, pattern=None, children=_either(found), open=any(one.open for one in found)
        )

    def _plain(self, name: str, schema: dict[str, Any], side: _Side, required: bool) -> Target:
        about = _about(schema.get("description"), schema.get("title"))
        word = _type_of(schema)
        if word == "array":
            item = self._target(name, schema.get("items", True), side, required=required)
            if item.repeats:
                return Target(name, TargetKind.ANY, required, True, about=about)
            return replace(item, repeats=True, about=about or item.about)
        kind = _KINDS.get(word, TargetKind.ANY)
        if kind is TargetKind.LEVEL:
            return self._level_of(name, schema, side, required, about)
        if kind is TargetKind.TEXT:
            kind = _FORMATS.get(str(schema.get("format") or schema.get("contentEncoding") or ""), kind)
        if isinstance(schema.get("pattern"), str) and fits(schema["pattern"], "") is None:
            self._flaw("schemas.pattern", self._files.line(schema["pattern"]), schema["pattern"][:80])
        values = [schema["const"]] if "const" in schema else schema.get("enum") or ()
        longest, pattern = schema.get("maxLength"), schema.get("pattern")
        return Target(
            name, kind, required, False, tuple(_as_text(value) for value in values if value is not None),
            longest if isinstance(longest, int) else None, pattern if isinstance(pattern, str) else None, about,
        )  # fmt: skip

    def _level_of(self, name: str, schema: dict[str, Any], side: _Side, required: bool, about: str) -> Target:
        needed = set(schema.get("required") or ())
        children = tuple(
            self._target(str(key), below, side, required=key in needed)
            for key, below in _level(schema.get("properties")).items()
            if not self._skips(below, side)
        )
        further = schema.get("additionalProperties", True) is not False
        if not children and further:
            return Target(name, TargetKind.ANY, required, about=about)
        word = next((word for word in ("oneOf", "anyOf") if schema.get(word)), None)
        options = (
            [list(_level(self._files.resolve(option)).get("required") or ()) for option in schema[word] if isinstance(option, dict)]
            if word
            else []
        )
        one_of = _one_of([[*needed, *option] for option in options])
        children = tuple(replace(child, one_of=one_of) if child.name in one_of else child for child in children)
        return Target(name, TargetKind.LEVEL, required, about=about, children=children, open=further)

    def _skips(self, schema: Any, side: _Side) -> bool:
        found = self._files.resolve(schema)
        return isinstance(found, dict) and found.get(side.skipped) is True

    def _flaw(self, code: str, line: int, detail: str = "") -> None:
        self._add(Flaw(code, self._files.file, line, detail))

    def _add(self, flaw: Flaw) -> None:
        if flaw not in self._flaws:
            self._flaws.append(flaw)


def _level(value: Any) -> dict[str, Any]:
    """A level, or an empty one where there is none. Raises TypeError where something else stands."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError("a level must stand here")
    return value


def _json(content: Any) -> Any:
    """The schema of the JSON among the media types of a body."""
    types = _level(content)
    for name in sorted(types, key=lambda name: not str(name).startswith("application/json")):
        if "json" in str(name) or name in ("*/*", "application/*"):
            return _level(types[name]).get("schema", True)
    return None


def _says_what(option: Any) -> bool:
    """Whether an option says what stands there, and not only under which conditions."""
    return isinstance(option, dict) and bool(
        option.keys() & {"type", "$ref", "properties", "enum", "const", "allOf", "oneOf", "anyOf", "items"}
    )


def _type_of(schema: Mapping[str, Any]) -> str:
    """The one type a schema names or implies; empty when there are several or none."""
    written = schema.get("type")
    types = [str(word) for word in (written if isinstance(written, list) else [written] if written else ()) if word != "null"]
    if set(types) == {"integer", "number"}:
        return "number"
    if types:
        return types[0] if len(types) == 1 else ""
    if "properties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    values = [schema["const"]] if "const" in schema else schema.get("enum") or ()
    texts = all(isinstance(value, str) for value in values if value is not None)
    return "string" if (values and texts) or schema.keys() & {"maxLength", "minLength", "pattern"} else ""


def _either(found: list[Target]) -> tuple[Target, ...]:
    """The places of several shapes together: required is what all of them require, and something of what only some of them do."""
    together: dict[str, Target] = {}
    for one in found:
        for child in one.children:
            together.setdefault(child.name, child)
    asked = [[child.name for child in one.children if child.required or child.one_of] for one in found]
    one_of = _one_of(asked)
    names = [frozenset(child.name for child in one.children) for one in found]
    alone = {name: having[0] for name in together if len(having := [own for own in names if name in own]) == 1}
    return tuple(
        replace(
            child,
            branch=tuple(other for other in together if name in alone and alone.get(other) is alone[name]),
            required=all(any(other.name == name and other.required for other in one.children) for one in found),
            one_of=one_of if name in one_of else (),
        )
        for name, child in together.items()
    )


def _one_of(asked: list[list[str]]) -> tuple[str, ...]:
    """Of the places that the options ask for, those of which one must stand; none where an option asks for no more than all the others."""
    common = set(asked[0]).intersection(*asked) if asked else set()
    own = [[name for name in names if name not in common] for names in asked]
    return tuple(dict.fromkeys(name for names in own for name in names)) if all(own) else ()


def _as_text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _about(*texts: Any) -> str:
    """The first that says something, on one line."""
    said: Iterator[str] = (" ".join(text.split()) for text in texts if isinstance(text, str))
    return next((text for text in said if text), "")[:_LONGEST_ABOUT]
