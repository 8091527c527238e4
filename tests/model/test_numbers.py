"""Numbers with check digits."""

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import case_number, certificate_fault, is_case_number, is_credit_code, is_identity_number


@pytest.mark.parametrize(
    "code", ["91330000755918469E", "12441500196720244T", "11440232MB2D06811W", "11450721MB15580811", "11220000013544541J"]
)
def test_published_credit_codes_pass_and_any_other_check_character_fails(code: str) -> None:
    """GB 32100-2015: exactly one check character fits."""
    assert is_credit_code(code)
    assert [c for c in "0123456789ABCDEFGHJKLMNPQRTUWXY" if is_credit_code(code[:-1] + c)] == [code[-1]]


def test_an_identity_number_on_a_region_prefix_nobody_knows_is_checked_like_any_other() -> None:
    """Old codes of abolished counties stay on cards for life, and tests use 990101."""
    assert is_identity_number("990101199003071237") is ("990101199003071237"[-1] == _gb11643("99010119900307123"))
    assert is_identity_number("99010119900307123" + _gb11643("99010119900307123"))


def _gb11643(stem: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(stem, weights, strict=True)) % 11]


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 1, 1)), st.integers(0, 999))
def test_the_check_digit_agrees_with_an_independent_computation(born: date, serial: int) -> None:
    """GB 11643-1999, computed here by the standard's own table."""
    stem = f"990101{born:%Y%m%d}{serial:03d}"
    good = _gb11643(stem)
    assert [c for c in string.digits + "X" if is_identity_number(stem + c)] == [good]


@pytest.mark.parametrize("number", ["", "99010119900230123X", "9901011990030712", "９９０１０１１９９００３０７１２３７", "abc"])
def test_what_is_no_identity_number_is_refused_without_an_exception(number: str) -> None:
    """A date that does not exist, a wrong length, full-width digits: all simply no."""
    assert not is_identity_number(number)


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("111", "11010519491231002X", None),
        ("111", "110105194912310021", "certificate.identity-number"),
        ("001", "91330000755918469E", None),
        ("001", "91330000755918469A", "certificate.credit-code"),
        ("516", "H12345678", None),
        ("516", "X12345678", "certificate.pattern"),
        ("999", "1", "certificate.type-unknown"),
        ("414", "E12345678", None),
    ],
)
def test_each_certificate_type_has_its_own_rule(kind: str, number: str, code: str | None) -> None:
    """An unknown type is never taken for an identity card."""
    assert certificate_fault(kind, number) == code


def test_the_published_example_of_a_case_number_comes_out() -> None:
    """Domain page §2.3: KS220100230100202406010000001 has the check character 3."""
    assert case_number("220100", "230100", date(2024, 6, 1), 1) == "KS2201002301002024060100000013"


@given(st.integers(0, 10_000_000 * 3), st.integers(0, 29), st.sampled_from(string.digits + string.ascii_uppercase))
def test_one_wrong_character_in_a_case_number_is_noticed(serial: int, position: int, wrong: str) -> None:
    """ISO 7064 MOD 37,36 detects every single substitution."""
    number = case_number("220100", "230100", date(2026, 11, 20), serial)
    assert is_case_number(number)
    changed = number[:position] + wrong + number[position + 1 :]
    assert is_case_number(changed) is (changed == number)
