"""An append-only file of effects, one JSON object a line, on disk before the effect is answered for."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """The effects of one process; without a path nothing is kept.

    A line that a kill left unfinished was never answered for: it is cut off on opening.
    """

    def __init__(self, path: Path | None) -> None:
        self._file = None
        self._kept: list[bytes] = []
        if path is None:
            return
        self._file = path.open("a+b")
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        self._file.truncate(whole)
        self._kept = content[:whole].splitlines()

    def replay(self) -> Iterator[dict[str, Any]]:
        """The effects found on opening, oldest first; they are given once."""
        kept, self._kept = self._kept, []
        for line in kept:
            yield json.loads(line)

    def append(self, **effect: Any) -> None:
        """Write one effect and wait until it is on disk."""
        if self._file is None:
            return
        self._file.write(json.dumps(effect, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; what was appended is already on disk."""
        if self._file is not None:
            self._file.close()
