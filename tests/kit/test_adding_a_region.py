"""The tutorial is true: every command of docs/adding-a-region.md is run, in its order, and says what the page shows.

Blocks of the page: `sh` is run (`exit=` its code, 0 when left out; `until=` again and again until that is said; `terminal=` in a process of
its own that goes on), `text` behind it is what it says, where `…` is anything and a line of it alone any lines; `file=` is a file as a
whole; `diff file=` lines that take the place of others, whose comments do not count.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from gateway.cli.demo.processes import free_ports

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "adding-a-region.md"
_FENCE: Final = re.compile(r"^(`{3,})(\w*)[ ]?(.*)\n((?:.*\n)*?)\1$", re.MULTILINE)
_COMMENT: Final = re.compile(r" {2}#.*$")
_PATIENCE_SECONDS: Final = 60


@dataclass(frozen=True)
class Block:
    """A fenced block of the page. options: what stands behind its language, as name=value."""

    language: str
    options: dict[str, str]
    text: str


def blocks() -> list[Block]:
    """All of the page, in order, with the ports that it uses replaced by free ones."""
    page = PAGE.read_text(encoding="utf-8")
    for port, free in zip(("9310", "8080"), free_ports(2), strict=True):
        page = page.replace(port, str(free))
    return [
        Block(language, dict(option.split("=", 1) for option in shlex.split(options)), text)
        for _, language, options, text in _FENCE.findall(page)
    ]


class Reader:
    """Somebody who does what the page says, in a folder of their own."""

    def __init__(self, folder: Path, bin_: Path) -> None:
        self.folder = folder
        self.at = folder
        self._exports: list[str] = []
        self._running: list[subprocess.Popen[bytes]] = []
        self._said: Callable[[], str] = str
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAN_")}
        self._environment = clean | {
            "PATH": f"{bin_}:{clean['PATH']}", "PYTHONPATH": str(ROOT), "COLUMNS": "300", "DOCS": str(ROOT / "docs"),
            "no_proxy": "127.0.0.1",
        }  # fmt: skip

    def do(self, block: Block) -> None:
        """What one block asks for."""
        if "file" in block.options:
            path = self.folder / block.options["file"]
            path.write_text(replaced(path.read_text("utf-8"), block.text) if block.language == "diff" else block.text, "utf-8")
        elif block.language == "sh" and "terminal" in block.options:
            self._begin(block)
        elif block.language == "sh":
            self._run(block)
        elif block.language == "text":
            self._hear(block.text)

    def end(self) -> None:
        """Close the other terminals."""
        for process in self._running:
            os.killpg(process.pid, signal.SIGTERM)
        for process in self._running:
            process.communicate(timeout=_PATIENCE_SECONDS)

    def _run(self, block: Block) -> None:
        script = "\n".join(["set -e", *self._exports, f"cd {shlex.quote(str(self.at))}", block.text, "pwd > /dev/fd/3"])
        expected, until = block.options.get("exit", "0"), block.options.get("until", "")
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            read, write = os.pipe()
            done = subprocess.run(
                ["bash", "-c", script.replace("/dev/fd/3", f"/dev/fd/{write}")],
                env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=[write],
                timeout=_PATIENCE_SECONDS,
            )  # fmt: skip
            os.close(write)
            with os.fdopen(read) as pipe:
                self.at = Path(pipe.read().strip() or self.at)
            said = done.stdout.decode()
            if until in said or time.monotonic() > deadline:
                break
        assert str(done.returncode) == expected, f"{block.text}\n{said}"
        assert until in said
        self._exports += [line for line in block.text.splitlines() if line.startswith("export ")]
        self._said = lambda: said

    def _begin(self, block: Block) -> None:
        said = self.folder / f"{block.options['terminal']}.said"
        with said.open("wb") as file:
            self._running.append(
                subprocess.Popen(
                    ["bash", "-c", f"set -e\n{block.text}"], cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL,
                    stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
                )
            )  # fmt: skip
        self._said = said.read_text

    def _hear(self, expected: str) -> None:
        """What was said last, in a process that goes on within a while."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not fits(expected, said := self._said()) and self._running and time.monotonic() < deadline:
            time.sleep(0.05)
        assert fits(expected, said), f"the page shows\n{expected}\nand this was said\n{said}"


def fits(shown: str, said: str) -> bool:
    """Whether what was said is what the page shows; a line of … alone stands for any lines, in a line for anything."""
    lines = [r"(?:.*\n)*" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n" for line in shown.splitlines()]
    return re.fullmatch("".join(lines), said if said.endswith("\n") else f"{said}\n") is not None


def replaced(text: str, diff: str) -> str:
    """A text with lines taken out (-) and others put in their place (+); comments of those that go out do not count."""
    for hunk in re.findall(r"((?:-.*\n)+)((?:\+.*\n)+)", diff):
        out, into = ([line[1:] for line in part.splitlines()] for part in hunk)
        lines = text.splitlines()
        plain = [_COMMENT.sub("", line) for line in lines]
        (place,) = (at for at in range(len(lines)) if plain[at : at + len(out)] == out)
        text = "\n".join([*lines[:place], *into, *lines[place + len(out) :]]) + "\n"
    return text


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Who has installed the gateway and reads the page."""
    if shutil.which("curl") is None:
        pytest.skip("the page calls curl")
    command = tmp_path / "bin" / "tongban"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gateway.cli "$@"\n')
    command.chmod(0o755)
    (tmp_path / "work").mkdir()
    reading = Reader(tmp_path / "work", command.parent)
    yield reading
    reading.end()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_whoever_follows_the_page_gets_what_it_shows(reader: Reader) -> None:
    """From an empty folder to a case that a simulated partner handles."""
    doing = blocks()
    assert sum(block.language == "sh" for block in doing) > 15
    for block in doing:
        reader.do(block)


def test_whoever_reads_the_page_knows_where_each_file_belongs() -> None:
    """What the test takes from a block's first line, a reader finds right before it."""
    page = PAGE.read_text(encoding="utf-8")
    paths = re.findall(r"^```\w+ file=(\S+)$", page, re.MULTILINE)
    assert len(paths) > 10
    assert [path for path in paths if not re.search(rf"`{re.escape(path)}`.*\n\n```\w+ file={re.escape(path)}\n", page)] == []
