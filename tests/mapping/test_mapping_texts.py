"""What the language does to a text: exact, bounded, and a fault where it would have to guess."""

import hashlib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping import EvaluationError
from gateway.mapping.texts import (
    ALGORITHMS,
    COMPOUND_SURNAMES,
    fen,
    given_name,
    hashed,
    lower,
    mask,
    replace,
    substring,
    surname,
    upper,
    yuan,
)


@pytest.mark.parametrize(
    ("text", "first", "last", "shown"),
    [
        ("990101199001010015", 6, 4, "990101********0015"),
        ("13900000000", 3, 4, "139****0000"),
        ("赵试样", 1, 0, "赵**"),
        ("赵", 1, 0, "*"),
        ("1390000", 3, 4, "*******"),
        ("", 3, 4, ""),
        ("𠮷田", 1, 0, "𠮷*"),
        ("abc", 0, 0, "***"),
    ],
)
def test_a_masked_text_keeps_its_length_and_its_ends(text: str, first: int, last: int, shown: str) -> None:
    """A star for every hidden character; a text too short to hide anything in is hidden whole."""
    assert mask(text, first, last) == shown


@given(st.text(max_size=40), st.integers(0, 30), st.integers(0, 30))
def test_a_mask_never_shows_more_than_was_asked(text: str, first: int, last: int) -> None:
    """The length stays, and at most so many characters of each end are to be seen; never all of a text."""
    shown = mask(text, first, last)
    assert len(shown) == len(text)
    kept = [at for at, (one, other) in enumerate(zip(shown, text, strict=True)) if one == other != "*"]
    assert all(at < first or at >= len(text) - last for at in kept)
    assert len(kept) < len(text) or not text


@pytest.mark.parametrize(
    ("text", "start", "count", "part"),
    [
        ("990101199001010015", 6, 8, "19900101"),
        ("990101199001010015", -4, 4, "0015"),
        ("abc", 1, 9, "bc"),
        ("abc", 9, 1, ""),
        ("abc", -9, 2, "ab"),
        ("a𠮷c", 1, 1, "𠮷"),
    ],
)
def test_a_substring_is_what_there_is_of_it(text: str, start: int, count: int, part: str) -> None:
    """Characters are counted, not bytes or UTF-16; from the end when the start is negative."""
    assert substring(text, start, count) == part


def test_letters_change_case_and_nothing_else_does() -> None:
    """Only a–z and A–Z: no text grows, and no other script is touched."""
    assert (upper("1x-ß中é"), lower("1X-İ中É")) == ("1X-ß中é", "1x-İ中É")


def test_a_replacement_is_literal() -> None:
    """No pattern is understood, and places are found from the left."""
    assert (replace("a.b.c", ".", ""), replace("aaa", "aa", "b"), replace("ab", "x", "y")) == ("abc", "ba", "ab")


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "sha512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        ("sm3", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    ],
)  # fmt: skip
def test_each_hash_is_that_of_its_standard(algorithm: str, digest: str) -> None:
    """The published vector of `abc` (RFC 1321, FIPS 180-4, GB/T 32905-2016)."""
    assert algorithm in ALGORITHMS
    assert hashed(algorithm, "abc") == digest


def test_a_hash_is_of_the_texts_utf8() -> None:
    """Chinese is hashed by its UTF-8 bytes."""
    with pytest.raises(EvaluationError):
        hashed("sm3", "\ud800")
    assert hashed("sha256", "中") == hashlib.sha256(b"\xe4\xb8\xad").hexdigest()


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("12.3", 1230), ("0", 0), ("-0.05", -5), ("12.340", 1234), ("1234567890123.45", 123456789012345),
        (7, 700), (Decimal("0.10"), 10), ("0.00", 0),
    ],
)  # fmt: skip
def test_yuan_are_counted_in_fen_exactly(amount: Any, expected: int) -> None:
    """No amount passes through a binary fraction."""
    assert fen(amount) == expected


@pytest.mark.parametrize("amount", ["", "1.005", "1,000", "01", ".5", "1.", "¥1", "1e3", " 1", "一", "1" * 60, "+1", "٣"])
def test_what_is_no_amount_is_an_error(amount: str) -> None:
    """Neither separators nor signs of currency are passed over, and no part of a fen is rounded."""
    with pytest.raises(EvaluationError):
        fen(amount)


@pytest.mark.parametrize(
    ("amount", "expected"), [(1230, "12.30"), (5, "0.05"), (-5, "-0.05"), ("100", "1.00"), (0, "0.00"), (-1230, "-12.30")]
)
def test_fen_are_written_as_yuan_with_two_decimals(amount: Any, expected: str) -> None:
    """The sign stands in front, and both decimals are always there."""
    assert yuan(amount) == expected


@pytest.mark.parametrize("amount", ["1.5", "", "01", "x", Decimal("1.5")])
def test_what_is_no_whole_number_of_fen_is_an_error(amount: Any) -> None:
    """A part of a fen is not dropped."""
    with pytest.raises(EvaluationError):
        yuan(amount)


@given(st.integers(-(10**15), 10**15))
def test_fen_come_back_from_yuan(amount: int) -> None:
    """Both ways are exact."""
    assert fen(yuan(amount)) == amount


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("赵试样", ("赵", "试样")),
        ("赵样", ("赵", "样")),
        ("欧阳试", ("欧阳", "试")),
        ("诸葛试样", ("诸葛", "试样")),
        ("㛃𠮷", ("㛃", "𠮷")),
    ],
)
def test_a_name_is_split_after_its_surname(name: str, parts: tuple[str, str]) -> None:
    """A listed compound surname comes first; otherwise the surname is the first of two or three characters."""
    assert (surname(name), given_name(name)) == parts


@pytest.mark.parametrize(
    "name", ["", "赵", "欧阳", "阿卜杜拉·试样", "赵钱试样", "欧阳试样某", "Li Si", "赵 样", "赵X", "扎西试样", "赵·样"]
)
def test_a_name_that_cannot_be_split_is_an_error(name: str) -> None:
    """One character, a compound surname alone, four characters without one, a dot, other scripts: no guess is made."""
    for part in (surname, given_name):
        with pytest.raises(EvaluationError):
            part(name)


def test_the_compound_surnames_are_two_characters_each() -> None:
    """The list is whole, and holds the ones everybody knows."""
    assert {len(name) for name in COMPOUND_SURNAMES} == {2}
    assert {"欧阳", "司马", "诸葛", "上官", "慕容", "令狐"} <= COMPOUND_SURNAMES
