"""Calendars, pauses, extensions and the trace on the command line."""

import asyncio
import json
import os
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from gateway.model import Status
from gateway.security import Keyring, Sealer
from gateway.store import NewCase, NewEvent, Store, Tx

from .conftest import Run

NUMBER = "KS22010023010020261120000000116"
FILED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def table(tmp_path: Path, *rows: str, encoding: str = "utf-8") -> Path:
    """A table of days."""
    path = tmp_path / "days.csv"
    path.write_bytes("\n".join(("region,day,working,note", *rows)).encode(encoding))
    return path


def test_days_are_imported_and_listed(tongban: Run, tmp_path: Path) -> None:
    """A table in GB18030 with an empty region: every region; a second import changes nothing."""
    days = table(tmp_path, ",2027-01-01,否,元旦", "220100,2027-01-04,是,", encoding="gb18030")
    assert "2" in tongban("calendar", "import", days, "--by", "setup").out
    assert "0" in tongban("calendar", "import", days, "--by", "setup").out
    rows = json.loads(tongban("calendar", "list", "--json").out)
    assert rows == [
        {"region": "*", "day": "2027-01-01", "working": False, "note": "元旦"},
        {"region": "220100", "day": "2027-01-04", "working": True, "note": None},
    ]
    assert [row["day"] for row in json.loads(tongban("calendar", "list", "--region", "220100", "--year", "2027", "--json").out)] == [
        "2027-01-04"
    ]
    assert "calendar.imported" in tongban("audit", "list").out


@pytest.mark.parametrize(
    ("row", "place"),
    [("220100,2027-13-01,否,", "3:B(day)"), ("9,2027-01-01,否,", "3:A(region)"), ("220100,2027-01-01,maybe,", "3:C(working)")],
)
def test_a_faulty_table_is_not_imported_at_all(tongban: Run, tmp_path: Path, row: str, place: str) -> None:
    """Line and column are named, and the sound rows stay outside, too."""
    said = tongban("calendar", "import", table(tmp_path, ",2027-01-01,否,元旦", row), "--by", "setup")
    assert (said.code, place in said.err) == (1, True), said.err
    assert json.loads(tongban("calendar", "list", "--json").out) == []


def test_a_day_that_stands_twice_is_a_fault(tongban: Run, tmp_path: Path) -> None:
    """Which of the two would count?"""
    said = tongban("calendar", "import", table(tmp_path, "22,2027-01-01,否,", "220000,2027-01-01,是,"), "--by", "setup")
    assert said.code == 1


def test_check_warns_of_a_year_that_nobody_has_published(tongban: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning and no crash; entered by hand with its New Year's Day, the year is known."""
    monkeypatch.setattr("gateway.cli.calendars.is_published", lambda year: False)
    said = tongban("calendar", "check")
    assert (said.code, "Warning" in said.err) == (0, True)
    years = sorted({row["year"] for row in json.loads(tongban("calendar", "check", "--json").out)})
    tongban("calendar", "import", table(tmp_path, *(f",{year}-01-01,否,元旦" for year in years)), "--by", "setup")
    assert "Warning" not in tongban("calendar", "check").err


async def a_case(url: str, *, test: bool = False) -> None:
    """A case of hall `window`, suspended in its review."""
    store = Store.open(url)
    sealer = Sealer(Keyring.load(Path(url.removeprefix("sqlite:///") + ".keys")))
    person = {"class": "natural", "name": "张三", "certificate": {"type": "111", "number": "990101199003071237"}, "phone": "13800000000"}
    sealed = sealer.seal(json.dumps({"draft": {"applicant": person}, "matter_name": "事项"}).encode(), f"case:{NUMBER}:document")

    def unit(tx: Tx) -> None:
        case = NewCase(
            NUMBER, "window", "220100", "230100", "somewhere", "000109003000", 1, "proxy", "handle", "natural", Status.DISPATCHING, FILED,
            "协1", test, "h", FILED, sealed, b"", b"", b"",
        )  # fmt: skip
        case_id = tx.cases.insert(case)
        went = (None, *(Status(code) for code in ("10", "20", "21", "50", "60", "61")))
        for before, after in pairwise(went):
            event = NewEvent(
                type="case.status-changed", before=before, after=after, actor="handling", place=None, occurred_at=FILED, recorded_at=FILED
            )
            tx.cases.append_event(case_id, event)
        tx.cases.advance(case_id, Status.SUSPENDED, FILED)

    await store.write(unit)
    await store.close()


def url() -> str:
    return os.environ["TONGBAN_DATABASE_URL"]


def test_the_trace_speaks_chinese_or_english(a_hall: Run) -> None:
    """Who, from when, how long, and that the chain was verified."""
    asyncio.run(a_case(url(), test=True))
    zh, en = a_hall("case", "trace", NUMBER).out, a_hall("case", "trace", NUMBER, "--lang", "en").out
    for said in ("测试件或走流程", "事件链完整", "收件地（220100 长春市）", "办理地（230100 哈尔滨市）", "未登记书面通知"):
        assert said in zh
    for said in ("a test or a walk-through", "chain is whole", "the handling place (230100 哈尔滨市)", "no written notice"):
        assert said in en
    document = json.loads(a_hall("case", "trace", NUMBER, "--json").out)
    assert (document["test"], document["chain"]["whole"], document["holdings"][-1]["holder"]) == (True, True, "handling")


def test_a_broken_chain_is_said_in_both_languages(a_hall: Run) -> None:
    """Before anything else that follows from it."""
    asyncio.run(a_case(url()))

    async def harm() -> None:
        store = Store.open(url())
        await store.write(lambda tx: tx.cases._connection.exec_driver_sql("UPDATE case_event SET actor = 'admin' WHERE seq = 5"))
        await store.close()

    asyncio.run(harm())
    assert "第 5 条处断裂" in a_hall("case", "trace", NUMBER).out
    assert "broken at event 5" in a_hall("case", "trace", NUMBER, "--lang", "en").out


def test_a_pauses_notice_and_an_extension_are_entered(a_hall: Run) -> None:
    """They stand in the trace, in the audit chain and in the case's events."""
    asyncio.run(a_case(url()))
    assert a_hall("case", "pause", NUMBER, "--kind", "hearing", "--notice", "听告〔2026〕3号", "--by", "op").code == 0
    assert a_hall("case", "extend", NUMBER, "--days", "10", "--approver", "分管局长", "--why", "情况复杂", "--by", "op").code == 0
    trace = json.loads(a_hall("case", "trace", NUMBER, "--json").out)
    assert [(p["kind"], p["notice"]) for p in trace["pauses"]] == [("hearing", "听告〔2026〕3号")]
    assert [e["days"] for e in trace["extensions"]] == [10]
    assert "case.extended" in a_hall("audit", "list").out
    assert "case.extended" in a_hall("case", "show", NUMBER).out


def test_what_cannot_be_entered_is_refused_in_words(a_hall: Run) -> None:
    """No such case; no text; a case that is in no special procedure."""
    assert a_hall("case", "trace", "KS0").code == 1
    asyncio.run(a_case(url()))
    assert a_hall("case", "pause", NUMBER, "--kind", "hearing", "--notice", " ", "--by", "op").code == 1

    async def resumed() -> None:
        store = Store.open(url())
        await store.write(lambda tx: tx.cases.advance(1, Status.WITHDRAWN, FILED, handled_at=FILED))
        await store.close()

    asyncio.run(resumed())
    assert a_hall("case", "pause", NUMBER, "--kind", "hearing", "--notice", "3号", "--by", "op").code == 1
