"""`tongban partner new` and `drift`: what they print, what they end with, and that nobody sees a traceback."""

import json
from pathlib import Path

import pytest

from .conftest import Run

MAPPINGS = Path(__file__).parents[2] / "mappings"
OPENAPI = MAPPINGS / "harbin-changchun" / "schemas" / "openapi.yaml"
WSDL = MAPPINGS / "guizhou-province" / "schemas"


@pytest.mark.parametrize(("option", "source"), [("--from-openapi", OPENAPI), ("--from-wsdl", WSDL)])
def test_a_new_folder_is_told_with_its_gaps_and_what_to_do_next(tongban: Run, tmp_path: Path, option: str, source: Path) -> None:
    """The steps that were taken, each TODO with its line, and the commands that follow."""
    said = tongban("partner", "new", "new-city", option, source, "--into", tmp_path, "--region", "990100", "--matter", "000109003000")
    assert (said.code, said.err) == (0, "")
    assert "submit: " in said.out
    assert "new-city/partner.yaml:" in said.out
    assert "check.todo" in said.out
    assert "tongban partner check new-city" in said.out
    assert (tmp_path / "new-city" / "matters" / "000109003000.yaml").is_file()
    again = tongban("partner", "new", "new-city", option, source, "--into", tmp_path)
    assert (again.code, again.out) == (1, "")
    assert again.err.splitlines() == ["new-city 已存在，未作改动。", "new-city exists; nothing was changed."]


def test_a_new_folder_as_json(tongban: Run, tmp_path: Path) -> None:
    """For whoever builds on it; operations that were said are taken, several with commas."""
    calls = "submit=POST /api/matter/submit,query=POST /api/matter/query"
    said = tongban("partner", "new", "new-city", "--from-openapi", OPENAPI, "--into", tmp_path, "--operation", calls, "--json")
    told = json.loads(said.out)
    assert told["steps"] == {"submit": "POST /api/matter/submit", "query": "POST /api/matter/query"}
    assert (told["folder"], told["flaws"]) == (str(tmp_path / "new-city"), [])
    assert told["guesses"] > 20
    assert len(told["todos"]) > 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 2),
        (("--from-openapi", OPENAPI, "--from-wsdl", WSDL), 2),
        (("--from-openapi", OPENAPI, "--operation", "submit"), 2),
        (("--from-openapi", OPENAPI, "--operation", "submit=POST /nowhere"), 1),
        (("--from-openapi", OPENAPI, "--into", "no/where"), 1),
        (("--from-openapi", "nowhere.yaml", "--into", "."), 1),
        (("--from-wsdl", OPENAPI, "--into", "."), 1),
        (("--from-openapi", OPENAPI, "--into", ".", "--region", "1"), 1),
    ],
)
def test_what_cannot_be_made_is_said_in_words(tongban: Run, tmp_path: Path, arguments: tuple[object, ...], code: int) -> None:
    """A wrong command line ends with 2, anything else with 1; nothing is written."""
    said = tongban("partner", "new", "new-city", *arguments)
    assert (said.code, said.out) == (code, "")
    assert said.err
    assert "Traceback" not in said.err
    assert "cli.unexpected" not in said.err
    assert not (tmp_path / "new-city").exists()


def test_a_drift_that_breaks_ends_with_1(tongban: Run, tmp_path: Path) -> None:
    """Each change on a line with its steps and matters; as JSON, too; the stored description itself is no drift."""
    text = OPENAPI.read_text("utf-8")
    obtained = tmp_path / "new.yaml"
    obtained.write_text(text.replace('"13", "14"]', '"13", "14", "15"]').replace('pattern: "^[0-9]{11}$"', "maxLength: 8"), "utf-8")
    said = tongban("partner", "drift", "harbin-changchun", obtained)
    assert said.code == 1
    assert "出错 breaks: POST /api/matter/submit request applicant.mobile: " in said.out
    assert "— submit；全部事项 all matters" in said.out
    assert "无碍 harmless: POST /api/matter/query response data.status: 新增的值 15 不在 codes/status.csv" in said.out
    told = json.loads(tongban("partner", "drift", "harbin-changchun", obtained, "--json").out)
    assert [change["path"] for change in told["changes"] if change["breaks"]] == ["applicant.mobile"]
    assert len(told["broken_matters"]) == 10
    same = tongban("partner", "drift", "harbin-changchun", OPENAPI)
    assert (same.code, same.out) == (0, "没有变化。 / Nothing changed.\n")


@pytest.mark.parametrize(("name", "file"), [("nobody", OPENAPI), ("harbin-changchun", "nowhere"), ("harbin-changchun", WSDL)])
def test_a_drift_that_cannot_be_told_ends_with_1(tongban: Run, name: str, file: object) -> None:
    """An unknown partner, and a description that is none."""
    said = tongban("partner", "drift", name, file)
    assert (said.code, said.out) == (1, "")
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) >= 2
