"""The benchmark of the language measures what it says."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "mapping.py"


@pytest.fixture
def benchmark() -> Iterator[ModuleType]:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("benchmark_of_mapping", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def leaves(tree: Any) -> int:
    if isinstance(tree, (dict, list)):
        return sum(leaves(below) for below in (tree.values() if isinstance(tree, dict) else tree))
    return 1


def test_a_rest_case_of_forty_fields_becomes_bytes(benchmark: ModuleType, tmp_path: Path) -> None:
    """The message fills just 40 fields, and both goals stand beside it."""
    lines = {name: (work, goal) for name, work, goal in benchmark._rest(tmp_path / "bench-rest")}
    rendered = lines["REST, 40 fields: render"][0]()
    assert (leaves(rendered.tree), rendered.faults) == (40, ())
    assert lines["REST, 40 fields: bytes"][0]().startswith(b'{"outerNo":')
    assert lines["REST, an answer: read"][0]()["status"] == "50"
    assert [goal for _, goal in lines.values()] == [100e-6, 100e-6, None, None]


def test_a_soap_case_with_three_materials_becomes_bytes(benchmark: ModuleType) -> None:
    """By the shipped WSDL, held against its XSD; zeep alone builds the same element."""
    lines = {name: (work, goal) for name, work, goal in benchmark._soap()}
    assert len(lines["SOAP, 3 materials: render"][0]().tree["Materials"]["Material"]) == 3
    assert lines["SOAP, 3 materials: bytes"][0]().count(b"Sha256>") == 6
    assert lines["SOAP, 3 materials: zeep"][0]().find(".//{*}SubmitMatterRequest") is not None
