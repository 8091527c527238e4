"""The main job end to end: nothing lost and nothing doubled, whatever is killed on the way."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from .conftest import environment, is_ours, play

THREE_VISITS = {"000109003000", "000117001001", "000117002001", "000129001008", "000123004001"}
KEYS = [
    "submitted",
    "handled",
    "relayed",
    "lost",
    "duplicated",
    "attempts",
    "retries",
    "unsure_resolved",
    "trips",
    "seconds",
]


@pytest.mark.long
@pytest.mark.usefixtures("no_orphans")
def test_every_case_is_handled_and_told_though_calls_fail_answers_are_lost_and_the_gateway_is_killed() -> None:
    """With failures far above the demo's own, and a kill -9 half way, each case ends once, at partner and hall.

    Three-visit matters save 66.7 per cent, and no more: an applicant who comes for a supplement makes it less.
    """
    played = play("--cases", 30, "--transient", 0.3, "--lost-answer", 0.3, "--kill-gateway")
    document = played.document
    assert (played.code, document["lost"], document["duplicated"]) == (0, 0, 0), played.err
    assert "the gateway was killed and started again" in played.err
    assert list(document) == KEYS
    assert document["submitted"] == document["handled"] == document["relayed"] == 30
    assert document["retries"] > 0
    assert document["unsure_resolved"] > 0
    assert document["trips"]["saved"] == document["trips"]["baseline"] - document["trips"]["actual"]
    sums = [line.split("│") for line in played.err.splitlines() if line.startswith("│ 0001")]
    three_visits = {cells[9].strip() for cells in sums if cells[1].strip()[:12] in THREE_VISITS}
    assert "66.7" in three_visits
    assert all(float(figure) <= 66.7 for figure in three_visits - {"n/a"})
    assert "supplemented" in played.err


@pytest.mark.long
@pytest.mark.usefixtures("no_orphans")
def test_whatever_is_drawn_a_gateway_that_is_killed_half_way_loses_and_doubles_nothing() -> None:
    """Cases and failures of a seed that nobody chose: the three records still agree after kill -9 and a restart on the same file."""
    seed = random.SystemRandom().randrange(10**6)
    played = play("--cases", 30, "--kill-gateway", "--seed", seed)
    document = played.document
    assert (played.code, document["lost"], document["duplicated"]) == (0, 0, 0), f"seed {seed}\n{played.err}"
    assert document["handled"] == document["relayed"] == 30


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_the_demo_is_ended_no_process_is_left(number: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C, SIGTERM and SIGKILL: gateway, partners and halls end with the demo; the first two also leave no file."""
    command = [sys.executable, "-m", "gateway.cli", "demo", "--cases", "2000"]
    with subprocess.Popen(
        command, env=environment() | {"TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stderr is not None
        assert "Starting" in demo.stderr.readline()
        assert "2000" in demo.stderr.readline()
        children = psutil.Process(demo.pid).children(recursive=True)
        assert len([child for child in children if is_ours(child)]) == 4
        os.kill(demo.pid, number)
        said = demo.communicate(timeout=30)[1]
    _, alive = psutil.wait_procs(children, timeout=15)
    assert alive == []
    assert demo.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert "Traceback" not in said
    assert number == signal.SIGKILL or list(tmp_path.iterdir()) == []
