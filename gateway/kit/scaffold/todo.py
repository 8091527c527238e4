"""What a folder still leaves open: every TODO that stands in its own files, in a value as in a comment."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.mapping import Finding, Findings, Place

from .words import brief

_TODO: Final = re.compile(r"(?<![0-9A-Za-z_])TODO(?![0-9A-Za-z_])")
_FILES: Final = ("partner.yaml", "steps/*.yaml", "matters/*.yaml", "codes/*.csv", "examples/*/*/expect.yaml")


def todo_findings(folder: Path) -> tuple[Finding, ...]:
    """One `check.todo` for each line that says TODO, at its place, by file and line. What cannot be read is for `load` to say."""
    findings = Findings()
    for file in _files(folder):
        try:
            lines = file.read_text("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        for number, line in enumerate(lines, 1):
            if found := _TODO.search(line):
                place = Place(f"{folder.name}/{file.relative_to(folder).as_posix()}", number, found.start() + 1)
                findings.add(place, "check.todo", written=brief(line))
    return findings.all()


def _files(folder: Path) -> Iterator[Path]:
    for pattern in _FILES:
        yield from sorted(path for path in folder.glob(pattern) if path.is_file() and not path.is_symlink())
