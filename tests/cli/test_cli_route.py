"""`tongban route`: for an operator who is told that a hall cannot submit."""

import json
from pathlib import Path

import pytest

from gateway.cli import world

from .conftest import Run

MATTER = "000109003000"
ROUTE = ("route", "--from", "220100", "--to", "230100", "--matter", MATTER)


@pytest.fixture
def agreed(catalogued: Run) -> Run:
    """The demo's catalogue and agreements."""
    assert catalogued("agreement", "import", world.file("agreements.csv"), "--by", "setup").code == 0
    return catalogued


def test_an_open_route_is_told_in_both_languages(agreed: Run) -> None:
    """Matter, document, rights and partner; exit code 0."""
    said = agreed(*ROUTE, "--on", "2026-11-20")
    assert said.code == 0
    assert "示范通办〔2026〕1号" in said.out
    assert "对接方：harbin-changchun / partner" in said.out
    assert "可以收件。 / A case may be taken in." in said.out


def test_as_json_the_same_stands_in_fields(agreed: Run) -> None:
    """A script finds every part by name."""
    route = json.loads(agreed(*ROUTE, "--json").out)
    assert (route["open"], route["partner"], route["failed"], route["paused"]) == (True, "harbin-changchun", [], None)
    assert route["agreement"]["delegations"] == {"receive": True, "notify_once": True, "verify_original": True, "deliver": True}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--from", "220100", "--to", "990100", "--matter", MATTER), "region.unknown"),
        (("--from", "220100", "--to", "2301", "--matter", "000199999999"), "matter.unknown"),
        ((*ROUTE[1:], "--on", "2025-12-31"), "in-force"),
    ],
)
def test_a_closed_route_says_which_condition_failed(agreed: Run, arguments: tuple[str, ...], code: str) -> None:
    """Exit code 1, the code of the fault that the hall would get, and its text."""
    said = agreed("route", *arguments)
    assert (said.code, said.err) == (1, "")
    assert code in said.out
    assert json.loads(agreed("route", *arguments, "--json").out)["open"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "x", "--to", "230100", "--matter", MATTER),
        ("--from", "220100", "--to", "230100", "--matter", "12"),
        (*ROUTE[1:], "--on", "tomorrow"),
    ],
)
def test_what_is_no_code_or_day_is_an_error(agreed: Run, arguments: tuple[str, ...]) -> None:
    """Told apart from a closed route: two lines on standard error."""
    said = agreed("route", *arguments)
    assert (said.code, said.out) == (1, "")
    assert len(said.err.splitlines()) == 2


def test_the_terms_of_an_agreement_are_imported_and_told(catalogued: Run, tmp_path: Path) -> None:
    """Four spans in working days and from when acceptance counts; a column may be missing or empty; a bad cell has its place."""
    header = "document_number,origin,destination,matter,valid_from,valid_to,forward_days,return_days,counts_from\n"
    file = tmp_path / "a.csv"
    file.write_text(header + f"甲1号,220100,230100,{MATTER},2026-01-01,,1,0,reception\n", encoding="utf-8")
    assert catalogued("agreement", "import", file, "--by", "an").code == 0
    said = catalogued(*ROUTE)
    assert "收件转办 1 个工作日、寄送结果 0 个工作日" in said.out
    terms = json.loads(catalogued(*ROUTE, "--json").out)["agreement"]["terms"]
    assert terms == {"forward_days": 1, "post_days": None, "recheck_days": None, "return_days": 0, "counts_from": "reception"}
    file.write_text(header + f"甲2号,220100,230100,{MATTER},2026-01-01,,-1,x,soon\n", encoding="utf-8")
    assert catalogued("agreement", "import", file, "--by", "an").err.count("a.csv:2:") == 3
