"""The docs keep up with the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.mapping.catalogue import CATALOGUE
from gateway.outbound.errors import TEXTS as OUTBOUND
from gateway.sheets.errors import TEXTS as SHEETS
from gateway.store import TEXTS as STORE
from gateway.wire.errors import TEXTS as WIRE

ROOT = Path(__file__).parent.parent


def raised_in_place() -> Iterator[str]:
    """Codes of errors whose text stands where they are raised: SomethingError("some.code", "中文", …)."""
    for file in [*ROOT.glob("gateway/**/*.py"), *ROOT.glob("partners/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            first = node.args[0] if isinstance(node, ast.Call) and len(node.args) >= 3 else None
            if (name.endswith("Error") or name == "__init__") and isinstance(first, ast.Constant) and "." in str(first.value):
                yield str(first.value)


def test_every_error_code_has_its_line() -> None:
    """Who reads a code in a log or on a terminal finds it in docs/errors.md."""
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    codes = {*raised_in_place(), *CATALOGUE, *OUTBOUND, *SHEETS, *STORE, *WIRE}
    assert len(codes) > 100
    assert sorted(code for code in codes if f"`{code}`" not in page) == []


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    """A page that was moved is noticed."""
    import re

    for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), f"{page.name} → {target}"


def test_every_word_of_the_glossary_stands_in_both_languages() -> None:
    """Three columns, none empty."""
    rows = [line for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert all(len([cell for cell in row.split("|") if cell.strip()]) == 3 for row in rows)
