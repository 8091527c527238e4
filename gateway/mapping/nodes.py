"""YAML as a tree of texts that know where they stand. ruamel.yaml parses; nothing constructs, so no type is ever guessed.

YAML's events are read one by one: anchors, aliases, tags, merge keys, directives, further documents, duplicate keys and depth are findings
at their place, and nothing is expanded.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from .findings import Findings, Place

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
OPENING: Final = "${"
_NAME: Final = re.compile(r"""^\s*(?:-\s+)?(?:[@`]|(["'])[@#].*?\1\?)""")
"""A name that YAML cannot read without quotes, `@type:`, or with a `?` behind them."""
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar. place: where it begins; document, start, end: the whole file's text and where in it the scalar stands, quotes included."""

    value: str
    place: Place
    document: str = field(repr=False, compare=False, default="")
    start: int = 0
    end: int = 0

    def at(self, offset: int) -> Place:
        """The place of a character of the value; inside folded or escaped text, of the expression it belongs to."""
        written = self.document[self.start : self.end]
        found = written.find(self.value)
        if found >= 0:
            return _place(self.place.file, self.document, self.start + found + offset)
        opening = self.value.rfind(OPENING, 0, offset + len(OPENING))
        if opening < 0:
            return self.place
        position = -1
        for _ in range(self.value.count(OPENING, 0, opening) + 1):
            position = written.find(OPENING, position + 1)
        return _place(self.place.file, self.document, min(self.start + position + offset - opening, max(self.start, self.end - 1)))

    @property
    def cut_off(self) -> bool:
        """Whether YAML ended the scalar at ` #` and took the rest of the line for a comment."""
        return re.match(r"[ ]+#", self.document[self.end : self.end + 1000]) is not None


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    items: "tuple[Node, ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class Level:
    """A mapping, in the order written; each value with its key."""

    entries: "Mapping[str, tuple[Text, Node]]"
    place: Place

    def get(self, key: str) -> "Node | None":
        """The value of a key, or None."""
        entry = self.entries.get(key)
        return None if entry is None else entry[1]


Node = Text | Items | Level


def decode(file: str, data: bytes, findings: Findings) -> str | None:
    """The text of a file that a person wrote: UTF-8 with or without a byte order mark, bounded; None with a finding otherwise."""
    if len(data) > MAX_BYTES:
        findings.add(Place(file), "file.too-large", limit=MAX_BYTES // 1024)
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.add(Place(file, line), "file.encoding")
        return None
    odd = _UNPRINTABLE.search(text)
    if odd is not None:
        findings.add(_place(file, text, odd.start()), "file.character", character=f"U+{ord(odd[0]):04X}")
        return None
    return text


def compose(file: str, text: str, findings: Findings) -> Node | None:
    """The tree of the one document in a text; None when it cannot be read at all, with a finding."""
    tab = text.find("\t")
    if tab >= 0:
        findings.add(_place(file, text, tab), "yaml.tab")
        return None
    try:
        return _Composer(file, text, findings).run()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file) if mark is None else Place(file, mark.line + 1, mark.column + 1)
        findings.add(place, _misread(text, mark), why=str(error.problem or error.context or "")[:200])
    except YAMLError:
        findings.add(Place(file), "yaml.syntax", why="unreadable")
    return None


def _misread(text: str, mark: StringMark | None) -> str:
    """The finding for what YAML stumbles on: an expression it takes apart, or a name of the language that needs quotes."""
    line = "" if mark is None else "".join(text.splitlines()[mark.line : mark.line + 1])
    if mark is not None and _NAME.search(line[: mark.column + 1]):
        return "yaml.name"
    return "yaml.cut" if OPENING in line else "yaml.syntax"


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet. key: a mapping's key waiting for its value."""

    place: Place
    level: bool
    entries: dict[str, tuple[Text, Node]] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    key: Text | None = None

    def close(self) -> Node:
        return Level(self.entries, self.place) if self.level else Items(tuple(self.items), self.place)


class _Composer:
    def __init__(self, file: str, text: str, findings: Findings) -> None:
        self._file = file
        self._text = text
        self._findings = findings
        self._open: list[_Open] = []
        self._root: Node | None = None

    def run(self) -> Node | None:
        documents = 0
        yaml = YAML(typ="safe", pure=True)
        for event in yaml.parse(self._text):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._findings.add(self._at(event), "yaml.documents")
                    return None
                if event.version or event.tags:
                    self._findings.add(self._at(event), "yaml.directive")
            elif isinstance(event, NodeEvent) and not self._node(event):
                return None
            elif isinstance(event, CollectionEndEvent):
                self._put(self._open.pop().close())
        if self._root is None:
            self._findings.add(Place(self._file), "yaml.empty")
        return self._root

    def _node(self, event: NodeEvent) -> bool:
        """Take one node's beginning; False ends the reading."""
        if isinstance(event, AliasEvent):
            self._findings.add(self._at(event), "yaml.alias")
            self._put(self._scalar("", event))
            return True
        if event.anchor is not None:
            self._findings.add(self._at(event), "yaml.anchor")
        if getattr(event, "tag", None) is not None:
            self._findings.add(self._at(event), "yaml.tag")
        if isinstance(event, ScalarEvent):
            self._put(self._scalar(event.value, event))
        elif isinstance(event, CollectionStartEvent):
            if len(self._open) >= MAX_DEPTH:
                self._findings.add(self._at(event), "yaml.depth", limit=MAX_DEPTH)
                return False
            self._open.append(_Open(self._at(event), isinstance(event, MappingStartEvent)))
        return True

    def _put(self, node: Node) -> None:
        """Give a finished node to the collection that waits for it."""
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        if not parent.level:
            parent.items.append(node)
        elif parent.key is None:
            if isinstance(node, Text):
                parent.key = node
            else:
                self._findings.add(node.place, "yaml.key")
                parent.key = Text("", node.place)
        else:
            key, parent.key = parent.key, None
            if key.value == "<<":
                self._findings.add(key.place, "yaml.merge")
            elif key.value in parent.entries:
                self._findings.add(key.place, "yaml.duplicate", key=key.value)
            if isinstance(node, Text) and node.start == node.end:
                node = Text("", key.place)  # YAML places what is not written at whatever comes next
            parent.entries.setdefault(key.value, (key, node))

    def _scalar(self, value: str, event: NodeEvent) -> Text:
        return Text(value, self._at(event), self._text, event.start_mark.index, event.end_mark.index)

    def _at(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)


def from_values(file: str, value: Any) -> Node:
    """A tree made of an installation's settings: mappings, lists and scalars, which become text."""
    place = Place(file)
    if isinstance(value, Mapping):
        return Level({str(key): (Text(str(key), place), from_values(file, below)) for key, below in value.items()}, place)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return Items(tuple(from_values(file, below) for below in value), place)
    if isinstance(value, bool):
        return Text("true" if value else "false", place)
    return Text(str(value), place)


def laid_over(base: Level, over: Level) -> Level:
    """base with the entries of over: levels merge, everything else is replaced."""
    entries = dict(base.entries)
    for name, (key, node) in over.entries.items():
        below = base.get(name)
        if isinstance(below, Level) and isinstance(node, Level):
            entries[name] = (key, laid_over(below, node))
        else:
            entries[name] = (key, node)
    return Level(entries, base.place)


def _place(file: str, text: str, position: int) -> Place:
    before = text[:position]
    return Place(file, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)
