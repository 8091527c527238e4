"""Whole processes: what they print, and that none is left."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

MARK = "STARTED_BY_TEST_PROCESS"
ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Played:
    """What a demo left. document: its JSON line."""

    code: int
    document: Mapping[str, Any]
    err: str


def environment(**given: object) -> dict[str, str]:
    """This process's environment without settings of ours, those given, and the mark by which `is_ours` knows its descendants."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAN_")}
    return (
        clean | {"PYTHONPATH": str(ROOT), MARK: str(os.getpid())} | {f"TONGBAN_{name.upper()}": str(value) for name, value in given.items()}
    )


def play(*options: object) -> Played:
    """Run the demo to its end; its standard output is exactly one line."""
    command = [sys.executable, "-m", "gateway.cli", "demo", "--json", *map(str, options)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=180)
    lines = done.stdout.splitlines()
    assert len(lines) == 1, done.stdout + done.stderr
    return Played(done.returncode, json.loads(lines[0]), done.stderr)


@pytest.fixture
def no_orphans() -> Iterator[None]:
    """No process that this test started outlives it."""
    yield
    _, alive = psutil.wait_procs([process for process in psutil.process_iter() if is_ours(process)], timeout=10)
    assert [" ".join(process.cmdline()) for process in alive] == []


def is_ours(process: psutil.Process) -> bool:
    """Whether it is a gateway or a simulated system that this very test process started, directly or not."""
    try:
        words, marks = process.cmdline(), process.environ()
    except psutil.Error:
        return False
    return "-m" in words and ("gateway.cli" in words or "mock_partners" in words) and marks.get(MARK) == str(os.getpid())
