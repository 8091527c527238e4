"""What the bounded JSON reader takes and what it refuses, and where it says the fault is."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire import Json, NumberText, WireError, dump_json, parse_json


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[" * 100_000, "json.too-deep"),
        (b"[" * 100_000 + b"]" * 100_000, "json.too-deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "json.too-deep"),
        (b"[" * 33 + b"]" * 33, "json.too-deep"),
        (b"1" * 5_000, "json.number"),
        (b"[-" + b"9" * 41 + b"]", "json.number"),
        (b"0." + b"1" * 5_000, "json.number"),
        (b"1e999", "json.number"),
        (b"-1E+999", "json.number"),
        (b"NaN", "json.number"),
        (b'{"a": [NaN]}', "json.number"),
        (b"Infinity", "json.number"),
        (b"[-Infinity]", "json.number"),
        (b'{"a":1,"a":1}', "json.duplicate-key"),
        (b'{"a":1,"\\u0061":2}', "json.duplicate-key"),
        (b'[{"b":{}},{"b":{"c":1,"d":2,"c" : 3}}]', "json.duplicate-key"),
        (b'"\\ud800"', "json.surrogate"),
        (b'{"\\uDFFF":1}', "json.surrogate"),
        (b'"\\udc00\\ud800"', "json.surrogate"),
        (b'"\xed\xa0\x80"', "json.encoding"),
        (b'"\xff"', "json.encoding"),
        (b'"\xc0\x80"', "json.encoding"),
        ('"中"'.encode("gb18030"), "json.encoding"),
        ('{"a":1}'.encode("utf-16-le"), "json.malformed"),
        ('{"a":1}'.encode("utf-16"), "json.encoding"),
        (b"", "json.malformed"),
        (b"\xef\xbb\xbf", "json.malformed"),
        (b"\xef\xbb\xbf\xef\xbb\xbf1", "json.malformed"),
        (b"{} x", "json.malformed"),
        (b"1 2", "json.malformed"),
        (b"{}{}", "json.malformed"),
        (b"01", "json.malformed"),
        (b"1.", "json.malformed"),
        (b"+1", "json.malformed"),
        (b"[1,]", "json.malformed"),
        (b"{'a':1}", "json.malformed"),
        (b'"a\nb"', "json.malformed"),
        (b'"\\x"', "json.malformed"),
        (b'{"\\x":1}', "json.malformed"),
        (b'"open', "json.malformed"),
        (b'"' + b'\\"' * 500_000, "json.malformed"),
        (b"]", "json.malformed"),
        (b'["a":1]', "json.malformed"),
        (b"True", "json.malformed"),
        (b"[" + b"0," * 3_000_000 + b"0]", "json.too-large"),
    ],
)
def test_what_is_refused_has_a_stable_code(data: bytes, code: str) -> None:
    """Bombs, ambiguities and broken syntax each give a WireError, never another exception."""
    with pytest.raises(WireError) as caught:
        parse_json(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"\xef\xbb\xbf{}", {}),
        (b' {"a" : [1, -2.5, true, null, "\\ud842\\udfb7"]} ', {"a": [1, -2.5, True, None, "𠮷"]}),
        ('{"姓名":"㛃"}'.encode(), {"姓名": "㛃"}),
        (b'[{"a":1},{"a":1}]', [{"a": 1}, {"a": 1}]),
        (b'{"a":{"a":{"a":1}}}', {"a": {"a": {"a": 1}}}),
        (b'"[[[[{{{{ NaN 999e999 \\" \\\\"', '[[[[{{{{ NaN 999e999 " \\'),
        (b"9" * 40, int("9" * 40)),
        (b"[" * 32 + b"]" * 32, json.loads("[" * 32 + "]" * 32)),
    ],
)
def test_what_is_taken(data: bytes, value: Json) -> None:
    """The last value inside each limit passes, and brackets inside strings count for nothing."""
    assert parse_json(data) == value


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a":1,\n  "a":2}', (2, 3)),
        ('["张三",\n "李四", NaN]', (2, 8)),
        ("[\n[\n[", (3, 2)),
        ('{"a":\n\n 00}', (3, 3)),
    ],
)
def test_a_fault_has_its_place_and_no_content(text: str, place: tuple[int, int]) -> None:
    """Line and column are counted in characters from 1; nothing of the document is repeated."""
    with pytest.raises(WireError) as caught:
        parse_json(text.encode())
    assert (caught.value.line, caught.value.column) == place
    assert "张三" not in f"{caught.value} {caught.value.zh} {caught.value.detail}"


def test_a_bad_byte_has_its_place() -> None:
    """The place of an encoding fault counts characters, not bytes."""
    with pytest.raises(WireError) as caught:
        parse_json('{"姓名":\n"张'.encode() + b'\xff"}')
    assert (caught.value.code, caught.value.line, caught.value.column) == ("json.encoding", 2, 3)


def test_numbers_as_text_keep_their_digits_and_their_kind() -> None:
    """0 and "0" compare equal as text and can still be told apart; 1.0 and an 18-digit number lose nothing."""
    value = parse_json(b'{"a":0,"b":"0","c":1.0,"d":990101199001010017,"e":1E2}', numbers_as_text=True)
    assert value == {"a": "0", "b": "0", "c": "1.0", "d": "990101199001010017", "e": "1E2"}
    assert [type(item) is NumberText for item in value.values()] == [True, False, True, True, True]


@pytest.mark.parametrize(
    ("read", "code"),
    [
        (partial(parse_json, max_bytes=5), "json.too-large"),
        (partial(parse_json, max_depth=1), "json.too-deep"),
        (partial(parse_json, max_digits=2), "json.number"),
    ],
)
def test_limits_can_be_narrowed(read: Callable[[bytes], Json], code: str) -> None:
    """A caller with a smaller budget sets it."""
    with pytest.raises(WireError) as caught:
        read(b"[[123]]")
    assert caught.value.code == code


def test_dumping_is_compact_utf8() -> None:
    """No ASCII escapes, no spaces: what is signed and hashed is short and stable."""
    assert dump_json({"姓名": ["㛃𠮷", 1, None]}) == '{"姓名":["㛃𠮷",1,null]}'.encode()


@pytest.mark.parametrize(("value", "code"), [(float("nan"), "json.number"), (["\ud800"], "json.surrogate")])
def test_what_others_could_not_read_is_not_dumped(value: Json, code: str) -> None:
    """We hold ourselves to what we ask of others."""
    with pytest.raises(WireError) as caught:
        dump_json(value)
    assert caught.value.code == code


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=10,
)  # fmt: skip


@given(JSON)
def test_what_is_dumped_is_read_back(value: Json) -> None:
    """Every value survives the way out and in, escaped or not."""
    assert parse_json(dump_json(value)) == value
    assert parse_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=60) | st.text('{}[]":,\\ud8e+-0.1Nafl\n ', max_size=60).map(str.encode))
def test_any_bytes_give_a_value_or_a_wire_error(data: bytes) -> None:
    """No other exception leaves the reader, and what it takes, the standard reader takes the same."""
    try:
        value = parse_json(data)
    except WireError:
        return
    assert value == json.loads(data.decode("utf-8-sig"))
