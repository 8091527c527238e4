"""The serving process: its one line, its one database, its refusals, and what is on disk when it has said 202."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import httpx
import pytest

from gateway.cli import world
from gateway.cli.demo.administration import administer
from gateway.cli.demo.driver import submission
from gateway.cli.demo.stage import Stage, set_stage
from gateway.security import Keyring, Sealer
from gateway.store import Store

from .conftest import ROOT


@pytest.fixture
def stage(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A demo's stage, without its processes: everything a gateway needs to start, and its database is migrated."""
    for name in list(os.environ):
        if name.startswith("TONGBAN_"):
            monkeypatch.delenv(name)
    stage = set_stage(tmp_path)
    assert stage.settings.database_url == sqlite_url
    return stage


@contextlib.contextmanager
def serving(stage: Stage, *options: str, **settings: object) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """`tongban serve` on that stage; killed at the end if it still runs."""
    command = [sys.executable, "-m", "gateway.cli", "serve", *options]
    given = {**stage.environment, "PYTHONPATH": str(ROOT), **{f"TONGBAN_{name.upper()}": str(value) for name, value in settings.items()}}
    with subprocess.Popen(command, env=given, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout
        finally:
            process.kill()


@pytest.mark.long
def test_it_says_where_it_listens_serves_and_ends_on_sigterm(stage: Stage) -> None:
    """Port 0: one line with the port it took; ready; SIGTERM ends it with 0 and nothing more on standard output."""
    with serving(stage, "--port", "0") as (process, out):
        word, url = out.readline().split()
        assert word == "listening"
        assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=20)
        assert (process.returncode, rest) == (0, "")


@pytest.mark.long
def test_a_second_one_on_the_same_file_refuses_to_start_and_the_first_ends_when_standard_input_closes(stage: Stage) -> None:
    """One serving process a SQLite file: the second says so in two lines and ends with 1.

    The first, started with a pipe, cannot be left behind: it ends when its parent closes that.
    """
    with serving(stage, "--port", "0", "--until-stdin-closes") as (first, out):
        assert out.readline().startswith("listening ")
        with serving(stage, "--port", "0") as (second, _):
            said, err = second.communicate(timeout=20)
            assert (second.returncode, said) == (1, "")
            assert "Traceback" not in err
        assert first.poll() is None
        assert first.stdin is not None
        first.stdin.close()
        assert first.wait(timeout=20) == 0


def test_a_broken_mapping_folder_stops_it_with_file_and_line(stage: Stage, tmp_path: Path) -> None:
    """All findings of all folders, each with file, line, column and what to do; exit code 3; nothing listens."""
    mappings = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", mappings)
    folders = list(mappings.glob("*/partner.yaml"))
    for folder in folders:
        folder.write_text(re.sub("^resend: .*", "resend: perhaps", folder.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    with serving(stage, "--port", "0", mappings=mappings) as (process, _):
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (3, "")
    findings = [line for line in err.splitlines() if "/partner.yaml:" in line]
    assert len(findings) == len(folders)
    for line in findings:
        file, number, column, _ = line.split(":", 3)
        assert file.endswith("/partner.yaml")
        assert int(number) > 1
        assert int(column) > 1


@pytest.mark.long
def test_an_acknowledged_case_is_on_disk_with_its_materials(stage: Stage) -> None:
    """SIGKILL right after a 202: the case is there under its number, and every material opens to the bytes that were handed in."""
    halls = asyncio.run(administer(stage))
    made = [submission(hall, draft) for hall, draft in world.cases(3, 8, datetime.now(UTC))]
    chosen = next(one for one in made if not one.uploads and one.draft["materials"])
    with serving(stage, "--no-worker") as (process, out):
        url = out.readline().split()[1]
        headers = {"Authorization": f"Bearer {halls.keys[chosen.hall]}", "Idempotency-Key": "k1"}
        answer = httpx.post(f"{url}/api/v1/cases", json=chosen.draft, headers=headers, trust_env=False)
        process.kill()
    assert answer.status_code == 202, answer.text
    asyncio.run(check_kept(stage, answer.json()["number"], chosen.draft["materials"]))


async def check_kept(stage: Stage, number: str, materials: list[dict[str, str]]) -> None:
    """The case and its materials, read from what the dead process left."""
    import base64
    import hashlib

    store = Store.open(stage.settings.database_url, attachments=stage.settings.attachments_folder)
    try:
        case = await store.read(lambda tx: tx.cases.by_number(number))
        assert case is not None
        kept = await store.read(lambda tx: tx.materials.of_case(case.id))
        assert [record.sha256 for record in kept] == [hashlib.sha256(base64.b64decode(m["content"])).hexdigest() for m in materials]
        sealer = Sealer(Keyring.load(stage.settings.sealing_keys))
        for record in kept:
            plain = b"".join(sealer.open_stream(store.attachments.open(record.address), record.address))
            assert hashlib.sha256(plain).hexdigest() == record.sha256
    finally:
        await store.close()
