"""The house's arrows: imports go down only, and into a room only through its door. The contracts themselves are tried on a broken copy."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TREES = ("gateway", "partners", "mock_partners")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of a tree's pyproject.toml."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the Python of the product, and of its contracts."""
    folder = tmp_path_factory.mktemp("tree")
    for tree in TREES:
        shutil.copytree(ROOT / tree, folder / tree, ignore=lambda _, names: [n for n in names if "." in n and not n.endswith(".py")])
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    return folder


def test_the_product_keeps_its_contracts(pristine: Path) -> None:
    """No room imports upwards, partners stand apart, mocks share nothing."""
    result = lint(pristine)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("gateway/model/region.py", "import gateway.store", "Imports go down only"),
        ("gateway/flow/intake.py", "import gateway.web", "Imports go down only"),
        ("gateway/web/server.py", "import gateway.wiring", "Imports go down only"),
        ("gateway/wiring.py", "import gateway.kit", "Imports go down only"),
        ("gateway/store/store.py", "import gateway.security", "Imports go down only"),
        ("gateway/mapping/load.py", "import gateway.wire", "Imports go down only"),
        ("gateway/attic.py", "", "Imports go down only"),
        ("partners/judge.py", "import gateway.store", "Partners know messages and calls, and nothing of cases in hand"),
        ("gateway/flow/delivery.py", "import partners", "Only wiring and the kit import partners"),
        ("gateway/cli/serve.py", "import partners", "Only wiring and the kit import partners"),
        ("mock_partners/rest.py", "import gateway.model", "Simulated partners share no code with what they test"),
        ("gateway/cli/serve.py", "import mock_partners", "Simulated partners share no code with what they test"),
        ("mock_partners/rest.py", "import partners", "Simulated partners share no code with the adapters"),
    ],
)
def test_a_forbidden_import_is_noticed(pristine: Path, tmp_path: Path, file: str, line: str, contract: str) -> None:
    """One import against an arrow, or a room without a floor, and the contract that says so is broken."""
    shutil.copytree(pristine, tmp_path, dirs_exist_ok=True)
    with (tmp_path / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    result = lint(tmp_path)
    assert result.returncode != 0
    assert f"{contract} BROKEN" in result.stdout


def test_rooms_are_entered_through_their_doors() -> None:
    """What lies in a room's files is imported by other rooms from its __init__ alone."""
    through_the_wall = [
        f"{source.relative_to(ROOT)}:{line}: {name}"
        for tree in ("gateway", "partners")
        for source in sorted((ROOT / tree).rglob("*.py"))
        for line, name in imports(source)
        if (room := room_of(name)) is not None and name != room and room != room_of(module_of(source))
    ]
    assert through_the_wall == []


def module_of(source: Path) -> str:
    """The dotted name of a file."""
    return ".".join(source.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(name: str) -> str | None:
    """The package that is the room of a module, or None for single modules and what is not ours."""
    parts = name.split(".")
    for length, top in ((2, "gateway"), (1, "partners")):
        if parts[0] == top and len(parts) >= length and (ROOT / Path(*parts[:length])).is_dir():
            return ".".join(parts[:length])
    return None


def imports(source: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute name) of every module a file imports from."""
    own = module_of(source).split(".")
    package = own if source.name == "__init__.py" else own[:-1]
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            yield node.lineno, ".".join([*base, *([node.module] if node.module else [])])
