"""`tongban catalogue`: all or nothing, every fault with its place, round trips, the check, the template, the scale."""

import asyncio
import csv
import importlib.util
import io
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from gateway.cli import world
from gateway.sheets import HEADER, KEPT

from .conftest import Run

REGION = {"record": "region", "code": "990100", "name": "示范市"}
MATTER = {
    "record": "matter", "code": "000129001003", "name": "某事项", "destination": "990100", "mode": "proxy", "applicants": "natural",
    "valid_from": "2026-01-01",
}  # fmt: skip


def table(path: Path, *rows: dict[str, str]) -> Path:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, HEADER)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), "utf-8")
    return path


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_an_export_imports_as_the_same(catalogued: Run, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exported, imported into an empty database and exported again: not a byte differs; imported where it came from: no change."""
    assert catalogued("catalogue", "export", tmp_path / "whole.json").code == 0
    assert catalogued("catalogue", "export", tmp_path / f"out.{form}").code == 0
    again = catalogued("catalogue", "import", tmp_path / f"out.{form}", "--by", "an")
    assert "新增 0，变更 0，未变 50，终止 0" in again.out
    monkeypatch.setenv("TONGBAN_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    first = catalogued("catalogue", "import", tmp_path / f"out.{form}", "--by", "an")
    assert "新增 50，变更 0，未变 0，终止 0" in first.out
    assert catalogued("catalogue", "export", tmp_path / "back.json").code == 0
    assert (tmp_path / "back.json").read_bytes() == (tmp_path / "whole.json").read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_an_export_of_one_destination_has_only_its_own(catalogued: Run, tmp_path: Path) -> None:
    """One region and its ten matters."""
    assert catalogued("catalogue", "export", tmp_path / "o.json", "--destination", "2201").code == 0
    document = json.loads((tmp_path / "o.json").read_bytes())
    assert ([r["code"] for r in document["regions"]], {m["destination"] for m in document["matters"]}, len(document["matters"])) == (
        ["220100"], {"220100"}, 10,
    )  # fmt: skip


def test_a_file_with_one_bad_row_changes_nothing(tongban: Run, tmp_path: Path) -> None:
    """A sound row beside a faulty one waits for the mended file; then new, changed and ended are told apart."""
    bad = table(
        tmp_path / "c.csv", REGION, MATTER, MATTER | {"code": "1.1E+11"}, MATTER, MATTER | {"code": "000129001005", "destination": "990200"}
    )
    said = tongban("catalogue", "import", bad, "--by", "an")
    assert said.code == 1
    assert [line.split(": ")[0] for line in said.err.splitlines()[2:]] == ["c.csv:4:B(code)", "c.csv:6:D(destination)", "c.csv:5:B(code)"]
    assert json.loads(tongban("catalogue", "list", "--on", "2026-11-20", "--json").out) == []
    good = table(tmp_path / "c.csv", REGION, MATTER, MATTER | {"code": "000129001005"})
    assert "新增 2，变更 0，未变 0，终止 0" in tongban("catalogue", "import", good, "--by", "an").out
    rest = table(tmp_path / "c.csv", MATTER | {"name": "新名"}, MATTER | {"code": "000129001005", "valid_to": "2026-06-30"})
    assert "新增 0，变更 1，未变 0，终止 1" in tongban("catalogue", "import", rest, "--by", "an").out
    listed = json.loads(tongban("catalogue", "list", "--on", "2026-11-20", "--json").out)
    assert [(row["code"], row["version"], row["name"]) for row in listed] == [("000129001003", 2, "新名")]


def test_more_faults_than_are_printed_are_all_in_the_report(tongban: Run, tmp_path: Path) -> None:
    """The terminal gets the first two hundred and the number of the rest; the report gets every one."""
    bad = table(tmp_path / "c.csv", *[MATTER | {"code": f"x{n}"} for n in range(KEPT + 37)])
    said = tongban("catalogue", "import", bad, "--report", tmp_path / "r.csv", "--by", "an")
    assert said.code == 1
    assert len(said.err.splitlines()) == 2 + KEPT + 1
    assert "另有 37 处" in said.err
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert (rows[0][1], len(rows), rows[-1][1]) == ("place", 1 + KEPT + 37, f"{KEPT + 38}:B(code)")


def test_regions_stand_before_their_matters_and_are_in_force(tongban: Run, tmp_path: Path) -> None:
    """A matter above its region, or begun when the region's code was no longer in force, is a fault."""
    late = table(tmp_path / "c.csv", MATTER, REGION)
    ended = table(tmp_path / "d.csv", REGION | {"valid_to": "2025-12-31"}, MATTER)
    assert "c.csv:2:D(destination): 目录中没有这个地区" in tongban("catalogue", "import", late, "--by", "an").err
    said = tongban("catalogue", "import", ended, "--by", "an")
    assert "d.csv:3:D(destination): 事项生效之日" in said.err


def test_a_file_that_cannot_be_read_leaves_nothing_behind(tongban: Run, tmp_path: Path) -> None:
    """A missing file and a broken workbook end in two lines; the next import works."""
    assert tongban("catalogue", "import", tmp_path / "none.csv", "--by", "an").code == 1
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    said = tongban("catalogue", "import", tmp_path / "bad.xlsx", "--by", "an")
    assert (said.code, len(said.err.splitlines())) == (1, 2)
    assert tongban("catalogue", "import", world.file("catalogue.json"), "--by", "an").code == 0


def test_the_check_tells_every_matter_and_sums_up(tongban: Run, tmp_path: Path) -> None:
    """Elements out of sixteen, each contradiction with its rule, totals, and the rate; as text and as JSON."""
    rows = (
        MATTER | {"onsite_trips": "0"},
        MATTER | {"code": "000129001005", "onsite_trips": "2", "onsite_reason": "核验"},
        MATTER | {"code": "000129001008"},
    )
    assert tongban("catalogue", "import", table(tmp_path / "c.csv", REGION, *rows), "--by", "an").code == 0
    said = tongban("catalogue", "check", "--on", "2026-11-20")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].startswith("990100 000129001003 v1 2/16 某事项  缺：实施机构、项目类别")
    assert lines[1].startswith("    onsite.zero-needs-channel：")
    assert "最多跑一次 1/3 = 33.33 %，未公布次数 1 个" in lines[-1]
    totals = json.loads(tongban("catalogue", "check", "--on", "2026-11-20", "--json").out)["totals"]
    assert totals["inconsistencies"] == {"onsite.zero-needs-channel": 1}
    assert totals["run_at_most_once"] == {"items": 3, "at_most_once": 1, "unknown": 1, "percent": "33.33"}


def test_the_demo_catalogue_is_complete_and_consistent(catalogued: Run) -> None:
    """All forty matters have their sixteen elements and contradict nothing."""
    totals = json.loads(catalogued("catalogue", "check", "--json").out)["totals"]
    assert (totals["matters"], totals["complete"], totals["consistent"], totals["missing"]) == (50, 50, 50, {})


def test_without_matters_there_is_no_rate(tongban: Run) -> None:
    """Nothing is divided by nothing."""
    assert "0/0 = n/a" in tongban("catalogue", "check").out


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_imports_as_it_is(tongban: Run, tmp_path: Path, form: str) -> None:
    """What people start from is itself a sound catalogue."""
    assert tongban("catalogue", "template", tmp_path / f"t.{form}").code == 0
    said = tongban("catalogue", "import", tmp_path / f"t.{form}", "--by", "an")
    assert "1 个地区、1 个事项：新增 1" in said.out


@pytest.mark.parametrize(
    "line",
    [("export", "x.pdf"), ("template", "x.json"), ("export", "none/x.csv"), ("list", "--on", "tomorrow"), ("list", "--destination", "x")],
)
def test_what_cannot_be_done_is_said_in_two_lines(tongban: Run, line: tuple[str, ...]) -> None:
    """Unknown forms, a folder that is not there, a day and a region that are none; no file is left."""
    said = tongban("catalogue", *line)
    assert (said.code, len(said.err.splitlines())) == (1, 2)
    assert not list(Path().glob("x.*"))


def test_agreements_are_imported_from_a_workbook_too(catalogued: Run, tmp_path: Path) -> None:
    """There is one way to read tables: what CSV does, XLSX does."""
    from gateway.sheets import write_workbook

    with world.file("agreements.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    write_workbook(tmp_path / "a.xlsx", {"a": (header, rows)})
    said = catalogued("agreement", "import", tmp_path / "a.xlsx", "--by", "an")
    assert (said.code, said.err) == (0, "")
    assert "新增 260 行" in said.out


def benchmark() -> ModuleType:
    path = Path(__file__).parent.parent.parent / "benchmarks" / "catalogue.py"
    spec = importlib.util.spec_from_file_location("benchmark_catalogue", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.long
def test_a_short_cut_of_the_benchmark(tongban: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Five thousand matters of thirty halls come in, come again as unchanged, and every one that is looked up is found."""
    module = benchmark()
    figures = asyncio.run(module.measure(tmp_path, 5_000, 30))
    assert (figures.first, figures.again) == ({"new": 5_000}, {"unchanged": 5_000})
    module.tell(figures)
    assert "5,000 matters, 30 halls" in capsys.readouterr().out
