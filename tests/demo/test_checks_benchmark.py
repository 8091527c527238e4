"""A short cut of the pre-check's benchmark: it runs, and every answer is what it measures."""

import importlib.util
from pathlib import Path


async def test_the_benchmark_of_checks_runs_and_measures_both_questions(tmp_path: Path) -> None:
    """Three drafts of the demo's world against the real partners' folders: each acceptable, each asked as a draft and as a route."""
    path = Path(__file__).parent.parent.parent / "benchmarks" / "checks.py"
    spec = importlib.util.spec_from_file_location("benchmark_checks", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    told = await module.measure(3, 10_000, tmp_path)
    assert {kind: len(seconds) for kind, seconds in told.items()} == {"draft": 3, "route": 3}
