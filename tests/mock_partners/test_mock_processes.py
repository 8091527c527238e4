"""The command line: one line when listening, a clean end when told or orphaned, and nothing forgotten when killed."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from mock_requests import SOAP_SCHEMAS, TIF, submission, tif_headers

ROOT = Path(__file__).parents[2]
Start = Callable[..., Awaitable[asyncio.subprocess.Process]]
ROLES = {
    "rest": (TIF, ()),
    "soap": (
        {"username": "u", "password": "p", "push_key": "k", "push_secret": "s"},
        ("--schemas", str(SOAP_SCHEMAS), "--callback", "http://127.0.0.1:9/"),
    ),
    "hall": ({"hall-1": "whsec_c2VjcmV0LWZvci10ZXN0cw=="}, ()),
}


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start a role as a process of its own."""
    running: list[asyncio.subprocess.Process] = []

    async def begin(role: str, *options: str) -> asyncio.subprocess.Process:
        secrets, needed = ROLES[role]
        path = tmp_path / f"{role}.json"
        path.write_text(json.dumps(secrets))
        command = ("-m", "mock_partners", role, "--secrets", str(path), *needed, *options)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe)
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line_of(process: asyncio.subprocess.Process) -> Any:
    """The line a process prints once it listens."""
    assert process.stdout is not None
    return json.loads(await process.stdout.readline())


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_one_line_when_listening_and_a_clean_end(start: Start, role: str) -> None:
    """Each role prints exactly one JSON line, serves at that address, and ends with 0 and silence on SIGTERM."""
    process = await start(role)
    said = await line_of(process)
    assert said["role"] == role
    door = "events" if role == "hall" else "cases"
    async with aiohttp.ClientSession() as session, session.get(f"{said['listening']}/_mock/{door}") as answer:
        assert (await answer.json())[door] == []
    process.send_signal(signal.SIGTERM)
    rest, errors = await process.communicate()
    assert (process.returncode, rest, errors) == (0, b"", b"")


async def test_it_ends_when_its_input_closes(start: Start) -> None:
    """With --until-stdin-closes the end of standard input ends the process."""
    process = await start("rest", "--until-stdin-closes")
    await line_of(process)
    assert process.stdin is not None
    process.stdin.close()
    assert await process.wait() == 0


async def test_it_ends_when_its_parent_is_another(start: Start) -> None:
    """With --parent-pid the process lives while that is its parent, and ends when it is not."""
    orphan = await start("hall", "--parent-pid", str(os.getpid() + 1))
    assert await orphan.wait() == 0
    child = await start("hall", "--parent-pid", str(os.getpid()))
    await line_of(child)
    assert child.returncode is None


async def test_a_killed_partner_forgets_nothing(start: Start, tmp_path: Path) -> None:
    """A case that was answered for is there after SIGKILL and a start on the same journal."""
    options = ("--journal", str(tmp_path / "journal"), "--pace", "3600")
    first = await start("rest", *options)
    url = (await line_of(first))["listening"]
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}/api/matter/submit", json=submission(), headers=tif_headers()) as answer:
            number = (await answer.json())["data"]["bizNo"]
        first.kill()
        await first.wait()
        url = (await line_of(await start("rest", *options)))["listening"]
        async with session.get(f"{url}/_mock/cases") as answer:
            (row,) = (await answer.json())["cases"]
    assert (row["number"], row["outer"]) == (number, submission()["outerNo"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--transient", "1.5"), "--transient"),
        (("--secrets", "/nonexistent"), "cannot read"),
        (("--secrets", "empty"), "lacks 'paasid'"),
        (("--elsewhere", "0.5"), "needs --competent"),
        (("--elsewhere", "0.5", "--competent", "230100,2301"), "--competent"),
    ],
)
async def test_a_wrong_command_line_says_why(start: Start, tmp_path: Path, options: Any, words: str) -> None:
    """A share above one, a missing file or secret, and places that are missing or no region codes end with 2 and one line that says so."""
    empty = tmp_path / "empty"
    empty.write_text("{}")
    process = await start("rest", *(str(empty) if option == "empty" else option for option in options))
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert words in errors.decode()
    assert "Traceback" not in errors.decode()
