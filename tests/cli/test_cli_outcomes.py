"""`tongban outcomes`: sums of the ledger by any cut, in every form; corrections by command; baselines that end."""

import asyncio
import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from rich.cells import cell_len
from store.parts import new_case

from gateway.cli.outcomes import print_outcomes
from gateway.flow import Cut, Outcomes, Reach, add_up
from gateway.flow.settlement import settle_case
from gateway.model import Account, BaselineMethod, Decision, Status, case_number, china_day
from gateway.store import BaselineRow, HallRecord, LedgerCell, NewVisit, Store, Tx

from .conftest import Run

FILED = datetime.now(UTC) - timedelta(days=2)


def cell(destination: str, result: str, cases: int, account: Account, baseline: int = 0, actual: int = 0) -> LedgerCell:
    """A cell of the ledger."""
    covered = cases if baseline else 0
    return LedgerCell(
        "2026-11", "220100", destination, "000109003000", "joint", "natural", result, account, cases, covered, baseline, actual, 0, 0
    )


def test_reduction_is_a_ratio_of_sums_and_not_a_mean_of_rates() -> None:
    """Domain page §5.4 no. 8: (3,1),(3,1),(2,1),(1,1),(3,3) give 41.7 per cent."""
    cells = [cell("230100", "approved", 2, Account.APPROVED, 6, 2), cell("520200", "approved", 3, Account.APPROVED, 6, 5)]
    lines, sums = add_up(cells, (Cut.REGION,))
    total = sums[Reach.INTER]
    assert (total.baseline, total.actual, total.saved, total.reduction) == (12, 7, 5, 41.7)
    assert [figures.reduction for _, _, figures in lines] == [66.7, 16.7]


def test_what_is_apart_stays_apart() -> None:
    """Denied, without result, without baseline, queries, one province: each in its own figure; coverage is of approved cases."""
    cells = [
        cell("230100", "approved", 3, Account.APPROVED, 9, 3),
        cell("230100", "approved", 1, Account.NO_BASELINE, 0, 1),
        cell("230100", "denied", 1, Account.DENIED, 2, 1),
        cell("230100", "withdrawn", 2, Account.WITHOUT_RESULT, 0, 2),
        cell("230100", "approved", 7, Account.QUERY, 0, 7),
        cell("220200", "approved", 1, Account.APPROVED, 3, 1),
        cell("220100", "approved", 5, Account.SAME_REGION, 0, 5),
    ]
    _, sums = add_up(cells, ())
    inter, intra = sums[Reach.INTER], sums[Reach.INTRA]
    assert (inter.handled, inter.counted, inter.baseline, inter.actual, inter.coverage) == (7, 3, 9, 3, 75.0)
    assert (inter.denied, inter.denied_baseline - inter.denied_actual, inter.without_result, inter.spent, inter.queries) == (1, 1, 2, 2, 7)
    assert (intra.handled, intra.saved) == (1, 2)


def test_without_a_baseline_nothing_is_computed() -> None:
    """No baseline: handled counts, and everything computed is absent instead of zero."""
    _, sums = add_up([cell("230100", "approved", 4, Account.NO_BASELINE, 0, 4)], ())
    document = sums[Reach.INTER].document()
    assert (document["handled"], document["saved"], document["reduction_percent"]) == (4, None, None)


@pytest.fixture
def settled(catalogued: Run, sqlite_url: str) -> Run:
    """The commands, with one case of two trips settled: 3 − 2."""

    def unit(tx: Tx) -> None:
        tx.halls.add(HallRecord("window", "示范大厅", "220100", FILED))
        row = BaselineRow("230100", "000117001001", None, 3, 3, BaselineMethod.AGREEMENT, "=cmd()", date(2026, 1, 1), None)
        (baseline,) = tx.agreements.import_baselines([row], "an", FILED)
        tx.agreements.approve_baseline(baseline, "bo", FILED)
        about = {"hall_id": "window", "origin": "220100", "destination": "230100", "matter": "000117001001", "received_at": FILED}
        case = tx.cases.insert(new_case(number(), applicant_hash=b"a" * 32, **about))
        for purpose, day in (("apply", 0), ("collect", 1)):
            at = FILED + timedelta(days=day)
            tx.cases.add_visit(case, NewVisit("220100", at, purpose, "sign", b"sealed", at, bytes(32)))
        tx.cases.advance(case, Status.COMPLETED, FILED, decision=Decision.APPROVED, handled_at=FILED + timedelta(days=1))
        settle_case(tx, tx.cases.lock(case), FILED + timedelta(days=1))

    async def run() -> None:
        store = Store.open(sqlite_url)
        await store.write(unit)
        await store.close()

    asyncio.run(run())
    return catalogued


def number() -> str:
    """The settled case's number."""
    return case_number("220100", "230100", china_day(FILED), 18)


def test_the_table_comes_in_every_form(settled: Run, tmp_path: Path) -> None:
    """Table, JSON, CSV and workbook say the same; each scope is a row of its own."""
    shown = settled("outcomes")
    assert shown.code == 0
    assert "33.3" in shown.out
    assert "n/a" in shown.out, "nothing within a province"
    said = json.loads(settled("outcomes", "--by", "month,class", "--format", "json").out)
    (row,) = said["rows"]
    assert (row["month"], row["applicant_class"], row["scope"]) == (
        f"{china_day(FILED + timedelta(days=1)):%Y-%m}", "natural", "inter-provincial",
    )  # fmt: skip
    assert (row["baseline"], row["actual"], row["saved"], row["reduction_percent"]) == (3, 2, 1, 33.3)
    assert said["sums"]["intra-provincial"]["saved"] is None
    (listed,) = csv.DictReader(io.StringIO(settled("outcomes", "--format", "csv").out))
    assert (listed["matter"], listed["saved"], listed["denied_saved"]) == ("000117001001", "1", "n/a")
    assert settled("outcomes", "--format", "xlsx", "--output", tmp_path / "o.xlsx").code == 0
    book = openpyxl.load_workbook(tmp_path / "o.xlsx")
    header, line = book["outcomes"].iter_rows(values_only=True)
    assert dict(zip(header, line, strict=True))["matter"] == "000117001001", "a code keeps its zeros"
    assert book["sums"].max_row == 3


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_table_keeps_its_figures_whole_on_a_narrow_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A year of a whole city: no line is wider than the terminal, no figure is cut or broken, and each row's names stand above it."""
    cells = [
        cell("230100", "approved", 92_319, Account.APPROVED, 276_957, 104_321),
        cell("520200", "denied", 4616, Account.DENIED, 13_848, 9),
    ]
    cuts = (Cut.REGION, Cut.MATTER)
    lines, sums = add_up(cells, cuts)
    regions = {"220100": "长春市", "230100": "哈尔滨市", "520200": "六盘水市"}
    outcomes = Outcomes(cuts, lines, sums, {Reach.INTER: 265, Reach.INTRA: 0}, regions, {"000109003000": "夫妻投靠户口迁移（跨省通办）"})
    monkeypatch.setattr("gateway.cli.speech.FILE_WIDTH", width)
    print_outcomes(outcomes)
    said = capsys.readouterr().out.splitlines()
    assert max(map(cell_len, said)) <= width
    split = [line.split() for line in said]
    at = split.index(["92319", "92319", "276957", "104321", "172636", "62.3", "0", "100.0", "0", "n/a", "0", "0"])
    assert "220100 长春市 · 230100 哈尔滨市" in "".join(said[at - 2 : at])
    assert split[2][:5] == ["cases", "n", "ΣB", "ΣA", "ΣS"], "the English names stand under the Chinese ones"
    assert any("通办事项数 matters enabled: 265" in line for line in said)
    assert not any("│" in line for line in said)


def test_months_are_cut_out(settled: Run) -> None:
    """--from and --to take completion months; a month that is none is refused."""
    assert json.loads(settled("outcomes", "--to", "2026-01", "--json").out)["rows"] == []
    assert settled("outcomes", "--from", "2026-13").code == 1
    assert settled("outcomes", "--by", "weather").code == 1
    assert settled("outcomes", "--format", "xlsx").code == 1


def test_a_case_explains_itself(settled: Run) -> None:
    """Rule, baseline row with who approved it, evidence kinds, and each increment."""
    said = json.loads(settled("outcomes", "--explain", number(), "--json").out)
    assert (said["account"], said["baseline"]["approved_by"], said["baseline"]["source"]) == ("approved", "bo", "=cmd()")
    assert [(visit["evidence"], visit["counts"]) for visit in said["visits"]] == [("sign", True), ("sign", True)]
    assert [(line["kind"], line["baseline"], line["actual"]) for line in said["lines"]] == [("settlement", 3, 2)]
    assert "bo" in settled("outcomes", "--explain", number()).out
    assert settled("outcomes", "--explain", "KS0").code == 1


def test_a_correction_is_appended_and_audited(settled: Run) -> None:
    """A visit struck: the difference is a line of its own, with the line it corrects; who and why stand in the audit record."""
    wrong = json.loads(settled("outcomes", "--explain", number(), "--json").out)["visits"][1]["id"]
    assert settled("outcomes", "correct", number(), "--why", "误登", "--by", "an", "--strike-visit", str(wrong)).code == 0
    said = json.loads(settled("outcomes", "--explain", number(), "--json").out)
    settlement, correction = said["lines"]
    assert (settlement["actual"], correction["kind"], correction["actual"], correction["counted"]) == (2, "correction", -1, 0)
    assert correction["corrects"] is not None
    (audited,) = [line for line in json.loads(settled("audit", "list", "--json").out) if line["action"] == "outcome.corrected"]
    assert (audited["actor"], audited["subject"], audited["detail"]["why"]) == ("an", number(), "误登")
    assert json.loads(settled("outcomes", "--json").out)["rows"][0]["saved"] == 2
    again = settled("outcomes", "correct", number(), "--why", "误登", "--strike-visit", str(wrong))
    assert again.code == 1
    assert settled("outcomes", "correct", number(), "--why", "x").code == 1


def test_a_case_that_should_never_have_counted_leaves_every_count(settled: Run) -> None:
    """t25: a walk-through that nobody marked is taken out by a correction, in the month of the correction."""
    assert settled("outcomes", "correct", number(), "--why", "走流程", "--exclude").code == 0
    sums = json.loads(settled("outcomes", "--json").out)["sums"]["inter-provincial"]
    assert (sums["handled"], sums["counted"], sums["saved"]) == (0, 0, None)


def test_an_approved_baseline_is_ended_and_never_edited(settled: Run) -> None:
    """From tomorrow it is gone; not before today, not twice, and the figures have no command."""
    yesterday, today = (f"{china_day(datetime.now(UTC)) - timedelta(days=days)}" for days in (1, 0))
    assert settled("baseline", "end", "1", "--on", yesterday).code == 1
    assert settled("baseline", "end", "1", "--on", today, "--by", "an").code == 0
    assert settled("baseline", "end", "1", "--on", today).code == 1
    assert settled("baseline", "end", "99").code == 1
    assert json.loads(settled("outcomes", "--json").out)["rows"][0]["saved"] == 1
