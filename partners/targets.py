"""Targets: what a partner's own description (WSDL, XSD, OpenAPI) says of its messages, in one form for both transports."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Facts = tuple[tuple[str, str], ...]
"""What else a description says, each by a name that is the same for both transports, so that two descriptions can be compared."""


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

    limits: what else is asked of it, by JSON Schema's names (minLength, maximum, maxItems, format, …), XML Schema's totalDigits and
    fractionDigits among them. XML only: namespace, empty for none; rank: places of one level stand in the order of their ranks, those of
    the same rank in any.
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
    limits: Facts = ()
    namespace: str = ""
    rank: int = 0

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
    wire: how it travels, by name: address; SOAP: soap (the version), action, element and answer (the names of the two messages), headers;
    REST: security, body and answer-body (media types), statuses, `header NAME` and `cookie NAME` (required, optional), deprecated.
    """

    key: str
    about: str
    request: Target
    response: Target | None
    also: str = ""
    in_path: tuple[str, ...] = ()
    in_query: tuple[str, ...] = ()
    wire: Facts = ()


@dataclass(frozen=True, slots=True)
class Flaw:
    """What keeps a description, or a part of it, from being used. file: in schemas/; code: of the finding catalogue, `schemas.…`.

    call: the one operation that it concerns, by its key, or the path of several; empty where it may concern all.
    """

    code: str
    file: str
    line: int = 1
    detail: str = ""
    call: str = ""

    def concerns(self, keys: Iterable[str]) -> bool:
        """Whether one of these operations is concerned."""
        return not self.call or any(self.call in (key, key.partition(" ")[2]) for key in keys)


@dataclass(frozen=True, slots=True)
class Description:
    """All calls of a folder's schemas by key, and what is wrong with them. digest: of all that is said, but for words to people."""

    operations: Mapping[str, Operation] = field(default_factory=dict)
    flaws: tuple[Flaw, ...] = ()
    digest: str = ""
