"""Targets: what a partner's own description (WSDL, XSD, OpenAPI) says of its messages, in one form for both transports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class TargetKind(StrEnum):
    """What stands at a place of a message."""

    LEVEL = "level"
    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    DAY = "day"
    CONTENT = "content"
    """Base64 of a file."""
    ANY = "any"
    """Free: an open map, any element, or a description that recurs."""


@dataclass(frozen=True, slots=True)
class Target:
    """One place of a message, by the name that a mapping writes (`name`, `"@attribute"`, `"#text"`). The root of a message has no name.

    repeats: a list in the mapping; allowed: the enumerated values as texts, empty when free; longest: characters; about: the
    description as received; open: levels only, further names are accepted; one_of: the names beside it, its own among them, of which at
    least one must stand, empty where nothing of the kind is asked; branch: of a choice, the names that stand together with it, its own
    among them, and not beside another branch's; empty outside of a choice.
    """

    name: str
    kind: TargetKind
    required: bool = True
    repeats: bool = False
    allowed: tuple[str, ...] = ()
    longest: int | None = None
    pattern: str | None = None
    about: str = ""
    children: tuple["Target", ...] = ()
    open: bool = False
    one_of: tuple[str, ...] = ()
    branch: tuple[str, ...] = ()

    def walk(self, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], "Target"]]:
        """(path, target) of everything below, in the message's order."""
        for child in self.children:
            path = (*above, child.name)
            yield path, child
            yield from child.walk(path)


@dataclass(frozen=True, slots=True)
class Operation:
    """One call. key: the SOAP operation's name, or `POST /path`; response: None when nothing is described.

    request: what a mapping's `send` gives, the names of path and query among its places; in_path, in_query: which these are.
    also: what else the description calls it, OpenAPI's operationId; empty where there is nothing.
    """

    key: str
    about: str
    request: Target
    response: Target | None
    also: str = ""
    in_path: tuple[str, ...] = ()
    in_query: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flaw:
    """What keeps a description, or a part of it, from being used. file: in schemas/; code: of the finding catalogue, `schemas.…`."""

    code: str
    file: str
    line: int = 1
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """All calls of a folder's schemas by key, and what is wrong with them."""

    operations: Mapping[str, Operation] = field(default_factory=dict)
    flaws: tuple[Flaw, ...] = ()
