"""The files of an OpenAPI description: YAML and JSON, read within bounds, references made absolute; nothing outside the folder."""

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from gateway.wire import WireError, parse_json

from .papers import is_blank, kind_of
from .targets import Flaw
from .wsdl_files import OutsideError, files_of, locate

SUFFIXES: Final = (".yaml", ".yml", ".json")
MAX_BYTES: Final = 5 * 1024 * 1024
MAX_DEPTH: Final = 64
MAX_NODES: Final = 200_000
_REFERENCES: Final = 50
_DESCRIBES: Final = re.compile(r"""^[ {]*["']?(?:openapi|swagger)["']?[ ]*:""", re.MULTILINE)
"""How a description says that it is one, whatever else is wrong with it."""
_MEANT: Final = {
    **dict.fromkeys(("object", "map", "hashmap"), "object"),
    **dict.fromkeys(("array", "list", "arraylist"), "array"),
    **dict.fromkeys(("string", "str", "text", "varchar", "varchar2", "nvarchar", "char", "date", "datetime", "timestamp"), "string"),
    **dict.fromkeys(("integer", "int", "int32", "int64", "long", "short", "bigint"), "integer"),
    **dict.fromkeys(("number", "float", "double", "decimal", "bigdecimal", "numeric"), "number"),
    **dict.fromkeys(("boolean", "bool"), "boolean"),
}
"""Types as people write them by hand, and what they mean."""
_SIZED: Final = re.compile(r"(n?varchar2?|n?char|string)\(([0-9]{1,6})\)")


class FileError(ValueError):
    """A file, or a reference, that cannot be used."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(f"{flaw.code} {flaw.file}:{flaw.line} {flaw.detail}".strip())
        self.flaw = flaw


class OpenApiFiles:
    """The description of a folder. root: its document, None when there is none; read: the names of the files that belong to it.

    What is written by hand and plainly meant is read as it is meant: `type: String`, `required: true` at a property.
    A reference that cannot be followed is an error when somebody follows it: what nobody needs does no harm.
    """

    def __init__(self, folder: Path) -> None:
        """Raises FileError when a file cannot be read or when there are several descriptions."""
        self._folder = folder.resolve()
        self._documents: dict[str, Any] = {}
        self._texts: dict[str, str] = {}
        self._astray: dict[str, Flaw] = {}
        found, broken = [], None
        for path in files_of(self._folder, *SUFFIXES):
            try:
                document = self._document(path)
            except FileError as error:
                broken = broken or error
                if _DESCRIBES.search(self._texts.get(self._name(path), "openapi:")):
                    raise
                self._documents[self._name(path)] = None  # some other paper: nothing refers to it, and that is all to say
                continue
            if isinstance(document, dict) and ("openapi" in document or "swagger" in document):
                found.append(path)
        if not found and broken is not None:  # perhaps that was to be the description
            raise broken
        if len(found) > 1:
            raise FileError(Flaw("schemas.several", self._name(found[1]), 1, ", ".join(map(self._name, found))))
        self.file = self._name(found[0]) if found else ""
        self.root: dict[str, Any] | None = self._documents[self.file] if found else None
        self.read = {self.file} if found else set()

    def follow(self, reference: str) -> Any:
        """What an absolute reference, `file#/pointer`, leads to. Raises FileError."""
        if reference in self._astray:
            raise FileError(self._astray[reference])
        name, _, pointer = reference.partition("#")
        at: Any = self._documents.get(name)
        self.read.add(name)
        for part in pointer.split("/")[1:]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(at, list) and key.isdecimal() and int(key) < len(at):
                at = at[int(key)]
            else:
                at = at.get(key) if isinstance(at, dict) else None
        if at is None:
            raise self.error("schemas.missing", reference)
        return at

    def resolve(self, schema: Any) -> Any:
        """A schema, or what its references lead to. Raises FileError."""
        for _ in range(_REFERENCES):
            if not isinstance(schema, dict) or not isinstance(schema.get("$ref"), str):
                return schema
            reference = schema["$ref"]
            schema = self.follow(reference)
        raise self.error("schemas.endless", reference)

    def nothing(self) -> Flaw:
        """That there is no description, and what there is instead, where that can be seen."""
        for name, text in sorted(self._texts.items()):
            data = text.encode()
            if is_blank(data):
                return Flaw("schemas.blank", name)
            if kind := kind_of(data):
                return Flaw("schemas.page", name) if kind == "HTML" else Flaw("schemas.other", name, 1, kind)
        return Flaw("schemas.none", "")

    def unused(self) -> Iterator[str]:
        """Files that nothing refers to."""
        yield from (name for name in self._documents if name not in self.read)

    def documents(self) -> list[Any]:
        """What belongs to the description, as far as it was followed."""
        return [self._documents[name] for name in self.read if name in self._documents]

    def error(self, code: str, reference: str) -> FileError:
        """The error of a reference, at the line where it is written."""
        wanted = reference.partition("#")[2] or reference
        for name in sorted(self._documents, key=lambda name: name != self.file):
            text = self._texts[name]
            at = text.find(wanted)
            if at >= 0:
                return FileError(Flaw(code, name, text.count("\n", 0, at) + 1, wanted[:200]))
        return FileError(Flaw(code, self.file, 1, wanted[:200]))

    def line(self, *words: str) -> int:
        """The line of the root document where these words follow one another, roughly: where people look."""
        text, at = self._texts[self.file], 0
        for word in words:
            at = max(at, text.find(word, at))
        return text.count("\n", 0, at) + 1

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _document(self, path: Path) -> Any:
        if not path.is_relative_to(self._folder):
            raise FileError(Flaw("schemas.outside", path.name))
        name = self._name(path)
        if name not in self._documents:
            try:
                data = path.read_bytes()
            except OSError as error:
                raise FileError(Flaw("schemas.unreadable", name, 1, type(error).__name__)) from None
            self._texts[name] = data.decode("utf-8", errors="replace")
            if not _in_unicode(data):
                raise FileError(Flaw("schemas.encoding", name))
            self._documents[name] = self._absolute(_parsed(name, data), path)
        return self._documents[name]

    def _absolute(self, value: Any, path: Path) -> Any:
        """A document as it is meant, whose references say which file they mean, or by a blank at their end that they cannot be followed."""
        if isinstance(value, list):
            return [self._absolute(below, path) for below in value]
        if not isinstance(value, dict):
            return value
        made = _as_meant({str(key): self._absolute(below, path) for key, below in value.items()})
        reference = made.get("$ref")
        if isinstance(reference, str):
            file, _, pointer = reference.partition("#")
            code, target = "schemas.missing", path
            try:
                target = locate(self._folder, path, file) if file else path
            except OutsideError:
                code = "schemas.outside"
            if code == "schemas.missing" and target.is_file():
                made["$ref"] = f"{self._name(target)}#{pointer}"
            else:
                made["$ref"] = f"{self._name(path)}: {reference} "
                self._astray[made["$ref"]] = Flaw(code, self._name(path), self._line_of(path, reference), reference[:200])
        return made

    def _line_of(self, path: Path, words: str) -> int:
        text = self._texts[self._name(path)]
        return text.count("\n", 0, max(0, text.find(words))) + 1


def _in_unicode(data: bytes) -> bool:
    """Whether it is UTF-8, or UTF-16 with its mark, which YAML reads, too; GBK is neither."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=16)
def _parsed(name: str, data: bytes) -> Any:
    """The same file is read once a process; nobody changes what is read. Raises FileError."""
    if len(data) > MAX_BYTES:
        raise FileError(Flaw("schemas.too-large", name, 1, f"> {MAX_BYTES // 1024 // 1024} MiB"))
    try:
        document = parse_json(data, max_depth=MAX_DEPTH) if name.lower().endswith(".json") else YAML(typ="safe", pure=True).load(data)
    except (WireError, YAMLError) as error:
        if kind_of(data) == "HTML":
            raise FileError(Flaw("schemas.page", name)) from None
        if is_blank(data):
            raise FileError(Flaw("schemas.blank", name)) from None
        raise _unreadable(name, error) from None
    except RecursionError:
        raise FileError(Flaw("schemas.too-large", name, 1, f"> {MAX_DEPTH} 层 levels")) from None
    except (UnicodeError, ValueError):
        raise FileError(Flaw("schemas.unreadable", name, 1, "YAML")) from None
    if not _bounded(document):
        raise FileError(Flaw("schemas.too-large", name, 1, f"> {MAX_NODES} 项 parts, > {MAX_DEPTH} 层 levels"))
    return document


def _unreadable(name: str, error: WireError | YAMLError) -> FileError:
    """Why a file is neither JSON nor YAML that can be read, at the line where that shows."""
    if isinstance(error, WireError):
        if error.code in ("json.too-deep", "json.too-many", "json.too-large"):
            limit = f"> {MAX_DEPTH} 层 levels" if error.code == "json.too-deep" else f"> {MAX_NODES} 项 parts"
            return FileError(Flaw("schemas.too-large", name, error.line or 1, limit))
        return FileError(Flaw("schemas.unreadable", name, error.line or 1, "JSON" if error.code == "json.malformed" else error.en))
    mark, why = None, str(getattr(error, "reason", None) or "YAML")
    if isinstance(error, MarkedYAMLError):
        mark, why = error.problem_mark or error.context_mark, str(error.problem or error.context or why)
    return FileError(Flaw("schemas.unreadable", name, mark.line + 1 if mark else 1, why[:200]))


def _as_meant(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema whose type has the name that the specification gives it, and which says itself what its properties say of it."""
    word = schema.get("type")
    if isinstance(word, str):
        sized = _SIZED.fullmatch(word.strip().lower())
        schema["type"] = _MEANT.get(sized[1] if sized else word.strip().lower(), word)
        if sized:
            schema.setdefault("maxLength", int(sized[2]))
    properties = schema.get("properties")
    if isinstance(properties, dict):
        said = {name: below.pop("required") for name, below in properties.items() if isinstance(below, dict) and _says(below)}
        if isinstance(schema.get("required", []), bool):
            del schema["required"]
        needed = [name for name, required in said.items() if required]
        if needed and isinstance(schema.get("required", []), list):
            schema["required"] = [*schema.get("required", ()), *(name for name in needed if name not in schema.get("required", ()))]
    return schema


def _says(schema: dict[str, Any]) -> bool:
    """Whether a property says of itself that it is required, or not, as only parameters do."""
    return isinstance(schema.get("required"), bool)


def _bounded(document: Any) -> bool:
    """Whether a document with its aliases written out is neither endless nor huge."""
    sizes: dict[int, int] = {}

    def size(value: Any, depth: int) -> int:
        if not isinstance(value, (dict, list)):
            return 1
        if depth > MAX_DEPTH:
            return MAX_NODES + 1
        if id(value) not in sizes:
            sizes[id(value)] = MAX_NODES + 1  # what holds itself has no end
            below = value.values() if isinstance(value, dict) else value
            sizes[id(value)] = 1 + sum(size(part, depth + 1) for part in below)
        return sizes[id(value)]

    return size(document, 0) <= MAX_NODES
