"""`tongban partner schemas`: what an editor needs, written where it is asked for."""

import json
from pathlib import Path

from gateway.mapping import EDITOR_FILES, editor_schemas

from .conftest import Run


def test_the_schemas_are_written_and_the_settings_printed(tongban: Run, tmp_path: Path) -> None:
    """Standard output is the editor's settings and nothing else; every file they name is there, as it is shipped."""
    said = tongban("partner", "schemas", "--output", str(tmp_path / "a" / "b"))
    assert said.code == 0
    named = json.loads(said.out)["yaml.schemas"]
    assert {Path(path).name: Path(path).read_bytes() for path in named} == editor_schemas()
    assert [pattern.endswith(EDITOR_FILES[Path(path).name]) for path, pattern in named.items()] == [True] * len(EDITOR_FILES)


def test_a_place_that_cannot_be_written_is_told(tongban: Run, tmp_path: Path) -> None:
    """Two lines and exit code 1, no traceback."""
    (tmp_path / "file").write_text("")
    said = tongban("partner", "schemas", "--output", str(tmp_path / "file" / "below"))
    assert (said.code, said.out, len(said.err.splitlines())) == (1, "", 2)
