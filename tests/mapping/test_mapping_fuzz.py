"""Whatever stands in a folder, it loads or gives findings; whatever stands in an expression, it compiles, evaluates or is refused."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mapping_parts import FILES

import partners
from gateway.mapping import EvaluationError, MappingError, load
from gateway.mapping.codes import CodeTable
from gateway.mapping.expressions import Around, compile_value
from gateway.mapping.findings import Findings
from gateway.mapping.forms import PARTNER
from gateway.mapping.functions import FUNCTIONS
from gateway.mapping.nodes import Level, Text, compose, decode, from_values
from gateway.mapping.shapes import ANY
from gateway.model import FACTS_SCHEMA

_INDICATORS = [
    ": ",
    "- ",
    "\n",
    "  ",
    "a",
    "1",
    "'",
    '"',
    "${",
    "}",
    "{",
    "[",
    "]",
    ",",
    "#",
    " #",
    "&x ",
    "*x",
    "!t ",
    "<<",
    "?",
    "|",
    ">",
]
_ODD = ["%", "---", "...", "\\", "@", "`", "\r", "\u2028", "\ufeff", "!!python/object:os.system ", "=", "~"]
_OPERATORS = [
    "a",
    ".",
    "[",
    "]",
    "[0]",
    "[*]",
    "[?",
    "[]",
    "(",
    ")",
    "{",
    "}",
    "&",
    "&&",
    "|",
    "||",
    "!",
    "==",
    "<",
    ">=",
    ",",
    ":",
    "*",
    "@",
]
_LITERALS = ["'x'", '"y"', "`1`", "`", "'", "-", "-1", " ", "`[[]]`", '`"\\ud800"`', "now", "$", "\\", "[::0]", "item", "中"]
_CALLS = ["if(", "date(", "find(", "find(a, 'b', ", "code('t', ", "join('', ", "length(", *FUNCTIONS]
_WHOLE = [
    "mask(b, `1`, `1`)", "substring(b, `-1`, `2`)", "pad_left(@, `9`, 'x')", "replace(b, 'x', '')", "surname(b)",
    "fen(item.a)", "yuan(item.a)",
    "hash('sm3', b)", "json(@)", "json(a)", "xml('R', @)", "xml('R', a[0])", "from_json(b)", "from_xml(b)", "from_json(json(a))",
    "from_xml(xml('R', item))", "text(bytes(b))", "base64_text(b)", "trim(b)",
]  # fmt: skip
YAML_BITS = st.sampled_from([*_INDICATORS, *_ODD])
EXPRESSION_BITS = st.sampled_from([*_OPERATORS, *_LITERALS, *_CALLS, *_WHOLE])
HOSTILE: tuple[Any, ...] = (
    {"b": "<a>&x;</a>", "item": {"a": "1.005"}},
    {"b": "[" * 99, "item": {"a b": None}},
    {"b": "\ud800", "a": {"": b""}},
)
TREE = {"a": [{"a": "1", "b": ["x"]}, {"b": {}}], "b": "x", "now": datetime(2026, 11, 20, tzinfo=UTC), "item": {"a": 1}}


@settings(deadline=None)
@given(
    st.binary(max_size=200)
    | st.lists(YAML_BITS, max_size=40).map(lambda bits: "".join(bits).encode())
    | st.text(max_size=60).map(str.encode)
)
@example(b"? ")
@example(b"%YAML 9.9\n---\n")
@example(b"%TAG ! x\n---\n!a b")
@example(b"a: !<tag:yaml.org,2002:int> 1")
@example(b'a: "\\ud800"')
@example(b'a: "\\x')
@example(b"[" * 1500)
@example(b"- " * 5000)
@example(b"{a: " * 40 + b"}" * 40)
def test_any_bytes_are_yaml_or_findings(data: bytes) -> None:
    """No bytes make the reader of YAML fail otherwise than by a finding, and a partner's form takes any tree."""
    findings = Findings()
    text = decode("f.yaml", data, findings)
    node = None if text is None else compose("f.yaml", text, findings)
    assert node is not None or findings
    if node is not None:
        PARTNER(node, findings)
        assert findings


@settings(deadline=None)
@given(st.lists(EXPRESSION_BITS, max_size=14).map("".join) | st.text(max_size=40), st.sampled_from([ANY, FACTS_SCHEMA]))
@example("a" + ".a" * 990, ANY)
@example("`" + "[" * 1500 + "`", ANY)
@example("(" * 999 + "a" + ")" * 999, ANY)
@example("a" + "[*]" * 600, ANY)
@example("@" * 3, ANY)
def test_any_expression_is_compiled_or_refused(source: str, shape: Any) -> None:
    """No text between `${` and `}` gives a traceback, neither when it is compiled nor when it is evaluated."""
    findings = Findings()
    node = from_values("f.yaml", f"${{{source}}}")
    assert isinstance(node, Text)
    compiled = compile_value(node, Around({"t": CodeTable("t", {"1": "a"}, {"a": "1"})}, shape, findings, documents=partners.DOCUMENTS))
    if not isinstance(compiled, str) and not findings:
        trees: tuple[Any, ...] = (TREE, *HOSTILE, {}, [], "x", None)
        for tree in trees:
            try:
                compiled.evaluate(tree)
            except EvaluationError:
                continue


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    file=st.sampled_from(sorted(FILES)),
    at=st.integers(0, 2000),
    cut=st.integers(0, 12),
    put=st.lists(YAML_BITS | EXPRESSION_BITS, max_size=4),
)
def test_a_damaged_folder_loads_or_gives_findings(
    file: str, at: int, cut: int, put: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any cut and any insertion in any file of a good folder ends in a folder or in findings that point into it."""
    root: Path = tmp_path_factory.mktemp("fuzz") / "demo-city"
    at %= len(FILES[file])
    damaged = FILES[file][:at] + "".join(put) + FILES[file][at + cut :]
    for path, content in {**FILES, file: damaged}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode())
    try:
        named = {load(root).name}
    except MappingError as error:
        named = {finding.file.split("/")[0] for finding in error.findings}
    assert named == {"demo-city"}


def test_a_level_of_a_hundred_thousand_keys_is_refused_by_its_size() -> None:
    """A file is bounded before it is parsed."""
    findings = Findings()
    assert decode("f.yaml", b"".join(b"k%d: x\n" % i for i in range(100_000)), findings) is None
    assert isinstance(compose("f.yaml", "a: b", findings), Level)
