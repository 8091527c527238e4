"""Traps of other people's code lists: same digits, other meaning; what a table does not say is never guessed."""

import csv
from pathlib import Path

import pytest

from gateway.mapping.codes import CodeTable, read_table
from gateway.mapping.findings import Findings

FOLDERS = Path(__file__).parent.parent.parent / "mappings"
SHIPPED = sorted(path for path in FOLDERS.glob("*/codes/*.csv"))


def table(name: str, rows: str) -> CodeTable:
    findings = Findings()
    read = read_table(name, f"codes/{name}.csv", "canonical,partner,note\n" + rows, findings)
    assert findings.all() == ()
    return read


def test_t4_classes_of_applicants_go_by_each_partners_own_digits() -> None:
    """1 is a person in one system and an enterprise in another; a digit that a table lacks is nobody."""
    from_one, from_zero = table("applicant_class", "natural,1,\nlegal,2,\n"), table("applicant_class", "natural,0,\nlegal,1,\n")
    assert (from_one.to_canonical("1"), from_zero.to_canonical("1")) == ("natural", "legal")
    assert (from_one.to_partner("legal"), from_zero.to_partner("legal")) == ("2", "1")
    assert (from_one.to_canonical("0"), from_zero.to_canonical("2"), from_zero.to_partner("sole-trader")) == (None, None, None)


def test_t5_a_kind_of_certificate_is_translated_or_refused_and_never_an_identity_card() -> None:
    """111 becomes 10 where a partner writes it so; a kind that the partner has no code for has none, and its 111 is not ours."""
    certificate = table("certificate", "111,10,\n414,111,\n")
    assert (certificate.to_partner("111"), certificate.to_canonical("10"), certificate.to_canonical("111")) == ("10", "111", "414")
    assert (certificate.to_partner("117"), certificate.to_canonical("117")) == (None, None)


def test_t16_the_same_results_digit_means_what_its_own_partner_says() -> None:
    """办结结果 1 is a return here and a denial there, 6 a refusal or an approval; each table stands alone."""
    three = [
        table("status", "70,0,\n51,1,\n92,5,\n"),
        table("status", "70,0,\n71,1,\n51,6,\n"),
        table("status", "70,6,\n71,7,\n"),
    ]
    read = {code: [one.to_canonical(code) for one in three] for code in "01567"}
    assert read == {
        "0": ["70", "70", None],
        "1": ["51", "71", None],
        "5": ["92", None, None],
        "6": [None, "51", "70"],
        "7": [None, None, "71"],
    }


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_t24_no_code_of_a_shipped_table_falls_through(path: Path) -> None:
    """Every row reads as just its own value, whatever stands below it, and what has no row is none, the raw code included."""
    findings = Findings()
    read = read_table(path.stem, path.name, path.read_text("utf-8"), findings)
    assert findings.all() == ()
    rows = [row for row in csv.DictReader(path.read_text("utf-8").splitlines()) if not row["note"].startswith("none:")]
    assert rows
    assert [read.to_canonical(row["partner"]) for row in rows] == [row["canonical"] for row in rows]
    known = {row["partner"] for row in rows}
    assert [code for code in map(str, range(1000)) if code not in known and read.to_canonical(code) is not None] == []
