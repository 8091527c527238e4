"""The simulator as a process: one line when it serves, a plain line when it cannot, and an end with its parent."""

import asyncio
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from mock_requests import MAPPINGS, TIF, submission, tif_headers
from simulator_parts import OUTER, REST, SOAP, replaced

ROOT = Path(__file__).parents[2]
Start = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start `python -m …` as a process of its own."""
    running: list[asyncio.subprocess.Process] = []

    async def begin(*command: str, **variables: str) -> asyncio.subprocess.Process:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAN_")} | variables
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command, cwd=ROOT, env=clean, stdin=pipe, stdout=pipe, stderr=pipe
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ready(process: asyncio.subprocess.Process) -> str:
    """The address that a process serves at."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        return str(json.loads(await process.stdout.readline())["listening"])


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    """How a process ended, and what it said."""
    async with asyncio.timeout(60):
        _, said = await process.communicate()
    return process.returncode, said.decode()


async def submit(url: str) -> Any:
    """Hand in a case."""
    path, body = f"{url}/api/matter/submit", json.dumps(submission())
    async with aiohttp.ClientSession() as client, client.post(path, data=body, headers=tif_headers()) as answer:
        return await answer.json()


async def test_a_folder_is_served_by_its_name_until_the_command_is_told_to_end(start: Start, tmp_path: Path) -> None:
    """`tongban simulate` passes its options on, and leaves nothing running."""
    secrets, scenario, journal = tmp_path / "secrets.json", tmp_path / "scenario.yaml", tmp_path / "effects.jsonl"
    secrets.write_text(json.dumps(TIF))
    scenario.write_text("pace: 1h")
    options = ("--json", "--seed", "7", "--scenario", str(scenario), "--secrets", str(secrets), "--journal", str(journal))
    process = await start("gateway.cli", "simulate", REST, *options)
    url = await ready(process)
    number = (await submit(url))["data"]["bizNo"]
    process.terminate()
    status, said = await ended(process)
    assert status == 0
    assert "tif is checked" in said
    assert f"submit {OUTER} #1" in said
    assert number in journal.read_text()
    with pytest.raises(aiohttp.ClientError):
        await submit(url)


async def test_the_process_ends_when_its_parent_does(start: Start) -> None:
    """However that ends: its standard input closes."""
    process = await start("mock_partners", "simulate", str(MAPPINGS / SOAP), "--until-stdin-closes")
    await ready(process)
    assert process.stdin is not None
    process.stdin.close()
    assert (await ended(process))[0] == 0


async def test_a_broken_folder_ends_with_3(start: Start, tmp_path: Path) -> None:
    """In a line, without a traceback, through both doors."""
    shutil.copytree(MAPPINGS / REST, tmp_path / REST)
    replaced("schemas/openapi.yaml", "#/components/schemas/SubmitRequest", "#/none")(tmp_path / REST)
    for command in (("mock_partners", "simulate", str(tmp_path / REST)), ("gateway.cli", "simulate", REST)):
        status, said = await ended(await start(*command, TONGBAN_MAPPINGS=str(tmp_path)))
        assert (status, said.count("\n")) == (3, 1)
        assert "harbin-changchun/schemas/openapi.yaml: 引用无处可寻" in said


async def test_a_wrong_scenario_ends_with_2_and_its_line(start: Start, tmp_path: Path) -> None:
    """As a wrong command line does."""
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("pace: 1s\nthunder: 1\n")
    status, said = await ended(await start("gateway.cli", "simulate", REST, "--scenario", str(scenario)))
    assert (status, said.count("\n")) == (2, 1)
    assert f"{scenario}:2: 不认识 thunder" in said


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        ((SOAP, "--push-to", "http://192.0.2.1/push"), 2, "http://127.0.0.1:… only"),
        ((SOAP, "--push-to", "http://127.0.0.1:9/"), 2, "needs a secrets file"),
        ((REST, "--secrets", os.devnull), 2, "a JSON object of texts"),
        ((REST, "--scenario", "no-such-file.yaml"), 2, "没有文件 no-such-file.yaml / there is no file no-such-file.yaml"),
        ((REST, "--scenario", "/"), 2, "无法读写 /"),
        (("no-such-folder",), 1, "There is no partner no-such-folder."),
    ],
)
async def test_what_cannot_be_is_told_in_a_line(start: Start, options: tuple[str, ...], status: int, said: str) -> None:
    """Never a traceback."""
    code, words = await ended(await start("gateway.cli", "simulate", *options))
    assert (code, said in words, "Traceback" in words) == (status, True, False)


@pytest.mark.parametrize("command", ["simulate", "replay"])
async def test_a_single_command_offers_its_own_options_only(start: Start, command: str) -> None:
    """As the groups do: nothing about the shell's completion."""
    process = await start("gateway.cli", command, "--help")
    assert process.stdout is not None
    said = (await process.stdout.read()).decode()
    assert "--json" in said
    assert "completion" not in said


async def test_a_port_that_is_taken_ends_with_1(start: Start) -> None:
    """And says which."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, said = await ended(await start("gateway.cli", "simulate", REST, "--port", port))
    assert status == 1
    assert f"cannot listen on port {port}" in said
    assert "Traceback" not in said
