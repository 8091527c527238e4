"""Commands run in this process against a migrated SQLite file, with nothing of the environment's settings."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli import main, world
from gateway.security import Keyring

Run = Callable[..., "Said"]


@dataclass(frozen=True)
class Said:
    """What a command left: its exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture
def tongban(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one command line as `tongban` would."""
    for name in list(os.environ):
        if name.startswith("TONGBAN_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TONGBAN_DATABASE_URL", sqlite_url)
    Keyring.create(Path(sqlite_url.removeprefix("sqlite:///") + ".keys"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Said(int(end.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def catalogued(tongban: Run) -> Run:
    """The same, with the demo's catalogue imported."""
    assert tongban("catalogue", "import", world.file("catalogue.json"), "--by", "setup").code == 0
    return tongban


@pytest.fixture
def a_hall(catalogued: Run) -> Run:
    """The same, with a hall named `window`."""
    assert catalogued("hall", "add", "window", "--name", "示范大厅", "--region", "220100", "--by", "setup").code == 0
    return catalogued
