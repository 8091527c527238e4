"""What an authority asks for, and whose a case is: read whole, bounded, and never made up."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mapping_parts import STEPS, Write

from gateway.mapping import ReadError, Reading, check, load, read_competent, read_report
from gateway.mapping.codes import CodeTable
from gateway.mapping.expressions import Around
from gateway.mapping.findings import Findings
from gateway.mapping.nodes import compose
from gateway.mapping.reading import build_reading
from gateway.mapping.shapes import ANY
from gateway.model import FACTS_SCHEMA, ON_DEMAND, Notice, NoticeItem, Status

Found = Callable[..., list[Any]]
TABLES = {"status": CodeTable("status", {}, {"6": "40", "7": "30", "4": "51"})}
HEAD = "our_number: ${no}\ncode: ${status}\nstatus: ${canonical('status', status)}\nat?: ${instant(at, 'iso')}\n"
NOTICE = """\
notice:
  $if: ${notice}
  number?: ${notice.no}
  due?: ${instant(notice.due, 'iso')}
  items:
    $each: ${list(notice.items)}
    code?: ${item.no}
    text: ${item.text}
    material?: ${item.file}
"""
MAPPINGS = Path(__file__).parents[2] / "mappings"


def reading(text: str) -> tuple[Reading, list[tuple[str, int]]]:
    """The reading, and what is wrong with it: code and line."""
    findings = Findings()
    node = compose("f.yaml", text, findings)
    assert node is not None, findings.all()
    return build_reading(node, Around(TABLES, ANY, findings)), [(finding.code, finding.line) for finding in findings.all()]


@pytest.fixture(scope="module")
def asks() -> Reading:
    """A reading with a notice, as the page shows it."""
    made, found = reading(HEAD + NOTICE)
    assert found == []
    return made


def notice_of(asks: Reading, notice: Any, status: str = "6") -> Notice | None:
    return read_report(asks.read({"no": "KS1", "status": status, "notice": notice})).notice


def test_a_notice_comes_with_its_number_its_due_moment_and_every_item_in_order(asks: Reading) -> None:
    """Number, due and items as listed; a material where the partner names one; empty texts say nothing."""
    items = [{"no": "b", "text": "说明原因"}, {"no": "a", "text": "㛃𠮷", "file": "photo"}, {"no": "", "text": "x", "file": None}]
    assert notice_of(asks, {"no": "BZ-1", "due": "2026-11-26T17:30:00+08:00", "items": items}) == Notice(
        (NoticeItem("b", "说明原因"), NoticeItem("a", "㛃𠮷", "photo"), NoticeItem("3", "x")),
        "BZ-1",
        datetime(2026, 11, 26, 9, 30, tzinfo=UTC),
    )


def test_an_item_without_a_code_gets_its_place(asks: Reading) -> None:
    """The first is 1, the second 2; one entry alone, as XML gives it, is a list of one."""
    assert notice_of(asks, {"items": [{"text": "甲"}, {"text": "乙"}]}) == Notice((NoticeItem("1", "甲"), NoticeItem("2", "乙")))
    assert notice_of(asks, {"items": {"text": "甲"}}) == Notice((NoticeItem("1", "甲"),))


def test_a_number_that_came_as_its_digits_is_a_text_like_any_other(asks: Reading) -> None:
    """Who compares, stores or writes what a report says need not know how the partner wrote it."""

    class Digits(str):
        """As a parser hands over a JSON number."""

    report = read_report(asks.read({"no": Digits("990200202611200017"), "status": Digits("6")}))
    assert (report.our_number, report.code) == ("990200202611200017", "6")
    assert {type(report.our_number), type(report.code)} == {str}


@pytest.mark.parametrize("listed", [{"no": "BZ-1", "items": []}, {"no": "BZ-1", "items": None}, {"no": "BZ-1"}])
def test_t27_a_notice_without_its_list_has_no_items(asks: Reading, listed: dict[str, Any]) -> None:
    """The partner's omission: the status stands, the list is empty, nothing is put in its place."""
    report = read_report(asks.read({"no": "KS1", "status": "6", "notice": listed}))
    assert (report.status, report.notice) == (Status.SUPPLEMENT_REQUIRED, Notice((), "BZ-1"))


@pytest.mark.parametrize("nothing", [{}, {"notice": None}, {"notice": ""}, {"notice": {}}])
def test_t27_a_status_that_asks_without_a_notice_is_kept_without_one(asks: Reading, nothing: dict[str, Any]) -> None:
    """Code 6 alone is a report of 40, and no notice."""
    report = read_report(asks.read({"no": "KS1", "status": "6", **nothing}))
    assert (report.code, report.status, report.notice) == ("6", Status.SUPPLEMENT_REQUIRED, None)


def test_t18_asking_and_taking_in_are_two_reports_each_with_its_own_moment(asks: Reading) -> None:
    """6 and 7, in whatever order they come, are told apart by their moments; the notice belongs to the 6 alone."""
    six = {"no": "KS1", "status": "6", "at": "2026-11-21T10:00:00+08:00", "notice": {"items": [{"text": "甲"}]}}
    seven = {"no": "KS1", "status": "7", "at": "2026-11-22T10:00:00+08:00", "notice": None}
    told = [read_report(asks.read(answer)) for answer in (seven, six)]
    told.sort(key=lambda report: report.at or datetime.max.replace(tzinfo=UTC))
    assert [(report.status, report.notice is None) for report in told] == [(Status.SUPPLEMENT_REQUIRED, False), (Status.PRECHECK, True)]


@pytest.mark.parametrize(
    ("notice", "code", "target"),
    [
        ({"items": [{"text": "x"}] * 101}, "reading.value", "notice.items"),
        ({"items": [{"text": "x"}] * 1001}, "reading.value", "notice.items"),
        ({"items": [{"text": "甲"}, {"text": "x" * 2001}]}, "reading.value", "notice.items[1].text"),
        ({"items": [{"text": "x", "no": "1" * 2001}]}, "reading.value", "notice.items[0].code"),
        ({"items": [{"text": "x", "file": {"a": "1"}}]}, "reading.value", "notice.items[0].material"),
        ({"items": [{"text": ["x"]}]}, "reading.value", "notice.items[0].text"),
        ({"items": [{"text": "甲"}, {"no": "2"}]}, "reading.missing", "notice.items[1].text"),
        ({"items": [{"text": ""}]}, "reading.missing", "notice.items[0].text"),
        ({"items": [], "no": "x" * 2001}, "reading.value", "notice.number"),
        ({"items": [], "due": "soon"}, "reading.value", "notice.due"),
    ],
)
def test_a_notice_that_cannot_be_read_whole_is_not_read(asks: Reading, notice: Any, code: str, target: str) -> None:
    """Too many items, too long a text, an item that asks for nothing: the answer is unreadable, by place and never by content."""
    with pytest.raises(ReadError) as caught:
        notice_of(asks, notice)
    assert (caught.value.code, caught.value.target) == (code, target)
    assert "soon" not in f"{caught.value} {caught.value.detail}"


def test_the_largest_notice_is_read(asks: Reading) -> None:
    """100 items of 2,000 characters each are within the bounds."""
    notice = notice_of(asks, {"items": [{"text": "件" * 2000}] * 100})
    assert notice is not None
    assert (len(notice.items), notice.items[-1].code, len(notice.items[-1].text)) == (100, "100", 2000)


def test_a_due_that_is_no_moment_is_not_read() -> None:
    """A reading that takes the due as it stands would pass a text for a moment."""
    made, _ = reading(HEAD + "notice: {due: '${due}', items: {$each: '${list(a)}', text: '${item}'}}\n")
    with pytest.raises(ReadError) as caught:
        read_report(made.read({"no": "KS1", "status": "6", "due": "2026-11-26"}))
    assert caught.value.target == "notice.due"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("notice: ${a}\n", [("form.level", 1)]),
        ("notice:\n  number: ${a}\n", [("form.missing", 2)]),
        ("notice:\n  items: ${a}\n", [("form.level", 2)]),
        ("notice:\n  items:\n    text: ${a}\n", [("read.list", 3)]),
        ("notice:\n  items:\n    - text: ${a}\n", [("form.level", 3)]),
        ("notice:\n  items?:\n    $each: ${list(a)}\n    text: ${item}\n", []),
        ("notice:\n  items:\n    $each: ${list(a)}\n    code: ${item.no}\n", [("form.missing", 3)]),
        ("notice:\n  items:\n    $each: ${list(a)}\n    text?: ${item.no}\n", [("form.missing", 3)]),
        ("notice:\n  items:\n    $each: ${list(a)}\n    text: {a: '${b}'}\n", [("form.text", 4)]),
        ("notice:\n  items:\n    $each: ${list(a)}\n    text: ${item}\n    txt: ${item}\n", [("form.unknown", 5)]),
        ("notice:\n  $each: ${list(a)}\n  items:\n    $each: ${list(b)}\n    text: ${item}\n", [("read.each", 2)]),
        ("notice:\n  dew: ${a}\n  items:\n    $each: ${list(a)}\n    text: ${item}\n", [("form.unknown", 2)]),
        ("result:\n  $each: ${list(a)}\n  name: ${b}\n  media_type: ${b}\n  content: ${bytes(b)}\n", [("read.each", 2)]),
        ("competent: {a: '${b}'}\n", [("form.text", 1)]),
        ("competent?: ${a}\n", []),
    ],
)
def test_a_notice_that_could_not_be_read_is_a_finding(text: str, found: list[tuple[str, int]]) -> None:
    """Names and nesting are held when the folder is loaded: an item's text must be there, and items come through $each."""
    assert reading(text)[1] == found


@pytest.mark.parametrize(
    ("named", "region"),
    [
        ("230100", "230100"),
        ("230102005", "230102"),
        ("230100000000", "230100"),
        ("520000000000", "520000"),
        ("2301", None),
        ("23", None),
        ("2301000", None),
        ("000000", None),
        ("23010A", None),
        ("２３０１００", None),
        (" 230100", None),
        ("某市", None),
        ("", None),
        (None, None),
        (["230100"], None),
    ],
)
def test_t9_whose_a_case_is_comes_in_six_nine_or_twelve_digits_or_not_at_all(named: Any, region: str | None) -> None:
    """Three widths give six digits; whatever else stands there is nobody, and the report is read all the same."""
    made, _ = reading(HEAD + "competent?: ${area}\n")
    report = read_report(made.read({"no": "KS1", "status": "4", "area": named}))
    assert (report.status, report.competent) == (Status.NOT_ACCEPTED, region)
    assert read_competent(named) == region


SUPPLEMENT = """\
  supplement:
    path: /supplement
    send:
      notice?: ${supplement.notice}
      items:
        $each: ${supplement.answers}
        no: ${item.item}
        text?: ${item.text}
    read: {}
"""
WITHDRAW = "  withdraw:\n    path: /withdraw\n    send:\n      why: ${withdrawal.reason}\n    read: {}\n"


def test_steps_on_demand_see_their_own_facts_and_are_no_part_of_the_procedure(write: Write) -> None:
    """A folder may have both; the procedure stays the submit alone."""
    folder = load(write({"steps/common.yaml": STEPS + SUPPLEMENT + WITHDRAW}))
    assert folder.steps("000109003000") == ("submit",)
    assert [folder.has("000109003000", name) for name in ("supplement", "withdraw", "submit", "query")] == [True, True, False, False]
    assert not any(load(write({"steps/common.yaml": STEPS})).has("000109003000", name) for name in ON_DEMAND)


@pytest.mark.parametrize(
    ("steps", "name", "step"),
    [
        (STEPS.replace("${case.number}", "${supplement.notice}", 1), "supplement", "supplement"),
        (STEPS.replace("${case.number}", "${withdrawal.reason}", 1), "withdrawal", "withdraw"),
        (STEPS.replace("${materials}", "${supplement.materials}", 1), "supplement", "supplement"),
        (STEPS + SUPPLEMENT.replace("${supplement.notice}", "${withdrawal.reason}"), "withdrawal", "withdraw"),
        (STEPS + WITHDRAW.replace("${withdrawal.reason}", "${if(supplement, 'a', 'b')}"), "supplement", "supplement"),
    ],
)
def test_a_fact_of_one_step_is_not_there_in_another(steps: str, name: str, step: str, findings: Found) -> None:
    """The finding says where the name may stand; no case is needed to know."""
    found = [finding for finding in findings({"steps/common.yaml": steps}) if finding.code == "expression.place"]
    assert [(finding.en, finding.hint) for finding in found] == [
        (f"“{name}” is there in the step “{step}” only", f"移到步骤 {step} / move it to the step {step}")
    ]


def test_names_of_other_steps_are_no_advice(findings: Found) -> None:
    """A misspelt name is not answered with one that could not stand there either."""
    found = findings({"steps/common.yaml": STEPS.replace("${case.number}", "${suplement.notice}", 1)})
    assert [finding.code for finding in found] == ["expression.path"]
    assert "supplement" not in found[0].hint


def test_a_fact_of_a_step_is_checked_in_it(findings: Found) -> None:
    """In its own step a path is held against the facts like any other."""
    found = findings({"steps/common.yaml": STEPS + SUPPLEMENT.replace("supplement.notice", "supplement.notise")})
    assert [(finding.code, "notice" in finding.hint) for finding in found] == [("expression.path", True)]


@pytest.mark.parametrize("step", [SUPPLEMENT, WITHDRAW])
def test_a_step_on_demand_always_changes_something(step: str, findings: Found) -> None:
    """A supplement or a withdrawal that changes nothing would be sent again after a lost answer as if it were a query."""
    unchanging = step.replace("    path:", "    changes: false\n    path:")
    assert [finding.code for finding in findings({"steps/common.yaml": STEPS + unchanging})] == ["step.unchanging"]


def test_steps_on_demand_alone_are_no_procedure(write: Write) -> None:
    """A folder that can only be asked and told to withdraw makes no case: the advice says so."""
    query = "language: 1\nsteps:\n  query:" + STEPS.split("  query:")[1]
    assert "check.changes-nothing" in {finding.code for finding in check(load(write({"steps/common.yaml": query + WITHDRAW})))}


@pytest.mark.parametrize("name", ["harbin-changchun", "guizhou-province"])
def test_both_folders_carry_the_conversation(name: str, facts: dict[str, Any]) -> None:
    """Every matter has both steps, the statuses of asking, taking in and withdrawing, and a message of each is rendered whole."""
    folder = load(MAPPINGS / name)
    assert all(folder.has(matter, step) for matter in folder.matters for step in ON_DEMAND)
    assert {"30", "40", "91"} <= set(folder.codes["status"].inbound.values())
    steps = folder.matters["000109003000"].steps
    material = {**facts["materials"][0], "item": "2"}
    spoken = {
        **facts,
        "partner": {"number": "P1"},
        "supplement": {"round": 1, "answers": [{"item": "1", "text": "答"}, {"item": "2"}], "materials": [material]},
        "withdrawal": {"reason": "不办了", "requested_at": facts["now"]},
    }
    assert [steps[step].send.render(spoken).faults for step in sorted(ON_DEMAND)] == [(), ()]
    missing = steps["supplement"].send.render({name: spoken[name] for name in FACTS_SCHEMA if name in spoken and name != "partner"})
    assert [fault.code for fault in missing.faults] == ["mapping.missing"]
