"""Examples told anew: moments in their own format, numbers in their own shape, and nothing else changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from mock_partners.cases import BEIJING
from mock_partners.simulator.examples import Example
from mock_partners.simulator.messages import UnreadableError, changed, leaves, read_json
from mock_partners.simulator.moments import moved
from mock_partners.simulator.numbers import Telling, new_number, retold

BEFORE = datetime(2026, 11, 20, 9, 31, tzinfo=BEIJING)
AFTER = datetime(2027, 3, 1, 0, 0, 1, tzinfo=BEIJING)


def example(ours: str = "KS370171230100202611200000001W", theirs: str = "HC20261120000001", **fields: Any) -> Example:
    """An example without messages."""
    given: dict[str, Any] = {"verdict": "received", "reason": "", "http": 200, "code": None, "at": None, "told": 0, "sent": None}
    return Example(name="e", matter_file="m", step="s", ours=ours, theirs=theirs, now=BEFORE, reply=None, **{**given, **fields})


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("2026-11-20 09:31:00", "2027-03-01 00:00:01"),
        ("2026-11-20T09:31:00+08:00", "2027-03-01T00:00:01+08:00"),
        ("2026-11-20T01:31:00Z", "2027-02-28T16:00:01Z"),
        ("2026-11-20T01:31:00.250Z", "2027-02-28T16:00:01.250Z"),
        ("2026-11-20T09:31:00+0800", "2027-03-01T00:00:01+0800"),
        ("2026/11/20 09:31", "2027/03/01 00:00"),
        ("20261120093100", "20270301000001"),
        ("20261120093100123", "20270301000001123"),
        ("202611200931", "202703010000"),
        ("20261121", "20270302"),
        ("2026-11-19", "2027-02-28"),
        ("2026年11月20日", "2027年03月01日"),
        ("1795138260", "1803830401"),
        ("1795138260123", "1803830401123"),
        ("2026-11-26 17:30:00", "2027-03-07 07:59:01"),
    ],
)
def test_a_moment_moves_and_keeps_its_format(text: str, new: str) -> None:
    """By as much as lies between the example's moment and the call's."""
    assert moved(text, BEFORE, AFTER) == new


@pytest.mark.parametrize(
    "text",
    [
        "1990-03-07",
        "19900307",
        "220100000000",
        "000109003000",
        "990101199003070015",
        "13800000001",
        "2026-13-40",
        "20261120250000",
        "303",
        "",
        "二〇二六",
    ],
)
def test_what_is_no_moment_of_the_case_stays(text: str) -> None:
    """A birthday, a region, a matter, a phone, an identity number."""
    assert moved(text, BEFORE, AFTER) == text


@pytest.mark.parametrize(
    ("theirs", "shape"),
    [
        ("HC20261120000001", r"HC20270301[0-9]{6}"),
        ("GZ2611200001", r"GZ270301[0-9]{4}"),
        ("4711", r"[1-9][0-9]{3}"),
        ("ab-12", r"[a-z]{2}-[0-9]{2}"),
        ("黔迁〔2026〕000017号", r"黔迁〔[0-9]{4}〕[0-9]{6}号"),
        ("", r"[0-9]{8}"),
    ],
)
def test_a_new_number_has_the_example_s_shape(theirs: str, shape: str) -> None:
    """Today's day where the example's stood; another for another case, the same for the same one."""
    import re

    numbers = [new_number(example(theirs=theirs), AFTER, 1, ours, ()) for ours in ("a", "a", "b")]
    assert all(re.fullmatch(shape, number) for number in numbers)
    assert numbers[0] == numbers[1] != numbers[2]


def test_a_number_that_is_taken_is_not_given_again() -> None:
    """And when none is left, that is said."""
    taken: set[str] = set()
    for place in range(10):
        taken.add(new_number(example(theirs="2026112000011"), AFTER, 1, str(place), taken))
    assert len(taken) == 10
    with pytest.raises(LookupError):
        new_number(example(theirs="20261120"), AFTER, 1, "a", {"20270301"})


def test_numbers_and_moments_are_replaced_wherever_they_stand() -> None:
    """Also in what was made of the partner's number, in attributes, and in JSON or XML within a text; nothing else is touched."""
    reply = {
        "no": "HC20261120000001",
        "notice": "BZ20261120000001-1",
        "url": "https://x/KS370171230100202611200000001W?a=1",
        "at": 1795138260,
        "count": 303,
        "none": None,
        "ok": True,
        "inner": '{"bizNo": "HC20261120000001", "list": ["2026-11-20 09:31:00"]}',
        "xml": '<a no="HC20261120000001"><b>20261120</b><c/></a>',
    }
    told = retold(example(), reply, Telling("OURS", "HC99990000111122", AFTER))
    assert told == {
        "no": "HC99990000111122",
        "notice": "BZ99990000111122-1",
        "url": "https://x/OURS?a=1",
        "at": 1803830401,
        "count": 303,
        "none": None,
        "ok": True,
        "inner": '{"bizNo": "HC99990000111122", "list": ["2027-03-01 00:00:01"]}',
        "xml": '<a no="HC99990000111122"><b>20270301</b><c/></a>',
    }
    assert reply["no"] == "HC20261120000001"


def test_a_short_number_is_replaced_only_as_a_whole() -> None:
    """Lest it be found in what is not one."""
    told = retold(example(theirs="12"), {"no": "12", "code": "1200"}, Telling("o", "7", AFTER))
    assert told == {"no": "7", "code": "1200"}


def test_the_moment_of_a_report_is_that_of_its_case() -> None:
    """What else it names moves by as much."""
    seen = example(at=datetime(2026, 11, 21, 2, 5, tzinfo=UTC))
    told = retold(seen, {"at": "2026-11-21 10:05:00", "due": "2026-11-26 10:05:00"}, Telling("o", "t", AFTER))
    assert told == {"at": "2027-03-01 00:00:01", "due": "2027-03-06 00:00:01"}
    assert timedelta(days=100) < AFTER - BEFORE


def test_leaves_of_both_kinds_of_message_have_paths() -> None:
    """Lists as `*`, attributes with @, texts within texts behind #."""
    tree = etree.fromstring('<a xmlns="urn:x" k="1"><b>2</b><b>{"c": [3, null, false]}</b></a>')
    assert list(leaves(tree)) == [(("@k",), "1"), (("b",), "2"), (("b", "#", "c", "*"), "3")]
    assert list(leaves({"a": [{"b": "1"}], "c": "<d>x</d>"})) == [(("a", "*", "b"), "1"), (("c", "#"), "x")]
    assert changed({"n": 12}, lambda path, text: "x") == {"n": "x"}


@pytest.mark.parametrize("raw", [b'{"a": 1, "a": 2}', b"\xef\xbb\xbf{}", b"Infinity", b"", b"\xd6\xd0"])
def test_json_that_can_be_read_in_two_ways_is_not_read(raw: bytes) -> None:
    """Nor anything that is no JSON."""
    with pytest.raises(UnreadableError):
        read_json(raw)
