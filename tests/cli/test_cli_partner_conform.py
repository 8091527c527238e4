"""`tongban partner conform` and `verify-report`, as an integrator calls them."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from gateway.security import ReportKey
from mock_partners.simulator import Options, Scenario, SimulatedPartner, read_paper

from .conftest import Run

NAME = "harbin-changchun"
MAPPINGS = Path(__file__).parents[2] / "mappings"


@pytest.fixture
def simulator() -> Iterator[str]:
    """A folder's simulation, served from a thread of its own."""
    urls: list[str] = []
    serving, ended = threading.Event(), threading.Event()

    async def serve() -> None:
        server = TestServer(SimulatedPartner(read_paper(MAPPINGS / NAME), Options(scenario=Scenario(pace=0.1))).app(), host="127.0.0.1")
        await server.start_server()
        urls.append(str(server.make_url("")).rstrip("/"))
        serving.set()
        await asyncio.to_thread(ended.wait)
        await server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert serving.wait(60)
    yield urls[0]
    ended.set()
    thread.join()


def test_a_run_prints_its_checks_and_leaves_a_report_that_can_be_verified(tongban: Run, simulator: str, tmp_path: Path) -> None:
    """`passes n/n` of those shown, the others counted apart; the report is this installation's."""
    said = tongban("partner", "conform", NAME, "--against", simulator, "--stand-in-secrets", "--patience", "3")
    assert said.code == 0, said.out + said.err
    report = tmp_path / f"conformance-{NAME}" / "conformance.json"
    summary = json.loads(report.read_bytes())["summary"]
    assert f"passes {summary['passed']}/{summary['passed']}, not shown {summary['not_shown']}" in said.out
    assert said.out.count("未出现 / not shown  ") == summary["not_shown"]
    verified = tongban("partner", "verify-report", report)
    assert verified.code == 0
    assert "this installation's" in verified.out
    key = json.loads(tongban("partner", "verify-report", report, "--json").out)["key"]
    assert tongban("partner", "verify-report", report, "--key", key).code == 0
    other = tongban("partner", "verify-report", report, "--key", "0" * 32)
    assert (other.code, len(other.err.splitlines())) == (1, 2)
    report.write_bytes(report.read_bytes() + b" ")
    altered = tongban("partner", "verify-report", report)
    assert (altered.code, len(altered.err.splitlines())) == (1, 2)


def test_a_run_that_nobody_answers_says_so_first_and_fails(tongban: Run) -> None:
    """Chinese first, English beside; no live check passes."""
    said = tongban("partner", "conform", NAME, "--against", "http://127.0.0.1:9", "--stand-in-secrets", "--patience", "0.2")
    first, *others = said.out.splitlines()
    assert said.code == 1
    assert first.startswith("http://127.0.0.1:9 无人应答")
    assert "No call was answered: 0 of " in "".join((first, *others[:1]))
    assert not [line for line in others if "✓ household-move-spouse/" in line]


def test_another_installations_report_is_told_as_such(tongban: Run, simulator: str, tmp_path: Path, sqlite_url: str) -> None:
    """Its signature fits; whose it is, somebody has to compare."""
    said = tongban("partner", "conform", NAME, "--against", simulator, "--stand-in-secrets", "--patience", "0.2", "--json", "--seed", "5")
    document = json.loads(said.out)
    assert (document["run"]["seed"], document["endpoint"]["origin"]) == (5, simulator)
    key = Path(sqlite_url.removeprefix("sqlite:///") + ".keys.signing")
    key.unlink()
    ReportKey.create(key)
    assert "not this installation's" in tongban("partner", "verify-report", f"conformance-{NAME}/conformance.json").out


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "http://user:pw@127.0.0.1/", "127.0.0.1:80", "http://127.1/", "http://127.0.0.1/x?y=1"]
)
def test_what_is_no_url_is_a_wrong_command_line(tongban: Run, url: str) -> None:
    """Exit code 2, nothing called."""
    assert tongban("partner", "conform", NAME, "--against", url, "--stand-in-secrets").code == 2


def test_a_missing_secret_is_told_before_anything_is_called(tongban: Run, tmp_path: Path) -> None:
    """With what to do about it; no report is left."""
    said = tongban("partner", "conform", NAME, "--against", "http://127.0.0.1:9")
    assert said.code == 1
    assert f"{NAME}/paasid" in said.err
    assert not list(tmp_path.glob("conformance*"))


def test_a_report_that_is_not_there_is_told(tongban: Run, tmp_path: Path) -> None:
    """Two lines, as for a report without its signature."""
    for file in ("nothing.json", "lonely.json"):
        (tmp_path / "lonely.json").write_bytes(b"{}")
        said = tongban("partner", "verify-report", file)
        assert (said.code, len(said.err.splitlines())) == (1, 2)


def test_a_place_that_cannot_be_written_is_told(tongban: Run, tmp_path: Path) -> None:
    """Two lines and exit code 1."""
    (tmp_path / "file").write_text("")
    said = tongban(
        "partner", "conform", NAME, "--against", "http://127.0.0.1:9", "--stand-in-secrets", "--patience", "0", "--output", "file/below"
    )
    assert (said.code, len(said.err.splitlines())) == (1, 2)
