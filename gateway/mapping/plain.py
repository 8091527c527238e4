"""A YAML file of an installation as plain values, by the same rules as a folder's files: all scalars are text, nothing is guessed."""

from pathlib import Path
from typing import Any

from .findings import Findings, MappingError, Place
from .nodes import Items, Level, Node, compose, decode


def read_values(path: Path) -> dict[str, Any]:
    """The file's mapping as dicts, lists and texts. Raises MappingError with what is wrong, an unreadable file included."""
    findings = Findings()
    try:
        data = path.read_bytes()
    except OSError:
        findings.add(Place(path.name), "file.unreadable")
        raise MappingError(findings.all()) from None
    text = decode(path.name, data, findings)
    root = compose(path.name, text, findings) if text is not None else None
    if root is not None and not isinstance(root, Level):
        findings.add(root.place, "yaml.syntax", why="not a mapping")
    if findings or not isinstance(root, Level):
        raise MappingError(findings.all())
    values = _plain(root)
    assert isinstance(values, dict)
    return values


def _plain(node: Node) -> dict[str, Any] | list[Any] | str:
    if isinstance(node, Level):
        return {key: _plain(value) for key, (_, value) in node.entries.items()}
    return [_plain(item) for item in node.items] if isinstance(node, Items) else node.value
