"""A small partner folder that loads, and the facts of one case; each test changes the one thing it speaks of."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mapping_parts import FILES, Write

from gateway.mapping import Finding, Folder, MappingError, load
from gateway.model import Blob


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the demo folder with these files changed (None leaves one out) and returns its path."""

    def written(changes: Mapping[str, str | bytes | None] | None = None, *, name: str = "demo-city") -> Path:
        root = tmp_path / name
        for path, content in {**FILES, **(changes or {})}.items():
            if content is not None:
                file = root / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return written


@pytest.fixture
def findings(write: Write) -> Callable[..., list[Finding]]:
    """All findings of the demo folder with these files changed; empty when it loads."""

    def found(changes: Mapping[str, str | bytes | None], overlay: Mapping[str, Any] | None = None) -> list[Finding]:
        try:
            load(write(changes), overlay)
        except MappingError as error:
            return list(error.findings)
        return []

    return found


@pytest.fixture
def demo(write: Write) -> Folder:
    """The demo folder, loaded."""
    return load(write())


@pytest.fixture
def facts() -> dict[str, Any]:
    """The facts of one synthetic case with two materials."""
    return {
        "case": {
            "number": "KS0001",
            "matter": "000109003000",
            "matter_name": "户口迁移",
            "mode": "joint",
            "origin": "990200",
            "destination": "990101",
            "received_at": datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC),
        },
        "hall": {"id": "h1", "name": "大厅", "region": "990200"},
        "reception": {"window": "3", "clerk": "K07"},
        "applicant": {
            "class": "natural",
            "name": "赵试样",
            "phone": "13900000000",
            "certificate": {"type": "111", "number": "990101199001010015"},
        },
        "form": {"reason": "夫妻投靠", "spouse": "钱试样"},
        "materials": [_material("photo", "a.png", "image/png"), _material("form", "b.pdf", "application/pdf")],
        "partner": {},
        "now": datetime(2026, 11, 20, 4, 0, 0, 7000, tzinfo=UTC),
    }


def _material(code: str, name: str, media_type: str) -> dict[str, Any]:
    content = Blob.absent(name, 12, "0" * 64, media_type)
    extension = name.rpartition(".")[2]
    return {
        "code": code,
        "name": name,
        "extension": extension,
        "media_type": media_type,
        "size": 12,
        "sha256": "0" * 64,
        "content": content,
    }
