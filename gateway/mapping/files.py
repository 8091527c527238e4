"""The files of a folder: which may be there, their bytes, and the hash over all that can change a message."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from .findings import Findings, Place

APART: Final = ("examples/", "NOTES.md")
"""What changes no message and no reading: not read here and not part of the hash."""
_KINDS: Final[Mapping[str, str]] = {"codes": ".csv", "matters": ".yaml", "steps": ".yaml"}


class Files:
    """content: bytes by path within the folder, in order. Files that have no place there, links, and what cannot be read are findings."""

    def __init__(self, path: Path, findings: Findings) -> None:
        self.content: dict[str, bytes] = {}
        for name, file in sorted(_below(path)):
            place = Place(f"{path.name}/{name}")
            if name.startswith(APART) or any(part.startswith((".", "__pycache__")) for part in Path(name).parts):
                continue
            if file.is_symlink():
                findings.add(place, "file.link")
            elif file.is_file() and not _belongs(name):
                findings.add(place, "file.unknown")
            elif file.is_file():
                try:
                    self.content[name] = file.read_bytes()
                except OSError:
                    findings.add(place, "file.unreadable")

    def named(self, kind: str, suffix: str) -> dict[str, str]:
        """Files of one kind by their name without suffix."""
        return {Path(name).stem: name for name in self.content if name.startswith(f"{kind}/") and name.endswith(f".{suffix}")}

    def having(self, kind: str, suffix: str) -> bool:
        """Whether there is a file of that kind with that suffix."""
        return any(name.startswith(f"{kind}/") and name.endswith(suffix) for name in self.content)

    def content_hash(self, overlay: Mapping[str, Any]) -> str:
        """SHA-256, hex, over every file's path and bytes in order, then the overlay; each after its length, so that nothing can shift."""
        digest = hashlib.sha256()
        parts = [part for name, data in self.content.items() for part in (name.encode(), data)]
        if overlay:
            parts.append(json.dumps(overlay, sort_keys=True, ensure_ascii=False, default=str).encode())
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()


def _below(path: Path) -> Iterator[tuple[str, Path]]:
    """Every file and folder by its name within; examples, of which there may be many, are not gone through."""
    tops = path.iterdir() if path.is_dir() else ()
    for top in tops:
        yield top.name, top
        if f"{top.name}/" not in APART:
            for file in top.rglob("*"):
                yield file.relative_to(path).as_posix(), file


def _belongs(name: str) -> bool:
    top, slash, rest = name.partition("/")
    if not slash:
        return name == "partner.yaml"
    return top == "schemas" or (top in _KINDS and "/" not in rest and rest.endswith(_KINDS[top]))
