"""Readings: named values out of an answer, whole or not at all, and the report they make."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.mapping import Folder, MatterMapping, ReadError, Reading, read_report
from gateway.mapping.codes import CodeTable, read_table
from gateway.mapping.expressions import Around
from gateway.mapping.findings import Finding, Findings
from gateway.mapping.nodes import compose
from gateway.mapping.reading import build_reading
from gateway.mapping.shapes import ANY
from gateway.model import Status

TABLES = {"status": CodeTable("status", {}, {"SL": "50"})}
ANSWER = {
    "code": "0",
    "data": {
        "outerNo": "KS0001",
        "bizNo": "HC01",
        "status": "11",
        "handleTime": "2026-11-20 12:00:00",
        "opinion": None,
        "result": {
            "certName": "准迁证",
            "certNo": "Z1",
            "fileName": "z.pdf",
            "fileType": "pdf",
            "content": base64.b64encode(b"%PDF-1.7").decode(),
        },
    },
}


def reading(text: str) -> tuple[Reading, list[Finding]]:
    findings = Findings()
    node = compose("f.yaml", text, findings)
    assert node is not None, findings.all()
    return build_reading(node, Around(TABLES, ANY, findings)), list(findings.all())


@pytest.fixture
def query(demo: Folder) -> Reading:
    """The demo folder's reading of a query."""
    matter: MatterMapping = demo.matters["000109003000"]
    return matter.steps["query"].read


def answer(**changes: Any) -> dict[str, Any]:
    return {**ANSWER, "data": {**ANSWER["data"], **changes}}  # type: ignore[dict-item]


def test_an_answer_becomes_a_report(query: Reading) -> None:
    """Numbers, code, canonical status, moment, and the result's bytes with their hash come out of the partner's own names."""
    report = read_report(query.read(ANSWER))
    assert (report.our_number, report.partner_number, report.code, report.status) == ("KS0001", "HC01", "11", Status.APPROVED)
    assert (report.at, report.opinion) == (datetime(2026, 11, 20, 4, tzinfo=UTC), None)
    assert report.result is not None
    content = report.result.content
    assert (report.result.name, report.result.number, content.name, content.media_type) == ("准迁证", "Z1", "z.pdf", "application/pdf")
    assert (b"".join(content.open()), content.size, content.sha256) == (b"%PDF-1.7", 8, hashlib.sha256(b"%PDF-1.7").hexdigest())


def test_an_unknown_code_is_kept_and_never_guessed(query: Reading) -> None:
    """A status code that the table lacks gives a report without status, its code as it came."""
    report = read_report(query.read(answer(status="111")))
    assert (report.code, report.status) == ("111", None)


@pytest.mark.parametrize("result", [None, {}, ""])
def test_an_absent_result_is_left_out(query: Reading, result: Any) -> None:
    """Null, an empty level and empty text alike mean that there is no result."""
    assert read_report(query.read(answer(result=result))).result is None


@pytest.mark.parametrize(
    ("changes", "code", "target"),
    [
        ({"outerNo": None, "bizNo": ""}, "reading.missing", "our_number"),
        ({"handleTime": "20 Nov"}, "reading.value", "at"),
        ({"result": {"certName": "x", "fileType": "pdf", "content": "§"}}, "reading.value", "result.content"),
        ({"result": {"certName": "x"}}, "reading.missing", "result.media_type"),
        ({"result": {"certName": "x", "fileType": "exe", "content": ""}}, "reading.missing", "result.media_type"),
        ({"status": {"a": "1"}}, "reading.value", "status"),
        ({"status": ["1"]}, "reading.value", "status"),
        ({"bizNo": ["1"]}, "reading.value", "partner_number"),
    ],
)
def test_what_cannot_be_read_is_told_by_name_and_never_by_content(query: Reading, changes: Any, code: str, target: str) -> None:
    """A required value that is missing or of another form makes the answer unreadable; the error names it only."""
    with pytest.raises(ReadError) as caught:
        read_report(query.read(answer(**changes)))
    assert (caught.value.code, caught.value.target) == (code, target)
    assert "20 Nov" not in f"{caught.value} {caught.value.detail}"


def test_a_required_value_that_is_not_there_is_missing(query: Reading) -> None:
    """An answer without the code is unreadable, whatever else it says."""
    data = {k: v for k, v in ANSWER["data"].items() if k != "status"}  # type: ignore[attr-defined]
    with pytest.raises(ReadError, match=r"reading\.missing"):
        query.read({"data": data})


@pytest.mark.parametrize("tree", [None, "", "text", ["x"], 3])
def test_an_answer_that_is_no_level_is_unreadable(query: Reading, tree: Any) -> None:
    """Lists, texts and nothing at all are refused, not searched."""
    with pytest.raises(ReadError, match=r"reading\.shape"):
        query.read(tree)


RECORDS = "$each: ${list(Record)}\nour_number: ${item.SerialNo}\ncode: ${item.State}\nstatus: ${canonical('status', item.State)}\n"


@pytest.mark.parametrize(
    ("tree", "numbers"),
    [
        ({"Record": {"SerialNo": "A", "State": "SL"}}, ["A"]),
        ({"Record": [{"SerialNo": "A", "State": "SL"}, {"SerialNo": "B", "State": "??"}]}, ["A", "B"]),
        ({}, []),
        ({"Record": None}, []),
    ],
)
def test_what_may_repeat_is_read_once_for_each(tree: Any, numbers: list[str]) -> None:
    """One record and several read alike, since the reading declares what repeats."""
    made, findings = reading(RECORDS)
    assert not findings
    assert [values["our_number"] for values in made.records(tree)] == numbers


def test_one_reading_is_wanted_and_two_are_there() -> None:
    """`read` refuses an answer that gives several records instead of taking the first."""
    made, _ = reading(RECORDS)
    with pytest.raises(ReadError, match=r"reading\.shape"):
        made.read({"Record": [{"SerialNo": "A", "State": "SL"}] * 2})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("numbr: ${a}\n", "form.unknown"),
        ("number: {a: '${b}'}\n", "form.text"),
        ("result: ${a}\n", "form.level"),
        ("result: {name: '${a}', media_type: '${b}'}\n", "form.missing"),
        ("result: {nam: '${a}'}\n", "form.unknown"),
        ("our_number: ${a}\ncode: ${b}\nstatus: ${b}\n", "read.status"),
        ("our_number: ${a}\ncode: ${b}\nreason?: ${b}\n", "read.reason"),
        ("$if: ${a}\nnumber: ${b}\n", "read.if"),
        ("[a]\n", "form.level"),
    ],
)
def test_a_reading_that_would_make_no_report_is_a_finding(text: str, code: str) -> None:
    """Unknown names, half results, statuses past the table and reports of nobody are found at load."""
    assert code in {f.code for f in reading(text)[1]}


def test_only_a_push_must_say_whose_it_is() -> None:
    """What answers a question is about the case that was asked for."""
    for pushed, found in ((False, set()), (True, {"read.whose"})):
        findings = Findings()
        node = compose("f.yaml", "code: ${a}\n", findings)
        assert node is not None
        made = build_reading(node, Around(TABLES, ANY, findings), pushed=pushed)
        assert ({one.code for one in findings.all()}, made.says_whose) == (found, False)


def test_a_reading_without_anything_to_read_is_allowed() -> None:
    """A step whose answer matters only by its success reads nothing."""
    made, findings = reading("{}\n")
    assert (made.read({"x": "1"}), findings) == ({}, [])


def test_a_whole_status_table_is_read_without_a_fault(query: Reading, demo: Folder) -> None:
    """Every partner code of the table comes out as the status it stands for."""
    read: Callable[[str], Any] = lambda code: read_report(query.read(answer(status=code))).status  # noqa: E731
    assert {code: read(code) for code in demo.codes["status"].inbound} == {
        "3": Status.ACCEPTED,
        "13": Status.DENIED,
        "11": Status.APPROVED,
        "12": Status.APPROVED,
        "4": Status.NOT_ACCEPTED,
    }


def test_t24_a_reason_comes_from_its_table_or_stays_raw() -> None:
    """Several codes of the partner may mean one reason; one that the table does not know is no reason, and the report stands."""
    findings = Findings()
    tables = {"reason": read_table("reason", "codes/reason.csv", "canonical,partner,note\nnot-competent,4,\nnot-competent,4A,\n", findings)}
    node = compose("f.yaml", "our_number: ${n}\ncode: ${c}\nreason?: ${canonical('reason', why)}\n", findings)
    assert node is not None
    made = build_reading(node, Around(tables, ANY, findings))
    told = [read_report(made.read({"n": "KS1", "c": "51", **why})).reason for why in ({"why": "4"}, {"why": "4A"}, {"why": "9"}, {})]
    assert (told, findings.all()) == (["not-competent", "not-competent", None, None], ())


def test_a_reason_table_holds_reasons_of_the_list_only() -> None:
    """A word of one's own, and the reason that only a query can give, are findings at load."""
    for canonical in ("because", "unknown-case"):
        findings = Findings()
        read_table("reason", "codes/reason.csv", f"canonical,partner,note\n{canonical},4,\n", findings)
        assert [finding.code for finding in findings.all()] == ["codes.canonical"]
