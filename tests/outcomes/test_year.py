"""A short cut of the year's replay: what is folded and settled equals what the pattern of the cases must come to."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from gateway.cli.outcomes import print_outcomes


@pytest.fixture(scope="module")
def year() -> ModuleType:
    """benchmarks/year.py."""
    path = Path(__file__).parent.parent.parent / "benchmarks" / "year.py"
    spec = importlib.util.spec_from_file_location("benchmark_year", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.long
async def test_a_thousand_cases_settle_to_the_closed_form(year: ModuleType, tmp_path: Path) -> None:
    """Every sum is what the residues say: denied, withdrawn, collected, shared visits."""
    replayed = await year.replay(tmp_path / "year.db", 1000, 265, baselines=True)
    assert replayed.sums() == year.expected(1000, 265, baselines=True)
    assert replayed.sums().spent == 50


async def test_without_baselines_the_trips_are_not_available(year: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Cases are counted, trips print n/a and no figure."""
    replayed = await year.replay(tmp_path / "year.db", 40, 5, baselines=False)
    assert replayed.sums() == year.expected(40, 5, baselines=False)
    print_outcomes(replayed.outcomes)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "│ 2026-01 │" in line]
    assert [cell.strip() for cell in line.split("│")[3:10]] == ["40", "0", "n/a", "n/a", "n/a", "n/a", "n/a"]


def test_the_closed_form_of_the_whole_year(year: ModuleType) -> None:
    """92,319 cases of 265 matters: one in twenty is withdrawn, one denied."""
    sums = year.expected(92_319, 265, baselines=True)
    assert (sums.handled, sums.denied, sums.without_result) == (92_319, 4616, 4616)
