"""Code tables: unambiguous in the directions they serve; what they do not know is None."""

import pytest

from gateway.mapping.codes import CodeTable, read_table
from gateway.mapping.findings import Findings


def table(rows: str, name: str = "level", header: str = "canonical,partner,note\n") -> tuple[CodeTable, list[tuple[str, int]]]:
    findings = Findings()
    read = read_table(name, "t.csv", header + rows, findings)
    return read, [(f.code, f.line) for f in findings.all()]


def test_a_table_serves_both_ways() -> None:
    """A row goes out and comes in; a row marked for one direction serves that one only."""
    read, findings = table("a,1,\nb,1,outbound-only: they merge a and b\nc,3,inbound-only\nc,2,\n")
    assert not findings
    assert [read.to_partner(x) for x in "abc"] == ["1", "1", "2"]
    assert [read.to_canonical(x) for x in "123"] == ["a", "c", "c"]


def test_what_a_table_does_not_know_is_none() -> None:
    """No default, no nearest, no pass-through."""
    read, _ = table("a,1,\n")
    assert read.to_partner("1") is None
    assert read.to_canonical("01") is None


def test_several_codes_of_a_partner_may_mean_one_status() -> None:
    """The status table is inbound by nature, so one status may stand in several rows."""
    read, findings = table("70,11,\n70,12,\n", "status")
    assert not findings
    assert (read.to_canonical("12"), read.to_partner("70")) == ("70", None)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("a,1,\na,2,\n", [("codes.outbound-twice", 3)]),
        ("a,1,\nb,1,\n", [("codes.inbound-twice", 3)]),
        ("a,1\n", [("codes.columns", 2)]),
        ("a,1,x,y\n", [("codes.columns", 2)]),
        ("a,,\n", [("codes.blank", 2)]),
        ("a, 1,\n", [("codes.blank", 2)]),
        ('a,"1\n', [("codes.csv", 2)]),
        ("a,1,\n\na,2,\nb,1,\n", [("codes.outbound-twice", 4), ("codes.inbound-twice", 5)]),
    ],
)
def test_a_row_that_cannot_be_used_is_a_finding(rows: str, expected: list[tuple[str, int]]) -> None:
    """Ambiguity, wrong columns, blanks and broken quotes are found with their line."""
    assert table(rows)[1] == expected


@pytest.mark.parametrize(
    ("name", "rows"), [("status", "5,3,\n"), ("certificate", "10,111,\n"), ("applicant_class", "person,1,\n"), ("media_type", "pdf,pdf,\n")]
)
def test_closed_tables_take_canonical_values_only(name: str, rows: str) -> None:
    """A swapped or invented canonical column of status, certificate, class or media type is found."""
    assert table(rows, name)[1] == [("codes.canonical", 2)]


@pytest.mark.parametrize("header", ["", "partner,canonical,note\n", "canonical,partner\n"])
def test_the_header_says_which_column_is_which(header: str) -> None:
    """A table without the one header is not read."""
    assert table("a,1,\n" if header else "", header=header)[1] == [("codes.header", 1)]


def test_windows_line_ends_are_taken() -> None:
    """A table saved with CR LF reads the same."""
    read, findings = table("a,1,\r\nb,2,x\r\n", header="canonical,partner,note\r\n")
    assert not findings
    assert read.to_partner("b") == "2"
