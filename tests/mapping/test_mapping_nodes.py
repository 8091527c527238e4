"""YAML is read as texts with places; whatever would guess or hide is a finding."""

import pytest

from gateway.mapping.findings import Findings
from gateway.mapping.nodes import MAX_BYTES, Level, Text, compose, decode, from_values, laid_over


def read(text: str) -> tuple[object, Findings]:
    findings = Findings()
    return compose("f.yaml", text, findings), findings


def test_every_scalar_is_text() -> None:
    """No scalar becomes a number, a boolean, a date or null, however it looks."""
    node, findings = read("a: 01\nb: 990101199001010015\nc: no\nd: null\ne: 2026-11-20\nf:\ng: ~\nh: 0x1F\n")
    assert isinstance(node, Level)
    assert not findings
    assert {k: v.value for k, (_, v) in node.entries.items() if isinstance(v, Text)} == {
        "a": "01", "b": "990101199001010015", "c": "no", "d": "null", "e": "2026-11-20", "f": "", "g": "~", "h": "0x1F",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: &x 1\n", "yaml.anchor", 1, 4),
        ("a: 1\nb: *x\n", "yaml.alias", 2, 4),
        ("a: !!int 1\n", "yaml.tag", 1, 4),
        ("a:\n  <<: {b: 1}\n", "yaml.merge", 2, 3),
        ("a: 1\n---\nb: 1\n", "yaml.documents", 2, 1),
        ("%YAML 1.1\n---\na: 1\n", "yaml.directive", 2, 1),
        ("a: 1\nb:\n\tc: 1\n", "yaml.tab", 3, 1),
        ("a: 1\nb: 2\na: 3\n", "yaml.duplicate", 3, 1),
        ("? [a]\n: 1\n", "yaml.key", 1, 3),
        ("", "yaml.empty", 1, 1),
        ("a: [1\nb: 2\n", "yaml.syntax", 2, 2),
        ("a: ${x: y}\n", "yaml.cut", 1, 7),
        ("a: [${x}]\n", "yaml.cut", 1, 6),
        ("a:\n  @n: ${x}\n", "yaml.name", 2, 3),
        ('a:\n  "#text"?: ${x}\n', "yaml.name", 2, 10),
        ('a:\n  - "@n"?: x\n', "yaml.name", 2, 9),
        ("a: @b\n", "yaml.syntax", 1, 4),
        ("a: " + "[" * 40 + "]" * 40 + "\n", "yaml.depth", 1, 35),
    ],
)
def test_what_guesses_or_hides_is_a_finding_at_its_place(text: str, code: str, line: int, column: int) -> None:
    """Each refused form of YAML is reported with its line and column."""
    _, findings = read(text)
    assert (code, line, column) in {(f.code, f.line, f.column) for f in findings.all()}


def test_several_findings_are_reported_at_once() -> None:
    """An anchor, an alias and a duplicate key in one file are three findings."""
    _, findings = read("a: &x 1\nb: *x\na: 2\n")
    assert [f.code for f in findings.all()] == ["yaml.anchor", "yaml.alias", "yaml.duplicate"]


def test_a_bomb_of_aliases_expands_nothing() -> None:
    """Ten levels of tenfold aliases give a tree no larger than the text."""
    text = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))
    node, findings = read(text)
    assert isinstance(node, Level)
    assert len(node.entries) == 10
    assert {f.code for f in findings.all()} == {"yaml.anchor", "yaml.alias"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("a: 中".encode("utf-16"), "file.encoding"),
        ("a: 中".encode("gb18030"), "file.encoding"),
        (b"a: \x01\n", "file.character"),
        (b"#" * (MAX_BYTES + 1), "file.too-large"),
    ],
)
def test_bytes_that_are_no_text_are_findings(data: bytes, code: str) -> None:
    """Wrong encodings, control characters and oversized files are refused before YAML sees them."""
    findings = Findings()
    assert decode("f.yaml", data, findings) is None
    assert [f.code for f in findings.all()] == [code]


def test_a_byte_order_mark_is_passed_over() -> None:
    """A UTF-8 file that begins with a BOM is read as if it had none."""
    findings = Findings()
    assert decode("f.yaml", b"\xef\xbb\xbfa: 1", findings) == "a: 1"
    assert not findings


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("a: xy\n", 1, (1, 5)),
        ("a: 'xy'\n", 1, (1, 6)),
        ('b: 1\na: "${x} ${yz}"\n', 7, (2, 12)),
        ("a: |\n  one\n  ${two}\n", 6, (3, 5)),
    ],
)
def test_a_character_of_a_value_is_found_in_the_file(text: str, offset: int, place: tuple[int, int]) -> None:
    """The place of a character inside plain, quoted and block scalars is its place in the file."""
    node, _ = read(text)
    assert isinstance(node, Level)
    value = node.get("a")
    assert isinstance(value, Text)
    found = value.at(offset)
    assert (found.line, found.column) == place


def test_levels_merge_and_everything_else_is_replaced() -> None:
    """An overlay changes one nested value and leaves its neighbours; a list is replaced whole."""
    base, _ = read("r:\n  s: [1, 2]\n  j: 20%\n")
    over = from_values("overlay", {"r": {"s": ["9s"]}})
    assert isinstance(base, Level)
    assert isinstance(over, Level)
    merged = laid_over(base, over).get("r")
    assert isinstance(merged, Level)
    assert repr(merged.get("s")).count("Text(") == 1
    assert merged.get("j") == base.entries["r"][1].get("j")  # type: ignore[union-attr]
